//! What this process has kept of listings of late: it is not kept again at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use store::listing_cache::ListingKey;
use tokio::time::Instant;

/// How long this process leaves what it has kept as it is: it is for when a
/// provider is down, and is marked with its age then.
const LEFT_ALONE: Duration = Duration::from_secs(300);
/// Names remembered at most; beyond, all are forgotten and kept anew.
const REMEMBERED: usize = 1_000;

/// What this process has kept, and when.
#[derive(Debug, Default)]
pub struct Recent(Mutex<HashMap<ListingKey, Instant>>);

impl Recent {
    pub fn has(&self, key: &ListingKey) -> bool {
        self.kept().get(key).is_some_and(|since| since.elapsed() < LEFT_ALONE)
    }

    pub fn note(&self, key: ListingKey) {
        let mut kept = self.kept();
        if kept.len() >= REMEMBERED {
            kept.clear();
        }
        kept.insert(key, Instant::now());
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<ListingKey, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
