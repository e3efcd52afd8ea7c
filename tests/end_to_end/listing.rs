//! One listing over all connections.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::stack::{CONNECTIONS, Stack, invoices, texts};

/// Fails unless the pages hold every invoice of every connection, each once.
fn holds_everything_once(stack: &Stack, pages: &[Value], asked: &str) {
    let listed: Vec<&str> =
        invoices(pages).iter().map(|invoice| invoice["id"].as_str().unwrap()).collect();
    let distinct: BTreeSet<String> = listed.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(distinct.len(), listed.len(), "{asked} has an invoice twice");
    let truth: BTreeSet<String> =
        CONNECTIONS.iter().flat_map(|name| stack.truth(name).into_keys()).collect();
    let missing: Vec<_> = truth.difference(&distinct).collect();
    let strange: Vec<_> = distinct.difference(&truth).collect();
    assert!(missing.is_empty() && strange.is_empty(), "{asked}: {missing:?} {strange:?}");
}

#[test]
fn the_printed_question_lists_all_six_newest_first_to_the_end() {
    let stack = Stack::shared();
    let asked = "/invoices?sort=-invoiceDate&limit=50";
    let pages = stack.walk(asked, None);
    for page in &pages {
        assert_eq!(texts(&page["sources"], "/connection"), CONNECTIONS);
        assert_eq!(texts(&page["sources"], "/status"), ["ok"; CONNECTIONS.len()], "{page}");
    }
    let (last, full) = pages.split_last().unwrap();
    assert!(full.iter().all(|page| page["data"].as_array().unwrap().len() == 50));
    assert_eq!(last["nextCursor"], Value::Null);
    let dates: Vec<&str> = invoices(&pages)
        .iter()
        .map(|invoice| invoice["dates"]["invoice"].as_str().unwrap_or_default())
        .collect();
    assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
    holds_everything_once(&stack, &pages, asked);
}

#[test]
fn without_a_sort_the_whole_is_listed_as_well() {
    let stack = Stack::shared();
    let pages = stack.walk("/invoices?limit=200", None);
    holds_everything_once(&stack, &pages, "no sort");
}

#[test]
fn every_sort_walks_over_everything_in_its_order() {
    let stack = Stack::start(&["--invoices", "30"]);
    let keys = [
        ("invoiceDate", "/dates/invoice"),
        ("dueDate", "/dates/due"),
        ("createdAt", "/timestamps/created"),
        ("modifiedAt", "/timestamps/modified"),
        ("amount", "/amounts/total"),
        ("balance", "/amounts/balance"),
        ("number", "/number"),
    ];
    for (key, pointer) in keys {
        for direction in ["", "-"] {
            let asked = format!("/invoices?sort={direction}{key}&limit=100");
            let pages = stack.walk(&asked, None);
            holds_everything_once(&stack, &pages, &asked);
            let listed = invoices(&pages);
            for pair in listed.windows(2) {
                let [a, b] = [0, 1].map(|at| pair[at].pointer(pointer).unwrap());
                let order = compare(key, a, b);
                let order = if direction == "-" { order.reverse() } else { order };
                let stands = match (a, b) {
                    // What lacks the key comes last either way.
                    (Value::Null, Value::Null) => true,
                    (Value::Null, _) => false,
                    (_, Value::Null) => true,
                    _ => order.is_le(),
                };
                assert!(stands, "{asked}: {a} before {b}");
            }
        }
    }
}

/// By what the values mean, found out another way than the service does.
fn compare(key: &str, a: &Value, b: &Value) -> Ordering {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match key {
        "amount" | "balance" => thousandths(&text(a)).cmp(&thousandths(&text(b))),
        "createdAt" | "modifiedAt" => instant(&text(a)).cmp(&instant(&text(b))),
        "number" => natural(&text(a)).cmp(&natural(&text(b))),
        _ => text(a).cmp(&text(b)),
    }
}

/// No amount of the sandbox has more than nine digits after the point.
fn thousandths(text: &str) -> i128 {
    let (sign, plain) = text.strip_prefix('-').map_or((1, text), |plain| (-1, plain));
    let (whole, part) = plain.split_once('.').unwrap_or((plain, ""));
    assert!(part.len() <= 9, "{text}");
    sign * format!("{whole}{part:0<9}").parse::<i128>().unwrap_or_default()
}

/// The fraction without its closing zeros, which would end in `Z` otherwise.
fn instant(text: &str) -> String {
    text.trim_end_matches('Z').to_owned()
}

/// Runs of digits by their number, and before everything else; the rest as
/// text.
fn natural(text: &str) -> Vec<(bool, u64, String)> {
    let characters: Vec<char> = text.chars().collect();
    let runs = characters.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    runs.map(|run| {
        let text: String = run.iter().collect();
        match text.parse() {
            Ok(number) => (false, number, String::new()),
            Err(_) => (true, 0, text),
        }
    })
    .collect()
}

#[test]
fn a_listing_of_some_connections_asks_only_these() {
    let stack = Stack::start(&["--invoices", "10"]);
    let body = stack.get("/invoices?connection=fusebill,finexio&sort=amount").ok();
    assert_eq!(texts(&body["sources"], "/connection"), ["fusebill", "finexio"]);
    for name in CONNECTIONS {
        let asked = stack.lists_asked(name) > 0;
        assert_eq!(asked, ["fusebill", "finexio"].contains(&name), "{name}");
    }
}
