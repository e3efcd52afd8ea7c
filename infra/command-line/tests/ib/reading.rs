//! Listing, showing, watching.

use serde_json::{Value, json};

use crate::fake::{Fake, page};
use crate::support::{Ib, Stack};

#[test]
fn without_configuration_a_pipe_gets_a_page_of_ndjson() {
    let stack = Stack::shared();
    let ended = stack.ib().run(&["ls"]).code(0);
    assert_eq!(ended.lines().len(), 50);
    assert!(ended.lines()[0]["id"].is_string());
    assert!(ended.errors.contains("--all shows all"), "{}", ended.errors);
}

#[test]
fn all_pages_are_every_invoice_once() {
    let stack = Stack::shared();
    let ended = stack.ib().run(&["ls", "--all", "-o", "id"]).code(0);
    let ids: std::collections::BTreeSet<&str> = ended.out.lines().collect();
    assert_eq!(ids.len(), ended.out.lines().count());
    let held: usize = ["finexio", "fusebill", "nue", "nue-self-service", "simplepin", "stripe"]
        .iter()
        .map(|name| stack.control("GET", &format!("{name}/invoices"), "").as_array().unwrap().len())
        .sum();
    assert!(ids.len() > 500 && ids.len() <= held, "{} of {held}", ids.len());
}

#[test]
fn a_table_keeps_amounts_as_they_are() {
    let stack = Stack::shared();
    let ib = stack.ib();
    let json = ib.run(&["ls", "-c", "nue", "--limit", "5"]).code(0).lines();
    let table = ib.run(&["ls", "-c", "nue", "--limit", "5", "-o", "table"]).code(0).out;
    assert!(table.starts_with("ID "), "{table}");
    for invoice in json {
        let line =
            table.lines().find(|line| line.contains(invoice["id"].as_str().unwrap())).unwrap();
        assert!(line.contains(invoice["amounts"]["total"].as_str().unwrap()), "{line}");
        assert!(invoice["currency"].is_string() || line.ends_with('-'), "{line}");
    }
}

