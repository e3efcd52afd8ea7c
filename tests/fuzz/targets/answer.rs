//! What a provider answers: any status and any body, to each call of each provider. Nothing
//! panics, nothing is asked for without end, and an invoice that is given is the one that was
//! asked for.
#![no_main]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use invoice::{Filter, Include, Write};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use provider_client::provider::{Question, Reading, Start, View};
use provider_client::transport::Reply;
use provider_client::{ConnectionSecret, Deadline, PROVIDERS, Provider, SendKey, Transport, connect};
use serde_json::json;

/// The most calls that one call of ours may come to.
const MOST_CALLS: usize = 500;

fn transport() -> Transport {
    static TRANSPORT: OnceLock<Transport> = OnceLock::new();
    TRANSPORT.get_or_init(|| Transport::new().unwrap()).clone()
}

fn opened(place: usize, status: StatusCode, body: Vec<u8>) -> (Box<dyn Provider>, Arc<AtomicUsize>) {
    let kind = &PROVIDERS[place % PROVIDERS.len()];
    let secret = json!({
        "provider": kind.capabilities.provider, "apiKey": "sk_test_1", "username": "u", "password": "p",
        "authorization": "a", "token": "t", "baseUrl": "https://x.example", "customers": ["1"],
    });
    let secret = ConnectionSecret::parse(&"a".parse().unwrap(), &secret.to_string()).unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let transport = transport().answered_by(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Reply { status, headers, body: body.clone().into() }
    });
    (connect(&secret, &transport).unwrap(), calls)
}

async fn ask(provider: &dyn Provider, id: &str) {
    let deadline = Deadline::after(Duration::from_secs(20));
    let view = View { includes: vec![Include::Lines, Include::Payments, Include::Raw], ..View::default() };
    let question = Question {
        filter: Filter::default(),
        customers: Some(BTreeSet::from(["1".to_owned()])),
        sort: None,
        view: view.clone(),
        reading: Reading::Few(5),
    };
    if let Ok(plan) = provider.plan(&question) {
        for part in &plan.parts {
            let Ok(page) = provider.page(&question, part, &Start::default(), deadline).await else { continue };
            assert!(!page.following.contains(&Start::default()), "a page leads to itself");
            let _ = provider.complete(page.invoices, &view, deadline).await;
        }
    }
    let Ok(invoice) = provider.get(id, &view, deadline).await else { return };
    let ids = provider.capabilities().ids;
    assert_eq!(ids.canonical(invoice.id.id()), ids.canonical(id), "another invoice is given");
    for write in [Write::Activate { invoice_date: None, comment: None }, Write::Cancel { comment: None }, Write::Delete] {
        if provider.refusal(&write, &invoice).is_none() {
            let invoices = std::slice::from_ref(&invoice);
            let _ = provider.write(&write, invoices, &SendKey::of("try", &invoice.id), deadline).await;
            let _ = provider.after(&write, invoices, Timestamp::UNIX_EPOCH, deadline).await;
        }
    }
}

// A byte for the provider, one for the status (most are 200), and the body: a seed can be
// written by hand.
fuzz_target!(|drawn: &[u8]| {
    let [place, status, body @ ..] = drawn else { return };
    let (place, body) = (*place, body);
    let status = match status {
        b'0'..=b'9' | b'a'..=b'z' => StatusCode::OK,
        other => StatusCode::from_u16(400 + u16::from(*other)).unwrap(),
    };
    let (provider, calls) = opened(usize::from(place), status, body.to_vec());
    // Waits are passed over: nothing here waits for anything but a clock.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let id = named_id(body);
    runtime.block_on(ask(provider.as_ref(), &id));
    assert!(calls.load(Ordering::Relaxed) <= MOST_CALLS, "asked for without end");
});

/// An id that the answer may have.
fn named_id(body: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let id = ["id", "uuid"].into_iter().find_map(|key| value.get(key));
    match id {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "1".to_owned(),
    }
}
