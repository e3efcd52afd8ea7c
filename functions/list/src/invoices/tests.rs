//! Listings over a cache in memory and providers made up.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use flate2::read::GzDecoder;
use function_kit::configuration::TokenScopes;
use function_kit::testing::{Event, Fake, FakeProvider, connected, header, invoice, json as body};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use lambda_http::{Body, Response};
use provider_client::error::ErrorKind;
use serde_json::{Value, json};
use store::table::{FakeTable, Table};

use super::*;

mod closed;
mod customers;
mod dynamo;
mod large;
mod summaries;

struct Rig {
    app: ListApp,
    table: FakeTable,
    provider: FakeProvider,
    seconds: Arc<AtomicI64>,
}

impl Rig {
    fn new() -> Self {
        Self::over(FakeProvider::holding([invoice("nue:1", "nue:a"), invoice("nue:2", "nue:b")]))
    }

    fn over(provider: FakeProvider) -> Self {
        Self::beside(provider, [])
    }

    /// With more connections than the one that is looked at.
    fn beside<const N: usize>(
        provider: FakeProvider,
        others: [(&'static str, FakeProvider); N],
    ) -> Self {
        let (table, seconds) = (FakeTable::default(), Arc::new(AtomicI64::new(0)));
        let ahead = seconds.clone();
        let clock =
            move || Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::SeqCst));
        let others = others.map(|(name, fake)| (name, Ok(fake)));
        let fakes = [("nue", Ok(provider.clone()))].into_iter().chain(others);
        let app = app_at(fakes, Arc::new(table.clone()), clock);
        Self { app, table, provider, seconds }
    }

    fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn answer(&self, event: Event) -> Response<Body> {
        answered(&self.app, event).await
    }

    async fn ask(&self, headers: &[(&str, &str)]) -> Response<Body> {
        let event = Event::get("/invoices", "");
        let with = |event: Event, (name, value): &(&str, &str)| event.header(name, value);
        self.answer(headers.iter().fold(event, with)).await
    }
}

