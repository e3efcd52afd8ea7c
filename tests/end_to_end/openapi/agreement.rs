//! The document, the template, the local stack and the code say the same: who
//! changes one alone turns these red.

use std::collections::BTreeSet;

use api::{ListQuery, SummaryQuery, ViewQuery};
use invoice::{
    Action, Aging, Code, Dimension, Direction, Field, Include, Outcome, Parameter, PaymentStatus,
    SortKey, Status,
};
use serde_json::Value;
/// YAML that keeps the template's tags, such as `!Ref`.
use yaml_serde::Value as Tagged;

use super::document::{METHODS, document, read};
use crate::stack::Stack;
use crate::tokens::token;

fn routes_of_the_template() -> BTreeSet<String> {
    let template: Tagged = yaml_serde::from_str(&read("template.yaml")).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().values();
    let events = resources.filter_map(|one| one["Properties"].get("Events")?.as_mapping());
    let routes = events.flat_map(|events| events.values()).filter(|one| one["Type"] == "HttpApi");
    let text = |event: &Tagged, name: &str| event["Properties"][name].as_str().unwrap().to_owned();
    routes.map(|event| format!("{} {}", text(event, "Method"), text(event, "Path"))).collect()
}

#[test]
fn the_template_and_the_document_have_the_same_routes() {
    let documented = document().operations();
    let documented = documented.map(|(method, path, _)| format!("{method} {path}")).collect();
    assert_eq!(routes_of_the_template(), documented);
}

/// The stack has its routes and their scopes from the template.
#[test]
fn the_stack_serves_the_documents_routes_for_their_scopes_and_no_others() {
    let stack = Stack::start(&["--invoices", "5", "--require-token"]);
    let stranger = token(&["--scope", "openid"]);
    let paths: BTreeSet<&str> = document().operations().map(|(_, path, _)| path).collect();
    for path in paths {
        let target = path.replace("{id}", "nue:1");
        for method in METHODS {
            let request = stack.request(&target).method(method);
            // Nobody is let in: what is there says 401, and what is not 404.
            let status = request.clone().send().status;
            let Some(operation) = document().operation(method, &target) else {
                assert_eq!(status, 404, "{method} {path}");
                continue;
            };
            assert_eq!(status, 401, "{method} {path}");
            let ways = operation["security"].as_array().unwrap();
            if path.starts_with("/webhooks/") {
                // Whoever sends one has no token: the function refuses what is not proved.
                assert!(ways.is_empty(), "{method} {path}: {ways:?}");
                continue;
            }
            assert!(ways.iter().any(|way| way.get("bearer").is_some()), "{method} {path}");
            let scopes = ways.iter().find_map(|way| way.get("oauth")?.as_array()).unwrap();
            let [scope] = scopes.as_slice() else { panic!("{method} {path}: {scopes:?}") };
            let refused = request.token(Some(&stranger)).send();
            let challenge = refused.header("www-authenticate").unwrap();
            assert!(challenge.contains(&format!("scope={scope}")), "{method} {path}: {challenge}");
        }
    }
}

#[test]
fn the_documents_words_are_the_codes() {
    fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().map(|one| word(*one)).collect()
    }
    let keys = words(SortKey::ALL, SortKey::word);
    for (schema, words) in [
        ("Code", words(Code::ALL, Code::word)),
        ("Aging", words(Aging::ALL, Aging::word)),
        ("Dimension", words(Dimension::ALL, Dimension::word)),
        ("Status", words(Status::ALL, Status::word)),
        ("PaymentStatus", words(PaymentStatus::ALL, PaymentStatus::word)),
        ("Direction", words(Direction::ALL, Direction::word)),
        ("Include", words(Include::ALL, Include::word)),
        ("Outcome", words(Outcome::ALL, Outcome::word)),
        ("AskedPaymentStatus", words(PaymentStatus::ALL, PaymentStatus::word)),
    ] {
        assert_eq!(document().schema(schema)["enum"], serde_json::json!(words), "{schema}");
    }
    let members = |schema: &str| -> BTreeSet<&str> {
        let members = document().schema(schema)["properties"].as_object().unwrap();
        members.keys().map(String::as_str).collect()
    };
    let actions = words(Action::ALL, Action::word).into_iter().collect();
    assert_eq!(members("AvailableActions"), actions);
    let filters = words(Parameter::ALL, Parameter::word).into_iter().collect();
    assert_eq!(members("AppliedFilters"), filters);
    let asked = document().schema("AskedStatus")["enum"].as_array().unwrap();
    let asked: BTreeSet<&str> = asked.iter().filter_map(Value::as_str).collect();
    let mut either = words(Status::ALL, Status::word);
    either.extend(words(PaymentStatus::ALL, PaymentStatus::word));
    assert_eq!(asked, either.into_iter().collect());
    let both_ways: Vec<String> =
        keys.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]).collect();
    assert_eq!(document().schema("Sort")["enum"], serde_json::json!(both_ways));
    assert_eq!(members("AppliedSorts"), both_ways.iter().map(String::as_str).collect());
}

