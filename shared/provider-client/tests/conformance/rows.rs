//! Rows of an answer that are no invoices, and arrays where objects are due.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use api::ListQuery;
use engine::listing::{Listing, SourceStatus, list};
use invoice::{Action, Code, Invoice, Problem, Scope, Write};
use provider_client::ErrorKind;
use provider_client::SendKey;
use provider_client::error::Fate;
use provider_client::provider::Reading;
use sandbox::ProviderKind;
use serde_json::{Value, json};

use super::subject::{Subject, ids, soon, sorted};

/// The key of the provider's own id.
fn key(subject: &Subject) -> &'static str {
    if subject.kind == ProviderKind::SimplePin { "uuid" } else { "id" }
}

/// What becomes of a row.
type Change = fn(key: &'static str, row: &Value) -> String;

/// Each way in which a row is no invoice.
const BAD: [(&str, Change); 8] = [
    ("null", |_, _| "null".to_owned()),
    ("a text", |_, _| "\"gone\"".to_owned()),
    ("an array", |_, row| json!([row]).to_string()),
    ("without an id", |key, row| with(row, key, None)),
    ("with a blank id", |key, row| with(row, key, Some(json!(" ")))),
    ("with an object as its id", |key, row| with(row, key, Some(json!({ "value": "a" })))),
    ("with a boolean as its id", |key, row| with(row, key, Some(json!(true)))),
    ("with its id twice", |key, row| {
        let text = row.to_string();
        format!("{{\"{key}\":\"other\",{}", text.strip_prefix('{').unwrap())
    }),
];

fn with(row: &Value, key: &str, value: Option<Value>) -> String {
    let mut row = row.as_object().unwrap().clone();
    match value {
        Some(value) => drop(row.insert(key.to_owned(), value)),
        None => drop(row.remove(key)),
    }
    Value::Object(row).to_string()
}

/// `body`, with the rows that `wanted` picks changed by `change`.
fn changed(
    body: &str,
    wanted: &dyn Fn(&Value) -> bool,
    change: &dyn Fn(&Value) -> String,
) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    rewritten(&value, wanted, change)
}

