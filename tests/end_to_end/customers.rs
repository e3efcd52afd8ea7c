//! A self-service customer sees its own invoices, whatever it asks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::stack::{CONNECTIONS, Stack, invoices, texts};
use crate::tokens::token;

/// The connections that bill several customers. Finexio's invoices are all the
/// owner's own to pay.
const BILLING: [&str; 5] = ["fusebill", "nue", "nue-self-service", "simplepin", "stripe"];

/// The references of a connection's invoices, by customer.
fn by_customer(stack: &Stack, connection: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut customers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (id, customer) in stack.truth(connection) {
        customers.entry(customer).or_default().insert(id);
    }
    customers
}

/// One with several invoices, and another of the same connection.
fn one_and_another(customers: &BTreeMap<String, BTreeSet<String>>) -> (&str, &str) {
    let (own, _) = customers.iter().max_by_key(|(_, ids)| ids.len()).unwrap();
    let other = customers.keys().find(|name| *name != own).unwrap();
    (own, other)
}

fn ids(pages: &[Value]) -> BTreeSet<String> {
    let ids = invoices(pages).into_iter().map(|one| one["id"].as_str().unwrap().to_owned());
    ids.collect()
}

#[test]
fn a_customer_lists_its_own_whatever_it_asks() {
    let stack = Stack::shared();
    for connection in BILLING {
        let customers = by_customer(&stack, connection);
        let (own, other) = one_and_another(&customers);
        let expected = &customers[own];
        let token = token(&["--customer", own]);
        let bare = |reference: &str| reference.split_once(':').unwrap().1.to_owned();
        let list = |query: &str| stack.walk(&format!("/invoices?limit=40{query}"), Some(&token));

        for query in [
            String::new(),
            "&sort=-invoiceDate".to_owned(),
            format!("&connection={connection}&sort=amount"),
            format!("&customerIds={own}"),
            format!("&customerIds={}", bare(own)),
            format!("&customerIds={own},{other}"),
            format!("&customerIds=[%22{own}%22,%22{other}%22]"),
        ] {
            let pages = list(&query);
            assert_eq!(ids(&pages), *expected, "{own} {query}");
            assert_eq!(texts(&pages[0]["sources"], "/connection"), [connection], "{query}");
            assert_eq!(texts(&pages[0]["sources"], "/status"), ["ok"], "{query}");
        }
        for query in [
            format!("&customerIds={other}"),
            format!("&customerIds={}", bare(other)),
            format!("&customerIds={other}&sort=-amount"),
        ] {
            let pages = list(&query);
            assert!(ids(&pages).is_empty(), "{own} {query}: {pages:?}");
            assert_ne!(pages[0]["sources"][0]["total"], customers[other].len(), "{query}");
        }
    }
}

#[test]
fn a_customer_gets_its_own_and_another_s_is_as_if_it_were_not_there() {
    let stack = Stack::shared();
    for connection in BILLING {
        let customers = by_customer(&stack, connection);
        let (own, other) = one_and_another(&customers);
        let token = token(&["--customer", own]);
        let get = |id: &str| stack.request(&format!("/invoices/{id}")).token(Some(&token)).send();
        for id in customers[own].iter().take(3) {
            assert_eq!(get(id).ok()["customer"]["id"], own, "{id}");
        }
        let mut refusals: Vec<Value> = Vec::new();
        for id in [customers[other].first().unwrap(), &format!("{connection}:there-is-none")] {
            for view in ["", "?includes=lines"] {
                let mut body = get(&format!("{id}{view}")).problem(404, "invoice_not_found");
                assert_eq!(body["detail"], format!("there is no invoice `{id}`"));
                for its_own in ["detail", "instance", "requestId"] {
                    body.as_object_mut().unwrap().remove(its_own);
                }
                refusals.push(body);
            }
        }
        assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]), "{refusals:?}");
    }
}

#[test]
fn a_customer_is_shown_neither_comments_nor_the_providers_object() {
    let stack = Stack::shared();
    let commented = stack.walk("/invoices?connection=simplepin&limit=200", None);
    let commented = invoices(&commented);
    let one = commented.iter().find(|one| one["comments"] != json!([])).unwrap();
    let token = token(&["--customer", one["customer"]["id"].as_str().unwrap()]);
    let ask = |target: &str| stack.request(target).token(Some(&token)).send();
    let id = one["id"].as_str().unwrap();
    assert_eq!(ask(&format!("/invoices/{id}")).ok()["comments"], json!([]));
    for target in ["/invoices?includes=raw".to_owned(), format!("/invoices/{id}?includes=raw")] {
        ask(&target).problem(403, "forbidden");
    }
}

