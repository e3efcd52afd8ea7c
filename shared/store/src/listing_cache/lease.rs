//! Who reads a listing from the providers, when many miss it at once.
//!
//! A lease is one conditional write. Whoever has it asks the providers; the
//! others look for what it keeps. A lease that is released and has left nothing
//! behind tells them to ask for themselves, as does their patience's end.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::listing_cache::{CachedListing, Found, ListingCache, ListingKey};
use crate::table::{
    Changed, Condition, EXPIRES_AT, Milliseconds, Seconds, Stored, TableError, Test, stored,
};

/// How long a lease holds, should nobody release it: its function may have
/// been ended. Providers mostly answer within it.
pub const LEASED_FOR: Duration = Duration::from_secs(5);
/// How long after another's lease is first met it is looked after again; it
/// doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

stored! {
    /// A lease, as it is kept.
    pub(super) struct StoredLease {
        /// Whose it is.
        owner: String = OWNER("owner"),
        /// When it has run out.
        until: Milliseconds = UNTIL("until"),
        /// When DynamoDB may delete it.
        expires_at: Seconds = EXPIRES_AT(EXPIRES_AT),
    }
}

/// The right to be the one who asks the providers.
#[derive(Debug)]
pub struct Lease {
    key: String,
    owner: String,
}

/// What a miss comes to.
#[derive(Debug)]
pub enum LeaseOutcome {
    /// The lease is ours: ask the providers.
    Ours(Lease),
    /// Somebody else has asked them since: the listing, fresh.
    Arrived(Box<CachedListing>),
    /// Nobody's: ask the providers, beside whoever does.
    Alone,
}

impl ListingCache {
    /// Takes the lease of a listing that was `found` wanting, or waits for who
    /// has it, `patience` long at most. `found` is what is known by then.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn lease(
        &self,
        key: &ListingKey,
        found: &mut Found,
        patience: Duration,
    ) -> Result<LeaseOutcome, TableError> {
        let lease = Lease { key: key.lease(), owner: Uuid::new_v4().simple().to_string() };
        if self.takes(&lease).await? {
            return Ok(LeaseOutcome::Ours(lease));
        }
        let (until, mut pause) = (Instant::now() + patience, FIRST_PAUSE);
        while Instant::now() + pause < until {
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            // In this order: what is kept is kept before the lease is released.
            let gone = self.table.get(&lease.key).await?.is_none();
            *found = self.look_up(key).await?;
            if let Some(kept) = found.entry.as_ref().filter(|kept| kept.fresh_for.is_some()) {
                return Ok(LeaseOutcome::Arrived(Box::new(kept.clone())));
            }
            if gone {
                return Ok(LeaseOutcome::Alone);
            }
            if self.takes(&lease).await? {
                return Ok(LeaseOutcome::Ours(lease));
            }
        }
        Ok(LeaseOutcome::Alone)
    }

    /// Takes it, unless it is another's and has not run out.
    async fn takes(&self, lease: &Lease) -> Result<bool, TableError> {
        let now = self.now();
        let until = now.saturating_add(LEASED_FOR).unwrap_or(now);
        let stored = StoredLease {
            owner: lease.owner.clone(),
            until: until.into(),
            expires_at: until.saturating_add(Duration::from_secs(1)).unwrap_or(until).into(),
        };
        let free = Condition::all([Test::Absent])
            .or([StoredLease::UNTIL.at_most(now)])
            // A change whose answer was lost is asked for again.
            .or([StoredLease::OWNER.is(lease.owner.as_str())]);
        Ok(self.table.put(&lease.key, stored.into_item(), &free).await? == Changed::Done)
    }

    /// Releases a lease, once the listing is kept, or will not be.
    ///
    /// # Errors
    /// When the table is out of reach; the lease runs out by itself.
    pub async fn release(&self, lease: Lease) -> Result<(), TableError> {
        let ours = Condition::all([StoredLease::OWNER.is(lease.owner.as_str())]);
        self.table.delete(&lease.key, &ours).await.map(drop)
    }
}
