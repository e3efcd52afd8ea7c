//! What is asked of invoices. Whatever the query string reads is held to a matcher that is
//! written here anew over an invoice's JSON, and whatever `ib` makes of its flags and of its
//! `--filter` means what the API's own readers take the same words for.
#![no_main]

#[path = "filter/asked.rs"]
mod asked;
#[path = "filter/drawn.rs"]
mod drawn;
#[path = "filter/exit.rs"]
mod exit;
// What `ib` reads, as it is: its crate is a program, and gives nothing else away.
#[allow(dead_code)]
#[path = "../../../infra/command-line/src/filters.rs"]
mod filters;
#[path = "filter/naive.rs"]
mod naive;

use std::collections::BTreeMap;

use api::{BulkAction, BulkWrite, Intent, ListQuery, Selection};
use clap::{Args, Command, FromArgMatches};
use invoice::{Filter, Invoice, Parameter};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use asked::Asked;
use drawn::DrawnInvoice;

type Pairs = Vec<(String, String)>;

fn written(pairs: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What the API reads in a query string.
fn listed(pairs: &[(String, String)]) -> Option<Filter> {
    ListQuery::parse(&written(pairs)).ok().map(|query| query.filter)
}

/// What the API reads in the filter of a write; none where it is refused, with why.
fn selected(filter: &Value) -> Result<Filter, Vec<String>> {
    let body = Value::Object(Map::from_iter([("filter".to_owned(), filter.clone())])).to_string();
    match BulkWrite::parse(body.as_bytes(), BulkAction::Activate) {
        Ok(Intent::Execute(BulkWrite { selection: Selection::Matching(filter), .. })) => {
            Ok(*filter)
        }
        Ok(other) => panic!("{body}: {other:?}"),
        Err(problem) => Err(problem.errors.into_iter().map(|fault| fault.detail).collect()),
    }
}

/// What `ib` asks for these arguments.
fn of_flags(arguments: &[String]) -> Option<Pairs> {
    let command = filters::Filters::augment_args(Command::new("ls").no_binary_name(true));
    let matches = command.try_get_matches_from(arguments).ok()?;
    let criteria = filters::Filters::from_arg_matches(&matches).ok()?.criteria().ok()?;
    let query = filters::query(&criteria).ok()?;
    filters::check(&query).is_ok().then_some(query)
}

/// What `ib` asks for this filter in JSON.
fn of_json(text: &str) -> Option<Pairs> {
    let query = filters::query(&filters::from_json(text).ok()?).ok()?;
    filters::check(&query).is_ok().then_some(query)
}

/// The invoices that match are those that the naive matcher takes for matching.
fn matches(asked: &BTreeMap<Parameter, Asked>, invoice: &DrawnInvoice) {
    let pairs: Pairs =
        asked.iter().flat_map(|(parameter, asked)| asked.query(*parameter)).collect();
    let Some(filter) = listed(&pairs) else { return };
    let json = invoice.json();
    let invoice: Invoice = invoice::json::read(&json.to_string())
        .unwrap_or_else(|error| panic!("{json} is no invoice: {error}"));
    let again = serde_json::to_value(&invoice).unwrap();
    let twice: Invoice = invoice::json::read(&again.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&twice).unwrap(), again, "an invoice is read as another");
    for (parameter, asked) in asked {
        assert!(
            filter.asks(*parameter) || asked.is_nothing(),
            "{pairs:?} asks nothing of {parameter:?}"
        );
        let (ours, naive) =
            (filter.matches(*parameter, &invoice), naive::matches(*parameter, asked, &again));
        assert_eq!(ours, naive, "{parameter:?} {asked:?} of {again}");
    }
    let canonical = listed(&filter.canonical()).unwrap();
    assert_eq!(canonical, filter, "{:?}", filter.canonical());
}

/// The flags mean what they say, and JSON means to `ib` what it means to the API's writes.
fn is_asked_alike(asked: &BTreeMap<Parameter, Asked>) {
    let plain: Pairs =
        asked.iter().flat_map(|(parameter, asked)| asked.query(*parameter)).collect();
    let flags: Vec<String> =
        asked.iter().flat_map(|(parameter, asked)| asked.flags(*parameter)).collect();
    // A flag takes a JSON array for its items, where a query has a text.
    let has_array = flags.iter().any(|text| serde_json::from_str::<Vec<String>>(text).is_ok());
    if let Some(query) = of_flags(&flags).filter(|_| !has_array) {
        let filter = listed(&query).unwrap_or_else(|| panic!("{flags:?}: {query:?} is refused"));
        assert_eq!(Some(&filter), listed(&plain).as_ref(), "{flags:?} asks {query:?}");
    }
    let json = asked.iter().map(|(parameter, asked)| (parameter.word().to_owned(), asked.json()));
    json_is_asked_alike(&Value::Object(json.collect()));
}

fn json_is_asked_alike(json: &Value) {
    let (ours, theirs) =
        (of_json(&json.to_string()).map(|query| (listed(&query), query)), selected(json));
    match (ours, theirs) {
        (Some((ours, query)), Ok(theirs)) => {
            assert_eq!(ours.as_ref(), Some(&theirs), "{json} asks {query:?}")
        }
        // A write is refused where it would mean every invoice, and takes texts alone.
        (Some((_, query)), Err(why)) => {
            let is_expected = |why: &String| {
                [
                    "does not narrow",
                    "expected a text",
                    "at least one parameter",
                    "selects no invoices",
                ]
                .iter()
                .any(|expected| why.contains(expected))
            };
            assert!(why.iter().all(is_expected), "{json} asks {query:?}, and is refused: {why:?}");
        }
        (None, _) => {}
    }
}

/// Each parameter that flags name is asked, or all of them are refused.
fn nothing_is_dropped(arguments: &[String]) {
    let Some(query) = of_flags(arguments) else { return };
    let filter = listed(&query).unwrap_or_else(|| panic!("{arguments:?}: {query:?} is refused"));
    for parameter in Parameter::ALL {
        let flag = format!("--{}", asked::flag(*parameter));
        let is_named =
            arguments.iter().any(|one| *one == flag || one.starts_with(&format!("{flag}=")));
        // A value may look like a flag, and is none behind one that takes hyphens.
        if is_named && arguments.len() <= 2 {
            assert!(filter.asks(*parameter), "{arguments:?} asks {query:?}");
        }
    }
}

fuzz_target!(|drawn: (Vec<(u8, Asked)>, DrawnInvoice, Vec<(u8, &str)>, &str)| {
    let (asked, invoice, arguments, json) = drawn;
    let asked: BTreeMap<Parameter, Asked> = asked
        .into_iter()
        .take(4)
        .map(|(place, asked)| {
            let parameter = Parameter::ALL[usize::from(place) % Parameter::ALL.len()];
            (parameter, asked.of(parameter))
        })
        .collect();
    matches(&asked, &invoice);
    is_asked_alike(&asked);
    for (place, text) in arguments.into_iter().take(3) {
        let parameter = Parameter::ALL[usize::from(place) % Parameter::ALL.len()];
        nothing_is_dropped(&[format!("--{}", asked::flag(parameter)), text.to_owned()]);
        let word = parameter.word().to_owned();
        json_is_asked_alike(&Value::Object(Map::from_iter([(word, Value::from(text))])));
    }
    if let Ok(json @ Value::Object(_)) = serde_json::from_str(json) {
        json_is_asked_alike(&json);
    }
});
