//! What is kept of connections beside whole answers: pages, for when one of
//! several connections is down, and whole readings, for the next page of a walk.
//!
//! It costs what it writes, so it writes little: when the answer is of several
//! connections (of one, the answer itself is enough) and this process has not
//! just kept the same; and a whole reading when somebody goes on from page to
//! page.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use engine::listing::{CachedPage, PageCache, PageKey, PageKind};
use function_kit::connections::Connections;
use futures::future::join_all;
use jiff::Timestamp;
use provider_client::Deadline;
use store::listing_cache::{Entry, Generations, ListingCache, ListingKey, Packed};

use super::ListRequest;
use crate::breaker::CacheBreaker;
use crate::recent::Recent;

/// The pages of one request.
pub(super) struct StoredPages {
    connections: Connections,
    listings: ListingCache,
    breaker: Arc<CacheBreaker>,
    recent: Arc<Recent>,
    deadline: Deadline,
    /// Found before any provider was asked; none where the cache is left out.
    generations: Option<Generations>,
    /// Whether the caller takes nothing that is kept.
    reads_past: bool,
    /// Whether nothing that is read may be kept.
    no_store: bool,
    is_walk: bool,
    put: Mutex<Vec<(PageKey, CachedPage)>>,
}

impl StoredPages {
    pub fn of(asked: &ListRequest<'_>, generations: Option<Generations>) -> Self {
        Self {
            connections: asked.app.connections.clone(),
            listings: asked.app.listings.clone(),
            breaker: asked.app.breaker.clone(),
            recent: asked.app.recent.clone(),
            deadline: asked.call.deadline(),
            generations,
            reads_past: asked.directives.reads_past,
            no_store: asked.directives.no_store,
            is_walk: asked.query.cursor.is_some(),
            put: Mutex::default(),
        }
    }

    /// Keeps what was put on it.
    pub async fn keep(&self) {
        let put = std::mem::take(&mut *self.put.lock().unwrap_or_else(PoisonError::into_inner));
        let keeping = put.iter().filter_map(|(name, page)| {
            let entry = Entry {
                fetched_at: page.fetched_at,
                tag: String::new(),
                next: None,
                sources: String::new(),
                body: Packed::new(page.text.as_bytes())?,
            };
            let generations = self.generations.as_ref()?.only(&name.connection)?;
            let key = key(name);
            Some(async move {
                let keeping = self.listings.keep(&key, &entry, &generations);
                if self.breaker.within("keep a part", self.deadline, keeping).await == Some(true) {
                    self.recent.note(key);
                }
            })
        });
        join_all(keeping).await;
    }
}

#[async_trait]
impl PageCache for StoredPages {
    fn now(&self) -> Timestamp {
        self.listings.now()
    }

    async fn find(&self, name: &PageKey, fresh: bool) -> Option<CachedPage> {
        // The first page of a walk has its whole answer to be found by.
        if self.generations.is_none() || self.reads_past || (fresh && !self.is_walk) {
            return None;
        }
        if self.connections.is_any_closed(std::slice::from_ref(&name.connection)) {
            return None;
        }
        let key = key(name);
        let found = self.listings.look_up(&key);
        let found = self.breaker.within("look up a part", self.deadline, found).await?;
        let kept = found.entry.filter(|kept| !fresh || kept.fresh_for.is_some())?;
        let text = String::from_utf8(kept.entry.body.plain(b"")?).ok()?;
        Some(CachedPage { fetched_at: kept.entry.fetched_at, text })
    }

    fn wants(&self, name: &PageKey) -> bool {
        let Some(generations) = self.generations.as_ref().filter(|_| !self.no_store) else {
            return false;
        };
        let goes_on = name.kind == PageKind::Whole && self.is_walk;
        goes_on || generations.are_several() && !self.recent.has(&key(name))
    }

    fn put(&self, name: PageKey, page: CachedPage) {
        self.put.lock().unwrap_or_else(PoisonError::into_inner).push((name, page));
    }
}

fn key(name: &PageKey) -> ListingKey {
    let kind = match name.kind {
        PageKind::Page => "page",
        PageKind::Whole => "whole",
    };
    ListingKey::of_part(&name.connection, &format!("{kind} {}", name.question))
}
