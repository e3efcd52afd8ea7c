//! What becomes of calls while a secret is rotated, with a provider that
//! accepts the keys the test says.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::future::join_all;
use invoice::{Invoice, Write};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::error::Fate;
use provider_client::provider::{
    After, Everything, Page, Part, PartOrder, Plan, Question, Reading, Start,
};
use provider_client::provider::{View, Written};
use provider_client::{Capabilities, ErrorKind, ProviderError};

use super::*;
use crate::testing::invoice;

/// What the provider accepts, and what it was asked.
#[derive(Default)]
struct Desk {
    accepted: Mutex<BTreeSet<String>>,
    /// Writes it has carried out.
    written: AtomicUsize,
    /// Calls, refused or not.
    calls: AtomicUsize,
}

impl Desk {
    fn accept(&self, keys: &[&str]) {
        *self.accepted.lock().unwrap() = keys.iter().map(|key| (*key).to_owned()).collect();
    }
}

/// The provider, opened with a key.
struct Keyed {
    key: String,
    desk: Arc<Desk>,
}

impl Keyed {
    fn error(kind: ErrorKind, fate: Fate) -> ProviderError {
        let error = ProviderError::new(kind, "fake", &"a".parse().unwrap(), "get", "refused");
        ProviderError { fate, ..error }
    }

    async fn enter(&self) -> Result<(), ProviderError> {
        self.desk.calls.fetch_add(1, Ordering::SeqCst);
        // Others come in between.
        tokio::task::yield_now().await;
        if self.desk.accepted.lock().unwrap().contains(&self.key) {
            return Ok(());
        }
        Err(Self::error(ErrorKind::Credentials, Fate::NotAccepted))
    }
}

#[async_trait]
impl Provider for Keyed {
    fn capabilities(&self) -> &'static Capabilities {
        FakeProvider::default().capabilities()
    }

    fn plan(&self, _: &Question) -> Result<Plan, ProviderError> {
        Ok(Plan::default())
    }

    async fn page(
        &self,
        _: &Question,
        _: &Part,
        _: &Start,
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        self.enter().await.map(|()| Page::default())
    }

    async fn get(&self, id: &str, _: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        // As where one invoice of many is another's: a refusal of its own.
        if id == "forbidden" {
            return Err(Self::error(ErrorKind::Credentials, Fate::NotAccepted));
        }
        self.enter().await.map(|()| invoice(&format!("a:{id}"), "a:customer"))
    }

    async fn complete(
        &self,
        invoices: Vec<Invoice>,
        _: &View,
        _: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        self.enter().await.map(|()| invoices)
    }

    async fn write(
        &self,
        write: &Write,
        _: &[Invoice],
        _: &SendKey,
        _: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        if matches!(write, Write::Delete) {
            self.desk.written.fetch_add(1, Ordering::SeqCst);
            return Err(Self::error(ErrorKind::Credentials, Fate::Unclear));
        }
        self.enter().await?;
        self.desk.written.fetch_add(1, Ordering::SeqCst);
        Ok(Vec::new())
    }
}

/// One connection, whose secret and whose provider the test turns.
struct Turning {
    store: FakeStore,
    desk: Arc<Desk>,
    connections: Connections,
}

impl Turning {
    fn new() -> Self {
        let (store, desk) = (FakeStore::default(), Arc::new(Desk::default()));
        let seen = desk.clone();
        let open: Open = Box::new(move |secret| {
            let mut fields = secret.reader();
            let key = fields.text("apiKey");
            fields.finish("http://localhost".parse().ok())?;
            Ok(Box::new(Keyed { key, desk: seen.clone() }))
        });
        let names = vec!["a".parse().unwrap()];
        let connections = Connections::new(names, "p/".into(), Box::new(store.clone()), open);
        let turning = Self { store, desk, connections };
        turning.put("old");
        turning.desk.accept(&["old"]);
        turning
    }

