//! What a repeated key does, row by row of the table in ARCHITECTURE.md.

mod customers;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use api::BulkAction;
use invoice::{Code, Invoice, Problem, Status};
use jiff::Timestamp;
use lambda_http::{Body, Response};
use serde_json::{Value, json};
use store::writes::{Admission, WriteRequest, WriteStore};

use super::{WriteApp, settled};
use crate::call::Call;
use crate::caller::Caller;
use crate::testing::{Event, FakeProvider, FakeTable, header, write_app};

const ID: &str = "fake:inv-1";
/// By then the first request has ended, and its lease with it.
const OVER: Duration = Duration::from_secs(40);
/// By then nobody can be at what was sent.
const SETTLED: Duration = Duration::from_secs(120);

struct Stage {
    app: WriteApp,
    provider: FakeProvider,
    table: FakeTable,
    clock: Arc<AtomicI64>,
    single: bool,
}

/// What a request was answered.
#[derive(Debug, PartialEq)]
struct Told {
    status: u16,
    outcome: Option<String>,
    code: Option<String>,
    retry_after: bool,
    replayed: bool,
}

impl Stage {
    fn new(single: bool) -> Self {
        Self::holding(crate::testing::invoice(ID, "fake:customer"), single)
    }

    /// With this invoice as a draft.
    fn holding(mut draft: Invoice, single: bool) -> Self {
        draft.status = Status::Draft;
        let provider = FakeProvider::holding([draft]);
        let clock = Arc::new(AtomicI64::new(Timestamp::now().as_millisecond()));
        let shown = clock.clone();
        let now = move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap();
        let table = FakeTable::default();
        let fakes = [("fake", Ok(provider.clone()))];
        let app = write_app(fakes, Arc::new(table.clone()), now);
        Self { app, provider, table, clock, single }
    }

    fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }

    async fn ask(&self, key: &str, action: BulkAction) -> Told {
        let event = if self.single {
            Event::post("/invoices/{id}/activate", "").parameter("id", ID)
        } else {
            Event::post("/invoices/activate", &json!({"invoiceIds": [ID]}).to_string())
        };
        let operator = [("sub", "ops"), ("scope", "invoices/write invoices/all")];
        let event = event.claims(&operator).header("idempotency-key", key);
        let call = Call::new(event.request());
        let response = if self.single {
            call.answer(super::one(&self.app, &call, action)).await.0
        } else {
            call.answer(super::many(&self.app, &call, action)).await.0
        };
        told(&response)
    }

    async fn activate(&self) -> Told {
        self.ask("k", BulkAction::Activate).await
    }

    /// Asks, and is killed when the write has arrived at the provider.
    async fn activate_killed(&self) {
        let before = self.provider.sent("inv-1");
        self.provider.keep_silent(true);
        let arrived = async {
            while self.provider.sent("inv-1") == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            told = self.activate() => panic!("answered: {told:?}"),
            () = arrived => {}
        }
        self.provider.keep_silent(false);
    }
}

fn told(response: &Response<Body>) -> Told {
    let body = crate::testing::json(response);
    let result = body["results"].get(0).unwrap_or(&body);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let problem = if result["problem"].is_object() { &result["problem"] } else { result };
    Told {
        status: response.status().as_u16(),
        outcome: text(&result["outcome"]),
        code: text(&problem["code"]),
        retry_after: header(response, "retry-after").is_some() || problem["retryAfter"].is_u64(),
        replayed: header(response, "idempotency-replayed").is_some(),
    }
}

/// An answer, in few words.
fn answer(
    (single, many): (u16, u16),
    stage: &Stage,
    outcome: &str,
    code: Option<&str>,
    retry_after: bool,
) -> Told {
    Told {
        status: if stage.single { single } else { many },
        outcome: Some(outcome.to_owned()),
        code: code.map(str::to_owned),
        retry_after,
        replayed: false,
    }
}

async fn each_form(row: &str, test: impl AsyncFn(&Stage)) {
    for single in [true, false] {
        eprintln!("{row}, the form for {}", if single { "one" } else { "many" });
        test(&Stage::new(single)).await;
    }
}