fn rewritten(
    value: &Value,
    wanted: &dyn Fn(&Value) -> bool,
    change: &dyn Fn(&Value) -> String,
) -> String {
    match value {
        Value::Object(_) if wanted(value) => change(value),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| {
                format!("{}:{}", json!(name), rewritten(value, wanted, change))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| rewritten(item, wanted, change));
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// All pages of `query`, the ids as they come, and the last page.
async fn walked(subject: &Subject, query: &str) -> (Vec<String>, Vec<Listing>) {
    let connections = [subject.reopened().connection()];
    let mut query = ListQuery::parse(query).unwrap();
    let (mut given, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = list(&connections, &query, &Scope::All, soon()).await.unwrap();
        given.extend(ids(page.invoices()));
        query.cursor.clone_from(&page.next_cursor);
        pages.push(page);
        if query.cursor.is_none() {
            return (given, pages);
        }
    }
}

/// However it is listed; all others are given once. Alone it cannot be read, and
/// where all is required its listing cannot either.
pub async fn a_row_that_cannot_be_read_is_left_out_and_told(subject: &Subject) {
    let truth = subject.truth();
    let chosen: BTreeSet<String> =
        truth.values().step_by(41).map(|record| record.id.clone()).collect();
    let is_chosen = |id: &String| chosen.contains(&truth[id].id);
    let (bad, sound): (Vec<String>, Vec<String>) = truth.keys().cloned().partition(is_chosen);
    let key = key(subject);
    let queries = ["limit=37", "limit=60&sort=number", "limit=200", "limit=50&sort=-invoiceDate"];
    let mut queries = queries.into_iter().cycle();
    for (what, change) in BAD {
        let ids = chosen.clone();
        let is_one = move |row: &Value| match &row[key] {
            // A row of an invoice, and no customer or line that has its number.
            _ if row.as_object().is_some_and(|fields| fields.len() < 12) => false,
            Value::String(id) => ids.contains(id),
            id => ids.contains(&id.to_string()),
        };
        subject.spoil(move |body| changed(body, &is_one, &|row| change(key, row)));
        for query in [queries.next().unwrap(), queries.next().unwrap()] {
            let context = format!("{subject}: a row {what}, {query}");
            let (given, pages) = walked(subject, query).await;
            assert_eq!(sorted(given), sound, "{context}");
            let told = pages.iter().map(|page| &page.sources[0]).filter(|source| {
                assert_eq!(source.left_out.is_some(), source.status == SourceStatus::Partial);
                source.status == SourceStatus::Partial
            });
            let counts: Vec<usize> =
                told.map(|source| source.left_out.as_ref().unwrap().count).collect();
            assert!(counts.iter().sum::<usize>() >= bad.len(), "{context}: {counts:?}");
            for page in &pages {
                let of_provider = page.total.is_none_or(|total| {
                    let total = usize::try_from(total).unwrap();
                    total == truth.len() || page.sources[0].status == SourceStatus::Ok
                });
                assert!(of_provider, "{context}: {:?}", page.total);
            }
        }
        let all = ListQuery::parse("limit=200&sort=invoiceDate&require=all").unwrap();
        let connections = [subject.reopened().connection()];
        let problem = list(&connections, &all, &Scope::All, soon()).await.unwrap_err();
        assert_eq!(problem.code, Code::ProviderBadResponse, "{subject}: {what}");
        let error = subject.reopened().get(&bad[0], &Default::default()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse, "{subject}: {what}: {error}");
        assert_eq!(Problem::from(&error).code, Code::ProviderBadResponse);
        subject.spoil_no_more();
    }
}

/// One among the others, as of a customer who was merged. Where there is no
/// other, the provider does not look at whom it is asked for: that fails.
pub async fn an_invoice_of_another_customer_is_left_out(subject: &Subject) {
    let all = subject.walk(&subject.question("", Reading::Whole)).await;
    let customer = |it: &Invoice| it.customer.id.as_ref().map(ToString::to_string);
    let most = all
        .iter()
        .filter_map(customer)
        .max_by_key(|one| all.iter().filter(|it| customer(it).as_ref() == Some(one)).count());
    let asked = most.unwrap();
    let theirs: Vec<&Invoice> =
        all.iter().filter(|it| customer(it).as_ref() == Some(&asked)).collect();
    assert!(theirs.len() > 2, "{subject}");
    let question = subject.question(&format!("customerIds={asked}"), Reading::Whole);
    let by_provider = subject.provider.plan(&question).unwrap().by_provider;
    if !by_provider.contains(&invoice::Parameter::CustomerIds) {
        return;
    }
    let key = key(subject);
    let id_of = |invoice: &Invoice| invoice.id.id().trim_start_matches("draft.").to_owned();
    let odd = id_of(theirs[1]);
    let of_all: BTreeSet<String> = theirs.iter().map(|it| id_of(it)).collect();
    let merged = |ids: BTreeSet<String>| {
        move |body: &str| {
            let is_one = |row: &Value| match &row[key] {
                _ if row.as_object().is_some_and(|fields| fields.len() < 12) => false,
                Value::String(id) => ids.contains(id),
                id => ids.contains(&id.to_string()),
            };
            changed(body, &is_one, &|row| {
                let mut names = ["customer_id", "customer"].into_iter();
                let name = names.find(|name| row[*name].is_string());
                let name = name.unwrap_or("customerId");
                with(row, name, Some(json!("424242")))
            })
        }
    };
    for sort in ["", "&sort=amount", "&sort=invoiceDate"] {
        let query = format!("customerIds={asked}&limit=200{sort}");
        subject.spoil(merged([odd.clone()].into()));
        let (given, pages) = walked(subject, &query).await;
        let left: Vec<String> =
            theirs.iter().filter(|it| id_of(it) != odd).map(|it| it.id.id().to_owned()).collect();
        assert_eq!(sorted(given), sorted(left), "{subject} {sort}");
        let told = |page: &Listing| page.sources[0].status == SourceStatus::Partial;
        assert!(pages.iter().any(told), "{subject} {sort}");
        subject.spoil(merged(of_all.clone()));
        let connections = [subject.reopened().connection()];
        let query = ListQuery::parse(&query).unwrap();
        let problem = list(&connections, &query, &Scope::All, soon()).await.unwrap_err();
        assert_eq!(problem.code, Code::ProviderBadResponse, "{subject} {sort}");
        subject.spoil_no_more();
    }
}

/// Read by position, texts would be an invoice's fields. Of a listing nothing is
/// shown: it fails, or its rows are left out.
pub async fn an_array_is_never_an_invoice(subject: &Subject) {
    let id = subject.truth().into_keys().next().unwrap();
    // None at all would be a listing without invoices.
    for length in [1, 2, 18, 19, 20] {
        let texts = json!(vec!["1"; length]).to_string();
        let alone = texts.clone();
        subject.spoil(move |_| alone.clone());
        let error = subject.reopened().get(&id, &Default::default()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse, "{subject} {texts}: {error}");
        for listing in [format!("[{texts}]"), format!("[1,[{texts}]]"), format!("[[{texts}],{{}}]")]
        {
            // Once: what comes for ever is another fault.
            let (body, is_given) = (listing.clone(), AtomicBool::new(false));
            subject.spoil(move |_| {
                if is_given.swap(true, Ordering::Relaxed) { "[]".to_owned() } else { body.clone() }
            });
            let connections = [subject.reopened().connection()];
            let query = ListQuery::parse("").unwrap();
            match list(&connections, &query, &Scope::All, soon()).await {
                // Headers that announce more are followed as far as the limit of calls.
                Err(problem) => assert!(
                    matches!(problem.code, Code::ProviderBadResponse | Code::RateLimited),
                    "{subject} {listing}: {problem}"
                ),
                Ok(page) => {
                    assert_eq!(ids(page.invoices()), [""; 0], "{subject} {listing}");
                    assert_eq!(page.sources[0].status, SourceStatus::Partial, "{subject}");
                }
            }
        }
    }
    subject.spoil_no_more();
}

/// What came of it is found out by reading.
pub async fn an_array_does_not_tell_that_a_write_was_done(subject: &Subject) {
    if subject.capabilities().write(Action::Activate).is_none() {
        return;
    }
    let write = Write::Activate { invoice_date: None, comment: None };
    let all = subject.walk(&subject.question("", Reading::Whole)).await;
    let may = |invoice: &&Invoice| subject.provider.refusal(&write, invoice).is_none();
    let drafts: Vec<&Invoice> = all.iter().filter(may).take(3).collect();
    assert!(!drafts.is_empty(), "{subject}");
    for (draft, length) in drafts.into_iter().zip([1, 19, 0]) {
        let texts = json!(vec!["1"; length]).to_string();
        let body = texts.clone();
        subject.spoil(move |_| body.clone());
        let one = std::slice::from_ref(draft);
        match subject
            .reopened()
            .provider
            .write(&write, one, &SendKey::from(fastrand::u64(..).to_string()), soon())
            .await
        {
            Ok(written) => assert!(written.is_empty(), "{subject} {texts}: {written:?}"),
            Err(error) => assert_ne!(error.fate, Fate::NotAccepted, "{subject} {texts}: {error}"),
        }
        subject.spoil_no_more();
    }
}
