//! Walks from page to page, over servers whose pages are not what is asked for, and
//! while what is listed changes.

use std::collections::{BTreeMap, BTreeSet};

use api::ListQuery;
use engine::listing::{Listing, list};
use invoice::{Code, Problem, Scope, Write};
use jiff::Timestamp;
use provider_client::Holds;
use provider_client::SendKey;
use provider_client::provider::After;
use sandbox::{FaultKind, ProviderKind};

use super::subject::{Subject, soon};

/// Every page of `asked` to the end; `after` is done after each. How often each
/// invoice was shown.
async fn walk(
    subject: &Subject,
    asked: &str,
    mut after: impl AsyncFnMut(&Listing),
) -> Result<BTreeMap<String, usize>, Problem> {
    let connections = [subject.connection()];
    let mut query = ListQuery::parse(asked).unwrap();
    let mut shown = BTreeMap::new();
    for _ in 0..500 {
        let listing = list(&connections, &query, &Scope::All, soon()).await?;
        for invoice in &listing.data {
            *shown.entry(invoice.id.id().to_owned()).or_insert(0) += 1;
        }
        after(&listing).await;
        query.cursor = listing.next_cursor;
        if query.cursor.is_none() {
            return Ok(shown);
        }
    }
    panic!("{subject}: the walk does not end");
}

const ASKED: [&str; 4] =
    ["limit=7", "limit=60", "sort=amount&limit=200", "sort=-invoiceDate&limit=20"];

/// A page that is shorter than asked ends nothing.
pub async fn a_server_that_caps_its_pages_is_read_to_its_end(subject: &Subject) {
    let population: BTreeSet<String> = subject.truth().into_keys().collect();
    subject.fail_always(FaultKind::CappedPages);
    for asked in ASKED {
        let shown = walk(subject, asked, async |listing| {
            let count = u64::try_from(population.len()).unwrap();
            assert!(listing.total.is_none_or(|total| total == count), "{subject} {asked}");
        });
        let shown = shown.await.unwrap();
        assert!(shown.values().all(|times| *times == 1), "{subject} {asked}");
        assert_eq!(shown.into_keys().collect::<BTreeSet<_>>(), population, "{subject} {asked}");
    }
}

/// What is announced and cannot be had is a failure; where nothing is announced,
/// all that there is is listed.
pub async fn a_server_that_announces_more_than_it_holds_fails(subject: &Subject) {
    let population = subject.truth().len();
    let announces = matches!(
        subject.kind,
        ProviderKind::Fusebill | ProviderKind::Finexio | ProviderKind::Stripe
    );
    subject.fail_always(FaultKind::AnnouncedMore);
    for asked in ASKED {
        let outcome = walk(subject, asked, async |_| ()).await;
        match outcome {
            Err(problem) => {
                assert!(announces, "{subject} {asked}: {problem}");
                assert_eq!(problem.code, Code::ProviderBadResponse, "{subject} {asked}");
            }
            Ok(shown) => {
                assert!(!announces, "{subject} {asked} is cut short without a word");
                assert_eq!(shown.len(), population, "{subject} {asked}");
            }
        }
    }
}

/// The listing is whole, or it fails: never short, never twice, never without end.
pub async fn a_server_that_repeats_a_page_for_ever_fails(subject: &Subject) {
    let population = subject.truth().len();
    subject.fail_always(FaultKind::SamePage);
    for asked in ASKED {
        let mut shown = BTreeMap::new();
        let outcome = walk(subject, asked, async |listing| {
            for invoice in &listing.data {
                *shown.entry(invoice.id.to_string()).or_insert(0) += 1;
            }
        });
        let outcome = outcome.await;
        assert!(shown.values().all(|times| *times == 1), "{subject} {asked}: shown twice");
        match outcome {
            Ok(shown) => assert_eq!(shown.len(), population, "{subject} {asked}"),
            Err(problem) => {
                assert_eq!(problem.code, Code::ProviderBadResponse, "{subject} {asked}");
            }
        }
    }
}

/// Each page of drafts is activated, wholly or every second, before the next is
/// asked for: those that are left move toward the beginning, the last of a page and
/// all of it may be gone.
pub async fn drafts_that_are_activated_on_the_way_hide_no_other(subject: &Subject) {
    let activate = Write::Activate { invoice_date: None, comment: None };
    drafts_that_go_hide_no_other(subject, &activate, "status=draft").await;
}

/// The same of drafts that are deleted, which nothing can be gone on from any more:
/// among drafts, and where others stay that are listed with them.
pub async fn drafts_that_are_deleted_on_the_way_hide_no_other(subject: &Subject) {
    if subject.capabilities().write(invoice::Action::Delete).is_none() {
        return;
    }
    drafts_that_are_deleted_hide_no_other(subject).await;
    let assumptions = subject.provider.assumptions().unwrap().all();
    let resumed = assumptions.iter().find(|(one, _)| one.name == "deleted cursor");
    assert!(resumed.is_none_or(|(_, holds)| *holds == Holds::Yes), "{subject} went on otherwise");
}

/// The walk among drafts that are deleted, wherever its pages are from.
pub async fn drafts_that_are_deleted_hide_no_other(subject: &Subject) {
    drafts_that_go_hide_no_other(subject, &Write::Delete, "status=draft").await;
    drafts_that_go_hide_no_other(subject, &Write::Delete, "status=draft,canceled").await;
}

async fn drafts_that_go_hide_no_other(subject: &Subject, write: &Write, which: &str) {
    if subject.capabilities().write(write.action()).is_none() {
        return;
    }
    for (paged, every) in [
        ("limit=3", 1),
        ("limit=4", 2),
        ("limit=3&sort=-invoiceDate", 1),
        ("limit=4&sort=invoiceDate", 2),
        ("limit=4&sort=-createdAt", 2),
    ] {
        let asked = &format!("{which}&{paged}");
        let begun = walk(subject, &format!("{which}&limit=200"), async |_| ()).await.unwrap();
        if every == 1 && !asked.contains("sort") {
            assert!(begun.len() > 8, "{subject} has too few drafts for this");
        }
        let shown = walk(subject, asked, async |listing| {
            let can = |it: &&invoice::Invoice| subject.provider.refusal(write, it).is_none();
            // Not all at once: some are left for the questions that follow. The last of
            // a page is what its cursor may name.
            for invoice in listing.invoices().rev().filter(can).step_by(every).take(2) {
                let one = std::slice::from_ref(invoice);
                let key = SendKey::from(format!("{} of {}", write.action().word(), invoice.id));
                let since = Timestamp::now();
                let written = subject.provider.write(write, one, &key, soon()).await.unwrap();
                // As whoever writes: what the answer does not show is read.
                if !written.iter().any(|written| write.is_shown_by(&written.invoice)) {
                    let after = subject.provider.after(write, one, since, soon()).await;
                    assert!(
                        matches!(after.as_slice(), [Ok(After::Done(_))]),
                        "{subject} {after:?}"
                    );
                }
            }
        });
        let shown = shown.await.unwrap();
        let missed: Vec<_> = begun.keys().filter(|id| !shown.contains_key(*id)).collect();
        assert!(missed.is_empty(), "{subject} {asked}: never shown: {missed:?}");
        assert!(shown.values().all(|times| *times == 1), "{subject} {asked}: shown twice");
    }
}