#[test]
fn the_documents_currencies_are_those_that_are_read() {
    let letters = || (b'A'..=b'Z').map(char::from);
    let codes = letters().flat_map(|a| letters().map(move |b| (a, b)));
    let codes = codes.flat_map(|(a, b)| letters().map(move |c| format!("{a}{b}{c}")));
    let read: Vec<String> = codes.filter(|code| invoice::Currency::parse(code).is_some()).collect();
    assert_eq!(document().schema("Currency")["enum"], serde_json::json!(read));
}

/// The parameters of an operation's query.
fn documented(operation: &str) -> BTreeSet<String> {
    let mut operations = document().operations();
    let (_, _, operation) = operations.find(|(_, _, one)| one["operationId"] == operation).unwrap();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| document().resolved(parameter));
    let query = parameters.filter(|parameter| parameter["in"] == "query");
    query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
}

/// The names that a refusal offers in place of one that is nothing like any.
fn offered(refusal: invoice::Problem) -> Vec<String> {
    let (_, names) = refusal.detail.split_once(" is none of: ").unwrap();
    names.split(", ").map(str::to_owned).collect()
}

#[test]
fn the_documents_parameters_are_those_that_are_read() {
    let mut read = BTreeSet::new();
    for name in offered(ListQuery::parse("zzzz=1").unwrap_err()) {
        // A range says which ends it has; each kind of value is tried.
        for value in ["2026-01-01", "1"] {
            let refusal = ListQuery::parse(&format!("{name}[zzzz]={value}")).unwrap_err();
            if refusal.detail.contains("`zzzz` is none of: ") {
                let ends = offered(refusal).into_iter();
                read.extend(ends.map(|end| format!("{name}[{end}]")));
            }
        }
        read.insert(name);
    }
    assert!(read.contains("balance[lt]") && read.contains("createdAt[gte]"), "{read:?}");
    assert_eq!(documented("listInvoices"), read);
    let mut of_listing = documented("listInvoices");
    for page in ["sort", "limit", "cursor", "includes"] {
        of_listing.remove(page);
        assert!(SummaryQuery::parse(&format!("{page}=1")).is_err(), "{page}");
    }
    of_listing.insert("by".to_owned());
    assert_eq!(documented("summarizeInvoices"), of_listing);
    let of_one = offered(ViewQuery::parse("zzzz=1").unwrap_err());
    assert_eq!(documented("getInvoice"), of_one.into_iter().collect());
    assert_eq!(documented("listConnections"), BTreeSet::new());
}

#[test]
fn a_filter_in_a_body_has_the_parameters_of_the_listing() {
    let filter = document().schema("InvoiceFilter")["properties"].as_object().unwrap();
    // What says how invoices are shown selects none of them.
    let shows = [Parameter::ShowTrackedItems, Parameter::ShowZeroDollarCharges];
    let selects = Parameter::ALL.iter().filter(|one| !shows.contains(one));
    let mut expected: BTreeSet<&str> = selects.map(|one| one.word()).collect();
    expected.insert("connection");
    assert_eq!(filter.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn the_documents_writable_fields_are_the_codes() {
    let fields = document().schema("InvoicePatch")["properties"].as_object().unwrap();
    // `dryRun` stands beside the fields.
    let fields = fields.iter().filter(|(name, _)| *name != "dryRun");
    let pointers = fields.flat_map(|(name, field)| match document().resolved(field)["properties"]
        .as_object()
    {
        Some(inner) => inner.keys().map(|inner| format!("/{name}/{inner}")).collect(),
        None => vec![format!("/{name}")],
    });
    let known: BTreeSet<String> = Field::ALL.iter().map(|field| field.word().to_owned()).collect();
    assert_eq!(pointers.collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_example_is_what_its_schema_says() {
    let mut held = 0;
    each_example(&document().json, &mut |schema, example, name| {
        document().hold(schema, example, name);
        held += 1;
    });
    assert!(held > 100, "{held}");
}

/// Everything that has a schema and examples: parameters, and contents.
fn each_example<'d>(at: &'d Value, hold: &mut impl FnMut(&'d Value, &'d Value, &str)) {
    if let (Some(schema), Some(Value::Object(examples))) = (at.get("schema"), at.get("examples")) {
        for (name, example) in examples {
            hold(schema, &document().resolved(example)["value"], name);
        }
    }
    if let (Some(schema), Some(example)) = (at.get("schema"), at.get("example")) {
        hold(schema, example, at["name"].as_str().unwrap_or_default());
    }
    match at {
        Value::Object(members) => members.values().for_each(|member| each_example(member, hold)),
        Value::Array(items) => items.iter().for_each(|item| each_example(item, hold)),
        _ => {}
    }
}
