//! `ib`: the invoice API on a command line, for people at a terminal and for
//! programs on a pipe. It speaks the HTTP API and nothing else.

mod answers;
mod api_command;
mod args;
mod changes;
mod check;
mod client;
mod columns;
mod connections;
mod exit;
mod export;
mod filters;
mod get;
mod keyring;
mod list;
mod login;
mod mcp;
mod output;
mod private;
mod profile;
mod run;
mod session;
mod signing;
mod sources;
mod spreadsheet;
mod summary;
mod table;
mod watch;
mod whoami;

use std::io::Write;
use std::process::ExitCode;

use api::BulkAction;
use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use client::Client;
use exit::{Exit, Failure};
use output::Terminal;
use profile::Auth;
use signing::Signer;

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Terminal::of(cli.global.manner());
    let exit = match run(cli, &terminal) {
        Ok(exit) => exit,
        Err(failure) => {
            if failure.exit != Exit::Done {
                failure.tell(&terminal);
            }
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}

fn run(cli: Cli, terminal: &Terminal) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "ib", &mut text);
            return print(&text);
        }
        Command::Man => return print(&man_page()?),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::here(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = command(&cli, terminal) => outcome,
            () = interrupted(&cli.command) => Ok(Exit::Interrupted),
        }
    });
    // A reading of standard input that is under way cannot be called off.
    runtime.shutdown_background();
    outcome
}

/// Waits for Ctrl-C, which ends a command at once; one that ends itself in an orderly way
/// hears it on its own.
async fn interrupted(command: &Command) {
    if command.ends_itself() || tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

async fn command(cli: &Cli, terminal: &Terminal) -> Result<Exit, Failure> {
    let profile = profile::read(&cli.global)?;
    let client = Client::new(&profile, terminal)?;
    match &cli.command {
        Command::Login(login) => return login::login(&client, terminal, &profile, login).await,
        Command::Logout => return login::logout(terminal, &profile),
        _ => {}
    }
    let client = match (profile.auth, &profile.token) {
        (Auth::None, _) | (Auth::Jwt, Some(_)) => client,
        (Auth::Jwt, None) => {
            let token = login::token(&client, &profile).await?;
            client.bearing(token)
        }
        (Auth::Iam, _) if !speaks_to_api(&cli.command) => client,
        (Auth::Iam, _) => {
            let (region, named) = (profile.region.as_deref(), profile.aws_profile.as_deref());
            client.signing(Signer::new(&profile.api, region, named).await?)
        }
    };
    match &cli.command {
        Command::Whoami => whoami::run(&client, terminal, &profile).await,
        Command::Ls(list) => list::run(&client, terminal, list).await,
        Command::Get(get) => get::run(&client, terminal, get).await,
        Command::Activate(write) => {
            run::write(&client, terminal, BulkAction::Activate, &write.options()).await
        }
        Command::Cancel(write) => {
            run::write(&client, terminal, BulkAction::Cancel, &write.options()).await
        }
        Command::Delete(write) => {
            run::write(&client, terminal, BulkAction::Delete, &write.options()).await
        }
        Command::Update(update) => run::update(&client, terminal, update).await,
        Command::Runs(runs) => run::runs(&client, terminal, runs).await,
        Command::Connections => connections::run(&client, terminal).await,
        Command::Watch(watch) => watch::run(&client, terminal, watch).await,
        Command::Summary(asked) => summary::run(&client, terminal, asked).await,
        Command::Changes(asked) => changes::run(&client, terminal, asked).await,
        Command::Mcp(asked) => mcp::run(&client, terminal, asked).await,
        Command::Check(check) => check::run(&client, terminal, check).await,
        Command::Export(export) => export::run(&client, terminal, export).await,
        Command::Api(call) => api_command::run(&client, call).await,
        Command::Login(_) | Command::Logout | Command::Completions { .. } | Command::Man => {
            Ok(Exit::Done)
        }
    }
}

/// Whether a command puts requests to the API; what does not needs no keys.
fn speaks_to_api(command: &Command) -> bool {
    match command {
        Command::Check(check) => check.secret.is_none(),
        Command::Runs(runs) => matches!(runs, args::Runs::Resume { .. }),
        _ => true,
    }
}

fn man_page() -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let broken = |error: std::io::Error| Failure::here(format!("cannot write the page: {error}"));
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(broken)?;
    for each in command.get_subcommands().filter(|each| !each.is_hide_set()) {
        let name = format!("ib {}", each.get_name());
        let man = clap_mangen::Man::new(each.clone().bin_name(&name).display_name(&name));
        let heading = format!(".SH {}\n", name.to_uppercase());
        page.extend_from_slice(heading.as_bytes());
        man.render_synopsis_section(&mut page).map_err(broken)?;
        man.render_description_section(&mut page).map_err(broken)?;
        man.render_options_section(&mut page).map_err(broken)?;
    }
    Ok(page)
}

fn print(bytes: &[u8]) -> Result<Exit, Failure> {
    let mut out = std::io::stdout().lock();
    output::written(out.write_all(bytes).and_then(|()| out.flush()))?;
    Ok(Exit::Done)
}