#[tokio::test]
async fn each_row_of_the_table_of_repetitions() {
    let unknown =
        |stage: &Stage| answer((202, 207), stage, "unknown", Some("provider_error"), true);
    let applied = |stage: &Stage| answer((200, 200), stage, "applied", None, false);

    each_form("not sent", async |stage: &Stage| {
        stage.table.fail(Some("idempotency#claim#"));
        let refused = stage.activate().await;
        assert_eq!((refused.status, refused.code.as_deref()), (503, Some("unavailable")));
        assert_eq!(stage.provider.sent("inv-1"), 0);
        stage.table.fail(None);
        assert_eq!(stage.activate().await, applied(stage));
        assert_eq!(stage.provider.sent("inv-1"), 1);
    })
    .await;

    each_form("not sent, as another is at it", async |stage: &Stage| {
        stage.provider.lose_writes(true);
        assert_eq!(stage.ask("another", BulkAction::Activate).await, unknown(stage));
        stage.provider.lose_writes(false);
        let busy = answer((409, 207), stage, "rejected", Some("in_progress"), true);
        assert_eq!(stage.activate().await, busy);
        stage.pass(SETTLED);
        assert_eq!(stage.activate().await, applied(stage));
        assert_eq!(stage.provider.sent("inv-1"), 2);
        assert_eq!(stage.activate().await, Told { replayed: true, ..applied(stage) });
    })
    .await;

    each_form("unclear, then shown, then settled", async |stage: &Stage| {
        stage.provider.lose_writes(true);
        assert_eq!(stage.activate().await, unknown(stage));
        stage.provider.lose_writes(false);
        for _ in 0..3 {
            assert_eq!(stage.activate().await, unknown(stage));
        }
        // Carried out late.
        stage.provider.bring("inv-1", Status::Active);
        assert_eq!(stage.activate().await, applied(stage));
        assert_eq!(stage.activate().await, Told { replayed: true, ..applied(stage) });
        assert_eq!(stage.provider.sent("inv-1"), 1);
    })
    .await;

    each_form("came to nothing", async |stage: &Stage| {
        stage.provider.lose_writes(true);
        assert_eq!(stage.activate().await, unknown(stage));
        stage.pass(SETTLED);
        // Sent once more, and lost again: it is unclear anew.
        assert_eq!(stage.activate().await, unknown(stage));
        assert_eq!(stage.provider.sent("inv-1"), 2);
        stage.provider.lose_writes(false);
        stage.pass(OVER);
        assert_eq!(stage.activate().await, unknown(stage));
        assert_eq!(stage.provider.sent("inv-1"), 2);
        stage.pass(SETTLED);
        assert_eq!(stage.activate().await, applied(stage));
        assert_eq!(stage.provider.sent("inv-1"), 3);
        assert_eq!(stage.activate().await, Told { replayed: true, ..applied(stage) });
    })
    .await;

    each_form("superseded", async |stage: &Stage| {
        for (carried_out, outcome, code, status) in [
            (true, "applied", None, (200, 200)),
            (false, "rejected", Some("state_conflict"), (409, 207)),
        ] {
            let key = format!("k-{carried_out}");
            stage.provider.bring("inv-1", Status::Draft);
            stage.provider.lose_writes(true);
            let lost = stage.ask(&key, BulkAction::Activate).await;
            assert_eq!(lost, unknown(stage));
            stage.provider.lose_writes(false);
            stage.pass(SETTLED);
            if carried_out {
                stage.provider.bring("inv-1", Status::Active);
            }
            // Another's write: what it finds may be canceled by the fake's rules.
            supersede(stage).await;
            stage.provider.bring("inv-1", Status::Draft);
            let sent = stage.provider.sent("inv-1");
            let again = stage.ask(&key, BulkAction::Activate).await;
            assert_eq!(again, answer(status, stage, outcome, code, false));
            let replayed = stage.ask(&key, BulkAction::Activate).await;
            assert_eq!(replayed, Told { replayed: true, ..again });
            assert_eq!(stage.provider.sent("inv-1"), sent, "nothing is sent again");
        }
    })
    .await;

    each_form("changed otherwise", async |stage: &Stage| {
        stage.provider.lose_writes(true);
        assert_eq!(stage.activate().await, unknown(stage));
        stage.provider.lose_writes(false);
        // Neither the draft it was, nor active.
        stage.provider.take_away("inv-1");
        assert_eq!(stage.activate().await, unknown(stage));
        stage.pass(SETTLED);
        assert_is_never_told(stage, "k").await;
    })
    .await;

    each_form("superseded, cannot be told", async |stage: &Stage| {
        // How it stood before the next write says nothing; or that is not known,
        // since it was not the last.
        for (key, status, others) in
            [("unreadable", Status::Unknown, 1), ("superseded-twice", Status::Active, 2)]
        {
            stage.provider.bring("inv-1", Status::Draft);
            stage.provider.lose_writes(true);
            assert_eq!(stage.ask(key, BulkAction::Activate).await, unknown(stage));
            stage.provider.lose_writes(false);
            stage.pass(SETTLED);
            stage.provider.bring("inv-1", status);
            for _ in 0..others {
                supersede(stage).await;
            }
            // What it shows since is the other's.
            stage.provider.bring("inv-1", Status::Active);
            assert_is_never_told(stage, key).await;
        }
    })
    .await;

    each_form("another request", async |stage: &Stage| {
        assert_eq!(stage.activate().await, applied(stage));
        let other = json!({"invoiceIds": ["fake:inv-2"]}).to_string();
        let event = if stage.single {
            Event::post("/invoices/{id}/activate", "").parameter("id", "fake:inv-2")
        } else {
            Event::post("/invoices/activate", &other)
        };
        let operator = [("sub", "ops"), ("scope", "invoices/write invoices/all")];
        let call = Call::new(event.claims(&operator).header("idempotency-key", "k").request());
        let asked = async {
            if stage.single {
                super::one(&stage.app, &call, BulkAction::Activate).await
            } else {
                super::many(&stage.app, &call, BulkAction::Activate).await
            }
        };
        let told = told(&call.answer(asked).await.0);
        assert_eq!((told.status, told.code.as_deref()), (422, Some("idempotency_key_reused")));
    })
    .await;

    each_form("running", async |stage: &Stage| {
        let (first, second) = futures::join!(stage.activate(), stage.activate());
        let waiting = if first.status == 409 { &first } else { &second };
        assert_eq!((waiting.status, waiting.code.as_deref()), (409, Some("in_progress")));
        assert!(waiting.retry_after);
        assert_eq!(stage.provider.sent("inv-1"), 1);
    })
    .await;

    each_form("running, its time up", async |stage: &Stage| {
        stage.activate_killed().await;
        let waiting = stage.activate().await;
        assert_eq!((waiting.status, waiting.code.as_deref()), (409, Some("in_progress")));
        assert!(waiting.retry_after);
        stage.pass(OVER);
        assert_eq!(stage.activate().await, applied(stage));
        assert_eq!(stage.activate().await, Told { replayed: true, ..applied(stage) });
        assert_eq!(stage.provider.sent("inv-1"), 1);
    })
    .await;

    each_form("running, its time up, and its write lost", async |stage: &Stage| {
        stage.provider.lose_writes(true);
        stage.activate_killed().await;
        stage.provider.lose_writes(false);
        stage.pass(OVER);
        assert_eq!(stage.activate().await, unknown(stage));
        assert_eq!(stage.provider.sent("inv-1"), 1);
        stage.pass(SETTLED);
        assert_eq!(stage.activate().await, applied(stage));
        assert_eq!(stage.provider.sent("inv-1"), 2);
    })
    .await;
}

