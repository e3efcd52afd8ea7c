//! What a message leads to: listings read anew, writes settled, news told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::copies::{Cause, ChangeKind, Since};
use api::BulkAction;
use async_trait::async_trait;
use futures::future::join_all;
use invoice::{Invoice, Status};
use jiff::Timestamp;
use lambda_http::{Body, Response};
use provider_client::webhook::Named;
use provider_client::{Deadline, ErrorKind};
use serde_json::{Value, json};
use store::table::Item;

use crate::call::Call;
use crate::configuration::CopiesConfiguration;
use crate::copies::Copies;
use crate::entry::{Delivery, Message};
use crate::events::{BusError, Event as Told, EventBus};
use crate::testing::{Event, FakeProvider, FakeTable, connected, header, invoice, json as body};
use crate::webhooks::{WebhookMessage, apply, last_received};
use crate::writing::{self, WriteApp};

#[derive(Debug, Clone, Default)]
struct Bus(Arc<Mutex<Vec<Told>>>);

#[async_trait]
impl EventBus for Bus {
    async fn publish(&self, events: &[Told]) -> Result<Vec<usize>, BusError> {
        self.0.lock().unwrap().extend(events.to_vec());
        Ok(Vec::new())
    }
}

struct Rig {
    app: WriteApp,
    provider: FakeProvider,
    table: FakeTable,
    bus: Bus,
}

impl Rig {
    fn new() -> Self {
        let drafts = ["fake:1", "fake:2"]
            .map(|id| Invoice { status: Status::Draft, ..invoice(id, "fake:customer") });
        let provider = FakeProvider::holding(drafts);
        let (table, bus) = (FakeTable::default(), Bus::default());
        let told = bus.clone();
        let fakes = [("fake", Ok(provider.clone()))];
        let (configuration, connections) = connected(fakes);
        let bus_of_it: Option<Arc<dyn EventBus>> = Some(Arc::new(told));
        let app = WriteApp::new(&configuration, connections, Arc::new(table.clone()), bus_of_it);
        Self { app, provider, table, bus }
    }

    /// Deals with a webhook that names these; whether it is done with.
    async fn apply(&self, named: Named) -> bool {
        let message = WebhookMessage::new(&"fake".parse().unwrap(), Timestamp::now(), named);
        let text = serde_json::to_string(&message).unwrap();
        self.deliver(&text).await
    }

    async fn deliver(&self, text: &str) -> bool {
        let delivery = Delivery {
            message_id: "m-1",
            receives: 1,
            deadline: Deadline::after(Duration::from_secs(20)),
        };
        apply(&self.app, Message { body: text, delivery }).await
    }

    fn generation(&self) -> i64 {
        let item = self.table.item("generation#fake");
        item.and_then(|item| item.get_number("generation")).unwrap_or_default()
    }

    fn told(&self) -> Vec<(String, Value)> {
        let told = self.bus.0.lock().unwrap();
        let told = told.iter().map(|event| {
            (event.detail_type.to_string(), serde_json::from_str(&event.detail).unwrap())
        });
        told.collect()
    }

    async fn activate(&self, key: Option<&str>, single: bool) -> Response<Body> {
        let event = match single {
            true => Event::post("/invoices/{id}/activate", "").parameter("id", "fake:1"),
            false => {
                let ids = json!({"invoiceIds": ["fake:2", "fake:1"]}).to_string();
                Event::post("/invoices/activate", &ids)
            }
        };
        let operator = [("sub", "ops"), ("scope", "invoices/write invoices/all")];
        let event = event.claims(&operator);
        let event = match key {
            Some(key) => event.header("idempotency-key", key),
            None => event,
        };
        let call = Call::new(event.request());
        let action = BulkAction::Activate;
        let (response, afterwards) = match single {
            true => call.answer(writing::one(&self.app, &call, action)).await,
            false => call.answer(writing::many(&self.app, &call, action)).await,
        };
        afterwards.run().await;
        response
    }
}

#[tokio::test]
async fn a_changed_invoice_has_listings_read_anew_and_is_told() {
    let rig = Rig::new();
    rig.provider.bring("1", Status::Active);
    assert!(rig.apply(Named::changed("1")).await);
    assert_eq!(rig.generation(), 1);
    let told = rig.told();
    let [(kind, event)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(kind, "Invoice Changed");
    assert_eq!(event["id"], "m-1:fake:1");
    assert_eq!(event["type"], "com.invoice-bridge.invoice.changed");
    assert_eq!(event["data"], json!({"id": "fake:1", "status": "active"}));
}

#[tokio::test]
async fn gone_is_told_only_where_the_provider_says_so_and_has_it_not() {
    let rig = Rig::new();
    rig.provider.take_away("1");
    assert!(rig.apply(Named::changed("1")).await);
    assert!(rig.apply(Named::changed("never-was")).await);
    assert!(rig.told().is_empty(), "nobody can tell that these were invoices");
    assert!(rig.apply(Named::gone("1")).await);
    assert!(rig.apply(Named::gone("2")).await);
    let kinds: Vec<String> = rig.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["Invoice Deleted", "Invoice Changed"], "what is there is not gone");
}

