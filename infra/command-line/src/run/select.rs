//! Which invoices a run is about: those that are named, or those that match.

use std::collections::BTreeSet;
use std::io::Read;

use invoice::{Reference, json};
use serde_json::Value;

use crate::answers::{self, Listing};
use crate::args::{Reading, WriteOptions};
use crate::client::Client;
use crate::columns;
use crate::exit::Failure;
use crate::filters;
use crate::list::{Pages, Question};
use crate::output::Terminal;

/// The references that are named, or that match the filters, each once.
///
/// # Errors
/// When nothing is named, a name is no reference, or a connection does not answer: all that
/// match are meant, or none.
pub(super) async fn ids(
    client: &Client,
    terminal: &Terminal,
    options: &WriteOptions,
) -> Result<Vec<String>, Failure> {
    let named = !options.references.is_empty() || options.from.is_some();
    let mut ids = match (named, options.filters.is_empty()) {
        (true, true) => named_ids(options)?,
        (false, false) => matching(client, terminal, options).await?,
        (true, false) => {
            return Err(Failure::usage("name invoices, or filter them, not both"));
        }
        (false, true) => return Err(nothing_asked()),
    };
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    if ids.is_empty() {
        return Err(Failure::usage("no invoice matches; nothing was sent")
            .exit(crate::exit::Exit::NotFound));
    }
    Ok(ids)
}

fn nothing_asked() -> Failure {
    Failure::usage("which invoices? Nothing is named, and nothing filtered")
        .advise("name references, read them with --from FILE, or filter: --status draft -c nue")
}

fn named_ids(options: &WriteOptions) -> Result<Vec<String>, Failure> {
    let mut ids = options.references.clone();
    if let Some(file) = &options.from {
        let text = if file.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
        } else {
            std::fs::read_to_string(file)
        };
        let text =
            text.map_err(|error| Failure::usage(format!("--from {}: {error}", file.display())))?;
        ids.extend(text.lines().filter_map(line));
    }
    let wrong = ids.iter().filter_map(|id| {
        id.parse::<Reference>().err().map(|error| format!("`{id}` is no reference: {error}"))
    });
    let mut wrong = wrong.take(10);
    match wrong.next() {
        None => Ok(ids),
        Some(first) => Err(wrong.fold(Failure::usage(first), Failure::advise)),
    }
}

/// A line is a reference, or a JSON object with an `id`, as `ib ls` writes both.
fn line(line: &str) -> Option<String> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let object = json::read::<Value>(line).ok().filter(|_| line.starts_with('{'));
    let id = object.as_ref().and_then(|object| object.get("id")?.as_str());
    Some(id.unwrap_or(line).to_owned())
}

async fn matching(
    client: &Client,
    terminal: &Terminal,
    options: &WriteOptions,
) -> Result<Vec<String>, Failure> {
    let reading = Reading { fresh: true, require: Some("all".to_owned()) };
    let criteria = options.filters.criteria()?;
    if !filters::narrows(&criteria) {
        // It would mean every invoice there is.
        return Err(nothing_asked());
    }
    let question = Question::new(&criteria, None, &[], &reading)?;
    let mut pages = Pages::new(client, question);
    let mut ids = Vec::new();
    terminal.note("looking for the invoices that match ..");
    while let Some(body) = pages.next(u64::MAX).await? {
        let page: Listing<'_> = answers::read(&body)?;
        for invoice in &page.data {
            let tree = columns::tree(invoice)?;
            let id = tree.get("id").and_then(Value::as_str);
            ids.push(
                id.ok_or_else(|| Failure::here("the API lists an invoice without an id"))?
                    .to_owned(),
            );
        }
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ls_writes_can_be_read_again() {
        for (text, id) in [
            ("nue:1", Some("nue:1")),
            ("  nue:1  ", Some("nue:1")),
            (r#"{"id":"fusebill:draft.7","number":null}"#, Some("fusebill:draft.7")),
            ("# a remark", None),
            ("", None),
        ] {
            assert_eq!(line(text).as_deref(), id, "{text}");
        }
    }
}
