//! What is kept of connections beside whole answers, so that one which is down
//! does not take its invoices with it, and one that must be read whole is not
//! read whole again for every page of a walk.

use api::ListQuery;
use async_trait::async_trait;
use invoice::ConnectionName;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use provider_client::provider::{Part, PartKey, Question, Start};

/// Where what was read of connections is kept. It fails by keeping nothing.
#[async_trait]
pub trait PageCache: Send + Sync {
    /// Now, by its clock.
    fn now(&self) -> Timestamp;

    /// What is kept under this name: only what is fresh, or whatever there is.
    async fn find(&self, name: &PageKey, fresh: bool) -> Option<CachedPage>;

    /// Whether it would keep what has this name: it is written down only then.
    fn wants(&self, name: &PageKey) -> bool;

    /// Puts what was read now under this name. It may be kept later, or not at
    /// all.
    fn put(&self, name: PageKey, page: CachedPage);
}

/// What something is kept under. It names customers: for hashing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PageKey {
    /// Whose invoices they are.
    pub connection: ConnectionName,
    /// What of them it is.
    pub kind: PageKind,
    /// What was asked, and where in it.
    pub question: String,
}

/// What something in the page cache is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PageKind {
    /// One page of a provider.
    Page,
    /// All that answers, of a connection that had to be read whole.
    Whole,
}

/// Something that is kept, and when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedPage {
    /// When its provider was asked.
    pub fetched_at: Timestamp,
    /// The page, as JSON.
    pub text: String,
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoPageCache;

#[async_trait]
impl PageCache for NoPageCache {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn find(&self, _: &PageKey, _: bool) -> Option<CachedPage> {
        None
    }

    fn wants(&self, _: &PageKey) -> bool {
        false
    }

    fn put(&self, _: PageKey, _: CachedPage) {}
}

impl PageKey {
    /// The page of a part that begins at `start`.
    pub(super) fn page(
        connection: &ConnectionName,
        question: &Question,
        part: &Part,
        start: &Start,
    ) -> Self {
        let place = (part.key(), start);
        Self::new(connection, PageKind::Page, question, &place)
    }

    /// All of these parts that answers. What does is not judged again when it is found: a
    /// search finds less for a caller who is not shown comments.
    pub(super) fn whole(
        connection: &ConnectionName,
        question: &Question,
        parts: &[Part],
        shows_comments: bool,
    ) -> Self {
        let parts: Vec<&PartKey> = parts.iter().map(Part::key).collect();
        Self::new(connection, PageKind::Whole, question, &(parts, shows_comments))
    }

    /// But for what `place` says, the caller's scope stands in the customers meant alone.
    fn new(
        connection: &ConnectionName,
        kind: PageKind,
        question: &Question,
        place: &impl Serialize,
    ) -> Self {
        let mut filter = question.filter.clone();
        (filter.connections, filter.customer_ids) = (None, None);
        let (sort, includes) = (question.sort, question.view.includes.clone());
        let asked = ListQuery { filter, sort, includes, ..ListQuery::default() }.canonical();
        let reading = format!("{:?}", question.reading);
        let question = (asked, reading, &question.customers, place);
        // Texts and numbers alone: writing them cannot fail.
        let question = serde_json::to_string(&question).unwrap_or_default();
        Self { connection: connection.clone(), kind, question }
    }
}

impl CachedPage {
    pub(super) fn of(fetched_at: Timestamp, value: &impl Serialize) -> Option<Self> {
        Some(Self { fetched_at, text: serde_json::to_string(value).ok()? })
    }

    /// None where it was written by another version.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        invoice::json::read(&self.text).ok()
    }
}
