//! Listings of connections whose secrets are gone.

use function_kit::connections::HELD;
use function_kit::testing::{FakeStore, configuration, connections, opener, secret};

use super::*;

/// A process with these connections, over what all processes share.
fn process(
    fakes: [(&'static str, FakeProvider); 2],
    store: &FakeStore,
    table: &FakeTable,
    seconds: &Arc<AtomicI64>,
) -> ListApp {
    let names = fakes.each_ref().map(|(name, _)| *name);
    let configuration = configuration(&names.join(","));
    let open = opener(fakes.map(|(name, fake)| (name, Ok(fake))));
    let connections = connections(&configuration, store.clone(), open);
    let ahead = seconds.clone();
    let clock = move || Timestamp::now() + SignedDuration::from_secs(ahead.load(Ordering::SeqCst));
    let mut app = ListApp::new(&configuration, connections, Arc::new(table.clone()));
    app.listings = app.listings.with_clock(clock);
    app
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_of_a_connection_ends_with_its_secret() {
    for query in ["", "sort=number"] {
        let (store, table, seconds) = (FakeStore::default(), FakeTable::default(), Arc::default());
        for name in ["nue", "fusebill"] {
            store.put(&format!("invoice-bridge/{name}"), &secret());
        }
        let (nue, fusebill) = (many("nue", 2), many("fusebill", 3));
        let fakes = || [("nue", nue.clone()), ("fusebill", fusebill.clone())];
        let app = process(fakes(), &store, &table, &seconds);
        let other = process(fakes(), &store, &table, &seconds);
        let ask =
            async |app: &ListApp, query: &str| answered(app, Event::get("/invoices", query)).await;
        let alone = format!("connection=nue&{query}");
        for query in [query, &alone] {
            assert_eq!(ask(&app, query).await.status(), 200, "{query}");
        }
        store.remove("invoice-bridge/nue");
        // Within the time for which a secret is held nobody knows.
        assert!(cache(&ask(&app, query).await).starts_with("hit"), "{query}");
        tokio::time::advance(HELD + Duration::from_secs(1)).await;
        seconds.fetch_add(61, Ordering::SeqCst);
        let problem = ask(&app, &alone).await;
        assert_eq!(problem.status(), 502, "{query}");
        assert_eq!(body(&problem)["code"], "connection_closed", "{query}");
        let beside = ask(&app, query).await;
        let ((source, of_nue), (_, of_other)) =
            (by_connection(&beside, "nue"), by_connection(&beside, "fusebill"));
        assert_eq!((&source["status"], of_nue, of_other), (&json!("failed"), 0, 3), "{query}");
        assert_eq!(source["problem"]["code"], "connection_closed");
        // The other is down as well: a whole answer that is kept has both.
        fusebill.fail(Some(ErrorKind::Unreachable));
        let (source, of_nue) = by_connection(&ask(&app, query).await, "nue");
        assert_eq!((&source["status"], of_nue), (&json!("failed"), 0), "{query}");
        fusebill.fail(None);
        // Put there by a process that does not know yet; not given by one that does.
        store.put("invoice-bridge/nue", &secret());
        assert_eq!(ask(&other, &alone).await.status(), 200);
        store.remove("invoice-bridge/nue");
        assert_eq!(ask(&app, &alone).await.status(), 502, "{query}");
        assert!(cache(&ask(&other, &alone).await).starts_with("hit"), "{query}");
    }
}
