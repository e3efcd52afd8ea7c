//! What is held, what is read again, and what a failure does to both.

mod load;
mod rotation;

use tokio::time::Instant;

use super::*;
use crate::secrets::StoreError;
use crate::testing::{FakeProvider, FakeStore, SECRET, opener, secret};

const ROOMY: Duration = Duration::from_secs(60);

fn two(store: &FakeStore) -> Connections {
    store.put("p/a", &secret());
    store.put("p/b", &secret());
    let open = opener([("a", Ok(FakeProvider::default())), ("b", Ok(FakeProvider::default()))]);
    let names = ["a", "b"].map(|name| name.parse().unwrap()).to_vec();
    Connections::new(names, "p/".into(), Box::new(store.clone()), open)
}

async fn open_all(connections: &Connections) -> Vec<Connection> {
    connections.open(&Scope::All, None, Deadline::after(ROOMY)).await
}

async fn first(connections: &Connections) -> Result<Arc<dyn Provider>, Problem> {
    open_all(connections).await.remove(0).provider
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_read_once_in_five_minutes() {
    let store = FakeStore::default();
    let connections = two(&store);
    let opened = open_all(&connections).await;
    assert!(opened.iter().all(|connection| connection.provider.is_ok()));
    assert_eq!(store.take_read(), ["p/a", "p/b"]);
    tokio::time::advance(HELD - Duration::from_secs(1)).await;
    open_all(&connections).await;
    assert!(store.take_read().is_empty());
    tokio::time::advance(Duration::from_secs(1)).await;
    open_all(&connections).await;
    assert_eq!(store.take_read(), ["p/a", "p/b"]);
}

#[tokio::test(start_paused = true)]
async fn only_what_is_wanted_is_read_and_only_what_is_usable_is_named() {
    let store = FakeStore::default();
    let connections = two(&store);
    let wanted = ["b".parse().unwrap(), "unknown".parse().unwrap()];
    let deadline = Deadline::after(ROOMY);
    let opened = connections.open(&Scope::All, Some(&wanted), deadline).await;
    assert_eq!(store.take_read(), ["p/b"]);
    let names: Vec<&str> = opened.iter().map(|connection| connection.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(opened[0].provider.is_err() && opened[1].provider.is_ok());
    let opened =
        connections.open(&Scope::Customers(["a:1".parse().unwrap()].into()), None, deadline).await;
    assert_eq!(opened.len(), 1);
    assert_eq!(store.take_read(), ["p/a"]);
}

#[tokio::test(start_paused = true)]
async fn a_rotated_secret_opens_the_connection_anew_and_the_same_one_does_not() {
    let store = FakeStore::default();
    let connections = two(&store);
    let before = first(&connections).await.unwrap();
    tokio::time::advance(HELD).await;
    let same = first(&connections).await.unwrap();
    assert!(Arc::ptr_eq(&before, &same));
    store.put("p/a", r#"{"provider": "fake", "apiKey": "rotated"}"#);
    tokio::time::advance(HELD).await;
    let after = first(&connections).await.unwrap();
    assert!(!Arc::ptr_eq(&before, &after));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_keeps_what_is_held_and_is_tried_again_soon() {
    let store = FakeStore::default();
    let connections = two(&store);
    let before = first(&connections).await.unwrap();
    for failure in [StoreError::Unreachable, StoreError::Refused("AccessDenied".into())] {
        tokio::time::advance(HELD).await;
        store.fail(Some(failure));
        store.take_read();
        assert!(Arc::ptr_eq(&before, &first(&connections).await.unwrap()));
        assert_eq!(store.take_read(), ["p/a", "p/b"]);
        first(&connections).await.unwrap();
        assert!(store.take_read().is_empty(), "not with every request");
        tokio::time::advance(TRIED_AGAIN).await;
        store.fail(None);
        first(&connections).await.unwrap();
        assert_eq!(store.take_read(), ["p/a", "p/b"]);
    }
    tokio::time::advance(HELD).await;
    store.put("p/a", "{");
    assert!(Arc::ptr_eq(&before, &first(&connections).await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_was_taken_away_closes_its_connection() {
    let store = FakeStore::default();
    let connections = two(&store);
    first(&connections).await.unwrap();
    store.remove("p/a");
    tokio::time::advance(HELD).await;
    let opened = open_all(&connections).await;
    assert_eq!(opened[0].provider.as_ref().err().unwrap().code, Code::ConnectionClosed);
    assert!(opened[1].provider.is_ok());
}

#[tokio::test(start_paused = true)]
async fn each_fails_on_its_own_says_what_is_wrong_and_is_tried_again_soon() {
    for (failure, code, says) in [
        (StoreError::Missing, Code::ConnectionClosed, "does not exist"),
        (StoreError::NotText, Code::ProviderCredentials, "is binary"),
        (
            StoreError::Refused("AccessDeniedException".into()),
            Code::ProviderCredentials,
            "may not be read (AccessDeniedException)",
        ),
        (StoreError::Unreachable, Code::Unavailable, "out of reach"),
    ] {
        let store = FakeStore::default();
        let connections = two(&store);
        store.fail(Some(failure));
        let problem = first(&connections).await.err().unwrap();
        assert_eq!(problem.code, code);
        let wait = (code == Code::Unavailable).then_some(15);
        assert_eq!(problem.retry_after, wait);
        assert!(problem.detail.contains("`a`") && problem.detail.contains(says), "{problem}");
        store.fail(None);
        store.take_read();
        assert!(first(&connections).await.is_err());
        assert!(store.take_read().is_empty(), "not with every request");
        tokio::time::advance(TRIED_AGAIN).await;
        assert!(first(&connections).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_faulty_secret_is_told_without_its_value() {
    let store = FakeStore::default();
    let connections = two(&store);
    store.put("p/a", &format!(r#"{{"apiKey": "{SECRET}""#));
    let opened = open_all(&connections).await;
    let problem = opened[0].provider.as_ref().err().unwrap();
    assert_eq!(problem.code, Code::ProviderCredentials);
    assert!(problem.detail.contains("`a`"), "{problem}");
    assert!(opened[1].provider.is_ok());
    let printed = format!("{problem:?} {connections:?}");
    assert!(!printed.contains(SECRET), "{printed}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_costs_no_more_than_the_time_there_is() {
    let store = FakeStore::default();
    let connections = two(&store);
    store.hang();
    let began = Instant::now();
    let problem = first(&connections).await.err().unwrap();
    assert_eq!(problem.code, Code::Unavailable);
    assert_eq!(began.elapsed(), ROOMY);
}
