//! What was sent is kept for as long as it can be asked for: a key that is asked again is
//! kept anew, and what was sent under it must not go before it.

use std::time::Duration;

use tracing::warn;

use super::super::later;
use super::WriteLedger;
use crate::table::{Attribute, Condition, EXPIRES_AT, Item, Seconds};

const EXPIRES: Attribute<Seconds> = Attribute::new(EXPIRES_AT);

/// What outlives the key by less than this is renewed; the rest needs no write.
const LEAST: Duration = Duration::from_secs(3_600);

impl WriteLedger {
    /// Keeps an item for longer where the key would outlive it, if `is_of_it` holds still.
    /// There is a day left to try it again in: what fails now is for the log.
    pub(super) async fn renew(&self, key: &str, item: Option<&Item>, is_of_it: Condition) {
        let least = later(self.store.now(), self.actor.kept.saturating_add(LEAST));
        let expires_at = item.and_then(|item| EXPIRES.read(item).ok());
        if expires_at.is_none_or(|Seconds(expires_at)| expires_at >= least) {
            return;
        }
        let kept = Item::default().set(EXPIRES, self.kept_until());
        // Where it is refused another has sent since, and keeps the item for itself.
        if let Err(error) = self.store.table.update(key, kept, &is_of_it).await {
            warn!(%error, "what was sent could not be kept for longer");
        }
    }
}
