use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{join, join_all};
use invoice::Code;
use serde_json::json;
use store::table::FakeTable;

use super::event::MAX_ENTRIES;
use super::outbox::Outbox;
use super::*;

/// A bus that takes what the test lets it take.
#[derive(Debug, Default)]
struct Bus {
    taken: Mutex<Vec<Event>>,
    behaviour: Mutex<Behaviour>,
    calls: AtomicUsize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Behaviour {
    #[default]
    Takes,
    /// Every first entry of a call is refused.
    RefusesOne,
    Down,
    Hangs,
}

#[async_trait]
impl EventBus for Bus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<usize>, BusError> {
        assert!((1..=MAX_ENTRIES).contains(&events.len()));
        self.calls.fetch_add(1, Ordering::SeqCst);
        let behaviour = *self.behaviour.lock().unwrap();
        let refused = match behaviour {
            Behaviour::Takes => vec![],
            Behaviour::RefusesOne if events.len() > 1 => vec![0],
            Behaviour::RefusesOne => vec![],
            Behaviour::Down => return Err(BusError("no route".into())),
            Behaviour::Hangs => return std::future::pending().await,
        };
        let taken = events.iter().enumerate().filter(|(place, _)| !refused.contains(place));
        self.taken.lock().unwrap().extend(taken.map(|(_, event)| event.clone()));
        Ok(refused)
    }
}

