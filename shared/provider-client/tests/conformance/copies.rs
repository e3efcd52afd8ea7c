//! The suite over connections of which a copy is kept: to whoever lists, a copy is a provider
//! like any other, and answers as the provider does.

use std::sync::Arc;
use std::time::Duration;

use api::ListQuery;
use copies::{CopyStore, Progress, Run, SyncedProvider};
use engine::listing::{AppliedBy, SourceOrigin, list};
use invoice::{Code, Scope};
use jiff::SignedDuration;
use provider_client::Deadline;

use super::questions::{self, World};
use super::subject::{self, Subject, soon};
use super::{identity, includes, pages, walks};

/// Questions drawn: fewer than are put to the providers, since each reads a table.
const CASES: u32 = 60;
const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Each connection with its copy, made by one complete run.
async fn synced(invoices: usize) -> Vec<Subject> {
    let store = copies::testing::store().await;
    let mut subjects = subject::all(invoices).await;
    for subject in &mut subjects {
        sync(subject, &store).await;
    }
    subjects
}

async fn sync(subject: &mut Subject, store: &CopyStore) {
    let connection = subject.connection();
    let deadline = Deadline::after(Duration::from_secs(300));
    let moved = || -> futures::future::BoxFuture<'_, ()> { Box::pin(async {}) };
    let run = Run {
        store,
        connection: &connection,
        owner: "test",
        retention: RETENTION,
        deadline,
        moved: &moved,
    };
    let progress = run.go_on().await.unwrap();
    let Progress::Complete(complete) = progress else { panic!("{subject}: {progress:?}") };
    assert_eq!(usize::try_from(complete.rows).unwrap(), subject.truth().len(), "{subject}");
    let states = store.sync_states(std::slice::from_ref(&connection.name)).await.unwrap();
    let facts = states[&connection.name].facts();
    assert!(facts.is_some());
    let (name, provider) = (connection.name, connection.provider.unwrap());
    subject.provider =
        Arc::new(SyncedProvider::new(name, provider, store.clone(), RETENTION, facts));
}

macro_rules! of_copies {
    ($($module:ident :: $function:ident,)*) => {$(
        #[tokio::test]
        async fn $function() {
            for subject in &synced(super::INVOICES).await {
                $module::$function(subject).await;
            }
        }
    )*};
}

of_copies! {
    pages::all_pages_of_all_parts_are_the_population_once,
    pages::each_part_of_each_plan_is_known_by_its_key,
    pages::a_page_begins_exactly_at_any_start,
    pages::customers_are_kept_apart,
    identity::get_gives_what_list_gives,
    includes::what_the_table_includes_is_there_and_all_else_is_null,
    includes::what_is_written_of_an_invoice_is_read_back_and_written_the_same,
    walks::drafts_that_are_activated_on_the_way_hide_no_other,
    walks::drafts_that_are_deleted_hide_no_other,
}

#[test]
fn any_question_is_answered_by_copies_as_by_their_providers() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(async { World::over(synced(questions::INVOICES).await).await });
    questions::any_question_over(&runtime, &world, CASES);
}

#[tokio::test]
async fn every_order_of_copies_gives_every_invoice_once() {
    let world = World::over(synced(questions::INVOICES).await).await;
    questions::every_order_over(&world).await;
}

/// Whatever can be asked of a provider's data, in pages of any size.
#[tokio::test]
async fn a_copy_says_that_it_answers_and_asks_nobody() {
    for subject in synced(40).await {
        let before = subject.calls();
        let query = ListQuery::parse("sort=-amount&status=draft,active&limit=7").unwrap();
        let connections = [subject.connection()];
        let listing = list(&connections, &query, &Scope::All, soon()).await.unwrap();
        let [source] = listing.sources.as_slice() else { panic!("{:?}", listing.sources) };
        assert_eq!(source.from, SourceOrigin::Copy, "{subject}");
        assert!(source.fetched_at.is_some(), "{subject}");
        let told = source.filters.values().chain(&source.sort);
        assert!(
            told.clone().all(|by| matches!(by, AppliedBy::Copy | AppliedBy::Absent)),
            "{source:?}"
        );
        assert_eq!(subject.calls(), before, "{subject}");
        let forged = ListQuery { cursor: Some("forged".to_owned()), ..query };
        let refused = list(&connections, &forged, &Scope::All, soon()).await.unwrap_err();
        assert_eq!(refused.code, Code::InvalidCursor);
    }
}
