//! `ib changes`: what changed since a moment, as the bridge learned of it.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::answers::{self, ChangeSource, Changes};
use crate::args::Follow;
use crate::client::Client;
use crate::columns;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Terminal, write_line, written};
use crate::summary::older;

/// `ib changes`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    asked: &Follow,
) -> Result<Exit, Failure> {
    let since = asked.since.as_deref().map(moment).transpose()?;
    let mut cursor: Option<String> = None;
    let mut told = false;
    loop {
        let mut query = Vec::new();
        if !asked.connections.is_empty() {
            query.push(("connection".to_owned(), asked.connections.join(",")));
        }
        match (&cursor, &since) {
            (Some(cursor), _) => query.push(("cursor".to_owned(), cursor.clone())),
            (None, Some(since)) => query.push(("since".to_owned(), since.clone())),
            (None, None) => {}
        }
        let answer = client.get("/invoices/changes", &query).await.map_err(expired)?;
        let page: Changes<'_> = answers::read(&answer.body)?;
        if !told {
            tell_sources(terminal, &page.sources);
            told = true;
        }
        let mut out = terminal.data();
        for change in &page.data {
            written(write(terminal, &mut out, change)?)?;
        }
        written(out.flush())?;
        drop(out);
        // A feed that goes on where it was would never end.
        let is_more = page.has_more && Some(&page.next_cursor) != cursor.as_ref();
        cursor = Some(page.next_cursor);
        match (is_more, asked.follow) {
            (true, _) => {}
            (false, true) => tokio::time::sleep(asked.every).await,
            (false, false) => return Ok(Exit::Done),
        }
    }
}

fn expired(failure: Failure) -> Failure {
    let code = failure.problem.as_ref().and_then(|body| body.get("code")?.as_str());
    if code == Some("changes_expired") {
        return failure.advise(
            "what changed before is not kept: begin from `ib export`, and follow from now on",
        );
    }
    older(failure, "feed of changes")
}

/// A moment, a day, or so long ago.
fn moment(text: &str) -> Result<String, Failure> {
    let is_moment = text.parse::<Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok();
    if is_moment {
        return Ok(text.to_owned());
    }
    let ago = text.parse::<SignedDuration>().ok().filter(SignedDuration::is_positive);
    let then = ago.and_then(|ago| Timestamp::now().checked_sub(ago).ok());
    then.map(|then| then.to_string()).ok_or_else(|| {
        Failure::usage(format!("--since {text}: write a moment, a day, or how long ago: 2026-11-01T09:00:00Z, 2026-11-01, 36h"))
    })
}

fn tell_sources(terminal: &Terminal, sources: &[ChangeSource]) {
    for source in sources {
        let name = &source.connection;
        if source.changes == "none" {
            terminal.warn(format_args!("! {name} tells of no changes"));
        } else if source.deletions == "none" {
            terminal.warn(format_args!("! {name} does not tell what is deleted"));
        }
    }
}

fn write(
    terminal: &Terminal,
    out: &mut impl Write,
    change: &RawValue,
) -> Result<std::io::Result<()>, Failure> {
    if terminal.format() != Format::Table {
        return Ok(write_line(out, change));
    }
    let tree = columns::tree(change)?;
    let text = |name: &str| tree.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
    let (at, kind, id, by) = (text("at"), text("kind"), text("id"), text("causedBy"));
    Ok(writeln!(out, "{at}  {kind:<8}  {id}  by the {by}"))
}
