use std::collections::BTreeSet;

use super::*;

/// A delivery's time that is enough for one step, and no more.
const ONE_STEP: u64 = 36;

#[tokio::test]
async fn a_month_end_of_any_size_is_handed_on_and_told_once() {
    let world = World::new(false);
    world.nue.add(ids(350), true);
    world.eu.add(ids(120), true);
    let dealt = world.deliver(&all_drafts(), 1, ONE_STEP).await.unwrap();
    assert_eq!(dealt, Dealt::Settled, "the rest is another message's");
    let handed_on = world.deliver_continuations(ONE_STEP).await;
    assert!(handed_on > 8, "{handed_on}: each step by a message of its own");
    for (account, count) in [(&world.nue, 350), (&world.eu, 120)] {
        let times = account.times();
        assert_eq!(times.len(), count);
        assert!(times.values().all(|times| *times == 1), "{times:?}");
    }
    let told = world.bus.told("Invoice Activated");
    let told_ids: BTreeSet<String> = told.iter().map(|one| one["id"].to_string()).collect();
    assert_eq!((told.len(), told_ids.len()), (470, 470));
    let completed = world.completed();
    let [completed] = completed.as_slice() else { panic!("{completed:?}") };
    assert_eq!(
        completed["data"]["summary"],
        json!({"applied": 470, "unchanged": 0, "rejected": 0, "unknown": 0})
    );
    assert_eq!(completed["data"]["connections"][0]["connection"], "eu");
    assert_eq!(completed["data"]["connections"][0]["summary"]["applied"], 120);
    // However often the message comes again, nothing more is done or told.
    assert_eq!(world.deliver(&all_drafts(), 2, 120).await.unwrap(), Dealt::Settled);
    assert_eq!((world.completed().len(), world.nue.times().len()), (1, 350));
}

#[tokio::test]
async fn what_is_refused_as_a_whole_is_told_once_and_nothing_is_sent() {
    for (body, pointer) in [
        (json!({"invoiceIds": ["nue:d00000"], "dryRun": true}), "/dryRun"),
        (json!({"invoiceIds": "all of them"}), "/invoiceIds"),
    ] {
        let world = World::new(false);
        world.nue.add(ids(1), true);
        for receives in 1..=MAX_RECEIVES {
            let problem = world.deliver(&body, receives, 120).await.unwrap_err();
            assert_eq!((problem.code, problem.retryable), (Code::InvalidRequest, false));
        }
        let told = world.bus.told("Invoice Activation Rejected");
        let [told] = told.as_slice() else { panic!("{pointer}: {told:?}") };
        assert_eq!(told["data"]["request"], "5c0b6a5e", "{pointer}");
        assert_eq!(told["data"]["problem"]["errors"][0]["pointer"], pointer);
        assert!(world.nue.times().is_empty(), "{pointer}");
        assert!(world.completed().is_empty(), "{pointer}");
    }
}

#[tokio::test]
async fn every_invoice_that_is_rejected_is_told_with_its_problem() {
    let world = World::new(false);
    world.nue.add(["a".to_owned(), "b".to_owned()], false);
    world.nue.add(["c".to_owned()], true);
    let body = named(&["a", "b", "c", "gone"]);
    assert_eq!(world.deliver(&body, 1, 120).await.unwrap(), Dealt::Settled);
    let told = world.bus.told("Invoice Activation Rejected");
    let [told] = told.as_slice() else { panic!("{told:?}") };
    let codes: Vec<(&str, &str, &str)> = told["data"]["invoices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |name: &str| one[name].as_str().unwrap();
            (text("id"), text("code"), text("detail"))
        })
        .collect();
    let why =
        |id| format!("invoice `{id}` is `draft` at Fake (for tests): activate is not possible now");
    assert_eq!(
        codes,
        [
            ("nue:a", "state_conflict", why("nue:a").as_str()),
            ("nue:b", "state_conflict", &why("nue:b")),
            ("nue:gone", "invoice_not_found", "there is no invoice `nue:gone`"),
        ]
    );
    assert_eq!(
        world.completed()[0]["data"]["summary"],
        json!({"applied": 1, "unchanged": 0, "rejected": 3, "unknown": 0})
    );
}

