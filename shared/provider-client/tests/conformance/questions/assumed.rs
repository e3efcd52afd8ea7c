//! What is assumed of a provider, refused by it: each by itself, and all
//! together. The answers stay whole and right; they may be slower.

use std::collections::BTreeSet;
use std::sync::Arc;

use invoice::{Action, Parameter, SortKey, Write};
use provider_client::provider::{After, View};
use provider_client::{Assumption, Holds, PROVIDERS};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Case, World, agree};
use crate::oracle::{self, Known, draw};
use crate::subject::{self, Subject, shown, soon};

/// More than a page where pages are cut to the smallest size that is left.
const INVOICES: usize = 130;

/// The fields that a filter or an order looks into: of the others a few questions
/// tell all there is to tell.
const LOOKED_INTO: [&str; 6] = [
    "lastModifiedDate",
    "activatedTime",
    "externalInvoiceId",
    "currencyIsoCode",
    "poNumbers",
    "comments",
];

/// The assumptions that a refusal can name.
fn refusable(subject: &Subject) -> Vec<&'static Assumption> {
    let table = subject.capabilities().assumptions.iter();
    table.filter(|one| !one.named_by.is_empty()).collect()
}

/// Questions that rest on each assumption: of everything, of several customers
/// and words, in orders, and by each filter.
fn cases(known: &[Known]) -> Vec<Case> {
    let customers: BTreeSet<&str> = known.iter().filter_map(|it| it.text("/customer/id")).collect();
    let clause = |parameter, words: Vec<String>| oracle::Clause::any_of(parameter, words);
    let some = customers.iter().take(3).map(|id| (*id).to_owned()).collect();
    let words = ["draft", "active"].map(str::to_owned).to_vec();
    let mut cases = vec![
        Case { limit: 60, ..Case::default() },
        Case { limit: 120, sort: Some((SortKey::ModifiedAt, true)), ..Case::default() },
        Case { limit: 50, clauses: vec![clause(Parameter::CustomerIds, some)], ..Case::default() },
        Case {
            limit: 120,
            clauses: vec![clause(Parameter::Status, words)],
            sort: Some((SortKey::InvoiceDate, false)),
            ..Case::default()
        },
    ];
    for parameter in Parameter::ALL.iter().copied() {
        let plain = known.iter().step_by(7).find_map(|known| draw::plain(parameter, known));
        cases.extend(plain.map(|clause| Case {
            limit: 120,
            clauses: vec![clause],
            ..Case::default()
        }));
    }
    cases
}

/// Whether everything that is shown is as it is, or not told.
fn is_part_of(shown: &Value, whole: &Value) -> bool {
    match (shown, whole) {
        (Value::Object(shown), Value::Object(whole)) => shown.iter().all(|(key, value)| {
            whole.get(key).map_or(value.is_null(), |whole| is_part_of(value, whole))
        }),
        (Value::Array(shown), _) if shown.is_empty() => true,
        // Without its currency an amount has no number of places of its own.
        (Value::String(shown), Value::String(whole)) => {
            let amount = |text: &str| text.parse::<Decimal>().ok();
            shown == whole || (amount(shown).is_some() && amount(shown) == amount(whole))
        }
        (shown, whole) => shown.is_null() || shown == whole,
    }
}