#[test]
fn a_connection_that_fails_is_told_beside_the_others() {
    let stack = Stack::start(&["--invoices", "60"]);
    stack.control("PUT", "fusebill/faults", r#"{"kind":"status","status":503}"#);
    let ib = stack.ib();
    let ended = ib.run(&["ls", "--all", "-c", "nue,fusebill"]).code(0);
    assert!(ended.lines().iter().all(|one| one["connection"] == "nue"));
    assert!(ended.errors.contains("! fusebill failed: "), "{}", ended.errors);
    let document: Value = serde_json::from_str(
        &ib.run(&["ls", "-c", "nue,fusebill", "--sort", "dueDate", "-o", "json"]).code(0).out,
    )
    .unwrap();
    assert_eq!(document["complete"], false);
    let ended =
        ib.run(&["ls", "-c", "nue,fusebill", "--sort", "dueDate", "--require", "all"]).code(7);
    assert!(ended.out.is_empty(), "{}", ended.out);
}

#[test]
fn one_invoice_is_shown_with_lines_and_raw() {
    let stack = Stack::shared();
    let ended = stack.ib().run(&["get", "fusebill:123456", "--lines", "--raw"]).code(0);
    let [invoice] = ended.lines().try_into().unwrap();
    assert!(invoice["lines"].is_array() && invoice["raw"].is_object());
    let shown = stack.ib().run(&["get", "fusebill:123456", "--lines", "-o", "table"]).code(0).out;
    assert!(shown.contains("264.00 USD") && shown.contains("Tiered product 2"), "{shown}");
}

#[test]
fn a_page_that_is_empty_ends_nothing() {
    let fake = Fake::new(|asked, _| match asked.target.contains("cursor=c1") {
        true => (200, page(&["nue:1"], None)),
        false => (200, page(&[], Some("c1"))),
    });
    let ended = Ib::at(&fake.address).run(&["ls", "--limit", "5"]).code(0);
    assert_eq!(ended.lines().len(), 1);
}

#[test]
fn what_passes_is_asked_again_and_what_does_not_is_not() {
    let fake = Fake::new(|_, nth| match nth {
        0 => (429, crate::fake::problem(429, "rate_limited", true)),
        1 => (503, json!({ "message": "Service Unavailable" })),
        _ => (200, page(&["nue:1"], None)),
    });
    assert_eq!(Ib::at(&fake.address).run(&["ls"]).code(0).lines().len(), 1);
    assert_eq!(fake.asked().len(), 3);
    let fake = Fake::new(|_, _| (502, crate::fake::problem(502, "provider_credentials", false)));
    Ib::at(&fake.address).run(&["ls"]).code(7);
    assert_eq!(fake.asked().len(), 1);
}

#[test]
fn a_word_of_a_later_version_is_kept() {
    let fake = Fake::new(|_, _| {
        let mut page = page(&["nue:1"], None);
        page["data"][0] = json!({ "id": "nue:1", "status": "frozen", "raw": "a\nb", "colour": { "of": "later" } });
        page["sources"][0]["status"] = "dreaming".into();
        (200, page)
    });
    let ib = Ib::at(&fake.address);
    let ended = ib.run(&["ls"]).code(0);
    assert_eq!(ended.lines()[0]["colour"]["of"], "later");
    assert!(ended.errors.contains("nue dreaming"), "{}", ended.errors);
    assert!(ib.run(&["ls", "-o", "table"]).code(0).out.contains("frozen"));
}

#[test]
fn a_watch_tells_what_changed_and_what_went() {
    let fake = Fake::new(|_, nth| {
        let mut page = page(if nth == 0 { &["nue:1", "nue:2"] } else { &["nue:1", "nue:3"] }, None);
        if nth > 0 {
            page["data"][0]["status"] = "active".into();
        }
        (200, page)
    });
    let ended = Ib::at(&fake.address).run(&["watch", "--every", "1ms", "--times", "2"]).code(0);
    let told: Vec<(String, String)> = ended
        .lines()
        .iter()
        .map(|line| {
            (line["kind"].as_str().unwrap().to_owned(), line["id"].as_str().unwrap().to_owned())
        })
        .collect();
    let told: Vec<(&str, &str)> =
        told.iter().map(|(kind, id)| (kind.as_str(), id.as_str())).collect();
    assert_eq!(told, [("changed", "nue:1"), ("matches", "nue:3"), ("gone", "nue:2")]);
    assert_eq!(ended.lines()[0]["changes"]["status"], json!(["draft", "active"]));
}

#[test]
fn a_summary_is_exact_and_never_across_currencies() {
    let stack = Stack::shared();
    let ib = stack.ib();
    let ended = ib.run(&["summary", "-c", "nue,fusebill", "--by", "status", "-o", "csv"]).code(0);
    let mut reader = csv::Reader::from_reader(ended.out.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut sums = std::collections::BTreeMap::new();
    for one in ib.run(&["ls", "--all", "-c", "nue,fusebill"]).code(0).lines() {
        let text = |pointer: &str| one.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let (Some(currency), Some(total)) = (text("/currency"), text("/amounts/total")) else {
            continue;
        };
        let sum =
            sums.entry((text("/status").unwrap(), currency)).or_insert(rust_decimal::Decimal::ZERO);
        *sum += total.parse::<rust_decimal::Decimal>().unwrap();
    }
    for ((status, currency), sum) in sums {
        let row = rows.iter().find(|row| row[0] == status && row[1] == currency).unwrap();
        assert_eq!(row[3].parse::<rust_decimal::Decimal>().unwrap(), sum, "{row:?}");
    }
}

#[test]
fn a_route_that_the_stack_lacks_is_told_as_that() {
    let fake = Fake::new(|_, _| (404, crate::fake::problem(404, "invoice_not_found", false)));
    let ib = Ib::at(&fake.address);
    for arguments in [&["summary"][..], &["changes"]] {
        let ended = ib.run(arguments).code(6);
        assert!(ended.errors.contains("older than this ib"), "{}", ended.errors);
    }
}

#[test]
fn changes_are_told_in_their_order_until_there_are_no_more() {
    let fake = Fake::new(|asked, _| {
        let change = |id: &str| json!({ "id": id, "kind": "changed", "at": "2026-11-01T00:00:00Z", "causedBy": "provider" });
        let source = json!({ "connection": "nue", "status": "ok", "changes": "copy", "deletions": "none", "from": null });
        let (data, next) = match asked.target.as_str() {
            target if target.contains("cursor=a") => (vec![change("nue:3")], "b"),
            target if target.contains("since=2026-11-01") => {
                (vec![change("nue:1"), change("nue:2")], "a")
            }
            target => panic!("{target}"),
        };
        (
            200,
            json!({ "data": data, "hasMore": next == "a", "nextCursor": next, "sources": [source] }),
        )
    });
    let ended = Ib::at(&fake.address).run(&["changes", "--since", "2026-11-01"]).code(0);
    let ids: Vec<String> =
        ended.lines().iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["nue:1", "nue:2", "nue:3"]);
    assert!(ended.errors.contains("does not tell what is deleted"), "{}", ended.errors);
    let fake = Fake::new(|_, _| (410, crate::fake::problem(410, "changes_expired", false)));
    let ended = Ib::at(&fake.address).run(&["changes", "--since", "9999h"]).code(2);
    assert!(ended.errors.contains("ib export"), "{}", ended.errors);
    Ib::at(&fake.address).run(&["changes", "--since", "yesterday"]).code(2);
}

#[test]
fn a_head_is_written_once_however_empty_the_first_page() {
    let fake = Fake::new(|asked, _| match asked.target.split("cursor=").nth(1) {
        None => (200, page(&[], Some("c1"))),
        Some("c1") => (200, page(&[], Some("c2"))),
        Some(_) => (200, page(&["nue:1"], None)),
    });
    let ended = Ib::at(&fake.address).run(&["ls", "-o", "csv", "--columns", "id"]).code(0);
    assert_eq!(ended.out, "id\nnue:1\n");
}

#[test]
fn no_row_is_lost_behind_a_name_that_a_terminal_would_obey() {
    let fake = Fake::new(|_, _| {
        let mut page = page(&["nue:1", "nue:2", "nue:3"], None);
        page["data"][0]["customer"] = json!({ "name": "Cut \u{1b}]0;off" });
        page["data"][1]["customer"] = json!({ "name": "C1 \u{9d}too" });
        (200, page)
    });
    let ib = Ib::at(&fake.address);
    let ended = ib.run(&["ls", "-o", "csv", "--columns", "id,customer"]).code(0);
    assert_eq!(ended.out, "id,customer\nnue:1,Cut  ]0;off\nnue:2,C1  too\nnue:3,\n");
    let ended = ib.run(&["ls", "-o", "ndjson"]).code(0);
    assert_eq!(ended.lines()[1]["customer"]["name"], "C1 \u{9d}too");
    assert_eq!(ended.lines().len(), 3);
}
