//! `ib connections`: the connections, and what each can do.

use std::io::Write;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answers::{self, Connection, Connections};
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Terminal, write_line, written};
use crate::table::{Shown, Table};

/// All connections of the API.
///
/// # Errors
/// When they cannot be read.
pub(crate) async fn all(client: &Client) -> Result<Vec<Connection>, Failure> {
    let answer = client.get("/connections", &[]).await?;
    Ok(answers::read::<Connections>(&answer.body)?.data)
}

/// The connections as they came.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

/// `ib connections`.
pub(crate) async fn run(client: &Client, terminal: &Terminal) -> Result<Exit, Failure> {
    let answer = client.get("/connections", &[]).await?;
    let mut out = terminal.data();
    match terminal.format() {
        Format::Json => {
            let whole: &RawValue = answers::read(&answer.body)?;
            written(writeln!(out, "{}", whole.get()))?;
        }
        Format::Ndjson => {
            for one in answers::read::<Raw<'_>>(&answer.body)?.data {
                written(write_line(&mut out, one))?;
            }
        }
        Format::Id => {
            for one in answers::read::<Connections>(&answer.body)?.data {
                written(writeln!(out, "{}", one.name))?;
            }
        }
        Format::Csv => {
            return Err(Failure::usage("connections have no CSV: -o table, json or ndjson"));
        }
        Format::Table => {
            let connections = answers::read::<Connections>(&answer.body)?.data;
            written(
                table(terminal).write(&mut out, &connections.iter().map(row).collect::<Vec<_>>()),
            )?;
            drop(out);
            tell_faults(terminal, &connections);
        }
    }
    Ok(Exit::Done)
}

fn table(terminal: &Terminal) -> Table {
    let columns = [
        ("CONNECTION", 9),
        ("PROVIDER", 3),
        ("STATUS", 8),
        ("READ", 7),
        ("WRITES", 6),
        ("ASSUMPTIONS", 1),
    ];
    let shown = columns.iter().map(|(title, rank)| Shown {
        title: (*title).to_owned(),
        right: false,
        rank: *rank,
        cut: false,
    });
    Table::new(shown.collect(), terminal.width)
}

fn row(connection: &Connection) -> Vec<Option<String>> {
    let capabilities = connection.capabilities.as_ref();
    let read = capabilities
        .map(|can| if can.customer_required { "by customer" } else { "all" }.to_owned());
    let writes = capabilities.map(|can| {
        let each = |name: &String| match can.writes.get(name).map(String::as_str) {
            Some("bulk") => Some(format!("{name} (bulk)")),
            Some("absent") | None => None,
            Some(_) => Some(name.clone()),
        };
        let writes: Vec<String> = can.operations.iter().filter_map(each).collect();
        if writes.is_empty() { "none".to_owned() } else { writes.join(", ") }
    });
    let held = |word: Option<bool>| {
        connection.assumptions.iter().filter(|one| one.holds.as_bool() == word).count()
    };
    let assumptions = format!(
        "{} hold, {} dropped, {} not seen",
        held(Some(true)),
        held(Some(false)),
        held(None)
    );
    vec![
        Some(connection.name.clone()),
        connection.title.clone().or_else(|| connection.provider.clone()),
        Some(connection.status.clone()),
        read,
        writes,
        (!connection.assumptions.is_empty()).then_some(assumptions),
    ]
}

fn tell_faults(terminal: &Terminal, connections: &[Connection]) {
    for connection in connections {
        if let Some(problem) = &connection.problem {
            terminal.warn(format_args!("! {}: {}", connection.name, problem.detail));
        }
        let dropped = connection.assumptions.iter().filter(|one| one.holds == false);
        for one in dropped {
            terminal.warn(format_args!(
                "! {} refuses what is assumed of it: {}",
                connection.name, one.name
            ));
        }
    }
}
