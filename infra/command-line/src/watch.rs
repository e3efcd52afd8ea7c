//! `ib watch`: what changes among the invoices that match, from one look to the next.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::answers::{self, Listing};
use crate::args::{Reading, Watch};
use crate::client::Client;
use crate::columns;
use crate::exit::{Exit, Failure};
use crate::list::{Pages, Question};
use crate::output::{Format, Terminal, written};
use crate::sources::Sources;

/// What of an invoice is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look(Vec<(&'static str, Option<String>)>);

/// The columns that are compared.
const COMPARED: [&str; 7] =
    ["status", "paymentStatus", "total", "balance", "dueDate", "invoiceDate", "number"];

/// One change, as a line of JSON.
#[derive(Debug, Serialize)]
struct Told<'a> {
    at: String,
    kind: &'a str,
    id: &'a str,
    changes: BTreeMap<&'a str, [Option<&'a str>; 2]>,
}

/// `ib watch`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    watch: &Watch,
) -> Result<Exit, Failure> {
    let criteria = watch.filters.criteria()?;
    let reading = Reading { fresh: true, require: None };
    let question = Question::new(&criteria, None, &[], &reading)?;
    let mut before: Option<BTreeMap<String, Look>> = None;
    let mut looks = 0;
    loop {
        let (now, sources) = look(client, question.clone()).await?;
        sources.tell(terminal);
        match &before {
            // What a connection that did not answer has is not gone.
            Some(before) => tell(terminal, before, &now, &sources)?,
            None => terminal.note(format_args!(
                "{} invoices match; looking every {:?}",
                now.len(),
                watch.every
            )),
        }
        before = Some(if sources.is_incomplete() { merged(before, now) } else { now });
        looks += 1;
        if watch.times.is_some_and(|times| looks >= times) {
            return Ok(Exit::Done);
        }
        tokio::time::sleep(watch.every).await;
    }
}

fn merged(
    before: Option<BTreeMap<String, Look>>,
    now: BTreeMap<String, Look>,
) -> BTreeMap<String, Look> {
    let mut all = before.unwrap_or_default();
    all.extend(now);
    all
}

async fn look(
    client: &Client,
    question: Question,
) -> Result<(BTreeMap<String, Look>, Sources), Failure> {
    let names = COMPARED.map(str::to_owned);
    let compared = columns::named(&names)?;
    let mut pages = Pages::new(client, question);
    let (mut now, mut sources) = (BTreeMap::new(), Sources::default());
    while let Some(body) = pages.next(u64::MAX).await? {
        let page: Listing<'_> = answers::read(&body)?;
        for invoice in &page.data {
            let tree = columns::tree(invoice)?;
            let Some(id) = tree.get("id").and_then(Value::as_str) else { continue };
            let look = compared.iter().map(|column| (column.name, column.of(&tree))).collect();
            now.insert(id.to_owned(), Look(look));
        }
        sources.note(&page.sources);
    }
    Ok((now, sources))
}

fn tell(
    terminal: &Terminal,
    before: &BTreeMap<String, Look>,
    now: &BTreeMap<String, Look>,
    sources: &Sources,
) -> Result<(), Failure> {
    let mut out = terminal.data();
    for (id, look) in now {
        match before.get(id) {
            None => one(terminal, &mut out, "matches", id, None, look)?,
            Some(old) if old != look => one(terminal, &mut out, "changed", id, Some(old), look)?,
            Some(_) => {}
        }
    }
    if !sources.is_incomplete() {
        for (id, look) in before.iter().filter(|(id, _)| !now.contains_key(*id)) {
            one(terminal, &mut out, "gone", id, Some(look), look)?;
        }
    }
    written(out.flush())
}

fn one(
    terminal: &Terminal,
    out: &mut impl Write,
    kind: &str,
    id: &str,
    old: Option<&Look>,
    new: &Look,
) -> Result<(), Failure> {
    let mut changes = BTreeMap::new();
    for (place, (name, value)) in new.0.iter().enumerate() {
        let was = old.and_then(|old| old.0.get(place)).and_then(|(_, value)| value.as_deref());
        if was != value.as_deref() {
            changes.insert(*name, [was, value.as_deref()]);
        }
    }
    let at = Timestamp::now().to_string();
    if terminal.format() == Format::Table {
        let shown = |value: &Option<&str>| value.unwrap_or("-").to_owned();
        let told: Vec<String> = changes
            .iter()
            .map(|(name, [was, is])| format!("{name} {} -> {}", shown(was), shown(is)))
            .collect();
        return written(writeln!(out, "{kind:<8} {id}  {}", told.join(", ")));
    }
    let line = serde_json::to_string(&Told { at, kind, id, changes })
        .map_err(|error| Failure::here(error.to_string()))?;
    written(writeln!(out, "{line}"))
}
