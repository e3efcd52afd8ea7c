use engine::writing::Ledger;
use store::writes::WriteLedger;

use super::*;

const ID: &str = "nue:inv-1";

fn update() -> Write {
    let body = br#"{"dates": {"due": "2031-02-03"}, "customFields": {"Region": "Saxony"}, "comment": "as agreed"}"#;
    Write::Update(Box::new(api::read_patch(body).unwrap()))
}

fn audit_key(fixture: &Fixture, request_id: &str) -> String {
    format!("audit#{ID}#{:.3}#{request_id}", fixture.now())
}

fn texts<'a, const N: usize>(item: &'a Item, names: [&str; N]) -> [Option<&'a str>; N] {
    names.map(|name| item.get_text(name))
}

async fn sent(ledger: &WriteLedger, write: &Write) {
    all(ledger.lock(write, &[reference(ID)]).await);
    all(ledger.sending(write, &[snapshot(ID)]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_what_and_why_is_recorded_before_a_write_is_sent() {
    for fixture in benches().await {
        let key = audit_key(&fixture, "r-1");
        let ledger = fresh(fixture.begin("r-1").await).ledger();
        all(ledger.lock(&update(), &[reference(ID)]).await);
        assert_eq!(fixture.item(&key).await, None);
        all(ledger.sending(&update(), &[snapshot(ID)]).await);
        let item = fixture.item(&key).await.unwrap();
        let who = texts(&item, ["callerKind", "callerSubject", "requestId", "comment"]);
        assert_eq!(who, [Some("operator"), Some("ops"), Some("r-1"), Some("as agreed")]);
        let what = texts(&item, ["action", "route", "fields", "state", "outcome"]);
        let fields = "/dates/due,/comment,/customFields";
        let route = "POST /invoices/activate";
        assert_eq!(what, [Some("update"), Some(route), Some(fields), Some("sending"), None]);
        let when = fixture.now().to_string();
        assert_eq!(texts(&item, ["askedAt", "sentAt"]), [Some(when.as_str()); 2]);
        assert_eq!(item.get_text("idempotencyKeyHash").map(str::len), Some(64));
        let kept = item.get_number("expiresAt").unwrap() - fixture.now().as_second();
        assert_eq!(kept, 365 * 86_400);
    }
}

#[tokio::test]
async fn the_values_of_customers_are_not_recorded() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    let ledger = fresh(fixture.begin("r-1").await).ledger();
    sent(&ledger, &update()).await;
    let values = fixture.item(&audit_key(&fixture, "r-1")).await.unwrap().into_values();
    for (name, value) in values {
        if let store::table::Value::Text(text) = value {
            for hidden in ["2031", "Saxony", "Region", "k-1", "PO-7", "nue:customer"] {
                assert!(!text.contains(hidden), "{name}: {text}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_it_completes_the_record() {
    for fixture in benches().await {
        let key = audit_key(&fixture, "first");
        let ledger = fixture.in_flight("first").await.ledger();
        sent(&ledger, &activation()).await;
        fixture.pass(Duration::from_secs(2));
        let done = OutcomeRecord {
            new_id: Some(reference("nue:posted-1")),
            ..settled(ID, Outcome::Applied)
        };
        ledger.record(&activation(), &[done]).await;
        let item = fixture.item(&key).await.unwrap();
        let now = fixture.now().to_string();
        let outcome = texts(&item, ["state", "outcome", "newId", "problem", "settledAt"]);
        let expected =
            [Some("done"), Some("applied"), Some("nue:posted-1"), None, Some(now.as_str())];
        assert_eq!(outcome, expected);
        // What was there before still is.
        let before = texts(&item, ["callerSubject", "comment", "action", "idempotencyKeyHash"]);
        assert_eq!(before, [Some("first"), Some("month's end"), Some("activate"), None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needed_no_sending_is_recorded_whole() {
    for fixture in benches().await {
        for (outcome, problem) in
            [(Outcome::Unchanged, None), (Outcome::Rejected, Some(Code::StateConflict))]
        {
            let request_id = outcome.word();
            let ledger = fixture.in_flight(request_id).await.ledger();
            all(ledger.lock(&activation(), &[reference(ID)]).await);
            let done = OutcomeRecord { sent: false, problem, ..settled(ID, outcome) };
            ledger.record(&activation(), &[done]).await;
            let item = fixture.item(&audit_key(&fixture, request_id)).await.unwrap();
            let what = texts(&item, ["state", "outcome", "problem", "comment", "sentAt"]);
            let problem = problem.map(Code::word);
            let why = Some("month's end");
            assert_eq!(what, [Some("done"), Some(outcome.word()), problem, why, None]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_of_a_killed_function_is_completed_by_who_asks_again() {
    for fixture in benches().await {
        let key = audit_key(&fixture, "r-1");
        sent(&fresh(fixture.begin("r-1").await).ledger(), &activation()).await;
        fixture.pass(OVER);
        let (again, _) = resumed(fixture.begin("r-2").await);
        let own = audit_key(&fixture, "r-2");
        let ledger = again.ledger();
        assert!(all(ledger.recall(&[reference(ID)]).await)[0].is_some());
        ledger.record(&activation(), &[settled(ID, Outcome::Unknown)]).await;
        let item = fixture.item(&key).await.unwrap();
        assert_eq!(texts(&item, ["state", "outcome"]), [Some("sending"), Some("unknown")]);
        ledger.record(&activation(), &[settled(ID, Outcome::Applied)]).await;
        let item = fixture.item(&key).await.unwrap();
        let what = texts(&item, ["state", "outcome", "requestId", "settledBy"]);
        assert_eq!(what, [Some("done"), Some("applied"), Some("r-1"), Some("r-2")]);
        assert_eq!(fixture.item(&own).await, None);
    }
}

#[tokio::test]
async fn a_write_that_could_not_be_sent_after_all_is_recorded_so() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    let ledger = fixture.in_flight("first").await.ledger();
    all(ledger.lock(&activation(), &[reference(ID)]).await);
    table.fail(Some("idempotency#claim#"));
    none(ledger.sending(&activation(), &[snapshot(ID)]).await);
    let item = fixture.item(&audit_key(&fixture, "first")).await.unwrap();
    let what = texts(&item, ["state", "outcome", "problem"]);
    assert_eq!(what, [Some("done"), Some("rejected"), Some("unavailable")]);
}

#[tokio::test]
async fn names_that_lead_nowhere_are_counted_and_do_not_fill_the_audit() {
    let table = FakeTable::default();
    let fixture = Fixture::over(Arc::new(table.clone()));
    let ledger = fixture.in_flight("first").await.ledger();
    let absent = |number: usize| {
        let id = format!("nue:made-up-{number}");
        let problem = Some(Code::InvoiceNotFound);
        OutcomeRecord { sent: false, problem, ..settled(&id, Outcome::Rejected) }
    };
    let names: Vec<OutcomeRecord> = (0..500).map(absent).collect();
    let invoices: Vec<_> = names.iter().map(|one| one.invoice.clone()).collect();
    all(ledger.lock(&activation(), &invoices).await);
    ledger.record(&activation(), &names).await;
    let kept: Vec<String> =
        table.keys().into_iter().filter(|key| key.starts_with("audit#")).collect();
    let key = format!("audit#absent#{:.3}#first", fixture.now());
    assert_eq!(kept, std::slice::from_ref(&key));
    let item = fixture.item(&key).await.unwrap();
    let what = texts(&item, ["callerSubject", "outcome", "problem", "comment"]);
    let why = Some("month's end");
    assert_eq!(what, [Some("first"), Some("rejected"), Some("invoice_not_found"), why]);
    assert_eq!(item.get_number("invoices"), Some(500));
    assert!(table.keys().iter().all(|key| !key.contains("claim")), "locks are released");
}
