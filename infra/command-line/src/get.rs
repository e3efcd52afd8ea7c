//! `ib get`: invoices with all that is known of them.

use std::io::Write;

use futures::StreamExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answers;
use crate::args::Get;
use crate::client::Client;
use crate::columns;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Terminal, write_line, written};
use crate::table::{Shown, Table};

/// What a segment of a path holds as it is.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');
/// How many invoices are read side by side.
const AT_ONCE: usize = 4;

/// The path of an invoice.
///
/// # Errors
/// When it is no reference.
pub(crate) fn path(reference: &str) -> Result<String, Failure> {
    reference.parse::<invoice::Reference>().map_err(|error| {
        Failure::usage(format!("`{reference}` is no reference: {error}"))
            .advise("a reference is CONNECTION:ID, as `ib ls` shows it, such as fusebill:162281")
    })?;
    Ok(format!("/invoices/{}", utf8_percent_encode(reference, SEGMENT)))
}

/// `ib get`.
pub(crate) async fn run(client: &Client, terminal: &Terminal, get: &Get) -> Result<Exit, Failure> {
    let paths = get.references.iter().map(|one| path(one)).collect::<Result<Vec<_>, _>>()?;
    let includes: Vec<&str> = [("lines", get.lines), ("raw", get.raw)]
        .iter()
        .filter(|(_, asked)| *asked)
        .map(|(name, _)| *name)
        .collect();
    let query = if includes.is_empty() {
        Vec::new()
    } else {
        vec![("includes".to_owned(), includes.join(","))]
    };
    let mut answers =
        futures::stream::iter(&paths).map(|path| client.get(path, &query)).buffered(AT_ONCE);
    let mut exit = Exit::Done;
    let mut count = 0;
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(answer) => {
                let etag = answer.header("etag").map(str::to_owned);
                let invoice: &RawValue = answers::read(&answer.body)?;
                show(terminal, invoice, etag.as_deref(), count)?;
                count += 1;
            }
            Err(failure) if get.references.len() > 1 => {
                failure.tell(terminal);
                exit = exit.max(failure.exit);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}

fn show(
    terminal: &Terminal,
    invoice: &RawValue,
    etag: Option<&str>,
    nth: usize,
) -> Result<(), Failure> {
    let mut out = terminal.data();
    match terminal.format() {
        Format::Ndjson => written(write_line(&mut out, invoice)),
        Format::Json => written(writeln!(out, "{}", invoice.get())),
        Format::Id => {
            let tree = columns::tree(invoice)?;
            written(writeln!(out, "{}", tree.get("id").and_then(Value::as_str).unwrap_or_default()))
        }
        Format::Csv => {
            Err(Failure::usage("`ib get` has no CSV: `ib export --csv FILE` writes one"))
        }
        Format::Table => {
            if nth > 0 {
                written(writeln!(out))?;
            }
            written(write_facts(&mut out, &columns::tree(invoice)?, etag))
        }
    }
}

fn write_facts(out: &mut impl Write, invoice: &Value, etag: Option<&str>) -> std::io::Result<()> {
    let bold = anstyle::Style::new().bold();
    let faint = anstyle::Style::new().dimmed();
    let text = |pointer: &str| invoice.pointer(pointer).and_then(Value::as_str);
    writeln!(
        out,
        "{bold}{}{bold:#}  {}",
        text("/id").unwrap_or("-"),
        text("/number").unwrap_or("-")
    )?;
    let facts = columns::ALL
        .iter()
        .filter(|column| !matches!(column.name, "id" | "number" | "connection" | "currency"));
    for column in facts {
        let Some(value) = column.of(invoice) else { continue };
        let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let unit =
            if column.kind == columns::Kind::Amount { text("/currency").unwrap_or("") } else { "" };
        writeln!(out, "  {faint}{:<22}{faint:#} {value} {unit}", column.name)?;
    }
    for comment in invoice.pointer("/comments").and_then(Value::as_array).into_iter().flatten() {
        let words = comment
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .replace(char::is_control, " ");
        writeln!(out, "  {faint}{:<22}{faint:#} {words}", "comment")?;
    }
    let actions = invoice.pointer("/availableActions").and_then(Value::as_object);
    let actions: Vec<&str> =
        actions.into_iter().flat_map(|actions| actions.keys().map(String::as_str)).collect();
    let actions = if actions.is_empty() { "none".to_owned() } else { actions.join(", ") };
    writeln!(out, "  {faint}{:<22}{faint:#} {actions}", "may be done now")?;
    if let Some(etag) = etag {
        writeln!(out, "  {faint}{:<22}{faint:#} {etag}", "etag (--if-match)")?;
    }
    write_lines(out, invoice)?;
    if let Some(raw) = invoice.get("raw") {
        writeln!(out, "\n{}", serde_json::to_string_pretty(raw).unwrap_or_default())?;
    }
    Ok(())
}

fn write_lines(out: &mut impl Write, invoice: &Value) -> std::io::Result<()> {
    let Some(lines) = invoice.get("lines") else { return Ok(()) };
    let Some(lines) = lines.as_array() else {
        return writeln!(out, "  the provider does not tell the lines");
    };
    let titles = [
        ("/name", "LINE", false),
        ("/quantity", "QUANTITY", true),
        ("/unitPrice", "PRICE", true),
        ("/amount", "AMOUNT", true),
    ];
    let columns = titles.iter().map(|(_, title, right)| Shown {
        title: (*title).to_owned(),
        right: *right,
        rank: 9,
        cut: false,
    });
    let rows: Vec<Vec<Option<String>>> = lines
        .iter()
        .map(|line| {
            let cell =
                |pointer: &str| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            titles.iter().map(|(pointer, _, _)| cell(pointer)).collect()
        })
        .collect();
    writeln!(out)?;
    Table::new(columns.collect(), None).write(out, &rows)
}
