//! Merge patches over an invoice, held to a crate's: an invoice shows a patch where, and only
//! where, merging it in changes nothing. Custom fields are set one by one, each as a whole.
#![no_main]

use std::str::FromStr;

use api::read_patch;
use bigdecimal::BigDecimal;
use invoice::{Direction, Invoice, Patch};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

/// An invoice of these writable fields, as callers see it; none where it can be none.
fn invoice(fields: &Value) -> Option<Value> {
    let blank = Invoice::unknown("nue:1".parse().unwrap(), "nue", Direction::Receivable);
    let mut json = serde_json::to_value(&blank).unwrap();
    let fields = fields.as_object()?;
    for name in ["billToContactId", "terms", "customFields"] {
        if let Some(value) = fields.get(name) {
            json[name] = value.clone();
        }
    }
    for (object, name) in [("dates", "due"), ("dates", "invoice"), ("tracking", "poNumbers")] {
        if let Some(value) = fields.get(object).and_then(|object| object.get(name)) {
            json[object][name] = value.clone();
        }
    }
    let is_sound = json["customFields"].is_object();
    is_sound.then_some(json)
}

/// Whether binary floating point holds every number of a text, as the oracle reads them.
fn is_held(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    text.split(|c| !is_part(c)).all(|run| {
        run.len() <= 15 && run.split(['e', 'E']).nth(1).is_none_or(|exponent| exponent.len() <= 2)
    })
}

/// The value, in which numbers that are equal are the same.
fn exact(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let number = BigDecimal::from_str(&number.to_string()).unwrap().normalized();
            json!({"number": number.to_string()})
        }
        Value::Array(items) => items.iter().map(exact).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), exact(value))).collect()
        }
        other => other.clone(),
    }
}

/// What of an invoice can be written, nothing being the same however it is said.
fn writable(json: &Value) -> Value {
    let numbers = json["tracking"]["poNumbers"].as_array().filter(|numbers| !numbers.is_empty());
    let fields = json["customFields"].as_object().cloned().unwrap_or_default();
    let fields: Map<String, Value> =
        fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    exact(&json!({
        "due": json["dates"]["due"], "invoice": json["dates"]["invoice"], "numbers": numbers,
        "contact": json["billToContactId"], "terms": json["terms"], "fields": fields,
    }))
}

/// What merging comes to; custom fields are replaced one by one, whatever is in them.
fn merged(now: &Value, patch: &Value) -> Value {
    let mut merged = now.clone();
    let mut patch = patch.clone();
    if let Some(fields) = patch.get_mut("customFields").and_then(Value::as_object_mut) {
        for (name, value) in std::mem::take(fields) {
            match value {
                Value::Object(_) => merged["customFields"][&name] = value,
                other => {
                    fields.insert(name, other);
                }
            }
        }
    }
    json_patch::merge(&mut merged, &patch);
    merged
}

fn shows(patch: &Patch, json: &Value) -> bool {
    let invoice: Invoice =
        invoice::json::read(&json.to_string()).unwrap_or_else(|error| panic!("{json}: {error}"));
    patch.is_shown_by(&invoice)
}

// The writable fields of an invoice as JSON, a record separator, and the patch.
fuzz_target!(|drawn: &str| {
    let Some((fields, body)) = drawn.split_once('\u{1e}') else { return };
    if !is_held(fields) || !is_held(body) {
        return;
    }
    let Ok(patch) = read_patch(body.as_bytes()) else { return };
    let mut asked: Value =
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{body}: {error}"));
    // A comment is added, and never merged.
    let comment = asked.as_object_mut().unwrap().remove("comment");
    assert_eq!(
        comment.is_some_and(|comment| comment.is_string()),
        patch.comment.is_some(),
        "{body}"
    );
    let patch = Patch { comment: None, ..patch };
    let now = serde_json::from_str(fields).ok().and_then(|fields| invoice(&fields));
    // As it is shown once it has been read: a date has one spelling there.
    let now = now.and_then(|now| invoice::json::read::<Invoice>(&now.to_string()).ok());
    let now =
        now.map_or_else(|| invoice(&json!({})).unwrap(), |now| serde_json::to_value(&now).unwrap());
    let after = merged(&now, &asked);
    let is_same = writable(&after) == writable(&now);
    assert_eq!(shows(&patch, &now), is_same, "{now} shows {body}, which makes it {after}");
    // As the invoice would be read afterwards: what was removed is null, and no list is none.
    let mut read = now.clone();
    for name in ["billToContactId", "terms", "customFields"] {
        read[name] = after.get(name).cloned().unwrap_or_default();
    }
    for name in ["due", "invoice"] {
        read["dates"][name] = after["dates"][name].clone();
    }
    read["tracking"]["poNumbers"] =
        after["tracking"].get("poNumbers").cloned().unwrap_or(json!([]));
    assert!(shows(&patch, &read), "{read} does not show {body}");
});
