//! What would come of a write, for people: how many, how much, and what not and why.

use std::collections::BTreeMap;
use std::io::Write;

use rust_decimal::Decimal;

use super::plan::Foretold;
use super::record::{Came, Item, Plan};
use crate::exit::Failure;
use crate::output::{Format, Terminal, written};

/// How many reasons are shown.
const REASONS: usize = 8;

/// Shows what would come of a write: on standard output where that is all that was asked.
///
/// # Errors
/// When it cannot be written.
pub(super) fn show(
    terminal: &Terminal,
    plan: &Plan,
    foretold: &Foretold,
    alone: bool,
) -> Result<(), Failure> {
    if alone && terminal.format() != Format::Table {
        let mut out = terminal.data();
        for (_, came) in &foretold.all {
            let line =
                serde_json::to_string(came).map_err(|error| Failure::here(error.to_string()))?;
            written(writeln!(out, "{line}"))?;
        }
        return Ok(());
    }
    let text = text(plan.action()?.done(), foretold);
    if alone {
        written(write!(terminal.out(), "{text}"))
    } else {
        // Without a standard error there is nobody to tell.
        let _ = write!(terminal.errors(), "{text}");
        Ok(())
    }
}

/// What would come of a write, in words.
pub(super) fn text(done: &str, foretold: &Foretold) -> String {
    let applied = foretold.applied();
    let mut text = format!(
        "{applied} {} would be {done}{}\n",
        invoices(applied),
        sums(written_items(foretold))
    );
    let unchanged = foretold.count("unchanged");
    if unchanged > 0 {
        text += &format!(
            "{unchanged} {} as asked already\n",
            if unchanged == 1 { "is" } else { "are" }
        );
    }
    let rejected = foretold.rejected();
    if rejected > 0 {
        text += &format!("{rejected} would not be:\n");
        text += &reasons(foretold.all.iter().map(|(_, came)| came));
    }
    text
}

pub(super) fn invoices(count: usize) -> &'static str {
    if count == 1 { "invoice" } else { "invoices" }
}

fn written_items(foretold: &Foretold) -> impl Iterator<Item = &Item> {
    foretold.all.iter().filter(|(_, came)| came.outcome == "applied").map(|(item, _)| item)
}

/// The sums by currency, a line each. What a provider does not say is counted, not guessed.
pub(super) fn sums<'a>(items: impl Iterator<Item = &'a Item>) -> String {
    let mut sums: BTreeMap<&str, (Option<Decimal>, usize, usize)> = BTreeMap::new();
    for item in items {
        let currency = item.currency.as_deref().unwrap_or("no currency told");
        let (sum, count, silent) = sums.entry(currency).or_insert((Some(Decimal::ZERO), 0, 0));
        *count += 1;
        match item.amount.as_deref().map(str::parse::<Decimal>) {
            Some(Ok(amount)) => *sum = sum.and_then(|sum| sum.checked_add(amount)),
            _ => *silent += 1,
        }
    }
    let mut lines = String::new();
    let sums = sums.into_iter().map(|(currency, (sum, count, silent))| {
        // Where no amount is told there is no sum, not a sum of nothing.
        let sum = if silent == count { "-".to_owned() } else { shown(sum) };
        (currency, sum, count, silent)
    });
    let sums: Vec<_> = sums.collect();
    let widest = sums.iter().map(|(_, sum, _, _)| sum.len()).max().unwrap_or(0);
    for (currency, sum, count, silent) in sums {
        let silent =
            if silent == 0 { String::new() } else { format!(", {silent} without an amount") };
        lines += &format!("\n  {sum:>widest$} {currency:<3}  in {count}{silent}");
    }
    if lines.is_empty() { lines } else { format!(":{lines}") }
}

fn shown(sum: Option<Decimal>) -> String {
    sum.map_or_else(|| "too large to add up".to_owned(), |sum| sum.to_string())
}

/// A reason in words that fit every invoice it is told of.
fn without_name(detail: &str, id: &str) -> String {
    detail
        .replace(&format!("no invoice `{id}`"), "no such invoice")
        .replace(&format!("invoice `{id}` "), "it ")
        .replace(id, "it")
}

/// Why invoices are not written, the most frequent reason first.
pub(super) fn reasons<'a>(all: impl Iterator<Item = &'a Came>) -> String {
    let mut reasons: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for came in
        all.filter(|came| !matches!(came.outcome.as_str(), "applied" | "unchanged" | "waiting"))
    {
        let detail =
            came.problem.as_ref().map_or("no reason told", |problem| problem.detail.as_str());
        let reason = without_name(detail, &came.id);
        reasons.entry(reason).or_insert((0, &came.id)).0 += 1;
    }
    let mut reasons: Vec<_> =
        reasons.into_iter().map(|(reason, (count, first))| (count, reason, first)).collect();
    reasons.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let more = reasons.len().saturating_sub(REASONS);
    let shown = reasons.into_iter().take(REASONS);
    let mut text: String = shown
        .map(|(count, reason, first)| format!("  {count:>5}  {reason}\n         such as {first}\n"))
        .collect();
    if more > 0 {
        text += &format!("         and {more} more reasons; `-o ndjson` tells all\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(amount: Option<&str>, currency: Option<&str>) -> Item {
        Item {
            amount: amount.map(str::to_owned),
            currency: currency.map(str::to_owned),
            ..Item::default()
        }
    }

    #[test]
    fn a_reason_is_told_once_whatever_the_invoice() {
        for (detail, told) in [
            ("there is no invoice `nue:1`", "there is no such invoice"),
            ("invoice `nue:1` is `Pending` at Nue", "it is `Pending` at Nue"),
            ("another write to nue:1 is under way", "another write to it is under way"),
        ] {
            assert_eq!(without_name(detail, "nue:1"), told);
        }
    }

    #[test]
    fn sums_are_exact_and_never_across_currencies() {
        let items = [
            item(Some("0.1"), Some("USD")),
            item(Some("0.2"), Some("USD")),
            item(Some("-5.123456"), Some("EUR")),
            item(None, Some("EUR")),
            item(Some("7"), None),
            item(None, Some("GBP")),
        ];
        let expected = ":\n  -5.123456 EUR  in 2, 1 without an amount\n          - GBP  in 1, 1 without an amount\n        0.3 USD  in 2\n          7 no currency told  in 1";
        assert_eq!(sums(items.iter()), expected);
    }
}