#[tokio::test]
async fn what_names_no_invoice_still_has_listings_read_anew() {
    let rig = Rig::new();
    assert!(rig.apply(Named::default()).await);
    assert_eq!((rig.generation(), rig.provider.asked()), (1, 0));
}

#[tokio::test]
async fn a_count_that_cannot_be_read_is_begun_anew() {
    for there in [Item::default(), Item::default().number("version", 7).text("moves", "many")] {
        let rig = Rig::new();
        rig.table.set("webhook#fake", there);
        assert!(rig.apply(Named::default()).await);
        assert_eq!(rig.generation(), 1);
        assert_eq!(rig.table.item("webhook#fake").unwrap().get_number("moves"), Some(1));
    }
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_again_by_the_queue() {
    let rig = Rig::new();
    for kind in [ErrorKind::Unreachable, ErrorKind::Timeout, ErrorKind::RateLimited] {
        rig.provider.fail(Some(kind));
        assert!(!rig.apply(Named::changed("1")).await, "{kind:?}");
    }
    assert_eq!(rig.generation(), 3, "something has changed, read or not");
    rig.provider.fail(None);
    assert!(rig.apply(Named::changed("1")).await);
    rig.table.fail(Some("webhook#"));
    assert!(!rig.apply(Named::changed("1")).await);
}

#[tokio::test]
async fn what_is_no_message_ends_among_the_dead_letters() {
    let rig = Rig::new();
    let later = r#"{"version": 2, "connection": "fake", "receivedAt": "2026-11-26T08:00:00Z", "changed": [], "gone": []}"#;
    for text in [
        "",
        "{}",
        later,
        r#"{"version": 1, "connection": "fake", "receivedAt": "2026-11-26T08:00:00Z", "changed": [], "gone": [], "x": 1}"#,
    ] {
        assert!(!rig.deliver(text).await, "{text}");
    }
    // A connection that was taken away since: there is nothing to bring up to date.
    let gone = r#"{"version": 1, "connection": "gone", "receivedAt": "2026-11-26T08:00:00Z", "changed": ["1"], "gone": []}"#;
    assert!(rig.deliver(gone).await);
    assert_eq!(rig.generation(), 0);
}

/// A burst moves the generation once at its beginning, and once a second after.
#[tokio::test]
async fn a_burst_moves_the_generation_once_a_second_and_at_its_end() {
    let rig = Rig::new();
    let began = std::time::Instant::now();
    let named = || Named::changed("1");
    let burst = async {
        for _ in 0..3 {
            join_all((0..100).map(|_| rig.apply(named()))).await;
        }
    };
    burst.await;
    let moves = u64::try_from(rig.generation()).unwrap();
    assert!(
        (1..=began.elapsed().as_secs() + 1).contains(&moves),
        "{moves} in {:?}",
        began.elapsed()
    );
    let before = rig.generation();
    assert!(rig.apply(named()).await);
    assert_eq!(rig.generation(), before + 1, "the last one counts, too");
}

#[tokio::test]
async fn a_count_whose_answer_was_lost_is_known_again_as_its_own() {
    let rig = Rig::new();
    rig.table.set("webhook#fake", Item::default().number("version", 1).number("moves", 4));
    rig.table.lose_answers(true);
    assert!(rig.apply(Named::changed("1")).await);
    assert_eq!(rig.table.item("webhook#fake").unwrap().get_number("moves"), Some(5));
    assert_ne!(rig.generation(), 0);
}

#[tokio::test]
async fn an_unknown_activation_is_settled_before_anybody_asks_again() {
    for (key, single) in [(Some("k"), true), (Some("k"), false), (None, true)] {
        let case = format!("{key:?} {single}");
        let rig = Rig::new();
        rig.provider.lose_writes(true);
        let first = rig.activate(key, single).await;
        let statuses = if single { 202 } else { 207 };
        assert_eq!(first.status().as_u16(), statuses, "{case}: {}", body(&first));
        // Not carried out yet: nothing is settled, and nobody is told so.
        assert!(rig.apply(Named::changed("1")).await, "{case}");
        assert!(!rig.told().iter().any(|(kind, _)| kind == "Invoice Activated"), "{case}");
        // The provider was at it still.
        rig.provider.bring("1", Status::Active);
        rig.provider.bring("2", Status::Active);
        let both = Named { changed: ["1", "2"].map(str::to_owned).into(), ..Named::default() };
        assert!(rig.apply(both.clone()).await, "{case}");
        let told: Vec<Value> = rig
            .told()
            .into_iter()
            .filter(|(kind, _)| kind == "Invoice Activated")
            .map(|(_, event)| event)
            .collect();
        assert_eq!(told.len(), if single { 1 } else { 2 }, "{case}: {told:?}");
        let audit =
            rig.table.keys().into_iter().find(|key| key.starts_with("audit#fake:1")).unwrap();
        let audit = rig.table.item(&audit).unwrap();
        assert_eq!(
            (audit.get_text("outcome"), audit.get_text("state")),
            (Some("applied"), Some("done")),
            "{case}"
        );
        assert_eq!(audit.get_text("settledBy"), Some("m-1"), "{case}");
        // Told once, however often the provider tells of it.
        assert!(rig.apply(both).await, "{case}");
        let again = rig.told().iter().filter(|(kind, _)| kind == "Invoice Activated").count();
        assert_eq!(again, told.len(), "{case}");
        let Some(_) = key else {
            assert!(!rig.table.keys().iter().any(|key| key.contains("claim")), "{case}");
            continue;
        };
        let asked = rig.provider.asked();
        let replayed = rig.activate(key, single).await;
        assert_eq!(replayed.status().as_u16(), 200, "{case}: {}", body(&replayed));
        assert_eq!(header(&replayed, "idempotency-replayed"), Some("true"), "{case}");
        assert_eq!(rig.provider.asked(), asked, "{case}: nobody is asked");
        let answer = body(&replayed);
        let lines = answer["results"].as_array().cloned().unwrap_or_else(|| vec![answer.clone()]);
        for line in &lines {
            assert_eq!(
                (&line["outcome"], &line["invoice"]["status"]),
                (&json!("applied"), &json!("active")),
                "{case}"
            );
        }
        assert_eq!(lines.len(), if single { 1 } else { 2 });
        assert_eq!(rig.provider.sent("1"), 1, "{case}");
    }
}

/// Whoever writes next does not wait until the provider cannot be at it any more.
#[tokio::test]
async fn others_may_write_at_once_when_an_unknown_write_is_settled() {
    let rig = Rig::new();
    rig.provider.lose_writes(true);
    rig.activate(Some("first"), true).await;
    let busy = rig.activate(Some("second"), true).await;
    assert_eq!(busy.status().as_u16(), 409, "{}", body(&busy));
    rig.provider.lose_writes(false);
    rig.provider.bring("1", Status::Active);
    assert!(rig.apply(Named::changed("1")).await);
    let other = rig.activate(Some("third"), true).await;
    assert_eq!((other.status().as_u16(), &body(&other)["outcome"]), (200, &json!("unchanged")));
}

/// The request reads the invoice itself; the webhook comes back once it has ended.
#[tokio::test]
async fn a_write_that_is_being_sent_is_left_to_its_request() {
    let rig = Rig::new();
    rig.provider.keep_silent(true);
    let arrived = async {
        while rig.provider.sent("1") == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = rig.activate(Some("k"), true) => panic!("answered: {:?}", body(&answer)),
        () = arrived => {}
    }
    assert!(!rig.apply(Named::changed("1")).await);
    assert!(!rig.told().iter().any(|(kind, _)| kind == "Invoice Activated"));
}

#[tokio::test]
async fn a_webhook_brings_the_copy_up_to_date() {
    let mut rig = Rig::new();
    let configured = CopiesConfiguration {
        connections: vec!["fake".parse().unwrap()],
        table_name: "copies".to_owned(),
        retention: Duration::from_secs(86_400),
    };
    let copies = Copies::new(::copies::testing::store().await, &configured);
    rig.app.copies = Some(copies.clone());
    let (mut since, mut told) = (Since { sequence: 0 }, Vec::new());
    rig.provider.bring("1", Status::Active);
    for named in [Named::changed("1"), Named::changed("1"), Named::gone("1")] {
        if !named.gone.is_empty() {
            rig.provider.take_away("1");
        }
        assert!(rig.apply(named).await);
        let read = copies.store.changes(&configured.connections[0], since, 9, true).await.unwrap();
        since = Since { sequence: read.up_to };
        told.extend(read.changes.into_iter().map(|change| {
            assert_eq!(change.cause, Cause::Provider);
            (change.kind, change.invoice.map(|invoice| invoice.status))
        }));
    }
    let active = Some(Status::Active);
    assert_eq!(told, [(ChangeKind::Created, active), (ChangeKind::Deleted, None)]);
}

/// An older one that was put off says nothing of the last.
#[tokio::test]
async fn the_moment_of_the_last_webhook_is_kept() {
    let (rig, fake) = (Rig::new(), "fake".parse().unwrap());
    assert_eq!(last_received(&rig.table, &fake).await.unwrap(), None);
    let [first, last] = ["2026-11-01T00:00:00Z", "2026-11-26T10:00:00Z"];
    for at in [last, first] {
        let at = at.parse().unwrap();
        let message = WebhookMessage::new(&fake, at, Named::changed("1"));
        assert!(rig.deliver(&serde_json::to_string(&message).unwrap()).await);
    }
    let kept = last_received(&rig.table, &fake).await.unwrap();
    assert_eq!(kept, Some(last.parse().unwrap()));
}
