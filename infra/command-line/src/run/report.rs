//! What came of a run: in words at its end, and invoice by invoice for the books.

use std::io::Write;

use serde::Serialize;

use super::file::RunFile;
use super::preview::{reasons, sums};
use super::record::{Came, Item};
use crate::exit::Failure;
use crate::output::{Format, Terminal, written};
use crate::spreadsheet::harmless;

const HEAD: [&str; 12] = [
    "id",
    "newId",
    "number",
    "customer",
    "amount",
    "currency",
    "outcome",
    "code",
    "detail",
    "providerWords",
    "requestId",
    "time",
];

/// Tells what came of a run: each invoice on a pipe, and the sums for people, whoever has
/// stopped to read the pipe.
///
/// # Errors
/// When it cannot be written.
pub(super) fn tell(terminal: &Terminal, run: &RunFile) -> Result<(), Failure> {
    let listed = list(terminal, run);
    terminal.warn(text(run)?.trim_end());
    let name = &run.plan.name;
    if !run.is_finished() {
        terminal.warn(format_args!("`ib runs resume {name}` goes on: what was sent is asked about first, and not sent twice"));
    }
    terminal.note(format_args!("`ib runs report {name}` tells of each invoice, as CSV"));
    listed
}

/// Writes each invoice of a run as a line, where programs read.
fn list(terminal: &Terminal, run: &RunFile) -> Result<(), Failure> {
    if terminal.format() == Format::Table {
        return Ok(());
    }
    let mut out = terminal.data();
    for (_, came) in all(run) {
        let line = line(&came)?;
        written(writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// One invoice as a line of JSON.
fn line(came: &Came) -> Result<String, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Line<'a> {
        id: &'a str,
        outcome: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        new_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'a crate::answers::Problem>,
    }
    let Came { id, outcome, new_id, problem } = came;
    serde_json::to_string(&Line {
        id,
        outcome,
        new_id: new_id.as_deref(),
        problem: problem.as_ref(),
    })
    .map_err(|error| Failure::here(error.to_string()))
}

/// Each invoice with what came of it, those among them that were not sent.
fn all(run: &RunFile) -> Vec<(&Item, Came)> {
    let sent = run.rows().into_iter().map(|(item, came, _)| (item, came));
    sent.chain(run.foretold.iter().map(|(item, came)| (item, came.clone()))).collect()
}

/// The counts and sums of a run, in words.
///
/// # Errors
/// When the run is of another version.
pub(super) fn text(run: &RunFile) -> Result<String, Failure> {
    let all = all(run);
    let of = |word: &str| {
        all.iter()
            .filter(|(_, came)| came.outcome == word)
            .map(|(item, _)| *item)
            .collect::<Vec<_>>()
    };
    let done = of("applied");
    let mut text =
        format!("{} {}{}\n", done.len(), run.plan.action()?.done(), sums(done.into_iter()));
    for (word, what) in [("unchanged", "as asked already"), ("waiting", "not sent yet")] {
        let count = of(word).len();
        if count > 0 {
            text += &format!("{count} {what}\n");
        }
    }
    let known = ["applied", "unchanged", "waiting"];
    let mut others: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for (_, came) in all.iter().filter(|(_, came)| !known.contains(&came.outcome.as_str())) {
        *others.entry(&came.outcome).or_default() += 1;
    }
    for (word, count) in others {
        text += &format!("{count} {word}:\n");
        text += &reasons(all.iter().map(|(_, came)| came).filter(|came| came.outcome == word));
    }
    Ok(text)
}

/// Writes what came of each invoice as CSV.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_csv(out: impl Write, run: &RunFile) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(out);
    let sent = run
        .rows()
        .into_iter()
        .map(|(item, came, state)| (item, came, state.request_id.clone(), state.at.clone()));
    let not_sent = run
        .foretold
        .iter()
        .map(|(item, came)| (item, came.clone(), None, Some(run.plan.at.clone())));
    let outcome = (|| {
        writer.write_record(HEAD)?;
        for (item, came, request_id, at) in sent.chain(not_sent) {
            let problem = came.problem.as_ref();
            let text = |text: Option<&str>| harmless(text.unwrap_or_default());
            let words = problem.and_then(|problem| problem.provider.as_ref()?.message.as_deref());
            // A decimal is no formula, whatever its sign.
            let amount = item.amount.clone().unwrap_or_default();
            let amount = if amount.parse::<rust_decimal::Decimal>().is_ok() {
                amount
            } else {
                harmless(&amount)
            };
            writer.write_record([
                text(Some(&item.id)),
                text(came.new_id.as_deref()),
                text(item.number.as_deref()),
                text(item.customer.as_deref()),
                amount,
                text(item.currency.as_deref()),
                text(Some(&came.outcome)),
                text(problem.map(|problem| problem.code.as_str())),
                text(problem.map(|problem| problem.detail.as_str())),
                text(words),
                text(request_id.as_deref()),
                at.unwrap_or_default(),
            ])?;
        }
        writer.flush().map_err(csv::Error::from)
    })();
    outcome.map_err(|error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            written(Err(error)).err().unwrap_or_else(|| Failure::here("CSV"))
        }
        other => Failure::here(format!("cannot write CSV: {other:?}")),
    })
}