#[tokio::test]
async fn a_connection_that_fails_fails_alone_and_is_given_up_at_last() {
    let world = World::new(false);
    world.nue.add(ids(3), true);
    world.eu.add(ids(3), true);
    world.eu.held().down = true;
    for receives in 1..=MAX_RECEIVES {
        assert!(world.completed().is_empty(), "{receives}");
        let dealt = world.deliver(&all_drafts(), receives, 120).await.unwrap();
        assert_eq!(dealt, Dealt::Open, "it comes back, and is a dead letter at last");
        assert_eq!((world.nue.times().len(), world.eu.times().len()), (3, 0), "{receives}");
        world.pass(Duration::from_secs(720));
    }
    let first = world.completed();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0]["data"]["connections"][0]["status"], "failed");
    assert_eq!(first[0]["data"]["connections"][1]["status"], "completed");
    // A dead letter that is put back does the rest, and says so.
    world.eu.held().down = false;
    assert_eq!(world.deliver(&all_drafts(), 1, 120).await.unwrap(), Dealt::Settled);
    assert_eq!(world.eu.times().len(), 3);
    let both = world.completed();
    assert_eq!(both.len(), 2);
    assert_ne!(both[0]["id"], both[1]["id"]);
    assert_eq!(both[1]["data"]["summary"]["applied"], 6);
    assert_eq!(both[1]["data"]["connections"][0]["status"], "completed");
}

#[tokio::test]
async fn an_event_put_back_after_weeks_means_what_it_meant_at_first() {
    let world = World::new(false);
    world.nue.add(ids(2), true);
    world.nue.held().down = true;
    assert_eq!(world.deliver(&all_drafts(), 1, 120).await.unwrap(), Dealt::Open);
    world.nue.held().down = false;
    world.nue.add(["later".to_owned()], true);
    world.pass(28 * DAY);
    assert_eq!(world.deliver(&all_drafts(), 1, 120).await.unwrap(), Dealt::Settled);
    assert_eq!(world.nue.times().into_keys().collect::<Vec<_>>(), ids(2).collect::<Vec<_>>());
    // As long as any message can come back, all that it goes back to is there.
    let keys = world.table.keys();
    let kept = keys.iter().filter(|key| key.starts_with("idempotency#event#"));
    let now = world.clock.load(Ordering::SeqCst) / 1_000;
    for key in kept {
        let expires_at = world.table.item(key).unwrap().get_number("expiresAt").unwrap();
        assert!(expires_at > now, "{key}");
    }
}

#[tokio::test]
async fn a_continuation_can_ask_for_nothing_that_was_not_asked() {
    let world = World::new(false);
    world.nue.add(ids(1), true);
    world.eu.add(ids(1), true);
    assert_eq!(world.deliver(&named(&["gone"]), 1, 120).await.unwrap(), Dealt::Settled);
    let work = world.table.keys().into_iter().find_map(|key| {
        let name = key.strip_prefix("idempotency#event#")?;
        (!name.contains('#')).then(|| name.to_owned())
    });
    for forged in [
        json!({"work": work, "connection": "eu"}),
        json!({"work": "0".repeat(64), "connection": "nue"}),
        json!({"work": "..", "connection": "nue"}),
        json!({"filter": {"status": ["draft"]}}),
    ] {
        let asked = forged.to_string();
        let refused =
            on_continuation(&world.app, BulkAction::Activate, &asked, delivery("m", 1, 120));
        assert_eq!(refused.await.unwrap_err().code, Code::InvalidRequest, "{forged}");
    }
    assert!(world.nue.times().is_empty() && world.eu.times().is_empty());
}

#[tokio::test]
async fn the_audit_names_the_account_and_the_source_that_asked() {
    let world = World::new(false);
    world.nue.add(ids(1), true);
    world.deliver(&all_drafts(), 1, 120).await.unwrap();
    let audit = world.table.keys().into_iter().find(|key| key.starts_with("audit#")).unwrap();
    let audit = world.table.item(&audit).unwrap();
    assert_eq!(audit.get_text("callerSubject"), Some("000000000000/finance"));
}