/// Puts the questions; what is refused is noted, and nothing else.
async fn holds_without(subject: &Subject, known: &Arc<Vec<Known>>, refused: &[&Assumption]) {
    let context =
        format!("{subject} without {:?}", refused.iter().map(|it| it.name).collect::<Vec<_>>());
    subject.sandbox.refuse(&subject.name, refused.iter().map(|one| one.name)).unwrap();
    let subject = &subject.reopened();
    let world = World { connections: vec![subject.connection()], known: Arc::clone(known) };
    let is_field = |one: &&Assumption| one.name.contains('.');
    let mut cases = cases(known);
    if let [one] = refused
        && is_field(one)
        && !LOOKED_INTO.iter().any(|field| one.name.ends_with(field))
    {
        cases.truncate(2);
    }
    for case in cases {
        let wanted = case.expected(&world).unwrap();
        let given = world.given(&case).await;
        if !refused.iter().any(is_field) {
            agree(&world, &case, Ok(wanted), given)
                .unwrap_or_else(|why| panic!("{context} {case:?}: {why}"));
            continue;
        }
        let given = given.unwrap_or_else(|problem| panic!("{context} {case:?}: {problem:?}"));
        let mut pairs: Vec<(String, &Known)> =
            wanted.iter().map(|known| (known.id().to_owned(), *known)).collect();
        let mut given: Vec<(String, Value)> =
            given.iter().map(|it| (it.id.to_string(), shown(it))).collect();
        if case.sort.is_none() {
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            given.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
        let ids = |all: Vec<&String>| all.into_iter().cloned().collect::<Vec<_>>();
        let wanted_ids = ids(pairs.iter().map(|(id, _)| id).collect());
        assert_eq!(ids(given.iter().map(|(id, _)| id).collect()), wanted_ids, "{context} {case:?}");
        for ((_, shown), (_, known)) in given.iter().zip(&pairs) {
            assert!(
                is_part_of(shown, &known.shown),
                "{context}: {shown} is no part of {}",
                known.shown
            );
        }
    }
    for (one, holds) in subject.provider.assumptions().unwrap().all() {
        let is_refused = refused.iter().any(|refused| refused.name == one.name);
        // What is refused beside others may never be asked for; and the self-service
        // edition of the sandbox gives all at once.
        let seen = match (is_refused, refused) {
            (true, [_]) if one.name != "page" => holds == Holds::No,
            (true, _) => holds != Holds::Yes,
            (false, _) => holds != Holds::No,
        };
        assert!(seen, "{context}: {} holds: {holds:?}", one.name);
    }
    reads_and_writes(subject, known, &context).await;
}

/// One invoice, several at once, and a write with what it came to.
async fn reads_and_writes(subject: &Subject, known: &[Known], context: &str) {
    let sample: Vec<&Known> = known.iter().step_by(31).collect();
    let ids: Vec<&str> = sample.iter().map(|known| known.invoice.id.id()).collect();
    let many = subject.provider.get_many(&ids, &View::default(), soon()).await;
    for (known, got) in sample.iter().zip(many) {
        assert_eq!(shown(&got.unwrap()), known.shown, "{context}");
        let one = subject.get(known.invoice.id.id(), &View::default()).await.unwrap();
        assert_eq!(shown(&one), known.shown, "{context}");
    }
    if subject.capabilities().write(Action::Activate).is_none() {
        return;
    }
    let can = |known: &&Known| known.invoice.available_actions.contains_key(&Action::Activate);
    let Some(draft) = known.iter().find(can) else { panic!("{context}: nothing to activate") };
    let before = [draft.invoice.clone()];
    let write = Write::Activate { invoice_date: None, comment: None };
    // Not sent: reading is what may rest on an assumption here.
    let since = jiff::Timestamp::now();
    let after = subject.provider.after(&write, &before, since, soon()).await;
    let is_undone = after.iter().all(|after| matches!(after, Ok(After::NotDone(_))));
    assert!(is_undone, "{context}: {after:?}");
}

#[tokio::test]
async fn each_assumption_that_is_refused_costs_nothing_else() {
    for subject in subject::all(INVOICES).await {
        let known = Arc::new(oracle::population(&subject).await);
        for one in refusable(&subject) {
            holds_without(&subject, &known, &[one]).await;
        }
    }
}

#[tokio::test]
async fn all_assumptions_refused_leave_the_listing_whole() {
    for subject in subject::all(INVOICES).await {
        let known = Arc::new(oracle::population(&subject).await);
        holds_without(&subject, &known, &refusable(&subject)).await;
    }
}

#[tokio::test]
async fn an_account_that_refuses_nothing_shows_what_holds() {
    for subject in subject::all(INVOICES).await {
        let known = Arc::new(oracle::population(&subject).await);
        holds_without(&subject, &known, &[]).await;
        let names = refusable(&subject).into_iter().map(|one| one.name);
        let subject = subject.reopened();
        let world = World { connections: vec![subject.connection()], known: Arc::clone(&known) };
        for case in cases(&known) {
            world.given(&case).await.unwrap();
        }
        let all = subject.provider.assumptions().unwrap().all();
        for name in names.filter(|name| *name != "page") {
            let (_, holds) = all.iter().find(|(one, _)| one.name == name).unwrap();
            // Pages of the largest size are read where a connection is read whole.
            let is_seen = *holds == Holds::Yes || name.ends_with("of 500");
            assert!(is_seen, "{subject}: {name} holds: {holds:?}");
        }
    }
}

#[test]
fn every_assumption_carries_its_explanation() {
    for kind in PROVIDERS {
        let table = kind.capabilities.assumptions;
        let names: BTreeSet<&str> = table.iter().map(|one| one.name).collect();
        assert_eq!(names.len(), table.len(), "{}", kind.capabilities.provider);
        assert!(!table.is_empty(), "{}", kind.capabilities.provider);
        for one in table {
            for text in [one.claim, one.otherwise] {
                let is_sentence = text.ends_with('.') && !text.contains("  ") && text.contains(' ');
                assert!(is_sentence, "{}: {text:?}", one.name);
            }
        }
    }
}