/// The function over these connections, at the time that the test says.
fn app_at(
    fakes: impl IntoIterator<Item = (&'static str, Fake)>,
    table: Arc<dyn Table>,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> ListApp {
    let (configuration, connections) = connected(fakes);
    let mut app = ListApp::new(&configuration, connections, table);
    app.listings = app.listings.with_clock(clock);
    app
}

async fn answered(app: &ListApp, event: Event) -> Response<Body> {
    let (response, afterwards) = crate::FUNCTION.answer(app, event.request()).await;
    afterwards.run().await;
    response
}

/// `Cache-Status`, without our name; its `ttl` to the next ten seconds: time
/// passes while a test runs.
fn cache(response: &Response<Body>) -> String {
    let status = header(response, "cache-status").unwrap();
    let status = status.strip_prefix("invoice-bridge; ").unwrap();
    match status.split_once("; ttl=") {
        Some((status, ttl)) => format!("{status}; ttl={}", tens(ttl.parse().unwrap())),
        None => status.to_owned(),
    }
}

fn tens(seconds: i64) -> i64 {
    (seconds + 9).div_euclid(10) * 10
}

/// The age, to the last ten seconds.
fn age(response: &Response<Body>) -> u64 {
    header(response, "age").unwrap().parse::<u64>().unwrap() / 10 * 10
}

fn source(response: &Response<Body>) -> Value {
    body(response)["sources"][0].clone()
}

#[tokio::test]
async fn a_miss_is_kept_and_the_next_is_a_hit_that_says_how_old_it_is() {
    let rig = Rig::new();
    let first = rig.ask(&[]).await;
    assert_eq!(cache(&first), "fwd=uri-miss");
    assert_eq!(age(&first), 0);
    assert_eq!(header(&first, "cache-control"), Some("private, max-age=0"));
    assert_eq!(header(&first, "vary"), Some("accept-encoding"));
    rig.pass(40);
    let second = rig.ask(&[]).await;
    assert_eq!(cache(&second), "hit; ttl=20");
    assert_eq!(age(&second), 40);
    assert_eq!(header(&second, "content-type"), Some("application/json"));
    assert_eq!(rig.provider.asked(), 1);
    assert_eq!(header(&second, "etag"), header(&first, "etag"));
    let (mut first, mut second) = (body(&first), body(&second));
    assert_eq!(second["sources"][0]["age"].as_u64().unwrap() / 10, 4);
    assert_eq!(second["sources"][0]["status"], "ok");
    assert_eq!(second["sources"][0]["fetchedAt"], first["sources"][0]["fetchedAt"]);
    assert_eq!(first["data"][1]["id"], "nue:2");
    first["sources"][0]["age"].take();
    second["sources"][0]["age"].take();
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_hit_asks_the_table_once_and_no_secret() {
    let rig = Rig::new();
    rig.ask(&[]).await;
    let before = (rig.table.reads(), rig.table.changes());
    let fakes = [("nue", Ok(rig.provider.clone()))];
    let again = app_at(fakes, Arc::new(rig.table.clone()), Timestamp::now);
    let call = Call::of(Event::get("/invoices", "").request(), &TokenScopes::default());
    let reply = list(&again, &call).await;
    assert!(reply.response.is_ok());
    assert_eq!((rig.table.reads(), rig.table.changes()), (before.0 + 1, before.1));
    assert_eq!(reply.log.cache, Some("hit"));
    assert!(reply.log.connections.is_none(), "no connection was opened");
}

#[tokio::test]
async fn an_outdated_listing_is_read_anew() {
    let rig = Rig::new();
    rig.ask(&[]).await;
    rig.pass(60);
    assert_eq!(cache(&rig.ask(&[]).await), "fwd=stale");
    store::listing_cache::invalidate(&rig.table, [&"nue".parse().unwrap()]).await.unwrap();
    assert_eq!(cache(&rig.ask(&[]).await), "fwd=stale");
    assert_eq!(cache(&rig.ask(&[]).await), "hit; ttl=60");
    assert_eq!(rig.provider.asked(), 3);
}

#[tokio::test]
async fn a_caller_may_read_past_it_or_want_nothing_else() {
    let rig = Rig::new();
    let only = [("cache-control", "only-if-cached")];
    let refused = rig.ask(&only).await;
    assert_eq!((refused.status().as_u16(), rig.provider.asked()), (504, 0));
    assert_eq!(body(&refused)["code"], "not_cached");
    for (directive, status) in
        [("no-cache", "fwd=request"), ("max-age=0", "fwd=request"), ("no-store", "fwd=request")]
    {
        rig.ask(&[]).await;
        let asked = rig.provider.asked();
        assert_eq!(cache(&rig.ask(&[("cache-control", directive)]).await), status);
        assert_eq!(rig.provider.asked(), asked + 1, "{directive}");
    }
    rig.pass(30);
    assert_eq!(cache(&rig.ask(&only).await), "hit; ttl=30");
    assert_eq!(cache(&rig.ask(&[("cache-control", "max-age=40")]).await), "hit; ttl=30");
    let younger = rig.ask(&[("cache-control", "max-age=20")]).await;
    assert_eq!(cache(&younger), "fwd=stale");
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again_by_hit_or_miss() {
    let rig = Rig::new();
    let tag = header(&rig.ask(&[]).await, "etag").unwrap().to_owned();
    for wait in [10, 60] {
        rig.pass(wait);
        let known = rig.ask(&[("if-none-match", &tag)]).await;
        assert_eq!(known.status(), 304);
        assert!(matches!(known.body(), Body::Empty));
        assert_eq!(header(&known, "etag"), Some(tag.as_str()));
        assert_eq!(header(&known, "content-type"), None);
        assert!(header(&known, "cache-status").is_some() && header(&known, "age").is_some());
    }
    assert_eq!(rig.ask(&[("if-none-match", "\"else\"")]).await.status(), 200);
}

#[tokio::test]
async fn who_takes_gzip_gets_the_same_compressed_under_a_tag_of_its_own() {
    let rig = Rig::new();
    let plain = rig.ask(&[]).await;
    for _ in ["hit", "past the cache"] {
        let gzip = rig.ask(&[("accept-encoding", "gzip, br")]).await;
        assert_eq!(header(&gzip, "content-encoding"), Some("gzip"));
        let Body::Binary(bytes) = gzip.body() else { panic!("{:?}", gzip.body()) };
        let mut text = String::new();
        GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        let unzipped = serde_json::from_str::<Value>(&text).unwrap();
        assert_eq!(unzipped["data"], body(&plain)["data"]);
        assert_eq!(unzipped["sources"][0]["status"], "ok");
        let tag = header(&gzip, "etag").unwrap();
        assert_ne!(Some(tag), header(&plain, "etag"));
        let known = rig.ask(&[("if-none-match", tag)]).await;
        assert_eq!((known.status().as_u16(), header(&known, "content-encoding")), (304, None));
        rig.table.fail(Some(""));
    }
}

#[tokio::test]
async fn a_provider_that_is_down_leaves_what_is_kept_marked_as_old() {
    let rig = Rig::new();
    let before = rig.ask(&[]).await;
    rig.pass(600);
    for kind in [ErrorKind::Failed, ErrorKind::Timeout, ErrorKind::Credentials] {
        rig.provider.fail(Some(kind));
        let stale = rig.ask(&[]).await;
        assert_eq!(
            (stale.status().as_u16(), cache(&stale).as_str()),
            (200, "hit; detail=stale-if-error; ttl=-540")
        );
        assert_eq!(age(&stale), 600);
        assert_ne!(header(&stale, "etag"), header(&before, "etag"));
        assert_eq!(body(&stale)["data"], body(&before)["data"]);
        assert_eq!(source(&stale)["status"], "stale");
    }
    let insisting = rig.ask(&[("cache-control", "no-cache")]).await;
    assert_eq!(insisting.status(), 502);
    rig.pass(86_400);
    let beyond = rig.ask(&[]).await;
    assert_eq!(
        (beyond.status().as_u16(), &body(&beyond)["code"]),
        (502, &json!("provider_credentials"))
    );
    rig.provider.fail(None);
    assert_eq!(source(&rig.ask(&[]).await)["status"], "ok");
}

#[tokio::test]
async fn what_is_wrong_with_the_question_is_never_answered_from_what_is_kept() {
    let rig = Rig::new();
    rig.ask(&[]).await;
    rig.pass(100);
    rig.provider.fail(Some(ErrorKind::TooManyToSort));
    let refused = rig.ask(&[]).await;
    assert_eq!(
        (refused.status().as_u16(), &body(&refused)["code"]),
        (422, &json!("unsupported_sort"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_fails_or_hangs_fails_no_listing_and_is_then_left_alone() {
    for hanging in [false, true] {
        let rig = Rig::new();
        rig.table.fail((!hanging).then_some(""));
        rig.table.hang(hanging);
        let begun = tokio::time::Instant::now();
        let first = rig.ask(&[]).await;
        assert_eq!((first.status().as_u16(), cache(&first).as_str()), (200, "fwd=bypass"));
        let once = begun.elapsed();
        assert!(once <= CacheBreaker::PATIENCE, "{once:?}");
        assert_eq!(rig.ask(&[]).await.status(), 200);
        assert_eq!(begun.elapsed(), once, "it was not waited for again");
        rig.table.fail(None);
        rig.table.hang(false);
        tokio::time::advance(CacheBreaker::REST).await;
        assert_eq!(cache(&rig.ask(&[]).await), "fwd=uri-miss");
    }
}

#[tokio::test]
async fn an_answer_that_could_not_be_kept_is_given_all_the_same() {
    let rig = Rig::new();
    let entry = ListingKey::of_answer(
        &["nue".parse().unwrap()],
        &ListQuery::default(),
        &invoice::Scope::All,
    );
    rig.ask(&[]).await;
    assert_eq!(entry.connections().len(), 1);
    rig.pass(60);
    // The lease is taken and the rest is refused.
    let key = rig.table.keys().into_iter().find(|key| key.starts_with("listing#")).unwrap();
    let kept = rig.table.item(&key).unwrap();
    rig.table.fail(Some(&format!("{key}#")));
    let answer = rig.ask(&[]).await;
    assert_eq!((answer.status().as_u16(), cache(&answer).as_str()), (200, "fwd=bypass"));
    assert!(rig.table.item(&key) == Some(kept), "what was kept still is");
}

#[tokio::test(start_paused = true)]
async fn of_two_hundred_that_miss_it_at_once_one_asks_the_provider() {
    let provider = FakeProvider::holding([invoice("nue:1", "nue:a")]);
    let rig = Rig::over(provider.after(Duration::from_millis(800)));
    let answers = join_all((0..200).map(|_| rig.ask(&[]))).await;
    assert!(answers.iter().all(|answer| answer.status() == 200));
    assert_eq!(rig.provider.asked(), 1);
    let collapsed = answers.iter().filter(|answer| cache(answer).contains("collapsed"));
    assert_eq!(collapsed.count(), 199);
}

#[tokio::test(start_paused = true)]
async fn a_provider_too_slow_for_the_deadline_is_a_timeout_in_time_or_what_is_kept() {
    let slow = FakeProvider::holding([invoice("nue:1", "nue:a")]).after(Duration::from_secs(40));
    let rig = Rig::over(slow);
    let begun = tokio::time::Instant::now();
    let late = rig.ask(&[]).await;
    assert_eq!((late.status().as_u16(), &body(&late)["code"]), (504, &json!("provider_timeout")));
    assert!(begun.elapsed() < Duration::from_secs(29));
    // Kept by a function that was luckier.
    let quick = FakeProvider::holding([invoice("nue:1", "nue:a")]);
    let lucky = app_at([("nue", Ok(quick))], Arc::new(rig.table.clone()), Timestamp::now);
    assert_eq!(answered(&lucky, Event::get("/invoices", "")).await.status(), 200);
    rig.pass(61);
    let begun = tokio::time::Instant::now();
    let stale = rig.ask(&[]).await;
    assert_eq!((stale.status().as_u16(), source(&stale)["status"].as_str()), (200, Some("stale")));
    assert!(begun.elapsed() < Duration::from_secs(29));
}

#[tokio::test]
async fn callers_of_different_scope_share_nothing() {
    let rig = Rig::new();
    let customer = |customers: &str| {
        Event::get("/invoices", "").claims(&[("scope", "invoices/read"), ("customers", customers)])
    };
    let ids = |response: &Response<Body>| {
        let data = body(response)["data"].as_array().unwrap().clone();
        data.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for _ in ["missed", "hit"] {
        assert_eq!(ids(&rig.ask(&[]).await), ["nue:1", "nue:2"]);
        assert_eq!(ids(&rig.answer(customer("[nue:a]")).await), ["nue:1"]);
        assert_eq!(ids(&rig.answer(customer("[nue:b]")).await), ["nue:2"]);
        assert_eq!(ids(&rig.answer(customer("[nue:c]")).await), Vec::<String>::new());
    }
    assert_eq!(rig.provider.asked(), 4);
}

#[tokio::test]
async fn an_entry_that_was_tampered_with_is_a_miss() {
    let rig = Rig::new();
    rig.ask(&[]).await;
    let key = rig.table.keys().into_iter().find(|key| key.starts_with("listing#")).unwrap();
    let kept = rig.table.item(&key).unwrap();
    rig.table.set(&key, kept.bytes("body", b"else".to_vec()));
    assert_eq!(cache(&rig.ask(&[]).await), "fwd=uri-miss");
    assert_eq!(cache(&rig.ask(&[]).await), "hit; ttl=60");
}

/// Invoices of one connection, with dates in no order.
fn many(connection: &str, count: i16) -> FakeProvider {
    let invoices = (0..count).map(|number| {
        let id = format!("{connection}:{number}");
        let mut one = invoice(&id, &format!("{connection}:a"));
        let day =
            jiff::civil::date(2026, 1, 1) + jiff::Span::new().days(i64::from(number * 7 % count));
        one.dates.invoice = Some(day);
        one
    });
    FakeProvider::holding(invoices)
}

fn by_connection(response: &Response<Body>, name: &str) -> (Value, usize) {
    let body = body(response);
    let sources = body["sources"].as_array().unwrap();
    let source = sources.iter().find(|source| source["connection"] == name).unwrap().clone();
    let data = body["data"].as_array().unwrap().iter();
    (source, data.filter(|invoice| invoice["connection"] == name).count())
}

#[tokio::test]
async fn of_several_connections_one_that_is_down_gives_what_is_kept_of_it_and_no_other_does() {
    for query in ["limit=20", "limit=20&sort=invoiceDate"] {
        let (nue, fusebill) = (many("nue", 3), many("fusebill", 4));
        let rig = Rig::beside(nue, [("fusebill", fusebill.clone())]);
        let ask = || rig.answer(Event::get("/invoices", query));
        ask().await;
        rig.pass(600);
        rig.provider.fail(Some(ErrorKind::Unreachable));
        let answer = ask().await;
        assert_eq!(
            (answer.status().as_u16(), age(&answer)),
            (200, 600),
            "{} {:#}",
            query,
            body(&answer)["sources"]
        );
        let ((nue, of_nue), (other, of_other)) =
            (by_connection(&answer, "nue"), by_connection(&answer, "fusebill"));
        assert_eq!((&nue["status"], of_nue), (&json!("stale"), 3), "{query}");
        assert_eq!(nue["age"].as_u64().unwrap() / 10, 60);
        assert_eq!((&other["status"], of_other), (&json!("ok"), 4));
        assert!(other["age"].as_u64().unwrap() < 60);
        // What is old is nobody's fresh answer: the next one asks again.
        let asked = fusebill.asked();
        ask().await;
        assert_eq!(fusebill.asked(), asked + 1);
        rig.pass(86_400);
        let beyond = ask().await;
        let ((nue, of_nue), (_, of_other)) =
            (by_connection(&beyond, "nue"), by_connection(&beyond, "fusebill"));
        assert_eq!((beyond.status().as_u16(), of_nue, of_other), (200, 0, 4));
        assert_eq!((&nue["status"], &nue["problem"]["status"]), (&json!("failed"), &json!(502)));
    }
}

#[tokio::test]
async fn a_walk_over_what_must_be_read_whole_reads_it_twice_and_not_for_every_page() {
    let rig = Rig::over(many("nue", 31));
    let (mut query, mut seen, mut asked) = ("sort=-invoiceDate&limit=5".to_owned(), vec![], vec![]);
    loop {
        let page = rig.answer(Event::get("/invoices", &query)).await;
        asked.push(rig.provider.asked());
        let body = body(&page);
        seen.extend(body["data"].as_array().unwrap().iter().map(|one| one["id"].to_string()));
        let Some(cursor) = body["nextCursor"].as_str() else { break };
        query = format!("sort=-invoiceDate&limit=5&cursor={cursor}");
    }
    assert_eq!(asked, [1, 2, 2, 2, 2, 2, 2]);
    let all: std::collections::HashSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), all.len()), (31, 31));
    // A write ends what is kept of it.
    store::listing_cache::invalidate(&rig.table, [&"nue".parse().unwrap()]).await.unwrap();
    rig.answer(Event::get("/invoices", &query)).await;
    assert_eq!(rig.provider.asked(), 3);
}
