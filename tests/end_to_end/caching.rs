//! The cache, as callers meet it: what each answer says of itself, and that no
//! answer is called fresh which a write has since overtaken.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::stack::{Fault, PATIENCE, Stack, invoices};

/// How long readers and writers go on side by side, unless `STORM_SECONDS` says
/// otherwise.
const STORM: Duration = Duration::from_secs(20);

fn ask(stack: &Stack, target: &str, headers: &[(&str, &str)]) -> Answer {
    let request = stack.request(target);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
}

/// How the cache took part; without how long it will.
fn cache(answer: &Answer) -> &str {
    let status = answer.header("cache-status").unwrap_or_else(|| panic!("{}", answer.status));
    let status = status.strip_prefix("invoice-bridge; ").unwrap();
    status.split_once("; ttl=").map_or(status, |(status, _)| status)
}

/// The listing, once it is kept and fresh: that comes after the answer of whoever
/// reads it.
fn kept(stack: &Stack, target: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = ask(stack, target, &[]);
        if cache(&answer) == "hit" {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "it is never kept: {}", cache(&answer));
    }
}

fn patch(stack: &Stack, id: &str, due: &str) -> Answer {
    let body = json!({"dates": {"due": due}});
    stack.request(&format!("/invoices/{id}")).method("PATCH").body(&body).send()
}

/// An invoice of the connection whose due date can be changed.
fn changeable(stack: &Stack, connection: &str, count: usize) -> Vec<String> {
    let page = stack.walk(&format!("/invoices?connection={connection}&limit=200"), None);
    let able = |invoice: &&&Value| invoice["availableActions"]["update"].is_object();
    let ids: Vec<String> = invoices(&page)
        .iter()
        .filter(able)
        .map(|invoice| invoice["id"].as_str().unwrap().to_owned())
        .take(count)
        .collect();
    assert_eq!(ids.len(), count, "{connection} has too few");
    ids
}

#[test]
fn every_answer_says_how_the_cache_took_part() {
    let stack = Stack::start(&["--invoices", "12"]);
    let asked = "/invoices?connection=nue&sort=-invoiceDate&limit=5";
    let first = ask(&stack, asked, &[]);
    assert_eq!(cache(&first), "fwd=uri-miss");
    assert_eq!(first.header("cache-control"), Some("private, max-age=0"));
    assert_eq!(first.header("age"), Some("0"));
    let tag = first.header("etag").unwrap();
    let hit = kept(&stack, asked);
    assert_eq!(hit.header("etag"), Some(tag));
    assert_eq!(hit.header("link"), first.header("link"));
    assert_eq!(hit.ok()["data"], first.ok()["data"]);
    let known = ask(&stack, asked, &[("if-none-match", tag)]);
    assert_eq!((known.status, cache(&known), known.text.as_str()), (304, "hit", ""));
    assert_eq!((known.header("etag"), known.header("age").is_some()), (Some(tag), true));
    let past = ask(&stack, asked, &[("cache-control", "no-cache")]);
    assert_eq!(cache(&past), "fwd=request");
    let only = [("cache-control", "only-if-cached")];
    assert_eq!(cache(&ask(&stack, asked, &only)), "hit");
    let other = "/invoices?connection=nue&limit=7";
    ask(&stack, other, &only).problem(504, "not_cached");
    let gzip = ask(&stack, asked, &[("accept-encoding", "gzip")]);
    assert_eq!((cache(&gzip), gzip.header("content-encoding")), ("hit", Some("gzip")));
    // A write overtakes it, and so long as the provider is down it is all there is.
    patch(&stack, &changeable(&stack, "nue", 1)[0], "2031-01-01").ok();
    let down = Fault::set(&stack, "nue", &json!({"kind": "status", "status": 500}));
    let stale = ask(&stack, asked, &[]);
    assert_eq!((stale.status, cache(&stale)), (200, "hit; detail=stale-if-error"));
    let source = &stale.ok()["sources"][0];
    assert_eq!((&source["status"], source["age"].is_u64()), (&json!("stale"), true));
    assert_ne!(stale.header("etag"), Some(tag));
    assert_eq!(stale.ok()["data"], first.ok()["data"]);
    ask(&stack, asked, &[("cache-control", "no-cache")]).problem(502, "provider_error");
    drop(down);
    assert_eq!(cache(&ask(&stack, asked, &[])), "fwd=stale");
    let off = ["--parameter", "ListingTtlSeconds=0", "--parameter", "ListingStaleSeconds=0"];
    let off = Stack::start(&[&["--invoices", "5"][..], &off].concat());
    assert_eq!(cache(&ask(&off, asked, &[])), "fwd=bypass");
}