impl Bus {
    fn behaves(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// The ids of the events taken.
    fn ids(&self) -> Vec<String> {
        let id = |event: &Event| {
            let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
            detail["id"].as_str().unwrap().to_owned()
        };
        self.taken.lock().unwrap().iter().map(id).collect()
    }
}

fn publisher(bus: &Arc<Bus>, table: &FakeTable) -> Publisher {
    let outbox = Outbox::new(Arc::new(table.clone()), "activate");
    Publisher::new(bus.clone(), outbox, Arc::new(publisher::NextLook::default()))
}

fn result(id: &str, outcome: Outcome) -> WriteResult {
    WriteResult {
        id: id.parse().unwrap(),
        outcome,
        status: Some(Status::Active),
        new_id: Some("fusebill:9".parse().unwrap()),
        invoice: None,
        problem: None,
    }
}

fn applied(count: usize) -> Vec<Event> {
    let results: Vec<WriteResult> =
        (0..count).map(|id| result(&format!("nue:{id}"), Outcome::Applied)).collect();
    events(Action::Delete, &results, "r")
}

#[test]
fn only_what_was_applied_is_told() {
    let all = [Outcome::Applied, Outcome::Unchanged, Outcome::Rejected, Outcome::Unknown];
    let results: Vec<WriteResult> = all.map(|one| result("fusebill:draft.7", one)).into();
    let told = events(Action::Activate, &results, "owner-1");
    let [event] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(event.detail_type, "Invoice Activated");
    let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(detail["specversion"], "1.0");
    assert_eq!(detail["type"], "com.invoice-bridge.invoice.activated");
    assert_eq!(detail["subject"], "fusebill:draft.7");
    assert_eq!(detail["id"], "owner-1:fusebill:draft.7");
    assert_eq!(detail["data"]["newId"], "fusebill:9");
}

#[test]
fn one_invoice_is_told_once_and_by_its_own_name() {
    let asked = |id: &str| {
        let invoice = invoice::Invoice::unknown(
            "nue:ab-c1".parse().unwrap(),
            "nue",
            invoice::Direction::Receivable,
        );
        let (new_id, invoice) = (None, Some(Box::new(invoice)));
        WriteResult { new_id, invoice, ..result(id, Outcome::Applied) }
    };
    let results = [asked("nue:AB-C1"), asked("nue:ab-c1")];
    let events = events(Action::Activate, &results, "r");
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(
        (&detail["subject"], &detail["data"]["id"]),
        (&"nue:ab-c1".into(), &"nue:ab-c1".into())
    );
}

#[tokio::test(start_paused = true)]
async fn entries_that_are_refused_singly_are_put_again() {
    let (bus, table) = (Arc::new(Bus::default()), FakeTable::default());
    bus.behaves(Behaviour::RefusesOne);
    publisher(&bus, &table).publish(applied(2), BUDGET).await;
    assert_eq!(bus.ids(), ["r:nue:1", "r:nue:0"]);
    assert_eq!(table.keys(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_never_answers_takes_its_budget_and_no_more() {
    for behaviour in [Behaviour::Hangs, Behaviour::Down] {
        let (bus, table) = (Arc::new(Bus::default()), FakeTable::default());
        bus.behaves(behaviour);
        let publisher = publisher(&bus, &table);
        let began = tokio::time::Instant::now();
        publisher.publish(applied(95), BUDGET).await;
        assert!(began.elapsed() <= BUDGET, "{behaviour:?}");
        assert_eq!(table.keys(), ["outbox#activate"], "{behaviour:?}");
        assert!(bus.ids().is_empty());
        // A later call empties it, whatever it has to tell itself.
        bus.behaves(Behaviour::Takes);
        publisher.publish(Vec::new(), BUDGET).await;
        assert_eq!(bus.ids().len(), 95, "{behaviour:?}");
        assert_eq!(table.keys(), Vec::<String>::new(), "{behaviour:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_in_the_outbox_is_found_by_another_process() {
    let (bus, table) = (Arc::new(Bus::default()), FakeTable::default());
    bus.behaves(Behaviour::Down);
    publisher(&bus, &table).publish(applied(3), BUDGET).await;
    publisher(&bus, &table).publish(applied(4), BUDGET).await;
    bus.behaves(Behaviour::Takes);
    let successor = publisher(&bus, &table);
    successor.publish(Vec::new(), BUDGET).await;
    let mut ids = bus.ids();
    ids.sort_unstable();
    assert_eq!(ids, ["r:nue:0", "r:nue:0", "r:nue:1", "r:nue:1", "r:nue:2", "r:nue:2", "r:nue:3"]);
    // Then it trusts for a while that there is nothing, and asks nobody.
    let reads = table.reads();
    successor.publish(Vec::new(), BUDGET).await;
    assert_eq!(table.reads(), reads);
    tokio::time::advance(Duration::from_secs(61)).await;
    successor.publish(Vec::new(), BUDGET).await;
    assert_eq!(table.reads(), reads + 1);
}

#[tokio::test(start_paused = true)]
async fn an_outbox_whose_revision_cannot_be_read_is_filled_and_emptied_all_the_same() {
    let (bus, table) = (Arc::new(Bus::default()), FakeTable::default());
    let unread = || {
        let item = table.item("outbox#activate").unwrap();
        table.set("outbox#activate", item.text("revision", "else"));
    };
    bus.behaves(Behaviour::Down);
    publisher(&bus, &table).publish(applied(1), BUDGET).await;
    unread();
    publisher(&bus, &table).publish(applied(2), BUDGET).await;
    unread();
    bus.behaves(Behaviour::Takes);
    publisher(&bus, &table).publish(Vec::new(), BUDGET).await;
    assert!(bus.ids().ends_with(&["r:nue:0".to_owned(), "r:nue:1".to_owned()]));
    assert_eq!(table.item("outbox#activate"), None);
}

/// A bus that is down is down for all that write at once.
#[tokio::test(start_paused = true)]
async fn of_many_that_fill_the_outbox_at_once_each_keeps_its_events() {
    let table = FakeTable::default();
    table.slow_down(Duration::from_millis(10));
    let outbox = Outbox::new(Arc::new(table.clone()), "activate");
    let putting = (0..8).map(|id| {
        let results = [result(&format!("nue:{id}"), Outcome::Applied)];
        outbox.put(events(Action::Delete, &results, "r"))
    });
    for put in join_all(putting).await {
        put.unwrap();
    }
    assert_eq!(outbox.waiting().await.unwrap().len(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_outbox_whose_answer_was_lost_is_done() {
    let table = FakeTable::default();
    table.lose_answers(true);
    let outbox = Outbox::new(Arc::new(table.clone()), "activate");
    let events = applied(2);
    outbox.put(events.clone()).await.unwrap();
    outbox.remove(&events[..1]).await.unwrap();
    assert_eq!(outbox.waiting().await.unwrap(), events[1..]);
    outbox.remove(&events).await.unwrap();
    assert_eq!(table.item("outbox#activate"), None);
}

#[tokio::test(start_paused = true)]
async fn an_outbox_that_was_emptied_and_filled_in_between_is_not_put_over() {
    let table = FakeTable::default();
    let outbox = Outbox::new(Arc::new(table.clone()), "activate");
    let [old, slow, new] = ["old", "slow", "new"]
        .map(|id| events(Action::Delete, &[result(&format!("nue:{id}"), Outcome::Applied)], "r"));
    outbox.put(old.clone()).await.unwrap();
    table.slow_down(Duration::from_millis(100));
    let in_between = async {
        // The slow one has read, and its put is on its way.
        tokio::time::sleep(Duration::from_millis(150)).await;
        table.slow_down(Duration::ZERO);
        outbox.remove(&old).await.unwrap();
        outbox.put(new.clone()).await.unwrap();
    };
    let (put, ()) = join(outbox.put(slow.clone()), in_between).await;
    put.unwrap();
    assert_eq!(outbox.waiting().await.unwrap(), [new, slow].concat());
}

#[test]
fn a_rejection_names_references_and_codes_and_nothing_else() {
    let fault = invoice::Fault {
        pointer: "/invoiceIds".into(),
        code: Code::InvalidRequest,
        detail: "expected an array, not \"Jane Doe\"".into(),
    };
    let problem = invoice::Problem::of_faults(Code::InvalidRequest, vec![fault]);
    let of_request =
        Rejected { request: "e-1", problem: Some(&problem), part: "all", ..Rejected::default() };
    let told = rejected(&of_request);
    let [event] = told.as_slice() else { panic!("{told:?}") };
    let detail: serde_json::Value = serde_json::from_str(&event.detail).unwrap();
    assert_eq!(
        detail["data"].to_string(),
        r#"{"problem":{"code":"invalid_request","errors":[{"code":"invalid_request","pointer":"/invoiceIds"}]},"request":"e-1"}"#
    );
    assert_eq!(rejected(&Rejected::default()), []);
}

#[test]
fn a_rejected_invoice_is_told_in_our_words_and_never_the_providers() {
    let problem = invoice::Problem::new(Code::StateConflict, "only a Ready draft can be posted");
    let connection = "nue".parse().unwrap();
    let said = provider_client::ProviderError::new(
        provider_client::ErrorKind::Rejected,
        "nue",
        &connection,
        "activate",
        "Jane Doe's invoice",
    );
    let told = [problem, invoice::Problem::from(&said)].map(|problem| {
        let one = RejectedInvoice::new("nue:a".parse().unwrap(), &problem);
        serde_json::to_value(one).unwrap()
    });
    let words = "only a Ready draft can be posted";
    assert_eq!(told[0], json!({"id": "nue:a", "code": "state_conflict", "detail": words}));
    assert!(told[1].get("detail").is_none(), "{}", told[1]);
}

#[test]
fn many_rejections_are_told_in_events_that_fit() {
    let long = "x".repeat(200);
    let invoices = (0..1_000).map(|id| RejectedInvoice {
        id: format!("nue:{id}{long}").parse().unwrap(),
        code: Code::StateConflict,
        detail: Some("\"".repeat(300)),
    });
    let all =
        Rejected { request: "e-1", part: "0", invoices: invoices.collect(), ..Rejected::default() };
    let told = rejected(&all);
    assert!(told.len() > 1 && told.iter().all(|event| event.detail.len() < 250 * 1024));
    let told: usize = told
        .iter()
        .map(|event| serde_json::from_str::<serde_json::Value>(&event.detail).unwrap())
        .map(|detail| detail["data"]["invoices"].as_array().unwrap().len())
        .sum();
    assert_eq!(told, 1_000);
}
