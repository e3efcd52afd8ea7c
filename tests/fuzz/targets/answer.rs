//! What a provider answers: any status, headers and body, to each call of each provider, one
//! after the other. Nothing panics, nothing is asked for without end, and an invoice that is
//! given is one that was asked for.
//!
//! An input is a byte for the provider and the question, one for the status of all answers, and
//! the answers, each ended by a record separator (0x1e); the last is given for good. An answer
//! may begin with lines of its own: `#x-count:7` is a header, and `#422` the status.
#![no_main]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use api::{ListQuery, read_patch};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use invoice::{Include, Write};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use provider_client::probe;
use provider_client::provider::{Question, Reading, Start, View};
use provider_client::transport::Reply;
use provider_client::{
    ConnectionSecret, Deadline, PROVIDERS, Provider, SendKey, Transport, connect,
};
use serde_json::json;

/// The most calls that one call of ours may come to.
const MOST_CALLS: usize = 500;

fn transport() -> Transport {
    static TRANSPORT: OnceLock<Transport> = OnceLock::new();
    TRANSPORT.get_or_init(|| Transport::new().unwrap()).clone()
}

/// What is asked of a listing: each provider's parts, languages and orders among them.
const QUESTIONS: [&str; 6] = [
    "",
    "status=draft,active&sort=-dueDate",
    "invoiceDate[gte]=2023-01-01&amount[gt]=1.5&number=INV-*,7",
    "paymentStatus=paid,overdue&modifiedAt[gte]=2020-01-01T00:00:00Z&sort=createdAt",
    "search=a&currency=EUR,USD&poNumber=[empty]&customerIds=1,2",
    "createdAt=2025-01-31&balance[lte]=7&externalId=x&sort=number",
];
const PATCH: &str = r#"{"dates": {"due": "2030-01-31", "invoice": null}, "billToContactId": "7", "terms": "Net10",
    "tracking": {"poNumbers": ["PO-7"]}, "comment": "because", "customFields": {"a": 1, "b": null}}"#;

fn reply(status: StatusCode, text: &[u8]) -> Reply {
    let mut reply = Reply { status, headers: HeaderMap::new(), body: Vec::new().into() };
    reply.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut rest = text;
    while let Some(line) = rest.strip_prefix(b"#") {
        let (line, after) =
            line.split_at(line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len()));
        rest = after.get(1..).unwrap_or_default();
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next());
        match value.map(|value| (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))) {
            Some((Ok(name), Ok(value))) => {
                reply.headers.insert(name, value);
            }
            Some(_) => {}
            None => reply.status = StatusCode::from_bytes(name).unwrap_or(reply.status),
        }
    }
    reply.body = rest.to_vec().into();
    reply
}

fn opened(
    place: u8,
    status: StatusCode,
    answers: Vec<Vec<u8>>,
) -> (Box<dyn Provider>, Arc<AtomicUsize>) {
    let kind = &PROVIDERS[usize::from(place) % PROVIDERS.len()];
    let secret = json!({
        "provider": kind.capabilities.provider, "apiKey": "sk_test_1", "username": "u", "password": "p",
        "authorization": "a", "token": "t", "baseUrl": "https://x.example", "customers": ["1"],
    });
    let secret = ConnectionSecret::parse(&"a".parse().unwrap(), &secret.to_string()).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let transport = transport().answered_by(move |_| {
        let number = counted.fetch_add(1, Ordering::Relaxed);
        reply(status, &answers[number.min(answers.len() - 1)])
    });
    (connect(&secret, &transport).unwrap(), calls)
}

fn question(variant: u8) -> Question {
    let query = ListQuery::parse(QUESTIONS[usize::from(variant) % QUESTIONS.len()]).unwrap();
    Question {
        filter: query.filter,
        customers: Some(BTreeSet::from(["1".to_owned()])),
        sort: query.sort,
        view: View { includes: Include::ALL.to_vec(), ..View::default() },
        reading: if variant % 2 == 0 { Reading::Few(5) } else { Reading::Whole },
    }
}

async fn list(provider: &dyn Provider, question: &Question, deadline: Deadline) {
    let Ok(plan) = provider.plan(question) else { return };
    for part in plan.parts.iter().take(3) {
        let mut start = Start::default();
        for _ in 0..3 {
            let Ok(page) = provider.page(question, part, &start, deadline).await else { break };
            assert!(!page.following.contains(&start), "a page leads to itself");
            let _ = provider.complete(page.invoices, &question.view, deadline).await;
            let Some(following) = page.following.into_iter().next() else { break };
            start = following;
        }
    }
}

async fn ask(provider: &dyn Provider, variant: u8, id: &str) {
    let deadline = Deadline::after(Duration::from_secs(20));
    let question = question(variant);
    list(provider, &question, deadline).await;
    if variant % 7 == 6 {
        let _ = probe::check(provider).await;
    }
    let ids = provider.capabilities().ids;
    let several = [id, "2"];
    for (wanted, read) in
        several.iter().zip(provider.get_many(&several, &View::default(), deadline).await)
    {
        if let Ok(invoice) = read {
            assert_eq!(
                ids.canonical(invoice.id.id()),
                ids.canonical(wanted),
                "another of several is given"
            );
        }
    }
    let Ok(invoice) = provider.get(id, &question.view, deadline).await else { return };
    assert_eq!(ids.canonical(invoice.id.id()), ids.canonical(id), "another invoice is given");
    let patch = Box::new(read_patch(PATCH.as_bytes()).unwrap());
    let activate = Write::Activate { invoice_date: None, comment: Some("because".to_owned()) };
    for write in [activate, Write::Cancel { comment: None }, Write::Delete, Write::Update(patch)] {
        // An update of all at once is refused for the one field that cannot be changed: the
        // call is made all the same.
        let is_update = matches!(write, Write::Update(_)) && variant % 2 == 1;
        if is_update || provider.refusal(&write, &invoice).is_none() {
            let invoices = std::slice::from_ref(&invoice);
            let _ =
                provider.write(&write, invoices, &SendKey::of("try", &invoice.id), deadline).await;
            let _ = provider.after(&write, invoices, Timestamp::UNIX_EPOCH, deadline).await;
        }
    }
}

fuzz_target!(|drawn: &[u8]| {
    let [place, status, answers @ ..] = drawn else { return };
    let status = match status {
        b'0'..=b'9' | b'a'..=b'z' => StatusCode::OK,
        other => StatusCode::from_u16(400 + u16::from(*other)).unwrap(),
    };
    let answers: Vec<Vec<u8>> =
        answers.split(|byte| *byte == 0x1e).take(16).map(<[u8]>::to_vec).collect();
    let id = answers.iter().find_map(|answer| named_id(answer)).unwrap_or_else(|| "1".to_owned());
    let (kinds, place) = (u8::try_from(PROVIDERS.len()).unwrap(), *place);
    let (provider, calls) = opened(place % kinds, status, answers);
    // Waits are passed over: nothing here waits for anything but a clock.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(ask(provider.as_ref(), place / kinds, &id));
    assert!(calls.load(Ordering::Relaxed) <= MOST_CALLS, "asked for without end");
});

/// An id that the answer may have.
fn named_id(answer: &[u8]) -> Option<String> {
    let body = answer.split(|byte| *byte == b'\n').find(|line| !line.starts_with(b"#"))?;
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    match ["id", "uuid"].into_iter().find_map(|key| value.get(key))? {
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