/// The key is answered `unknown` for good: the same again, and nothing is sent.
async fn assert_is_never_told(stage: &Stage, key: &str) {
    let sent = stage.provider.sent("inv-1");
    let told = stage.ask(key, BulkAction::Activate).await;
    assert_eq!(told, answer((202, 207), stage, "unknown", Some("provider_error"), false));
    let again = stage.ask(key, BulkAction::Activate).await;
    assert_eq!(again, Told { replayed: true, ..told });
    assert_eq!(stage.provider.sent("inv-1"), sent, "nothing is sent again");
}

/// Another writer locks the invoice, sees how it stands, sends, and ends.
async fn supersede(stage: &Stage) {
    use engine::writing::{InvoiceSnapshot, Ledger, OutcomeRecord};
    use provider_client::{Deadline, Provider};

    let id = ID.parse().unwrap();
    let deadline = Deadline::after(Duration::from_secs(20));
    let seen = stage.provider.get("inv-1", &Default::default(), deadline).await.unwrap();
    let caller = crate::caller::Caller::of_event("111122223333", "another");
    let request = store::writes::WriteRequest {
        caller: caller.requester(),
        route: ("POST", "/invoices/cancel"),
        request_id: "another",
        deadline,
        key: None,
        target: "",
        body: b"{}",
    };
    let begun = stage.app.writes.begin(&request).await.unwrap();
    let store::writes::Admission::Fresh(in_flight) = begun else { panic!("it has no key") };
    let (ledger, cancel) = (in_flight.ledger(), invoice::Write::Cancel { comment: None });
    ledger.lock(&cancel, std::slice::from_ref(&id)).await.remove(0).unwrap();
    ledger.sending(&cancel, &[InvoiceSnapshot::of(&seen)]).await.remove(0).unwrap();
    let settled = OutcomeRecord {
        invoice: id,
        outcome: invoice::Outcome::Applied,
        sent: true,
        under_way: false,
        new_id: None,
        problem: None,
    };
    ledger.record(&cancel, &[settled]).await;
}