#[test]
fn every_route_of_a_write_shows_in_the_next_listing() {
    let stack = Stack::start(&["--invoices", "120"]);
    let drafts = "/invoices?connection=nue&status=draft&limit=200";
    let ready = |answer: &Value| -> Vec<String> {
        let data = answer["data"].as_array().unwrap().iter();
        let ready = data.filter(|invoice| invoice["availableActions"]["activate"].is_object());
        ready.map(|invoice| invoice["id"].as_str().unwrap().to_owned()).collect()
    };
    let ids = ready(&stack.get(drafts).ok());
    let [a, b, c, d, ..] = ids.as_slice() else { panic!("too few drafts: {ids:?}") };
    let post = |target: String, body: Value| {
        stack.request(&target).method("POST").body(&body).send().ok();
    };
    let written: [(&str, &dyn Fn()); 5] = [
        (a, &|| post(format!("/invoices/{a}/activate"), Value::Null)),
        (b, &|| post("/invoices/activate".into(), json!({"invoiceIds": [b]}))),
        (c, &|| post(format!("/invoices/{c}/cancel"), Value::Null)),
        (d, &|| post("/invoices/cancel".into(), json!({"invoiceIds": [d]}))),
        (c, &|| {
            stack.request(&format!("/invoices/{c}")).method("DELETE").send().ok();
        }),
    ];
    for (id, write) in written {
        kept(&stack, drafts);
        write();
        let after = stack.get(drafts);
        assert_eq!(cache(&after), "fwd=stale");
        assert!(!ready(&after.ok()).iter().any(|other| other == id), "{id} is a draft still");
    }
}

#[test]
fn nothing_that_a_write_has_overtaken_is_called_fresh() {
    let stack = Stack::start(&["--invoices", "15"]);
    let seconds = std::env::var("STORM_SECONDS").ok().and_then(|text| text.parse().ok());
    let storm = seconds.map_or(STORM, Duration::from_secs);
    let targets: Vec<String> = ["nue", "simplepin"]
        .iter()
        .flat_map(|connection| changeable(&stack, connection, 2))
        .collect();
    // What the last write of each that has returned put there.
    let returned: Mutex<BTreeMap<&str, String>> = Mutex::default();
    let over = AtomicBool::new(false);
    let (reads, hits, writes) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let writer = |id: &str, index: usize| {
        let mut day = 0_u32;
        while !over.load(Ordering::SeqCst) {
            day += 1;
            let due =
                format!("20{:02}-{:02}-{:02}", 30 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
            let answer = patch(&stack, id, &due);
            answer.ok();
            if let Some(known) = targets.get(index) {
                returned.lock().unwrap().insert(known, due);
            }
            writes.fetch_add(1, Ordering::SeqCst);
            // Time for listings to be kept, and to be hit.
            thread::sleep(Duration::from_millis(900 + 400 * u64::from(day % 4)));
        }
    };
    let reader = |asked: &str| {
        while !over.load(Ordering::SeqCst) {
            let written = returned.lock().unwrap().clone();
            let answer = stack.get(asked);
            let body = answer.ok();
            reads.fetch_add(1, Ordering::SeqCst);
            hits.fetch_add(usize::from(cache(&answer) == "hit"), Ordering::SeqCst);
            let fresh = |connection: &Value| {
                let mut sources = body["sources"].as_array().unwrap().iter();
                sources.any(|one| one["connection"] == *connection && one["status"] == "ok")
            };
            for invoice in body["data"].as_array().unwrap() {
                let Some(due) = written.get(invoice["id"].as_str().unwrap()) else { continue };
                let shown = invoice["dates"]["due"].as_str().unwrap();
                assert!(
                    !fresh(&invoice["connection"]) || shown >= due.as_str(),
                    "{}: {shown} is called fresh, and {due} was written before: {}",
                    invoice["id"],
                    cache(&answer)
                );
            }
        }
    };
    let questions = [
        "/invoices?connection=nue&limit=200",
        "/invoices?connection=simplepin&limit=200",
        "/invoices?connection=nue,simplepin&limit=200&sort=-invoiceDate",
    ];
    thread::scope(|scope| {
        for (index, id) in targets.iter().enumerate() {
            scope.spawn(move || writer(id, index));
        }
        for index in 0..12 {
            scope.spawn(move || reader(questions[index % questions.len()]));
        }
        let end = Instant::now() + storm;
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(50));
        }
        over.store(true, Ordering::SeqCst);
    });
    let (reads, hits) = (reads.into_inner(), hits.into_inner());
    println!("{reads} readings, {hits} of them hits, beside {} writes", writes.into_inner());
    assert!(hits > reads / 20, "{hits} of {reads} were hits: nothing is shown");
}

#[test]
fn without_its_table_listings_are_answered_and_writes_are_not_begun() {
    let stack = Stack::start(&["--invoices", "12"]);
    let draft = "/invoices?connection=nue&status=draft";
    let id = stack.get(draft).ok()["data"][0]["id"].as_str().unwrap().to_owned();
    let dynamodb = |operation: &str, body: Value| {
        let target = format!("DynamoDB_20120810.{operation}");
        let headers = [
            ("x-amz-target", target.as_str()),
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-date", "20260101T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            ),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer =
            http::send(stack.address("dynamodb"), "POST", "/", &headers, &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    let tables = dynamodb("ListTables", json!({}));
    dynamodb("DeleteTable", json!({"TableName": tables["TableNames"][0]}));
    for _ in 0..2 {
        let answer = stack.get(draft);
        assert_eq!(cache(&answer), "fwd=bypass");
        assert_eq!(answer.ok()["data"][0]["id"], id);
    }
    let before = stack.control("GET", "nue/writes", &Value::Null).json();
    let write = stack.request(&format!("/invoices/{id}/activate")).method("POST");
    write.header("idempotency-key", "k-1").send().problem(503, "unavailable");
    assert_eq!(stack.control("GET", "nue/writes", &Value::Null).json(), before);
}