    fn put(&self, key: &str) {
        self.store.put("p/a", &format!(r#"{{"apiKey": "{key}"}}"#));
    }

    async fn opened(&self) -> Arc<dyn Provider> {
        first(&self.connections).await.unwrap()
    }

    fn reads(&self) -> usize {
        self.store.take_read().len()
    }

    fn calls(&self) -> usize {
        self.desk.calls.swap(0, Ordering::SeqCst)
    }
}

fn soon() -> Deadline {
    Deadline::after(ROOMY)
}

async fn get(provider: &Arc<dyn Provider>) -> Result<(), ErrorKind> {
    let got = provider.get("1", &View::default(), soon()).await;
    got.map(drop).map_err(|error| error.kind)
}

fn question() -> Question {
    Question {
        filter: Default::default(),
        customers: None,
        sort: None,
        view: View::default(),
        reading: Reading::Whole,
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_call_outlives_a_rotation() {
    let part = Part::of(&Everything, PartOrder::Own);
    let activate = Write::Activate { invoice_date: None, comment: None };
    let one = || vec![invoice("a:1", "a:customer")];
    for call in 0..6 {
        let turning = Turning::new();
        let provider = turning.opened().await;
        turning.put("new");
        turning.desk.accept(&["new"]);
        let view = View::default();
        let failed = match call {
            0 => provider.page(&question(), &part, &Start::default(), soon()).await.err(),
            1 => provider.get("1", &view, soon()).await.err(),
            2 => provider.complete(one(), &view, soon()).await.err(),
            3 => provider
                .write(&activate, &one(), &SendKey::from("test".to_owned()), soon())
                .await
                .err(),
            4 => {
                let got = provider.get_many(&["1", "2"], &view, soon()).await;
                assert_eq!(got.len(), 2);
                got.into_iter().find_map(Result::err)
            }
            _ => {
                let after = provider.after(&activate, &one(), Timestamp::now(), soon()).await;
                assert!(matches!(after[0], Ok(After::NotDone(_))));
                after.into_iter().find_map(Result::err)
            }
        };
        assert!(failed.is_none(), "{call}: {failed:?}");
        assert_eq!(turning.reads(), 2, "{call}: at first, and for the refusal");
        // It lasts: for this request, and for the next.
        turning.calls();
        assert_eq!(get(&provider).await, Ok(()));
        assert_eq!(get(&turning.opened().await).await, Ok(()));
        assert_eq!((turning.calls(), turning.reads()), (2, 0), "{call}");
    }
}

#[tokio::test(start_paused = true)]
async fn many_refused_at_once_cause_one_reading() {
    let turning = Turning::new();
    let provider = turning.opened().await;
    turning.put("new");
    turning.desk.accept(&["new"]);
    turning.reads();
    let outcomes = join_all((0..40).map(|_| get(&provider))).await;
    assert_eq!(outcomes, vec![Ok(()); 40]);
    assert_eq!(turning.reads(), 1);
    assert_eq!(turning.calls(), 80, "each once more");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_is_not_read_with_every_call() {
    let turning = Turning::new();
    turning.desk.accept(&["another"]);
    let provider = turning.opened().await;
    turning.reads();
    for _ in 0..20 {
        assert_eq!(get(&provider).await, Err(ErrorKind::Credentials));
    }
    assert_eq!((turning.reads(), turning.calls()), (1, 20), "no call is made again");
    tokio::time::advance(REFUSAL_STANDS).await;
    // By now it has been put right.
    turning.put("another");
    assert_eq!(get(&provider).await, Ok(()));
    assert_eq!(turning.reads(), 1);
}

/// The secret comes first and the provider later: until then the old one holds.
#[tokio::test(start_paused = true)]
async fn a_secret_that_comes_before_its_provider_knows_it_fails_nothing() {
    let turning = Turning::new();
    turning.opened().await;
    turning.put("new");
    tokio::time::advance(HELD).await;
    let provider = turning.opened().await;
    assert_eq!(get(&provider).await, Ok(()), "by the one before");
    let got = provider.get_many(&["1", "2"], &View::default(), soon()).await;
    assert!(got.iter().all(Result::is_ok));
    turning.desk.accept(&["new"]);
    assert_eq!(get(&provider).await, Ok(()));
    // Both refused is refused, by one attempt each.
    turning.desk.accept(&["another"]);
    turning.calls();
    assert_eq!(get(&provider).await, Err(ErrorKind::Credentials));
    assert_eq!(turning.calls(), 2);
    // Not for ever: with the next reading the one before is forgotten.
    tokio::time::advance(HELD).await;
    turning.desk.accept(&["old"]);
    assert_eq!(get(&turning.opened().await).await, Err(ErrorKind::Credentials));
}

#[tokio::test(start_paused = true)]
async fn what_is_read_and_cannot_be_used_leaves_the_refusal_standing() {
    let spoils: [fn(&Turning); 4] = [
        |turning| turning.store.put("p/a", r#"{"apiKey": 5}"#),
        |turning| turning.store.put("p/a", "{"),
        |turning| turning.store.fail(Some(StoreError::Unreachable)),
        |turning| turning.store.hang(),
    ];
    for spoil in spoils {
        let turning = Turning::new();
        let provider = turning.opened().await;
        turning.desk.accept(&["new"]);
        spoil(&turning);
        turning.reads();
        for _ in 0..5 {
            assert_eq!(get(&provider).await, Err(ErrorKind::Credentials));
        }
        assert_eq!(turning.reads(), 1, "nor is it read with every call");
        // It was held, and is not given up for what cannot be used.
        turning.desk.accept(&["old"]);
        assert_eq!(get(&turning.opened().await).await, Ok(()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_is_gone_after_a_refusal_closes_its_connection() {
    let turning = Turning::new();
    let provider = turning.opened().await;
    turning.desk.accept(&["new"]);
    turning.store.remove("p/a");
    turning.reads();
    for _ in 0..5 {
        assert_eq!(get(&provider).await, Err(ErrorKind::Credentials));
    }
    assert_eq!(turning.reads(), 1, "nor is it read with every call");
    turning.desk.accept(&["old"]);
    let problem = first(&turning.connections).await.err().unwrap();
    assert_eq!(problem.code, Code::ConnectionClosed);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_one_of_many_has_that_one_asked_again() {
    let turning = Turning::new();
    let provider = turning.opened().await;
    turning.put("new");
    turning.desk.accept(&["old", "new"]);
    let got = provider.get_many(&["1", "forbidden", "2"], &View::default(), soon()).await;
    let ids: Vec<_> = got.iter().map(|it| it.as_ref().ok().map(|it| it.id.id())).collect();
    assert_eq!(ids, [Some("1"), None, Some("2")]);
    assert_eq!(turning.calls(), 2, "what was answered is not asked again");
}

/// `Fate::Unclear`: it may have been done, whatever it says.
#[tokio::test(start_paused = true)]
async fn a_write_that_may_have_been_done_is_not_made_again() {
    let turning = Turning::new();
    let provider = turning.opened().await;
    turning.put("new");
    turning.desk.accept(&["new"]);
    let one = [invoice("a:1", "a:customer")];
    provider
        .write(&Write::Delete, &one, &SendKey::from("test".to_owned()), soon())
        .await
        .unwrap_err();
    assert_eq!(turning.desk.written.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_provider_outlives_the_connections_it_was_opened_by() {
    let turning = Turning::new();
    let provider = turning.opened().await;
    let Turning { desk, connections, .. } = turning;
    drop(connections);
    assert_eq!(get(&provider).await, Ok(()));
    desk.accept(&[]);
    assert_eq!(get(&provider).await, Err(ErrorKind::Credentials));
}
