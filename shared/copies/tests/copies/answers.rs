//! The answers of a copy: what they say that it lacks, and where they lead nobody.

use std::time::Duration;

use api::ListQuery;
use copies::{CopyStore, Progress};
use engine::listing::{Listing, SourceOrigin, SourceStatus, list};
use invoice::{Problem, Scope};
use provider_client::provider::{Question, Reading, Start, View};
use provider_client::{Deadline, ErrorKind};

use copies::testing::account::Account;

const LONG: Duration = Duration::from_secs(60);

async fn copied(account: &Account) -> CopyStore {
    let store = copies::testing::store().await;
    let progress = account.sync(&store, "test").await.unwrap();
    assert!(matches!(progress, Progress::Complete(_)), "{progress:?}");
    store
}

async fn ask(account: &Account, store: &CopyStore, query: &str) -> Result<Listing, Problem> {
    let (connections, query) = ([account.synced(store).await], ListQuery::parse(query).unwrap());
    list(&connections, &query, &Scope::All, Deadline::after(LONG)).await
}

#[tokio::test]
async fn what_could_not_be_read_is_missing_from_the_copy_and_is_told() {
    let account = Account::of("made-up", 20);
    account.hold_unreadable(3);
    let store = copied(&account).await;
    for query in ["limit=5", "limit=5&sort=amount", "limit=5&sort=amount&status=draft"] {
        let listing = ask(&account, &store, query).await.unwrap();
        let source = &listing.sources[0];
        assert_eq!((source.from, source.status), (SourceOrigin::Copy, SourceStatus::Partial));
        assert_eq!(source.left_out.as_ref().unwrap().count, 3, "{query}");
        assert_eq!(listing.total, None, "{query}");
        let all = format!("{query}&require=all");
        assert!(ask(&account, &store, &all).await.is_err(), "{query}");
    }
    // The rows that the copy lacks may be this customer's: the provider knows.
    let listing = ask(&account, &store, "customerIds=made-up:c7&require=all").await;
    assert_eq!(listing.unwrap_err().code, invoice::Code::ProviderBadResponse);
    account.hold_unreadable(0);
    let listing = ask(&account, &store, "customerIds=made-up:c7&require=all").await.unwrap();
    assert_eq!((listing.sources[0].from, listing.data.len()), (SourceOrigin::Provider, 1));
    let store = copied(&account).await;
    let listing = ask(&account, &store, "limit=5&require=all").await.unwrap();
    assert_eq!(listing.sources[0].status, SourceStatus::Ok);
}

/// A cursor may be anybody's writing: it leads nobody through the rows of others.
#[tokio::test]
async fn a_place_among_anothers_rows_is_none_to_go_on_from() {
    let account = Account::of("made-up", 20);
    let store = copied(&account).await;
    let provider = account.synced(&store).await.provider.unwrap();
    let question = Question {
        customers: Some(["c7".to_owned()].into()),
        filter: ListQuery::default().filter,
        sort: None,
        view: View::default(),
        reading: Reading::Few(1),
    };
    let plan = provider.plan(&question).unwrap();
    let page = async |start: &Start| {
        provider.page(&question, &plan.parts[0], start, Deadline::after(LONG)).await
    };
    let first = page(&Start::default()).await.unwrap();
    assert_eq!(first.invoices.len(), 1);
    let own = first.stretch.unwrap().tokens.pop();
    assert!(page(&Start { token: own, skip: 0 }).await.is_ok());
    for elsewhere in [" ", "c1", "c8", "z"] {
        let start = Start { token: Some(elsewhere.to_owned()), skip: 0 };
        assert_eq!(page(&start).await.unwrap_err().kind, ErrorKind::InvalidStart, "{elsewhere}");
    }
}
