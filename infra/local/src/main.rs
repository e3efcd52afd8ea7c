//! The whole stack on one machine, without Docker.

mod cli;
mod docs;
mod dynamodb;
mod events;
mod gateway;
mod issuer;
mod lambda;
mod log;
mod pace;
mod providers;
mod queues;
mod ready;
mod secrets_manager;
mod signals;
mod stack;
mod template;
mod webhooks;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;

use cli::{Cli, Command, Start, Token};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::Function { binary }) => return lambda::run(&binary),
        Some(Command::Token(token)) => print_token(&token),
        None => {
            log::begin(cli.start.log);
            run(cli.start)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Without a standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "invoice-bridge: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(start: Start) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(stack::run(start))
}

fn print_token(token: &Token) -> Result<(), String> {
    let claims = issuer::Claims {
        subject: token.subject.clone(),
        scope: token.scope(),
        customers: token.customers.clone(),
    };
    let signed = issuer::sign(issuer::OFFLINE, &claims, Timestamp::now(), token.expires_in);
    writeln!(std::io::stdout(), "{signed}")
        .map_err(|error| format!("cannot write the token: {error}"))
}
