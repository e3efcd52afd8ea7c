//! What is kept of the question's pages, and taken in place of what cannot be read.

use std::sync::PoisonError;

use jiff::Timestamp;
use provider_client::ProviderError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::PlannedQuestion;
use crate::listing::page_cache::{CachedPage, PageKey};

impl PlannedQuestion {
    /// Puts in the page cache what was asked for at this moment.
    pub fn put(&self, name: PageKey, asked_at: Timestamp, value: &impl Serialize) {
        // What a copy gives is kept already.
        if self.copied_at().is_none()
            && self.page_cache.wants(&name)
            && let Some(page) = CachedPage::of(asked_at, value)
        {
            self.page_cache.put(name, page);
        }
    }

    /// What is fresh in the page cache.
    pub async fn fresh<T: DeserializeOwned>(&self, name: &PageKey) -> Option<T> {
        let kept = self.page_cache.find(name, true).await?;
        self.take(&kept, false)
    }

    /// What is kept in place of what the provider could not give, or the failure.
    pub async fn instead_of<T: DeserializeOwned>(
        &self,
        error: ProviderError,
        name: &PageKey,
    ) -> Result<T, ProviderError> {
        let kept =
            if error.kind.is_outage() { self.page_cache.find(name, false).await } else { None };
        kept.and_then(|kept| self.take(&kept, true)).ok_or(error)
    }

    fn take<T: DeserializeOwned>(&self, kept: &CachedPage, is_stale: bool) -> Option<T> {
        let value = kept.read()?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let moments = [taken.fetched_at, Some(kept.fetched_at)];
        taken.fetched_at = moments.into_iter().flatten().min();
        taken.is_stale |= is_stale;
        Some(value)
    }

    /// When the oldest of what was taken from the page cache was read, and whether any
    /// of it is stale.
    pub fn taken(&self) -> (Option<Timestamp>, bool) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        (taken.fetched_at, taken.is_stale)
    }
}