#[test]
fn other_connections_are_not_told_of() {
    let stack = Stack::shared();
    let customers = by_customer(&stack, "nue");
    let (own, _) = one_and_another(&customers);
    let token = token(&["--customer", own]);
    let ask = |target: &str| stack.request(target).token(Some(&token)).send();
    let shown = ask("/connections").ok();
    assert_eq!(texts(&shown["data"], "/name"), ["nue"]);
    let foreign = ask("/invoices?connection=fusebill").problem(404, "connection_not_found");
    let absent = ask("/invoices?connection=zzzzbill").problem(404, "connection_not_found");
    let told = |body: &Value, name: &str| body["detail"].as_str().unwrap().replace(name, "..");
    assert_eq!(told(&foreign, "fusebill"), told(&absent, "zzzzbill"));
    let foreign = ask("/invoices/fusebill:123456").problem(404, "invoice_not_found");
    let absent = ask("/invoices/zzzzbill:123456").problem(404, "invoice_not_found");
    assert_eq!(told(&foreign, "fusebill"), told(&absent, "zzzzbill"));
}

#[test]
fn a_cursor_serves_only_the_caller_it_was_made_for() {
    let stack = Stack::shared();
    let customers = by_customer(&stack, "nue");
    let (own, other) = one_and_another(&customers);
    let (own_token, other_token) = (token(&["--customer", own]), token(&["--customer", other]));
    let asked = "/invoices?connection=nue&sort=dueDate&limit=1";
    let cursor = |token: Option<&str>| {
        let page = stack.request(asked).token(token).send().ok();
        page["nextCursor"].as_str().unwrap().to_owned()
    };
    let operators = cursor(None);
    let own = cursor(Some(&own_token));
    for (cursor, caller) in
        [(&operators, Some(&own_token)), (&own, Some(&other_token)), (&own, None)]
    {
        let target = format!("{asked}&cursor={cursor}");
        let answer = stack.request(&target).token(caller.map(String::as_str)).send();
        let body = answer.problem(400, "invalid_cursor");
        assert!(body["detail"].as_str().unwrap().contains("another caller"), "{body}");
    }
    // An operator's cursor is an operator's, whoever that is.
    let colleague = token(&["--subject", "colleague"]);
    stack.request(&format!("{asked}&cursor={operators}")).token(Some(&colleague)).send().ok();
}

#[test]
fn a_customer_at_two_providers_sees_both() {
    let stack = Stack::shared();
    let (nue, fusebill) = (by_customer(&stack, "nue"), by_customer(&stack, "fusebill"));
    let ((at_nue, _), (at_fusebill, _)) = (one_and_another(&nue), one_and_another(&fusebill));
    let token = token(&["--customer", at_nue, "--customer", at_fusebill]);
    let pages = stack.walk("/invoices?sort=-amount&limit=30", Some(&token));
    assert_eq!(ids(&pages), &nue[at_nue] | &fusebill[at_fusebill]);
    let shown = stack.request("/connections").token(Some(&token)).send().ok();
    assert_eq!(texts(&shown["data"], "/name"), ["fusebill", "nue"]);
}

#[test]
fn a_customer_nobody_knows_sees_nothing() {
    let stack = Stack::shared();
    for connection in CONNECTIONS {
        let token = token(&["--customer", &format!("{connection}:999999999")]);
        let page = stack.request("/invoices?sort=amount").token(Some(&token)).send().ok();
        assert_eq!(page["data"], json!([]), "{connection}");
        let absent = format!("/invoices/{connection}:999999999");
        stack.request(&absent).token(Some(&token)).send().problem(404, "invoice_not_found");
    }
}

#[test]
fn the_payer_is_the_customer_of_a_payable_and_its_supplier_is_not() {
    let stack = Stack::shared();
    let all = stack.walk("/invoices?connection=finexio&limit=200", None);
    let all = invoices(&all);
    let sample = all.iter().find(|one| one["number"] == "12345").unwrap();
    let of = |party: &str| token(&["--customer", sample[party]["id"].as_str().unwrap()]);
    let target = format!("/invoices/{}", sample["id"].as_str().unwrap());
    let ask = |party: &str, target: &str| stack.request(target).token(Some(&of(party))).send();
    assert_eq!(ask("customer", &target).ok()["id"], sample["id"]);
    ask("supplier", &target).problem(404, "invoice_not_found");
    assert_eq!(ask("supplier", "/invoices").ok()["data"], json!([]));
    let own = all.iter().filter(|one| one["customer"]["id"] == sample["customer"]["id"]).count();
    let listed = stack.walk("/invoices?limit=200", Some(&of("customer")));
    assert_eq!(invoices(&listed).len(), own);
}
