//! Summaries in the cache: kept as listings are, and invalidated as they are.

use invoice::{Currency, Invoice};

use super::*;

fn owed(id: &str, balance: &str) -> Invoice {
    let mut owed = invoice(id, "nue:a");
    owed.currency = Currency::parse("EUR");
    owed.amounts.balance = Some(serde_json::from_str(balance).unwrap());
    owed.dates.due = Some(jiff::civil::date(2026, 1, 1));
    owed
}

async fn summed(app: &ListApp, query: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let with = |event: Event, (name, value): &(&str, &str)| event.header(name, value);
    answered(app, headers.iter().fold(Event::get("/invoices/summary", query), with)).await
}

#[tokio::test]
async fn a_summary_is_kept_until_a_write_invalidates_it() {
    let rig = Rig::over(FakeProvider::holding([owed("nue:1", "1.00"), owed("nue:2", "2.50")]));
    let first = summed(&rig.app, "by=currency", &[]).await;
    assert_eq!(cache(&first), "fwd=uri-miss");
    let told = &body(&first)["groups"][0];
    assert_eq!(told["key"], json!({"currency": "EUR"}));
    assert_eq!(told["amounts"][0]["balance"], json!({"sum": "3.50", "counted": 2, "unknown": 0}));
    assert_eq!(told["amounts"][0]["total"], json!({"sum": null, "counted": 0, "unknown": 2}));
    rig.pass(40);
    let second = summed(&rig.app, "by=currency&by=currency", &[]).await;
    assert_eq!((cache(&second).as_str(), age(&second)), ("hit; ttl=20", 40));
    assert_eq!(body(&second)["asOf"], body(&first)["asOf"]);
    assert_eq!(rig.provider.asked(), 1);
    // Another question, and a listing of the same filter, are no hits.
    assert_eq!(cache(&summed(&rig.app, "by=status", &[]).await), "fwd=uri-miss");
    assert_eq!(cache(&rig.ask(&[]).await), "fwd=uri-miss");
    store::listing_cache::invalidate(&rig.table, [&"nue".parse().unwrap()]).await.unwrap();
    assert_eq!(cache(&summed(&rig.app, "by=currency", &[]).await), "fwd=stale");
}

#[tokio::test]
async fn a_summary_that_has_not_changed_is_not_sent_again() {
    let rig = Rig::over(FakeProvider::holding([owed("nue:1", "1.00")]));
    let first = summed(&rig.app, "", &[]).await;
    let tag = header(&first, "etag").unwrap().to_owned();
    let again = [("if-none-match", tag.as_str()), ("cache-control", "no-cache")];
    assert_eq!(summed(&rig.app, "", &again).await.status(), 304);
}

#[tokio::test]
async fn yesterdays_aging_is_not_todays() {
    let rig = Rig::over(FakeProvider::holding([owed("nue:1", "1.00")]));
    summed(&rig.app, "by=aging", &[]).await;
    rig.pass(86_400);
    rig.provider.fail(Some(ErrorKind::Unreachable));
    assert_eq!(summed(&rig.app, "by=aging", &[]).await.status(), 502);
}

#[tokio::test]
async fn a_provider_that_is_down_is_summed_up_as_it_was_and_told_so() {
    let rig = Rig::over(FakeProvider::holding([owed("nue:1", "1.00")]));
    let first = body(&summed(&rig.app, "", &[]).await);
    rig.pass(70);
    rig.provider.fail(Some(ErrorKind::Unreachable));
    let stale = body(&summed(&rig.app, "", &[]).await);
    assert_eq!(stale["sources"][0]["status"], "stale");
    assert_eq!((&stale["asOf"], &stale["count"]), (&first["asOf"], &first["count"]));
}
