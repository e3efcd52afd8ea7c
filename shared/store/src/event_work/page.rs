//! The invoices that a request selected, a page at a time.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use invoice::{ConnectionName, Reference};
use serde::{Deserialize, Serialize};

use super::{EventWorkStore, WorkError, WorkName, read};
use crate::table::{Changed, Condition, Item, PackedJson, Stored, Test, Unreadable, stored};

/// Pages read at the same time.
const SIDE_BY_SIDE: usize = 16;

stored! {
    /// A page, as it is kept.
    pub(super) struct StoredPage {
        /// The page.
        page: PackedJson<Page> = PAGE("page"),
    }
}

/// One page: what is done of it at once, and where the next one begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The invoices.
    pub invoices: Vec<Reference>,
    /// The cursor of the next page; none after the last.
    pub next: Option<String>,
}

fn key(name: &WorkName, connection: &ConnectionName, number: u32) -> String {
    format!("{}#{number}", name.key_of(connection))
}

fn page_of(item: Option<&Item>) -> Result<Page, WorkError> {
    let stored: Option<StoredPage> = read(item)?;
    Ok(stored.ok_or(Unreadable(StoredPage::PAGE.name()))?.page.0)
}

impl EventWorkStore {
    /// Keeps a page, unless there is one of that number. Returns the page that is
    /// there: what one try has selected, no later one selects otherwise.
    pub async fn keep_page(
        &self,
        name: &WorkName,
        connection: &ConnectionName,
        number: u32,
        page: Page,
    ) -> Result<Page, WorkError> {
        let item = self.item().and(StoredPage { page: PackedJson(page.clone()) }.into_item());
        let key = key(name, connection, number);
        match self.table.put(&key, item, &Condition::all([Test::Absent])).await? {
            Changed::Done => Ok(page),
            Changed::Refused(there) => page_of(there.as_ref()),
        }
    }

    /// A page that was selected.
    pub async fn page(
        &self,
        name: &WorkName,
        connection: &ConnectionName,
        number: u32,
    ) -> Result<Page, WorkError> {
        let item = self.table.get(&key(name, connection, number)).await?;
        page_of(item.as_ref())
    }

    /// The invoices of the first `pages` pages.
    pub async fn selected(
        &self,
        name: &WorkName,
        connection: &ConnectionName,
        pages: u32,
    ) -> Result<BTreeSet<Reference>, WorkError> {
        let reading = (0..pages).map(|number| self.page(name, connection, number));
        let pages = stream::iter(reading).buffered(SIDE_BY_SIDE);
        pages
            .try_fold(BTreeSet::new(), |mut all, page| async move {
                all.extend(page.invoices);
                Ok(all)
            })
            .await
    }
}
