use std::time::Instant;

use function_kit::testing::Event as Request;

use super::*;

/// Delivers the event to a function that is killed while a write is at the
/// provider.
async fn killed(world: &World, receives: u32) {
    let body = all_drafts();
    tokio::select! {
        dealt = world.deliver(&body, receives, 120) => panic!("{dealt:?}"),
        () = world.nue.1.notified() => {}
    }
}

#[tokio::test]
async fn killed_twice_on_the_way_each_is_written_once_and_told() {
    let world = World::new(false);
    world.nue.add(ids(450), true);
    for (receives, hangs_after) in [(1, 150), (2, 310)] {
        world.nue.held().hangs_after = Some(hangs_after);
        killed(&world, receives).await;
        // Until nobody can be at it any more, nobody else is; and then whoever
        // was at it has been given up by all.
        assert_eq!(world.deliver(&all_drafts(), receives, 120).await.unwrap(), Dealt::Open);
        world.pass(Duration::from_secs(720));
    }
    assert_eq!(world.deliver(&all_drafts(), 3, 120).await.unwrap(), Dealt::Settled);
    let times = world.nue.times();
    assert_eq!(times.len(), 450);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let completed = world.completed();
    assert_eq!(completed.len(), 1);
    assert_eq!(completed[0]["data"]["summary"]["applied"], 450, "{completed:?}");
    assert_eq!(world.bus.told("Invoice Activated").len(), 450);
}

#[tokio::test]
async fn another_message_leaves_the_work_to_the_one_that_is_at_it() {
    let world = World::new(false);
    world.nue.add(ids(5), true);
    world.nue.held().hangs_after = Some(1);
    killed(&world, 1).await;
    let body = all_drafts().to_string();
    let event = EventRequest {
        id: "5c0b6a5e",
        account: "000000000000",
        source: "finance",
        kind: "Invoice Activation Requested",
        body: &body,
    };
    let other = on_event(&world.app, BulkAction::Activate, event, delivery("m-2", 1, 120)).await;
    assert_eq!(other.unwrap(), Dealt::Settled);
    assert!(world.completed().is_empty());
    world.pass(Duration::from_secs(720));
    assert_eq!(world.deliver(&all_drafts(), 2, 120).await.unwrap(), Dealt::Settled);
    assert_eq!(world.completed().len(), 1);
}

#[tokio::test]
async fn a_bus_that_never_answers_delays_no_answer_and_loses_nothing() {
    let world = World::new(true);
    world.nue.add(ids(95), true);
    let all: Vec<String> = ids(95).map(|id| format!("nue:{id}")).collect();
    let request = Request::get("/invoices/activate", "")
        .method("POST")
        .claims(&[("sub", "ops"), ("scope", "invoices/write invoices/all")])
        .body(&json!({ "invoiceIds": all }).to_string());
    let began = Instant::now();
    let write = &world.app.write;
    let (response, afterwards) = crate::FUNCTION.answer(write, request.request()).await;
    assert_eq!(response.status(), 200);
    assert!(began.elapsed() < BUDGET, "{:?}", began.elapsed());
    assert_eq!(world.nue.times().len(), 95);
    afterwards.run().await;
    assert!(world.table.keys().contains(&"outbox#activate".to_owned()));
}
