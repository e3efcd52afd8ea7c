//! Listings, kept in DynamoDB.
//!
//! A listing carries what the counters of its connections stood at BEFORE its
//! providers were asked, and is fresh while they still stand there and its time
//! is not up. Whoever writes moves its connection's counter before it sends and
//! when it has its answer: no listing that was read before a write ended is
//! taken for fresh after it. A listing that is not fresh is kept on for when a
//! provider is down, and is stale: whoever gets it is told so.
//!
//! One reading fetches entry and counters, strongly consistent. Whether a
//! listing is fresh is decided on reading, never by whether DynamoDB has deleted
//! it: that is up to days late (aws R13).
//!
//! Whatever fails here is for the caller to leave out: no listing needs it.

mod entry;
mod generation;
mod key;
mod lease;
mod packed;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::try_join_all;
use invoice::ConnectionName;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::table::parted::{Parted, PartedBytes, part_of};
use crate::table::{Condition, Table, TableError};
use entry::Record;
use generation::{GENERATION, generation_key};

#[cfg(any(test, feature = "testing"))]
use crate::testing::{Rewriting, rewritten};
pub use entry::Entry;
pub use generation::Generations;
pub use key::ListingKey;
pub use lease::{LEASED_FOR, Lease, LeaseOutcome};
pub use packed::Packed;

/// The kinds of items that listings are kept in.
#[cfg(any(test, feature = "testing"))]
pub(crate) const KINDS: &[(&str, Rewriting)] = &[
    ("StoredListing", rewritten::<entry::StoredListing>),
    ("StoredLease", rewritten::<lease::StoredLease>),
];

/// An entry that was read this far ahead of now was read by a clock that runs
/// ahead of ours; what is further off is nobody's.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5);

type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Listings in one table. Its clones are one.
#[derive(Clone)]
pub struct ListingCache {
    table: Arc<dyn Table>,
    clock: Clock,
    fresh: Duration,
    kept: Duration,
}

impl fmt::Debug for ListingCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListingCache").finish_non_exhaustive()
    }
}

/// What is known of a listing.
#[derive(Debug, Clone)]
pub struct Found {
    /// What is kept of it, if anything that may still be shown.
    pub entry: Option<CachedListing>,
    /// What its connections' counters stand at: to be kept with whatever is read
    /// from the providers after this.
    pub generations: Generations,
}

/// An entry, and what may be said of it.
#[derive(Debug, Clone)]
pub struct CachedListing {
    /// The listing.
    pub entry: Entry,
    /// How long it is fresh yet; none when it is stale.
    pub fresh_for: Option<Duration>,
}

impl ListingCache {
    /// Listings in `table` that are fresh for `fresh` and may be shown, as
    /// stale, for `stale`; both from when their providers were asked.
    pub fn new(table: Arc<dyn Table>, fresh: Duration, stale: Duration) -> Self {
        Self { table, clock: Arc::new(Timestamp::now), fresh, kept: fresh.max(stale) }
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Whether anything is kept at all.
    pub fn is_off(&self) -> bool {
        self.kept.is_zero()
    }

    /// How long a listing is fresh.
    pub fn fresh(&self) -> Duration {
        self.fresh
    }

    /// Now, by its clock.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Looks a listing up: one round trip, and one more where it is too long for
    /// one item.
    ///
    /// # Errors
    /// When the table is out of reach. What cannot be read of an entry is a
    /// listing that is not kept.
    pub async fn look_up(&self, key: &ListingKey) -> Result<Found, TableError> {
        let mut keys: Vec<String> = key.generations().collect();
        keys.push(key.entry());
        let mut items = self.table.get_all(&keys).await?;
        let item = items.remove(&key.entry());
        let generations = Generations::read(key.connections(), &items);
        let entry = match item.and_then(Record::read) {
            Some(record) => self.opened(key, record, &generations).await?,
            None => None,
        };
        Ok(Found { entry, generations })
    }

    async fn opened(
        &self,
        key: &ListingKey,
        mut record: Record,
        generations: &Generations,
    ) -> Result<Option<CachedListing>, TableError> {
        let age = self.now().duration_since(record.fetched_at());
        let ahead = SignedDuration::try_from(CLOCKS_DIFFER).unwrap_or_default();
        if age < -ahead {
            return Ok(None);
        }
        let age = Duration::try_from(age).unwrap_or_default();
        if age >= self.kept {
            return Ok(None);
        }
        let stands = record.generations == generations.to_string();
        let fresh_for = self.fresh.checked_sub(age).filter(|left| stands && !left.is_zero());
        let stream = match &mut record.body {
            Parted::Here(stream) => Some(std::mem::take(stream)),
            Parted::Apart { parts, of } => {
                let keys: Vec<String> = (1..=*parts).map(|number| key.part(of, number)).collect();
                self.joined(&keys).await?
            }
        };
        let entry = stream.and_then(|stream| record.whole(stream));
        Ok(entry.map(|entry| CachedListing { entry, fresh_for }))
    }

    /// The parts, one after the other. None where one is missing.
    async fn joined(&self, keys: &[String]) -> Result<Option<Vec<u8>>, TableError> {
        let mut parts = self.table.get_all(keys).await?;
        let mut whole = Vec::new();
        for key in keys {
            match parts.remove(key).and_then(part_of) {
                Some(part) => whole.extend(part),
                None => return Ok(None),
            }
        }
        Ok(Some(whole))
    }

    /// Keeps a listing; `generations` are those that were found before its
    /// providers were asked. Returns whether it is kept: not where it is too
    /// large. Its parts are put first: half an entry is none.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn keep(
        &self,
        key: &ListingKey,
        entry: &Entry,
        generations: &Generations,
    ) -> Result<bool, TableError> {
        let until = entry.fetched_at.saturating_add(self.kept).unwrap_or(Timestamp::MAX);
        let attempt = Uuid::new_v4().simple().to_string();
        // A second more: a part of one is cut off.
        let until = until.saturating_add(Duration::from_secs(1)).unwrap_or(Timestamp::MAX);
        let items = entry.items(&generations.to_string(), &attempt, until);
        let Some(PartedBytes { item, parts }) = items else {
            return Ok(false);
        };
        let always = Condition::always();
        let putting = parts.into_iter().map(|(number, part)| {
            let (key, always) = (key.part(&attempt, number), &always);
            async move { self.table.put(&key, part, always).await }
        });
        try_join_all(putting).await?;
        self.table.put(&key.entry(), item, &always).await?;
        Ok(true)
    }
}

/// Moves the counters of these connections: what was read of them before is not
/// fresh any more. For those that write: they keep no listings.
///
/// # Errors
/// When the table is out of reach.
pub async fn invalidate(
    table: &dyn Table,
    connections: impl IntoIterator<Item = &ConnectionName>,
) -> Result<(), TableError> {
    let moving = connections.into_iter().map(|connection| async move {
        table.add(&generation_key(connection), GENERATION.name(), 1).await
    });
    try_join_all(moving).await.map(drop)
}
