//! `ib summary`: counts and exact sums, never across currencies.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::answers::{self, AmountSums, Summary};
use crate::args::Summarize;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::filters;
use crate::output::{Format, Terminal, written};
use crate::sources::Sources;
use crate::spreadsheet::printable;
use crate::table::{Shown, Table};

/// `ib summary`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    asked: &Summarize,
) -> Result<Exit, Failure> {
    let mut query = filters::query(&asked.filters.criteria()?)?;
    filters::check(&query)?;
    if !asked.by.is_empty() {
        query.push(("by".to_owned(), asked.by.join(",")));
    }
    query.extend(asked.require.iter().map(|word| ("require".to_owned(), word.clone())));
    let answer = client
        .get("/invoices/summary", &query)
        .await
        .map_err(|failure| older(failure, "summaries"))?;
    let summary: Summary = answers::read(&answer.body)?;
    let mut out = terminal.data();
    match terminal.format() {
        Format::Json | Format::Ndjson => {
            let whole: &RawValue = answers::read(&answer.body)?;
            written(writeln!(out, "{}", whole.get()))?;
        }
        Format::Id => {
            return Err(Failure::usage("a summary has no references: -o table, json or csv"));
        }
        Format::Table => {
            let columns = head(&summary.by).map(|(title, right)| Shown {
                title: title.to_uppercase(),
                right,
                rank: 9,
                cut: false,
            });
            written(
                Table::new(columns.collect(), terminal.width).write(&mut out, &rows(&summary)),
            )?;
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(&mut out);
            let outcome = (|| {
                writer.write_record(head(&summary.by).map(|(title, _)| title))?;
                for row in rows(&summary) {
                    let text = |cell: &Option<String>| cell.as_deref().map(printable);
                    writer.write_record(row.iter().map(|cell| text(cell).unwrap_or_default()))?;
                }
                writer.flush().map_err(csv::Error::from)
            })();
            outcome.map_err(|error| Failure::here(format!("cannot write CSV: {error}")))?;
        }
    }
    drop(out);
    let mut sources = Sources::default();
    sources.note(&summary.sources);
    sources.tell(terminal);
    let complete = if summary.complete { "complete" } else { "NOT complete" };
    let as_of =
        summary.as_of.split_once('.').map_or(summary.as_of.clone(), |(to, _)| format!("{to}Z"));
    terminal.note(format_args!("{} invoices, {complete}, as of {as_of}", summary.count));
    Ok(Exit::Done)
}

/// A route that the stack does not have yet is told as that.
pub(crate) fn older(failure: Failure, what: &str) -> Failure {
    let code = failure.problem.as_ref().and_then(|body| body.get("code")?.as_str());
    if failure.exit == Exit::NotFound && code != Some("connection_not_found") {
        return Failure::here(format!("this stack has no {what}: it is older than this ib"))
            .exit(Exit::NotFound)
            .advise("have it deployed anew, or use `ib ls` and `ib export`");
    }
    failure
}

fn head(by: &[String]) -> impl Iterator<Item = (&str, bool)> {
    let sums = [
        ("currency", false),
        ("count", true),
        ("total", true),
        ("without total", true),
        ("balance", true),
        ("without balance", true),
    ];
    by.iter().filter(|word| *word != "currency").map(|word| (word.as_str(), false)).chain(sums)
}

fn rows(summary: &Summary) -> Vec<Vec<Option<String>>> {
    let groups = summary.groups.iter().map(|group| (&group.key, &group.amounts));
    let none = BTreeMap::new();
    let all: Vec<(&BTreeMap<String, Value>, &Vec<AmountSums>)> =
        if summary.by.is_empty() { vec![(&none, &summary.amounts)] } else { groups.collect() };
    let mut rows = Vec::new();
    for (key, amounts) in all {
        for sums in amounts {
            let words = summary.by.iter().filter(|word| *word != "currency");
            let mut row: Vec<Option<String>> = words
                .map(|word| key.get(word).and_then(Value::as_str).map(str::to_owned))
                .collect();
            let silent = |count: u64| (count > 0).then(|| count.to_string());
            row.extend([
                sums.currency.clone(),
                Some(sums.count.to_string()),
                sums.total.sum.clone(),
                silent(sums.total.unknown),
                sums.balance.sum.clone(),
                silent(sums.balance.unknown),
            ]);
            rows.push(row);
        }
    }
    rows
}