/// The last reading back is given up with no time to spare: what came of the write is recorded
/// and told all the same, though each call of the table takes a while.
#[tokio::test(start_paused = true)]
async fn a_provider_that_stalls_to_the_end_leaves_the_outcome_unknown_and_told() {
    for single in [true, false] {
        let stage = Stage::new(single);
        stage.table.slow_down(Duration::from_millis(80));
        stage.provider.stall();
        let told = stage.activate().await;
        assert_eq!(told.outcome.as_deref(), Some("unknown"), "single: {single}: {told:?}");
        assert_eq!(told.status, if single { 202 } else { 207 });
        assert!(told.retry_after, "{told:?}");
    }
}

/// Wherever the table ceases to answer, the caller is told in time, and what is told as not
/// tried was not sent.
#[tokio::test(start_paused = true)]
async fn a_table_that_hangs_at_any_call_is_no_internal_fault() {
    for (single, answered) in [true, false].into_iter().flat_map(|it| (0..20).map(move |n| (it, n)))
    {
        let stage = Stage::new(single);
        stage.table.hang_after(answered);
        let told = stage.activate().await;
        let context = format!("single: {single}, {answered} calls answered: {told:?}");
        assert_ne!(told.status, 500, "{context}");
        let is_sent = stage.provider.sent("inv-1") > 0;
        assert_eq!(told.outcome.as_deref() == Some("applied"), is_sent, "{context}");
        assert_eq!(told.code.as_deref(), (!is_sent).then_some("unavailable"), "{context}");
        assert!(is_sent || told.retry_after, "{context}");
    }
}

#[tokio::test]
async fn a_problem_is_kept_unless_it_passes() {
    for (code, kept) in [
        (Code::InvoiceNotFound, true),
        (Code::StateConflict, true),
        (Code::UnsupportedField, true),
        (Code::Unavailable, false),
        (Code::RateLimited, false),
        (Code::Internal, false),
    ] {
        let store = WriteStore::new(Arc::new(FakeTable::default()), SETTLED, SETTLED);
        let (key, caller) = ("k-1".parse().unwrap(), Caller::of_event("111122223333", "finance"));
        let call = Call::new(Event::post("/invoices/activate", "{}").request());
        let request = WriteRequest {
            caller: caller.requester(),
            route: ("POST", "/invoices/activate"),
            request_id: "r-1",
            deadline: call.deadline(),
            key: Some(&key),
            target: "",
            body: b"{}",
        };
        let Admission::Fresh(in_flight) = store.begin(&request).await.unwrap() else {
            panic!("it is the first");
        };
        let problem = Problem::new(code, "as the test says");
        let ended = settled(&call, Err(problem), in_flight).await;
        match store.begin(&request).await.unwrap() {
            Admission::Replay(again) if kept => {
                assert_eq!(
                    (again.status, again.body),
                    (code.status(), ended.unwrap().body().to_owned())
                );
            }
            Admission::Fresh(_) if !kept => assert_eq!(ended.unwrap_err().code, code),
            other => panic!("{code:?}: {other:?}"),
        }
    }
}
