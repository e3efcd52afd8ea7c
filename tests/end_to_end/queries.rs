//! Questions in the forms in which people and programs write them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stack::{CONNECTIONS, Stack};

const CUSTOMER: &str = "nue:001KS00000DvZ1aYAD";

fn ids(body: &Value) -> BTreeSet<String> {
    let data = body["data"].as_array().unwrap().iter();
    data.map(|invoice| invoice["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_customers_invoices_are_found_however_the_ids_are_written() {
    let stack = Stack::shared();
    let of = |held: std::collections::BTreeMap<String, String>| -> BTreeSet<String> {
        held.into_iter().filter(|(_, customer)| customer == CUSTOMER).map(|(id, _)| id).collect()
    };
    let expected = of(stack.truth("nue"));
    assert!(expected.len() > 1);
    for form in [
        // As `curl -g` sends it, all but the quotes, which no URI holds.
        "customerIds=[%22nue:001KS00000DvZ1aYAD%22,%22fusebill:none%22]",
        "customerIds=[%22nue:001KS00000DvZ1aYAD%22]",
        "customerIds=%5B%22nue%3A001KS00000DvZ1aYAD%22%5D",
        "customerIds=nue:001KS00000DvZ1aYAD",
        "customerIds=001KS00000DvZ1aYAD&connection=nue",
        "customerIds=[%22001KS00000DvZ1aYAD%22]&connection=nue",
    ] {
        let body = stack.get(&format!("/invoices?limit=200&{form}")).ok();
        assert_eq!(ids(&body), expected, "{form}");
    }
}

#[test]
fn a_bare_id_is_taken_for_every_connection() {
    let stack = Stack::shared();
    let listed = ids(&stack.get("/invoices?limit=200&customerIds=001KS00000DvZ1aYAD").ok());
    let expected: BTreeSet<String> = CONNECTIONS
        .iter()
        .flat_map(|name| stack.truth(name))
        .filter(|(_, customer)| customer.ends_with(":001KS00000DvZ1aYAD"))
        .map(|(id, _)| id)
        .collect();
    assert!(expected.iter().any(|id| id.starts_with("nue-self-service:")));
    assert_eq!(listed, expected);
}

#[test]
fn brackets_and_spaces_mean_the_same_encoded_or_not() {
    let stack = Stack::shared();
    let asked = |query: &str| ids(&stack.get(&format!("/invoices?limit=200&{query}")).ok());
    let pairs = [
        ("connection=nue&amount[gte]=300", "connection=nue&amount%5Bgte%5D=300"),
        ("connection=nue&number=[empty]", "connection=nue&number=%5Bempty%5D"),
        ("connection=fusebill&search=John+Smith", "connection=fusebill&search=John%20Smith"),
    ];
    for (raw, encoded) in pairs {
        assert_eq!(asked(raw), asked(encoded), "{raw}");
    }
    assert!(!asked(pairs[0].0).is_empty() && !asked(pairs[2].0).is_empty());
}

#[test]
fn the_spellings_of_nues_self_service_are_understood() {
    let stack = Stack::shared();
    let asked = |status: &str| {
        let query = format!("/invoices?connection=nue-self-service&limit=200&status={status}");
        ids(&stack.get(&query).ok())
    };
    let expected = asked("pending_activation");
    assert!(!expected.is_empty());
    for status in ["PendingActivation", "pendingactivation", "PENDING_ACTIVATION"] {
        assert_eq!(asked(status), expected, "{status}");
    }
}
