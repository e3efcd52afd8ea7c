//! `ib runs`: what became of earlier writes, and going on with them.

use std::fs::File;
use std::io::Write;

use serde::Serialize;
use serde_json::Value;

use super::file::{self, RunFile};
use super::{exit_of, finish, report};
use crate::args::Runs;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Terminal, written};
use crate::table::{Shown, Table};

/// `ib runs`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    runs: &Runs,
) -> Result<Exit, Failure> {
    match runs {
        Runs::Ls => list(terminal),
        Runs::Show { name } => {
            let run = RunFile::open(name, false)?;
            let text = report::text(&run)?;
            let told = written(write!(terminal.out(), "{text}"));
            if let Some(not_sent) = run.not_sent() {
                terminal.warn(not_sent);
            }
            if !run.is_finished() {
                terminal.warn(format_args!("`ib runs resume {name}` goes on with it"));
            }
            exit_of(run.exit(), told)
        }
        Runs::Resume { name } => resume(client, terminal, name).await,
        Runs::Report { name, csv } => {
            let run = RunFile::open(name, false)?;
            match csv {
                Some(path) => {
                    let broken =
                        |error| Failure::here(format!("cannot write {}: {error}", path.display()));
                    report::write_csv(File::create(path).map_err(broken)?, &run)?;
                    terminal.note(format_args!(
                        "{} invoices in {}",
                        run.rows().len() + run.foretold.len(),
                        path.display()
                    ));
                }
                None => report::write_csv(std::io::stdout().lock(), &run)?,
            }
            Ok(Exit::Done)
        }
    }
}

async fn resume(client: &Client, terminal: &Terminal, name: &str) -> Result<Exit, Failure> {
    finish(client, terminal, open(client, name)?).await
}

/// The run of this name, to go on with at the API that it was begun at.
///
/// # Errors
/// When there is none, nothing of it was sent, or it was begun elsewhere.
pub(super) fn open(client: &Client, name: &str) -> Result<RunFile, Failure> {
    let run = RunFile::open(name, true)?;
    if !run.is_planned() {
        return Err(Failure::usage(format!(
            "the plan of run `{name}` was not finished: nothing of it was sent"
        ))
        .advise("begin anew, under another name"));
    }
    run.plan.action()?;
    if run.plan.api != client.base().as_str() {
        return Err(Failure::usage(format!(
            "run `{name}` was begun at {}, and this is {}",
            run.plan.api,
            client.base()
        ))
        .advise(format!("ib --api {} runs resume {name}", run.plan.api)));
    }
    Ok(run)
}

fn list(terminal: &Terminal) -> Result<Exit, Failure> {
    let names = file::names()?;
    let mut out = terminal.out();
    let mut rows = Vec::new();
    for name in &names {
        let run = match RunFile::open(name, false) {
            Ok(run) => run,
            Err(failure) => {
                terminal.warn(format_args!("! {}", failure.message));
                continue;
            }
        };
        let counts = run.counts();
        match terminal.format() {
            Format::Id => written(writeln!(out, "{name}"))?,
            Format::Table | Format::Csv => {
                let told: Vec<String> =
                    counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
                let state = if run.is_finished() { "finished" } else { "to resume" };
                rows.push(
                    [name.clone(), run.plan.at.clone(), state.to_owned(), told.join(", ")]
                        .map(Some)
                        .to_vec(),
                );
            }
            Format::Json | Format::Ndjson => {
                #[derive(Serialize)]
                struct Told<'a> {
                    name: &'a str,
                    at: &'a str,
                    finished: bool,
                    counts: Value,
                }
                let counts = serde_json::to_value(&counts).unwrap_or_default();
                let told = Told { name, at: &run.plan.at, finished: run.is_finished(), counts };
                let line = serde_json::to_string(&told)
                    .map_err(|error| Failure::here(error.to_string()))?;
                written(writeln!(out, "{line}"))?;
            }
        }
    }
    if names.is_empty() {
        terminal.note("no runs yet: `ib activate --status draft -c NAME` begins one");
    } else if !rows.is_empty() {
        let columns = [("RUN", 9), ("BEGUN", 5), ("STATE", 8), ("INVOICES", 7)];
        let shown = columns.map(|(title, rank)| Shown {
            title: title.to_owned(),
            right: false,
            rank,
            cut: false,
        });
        written(Table::new(shown.to_vec(), terminal.width).write(&mut out, &rows))?;
    }
    Ok(Exit::Done)
}
