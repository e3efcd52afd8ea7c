//! A copy that is given up.

use invoice::ConnectionName;

use crate::error::CopyError;
use crate::index::of_syncs;
use crate::pages::Pages;
use crate::row::{name, text_of};
use crate::store::CopyStore;

/// Rows that are deleted at once.
const DELETED_AT_ONCE: usize = 25;

impl CopyStore {
    /// Empties the copy of a connection, and forgets its syncs. What is under way for it
    /// writes what it still sees: purge once nothing syncs it any more.
    ///
    /// # Errors
    /// When the table is out of reach: what is left then is left.
    pub async fn purge(&self, connection: &ConnectionName) -> Result<u64, CopyError> {
        let partition = of_syncs(connection);
        for item in ["state", "run"] {
            self.delete_row(&partition, item).await?;
        }
        for write in self.open_writes(connection).await? {
            self.forget_write(&write).await?;
        }
        let mut deleted = 0_u64;
        let mut pages = Pages::new(self, connection);
        while let Some(rows) = pages.next().await? {
            for some in rows.chunks(DELETED_AT_ONCE) {
                let ids = some.iter().filter_map(|row| text_of(row, name::ID));
                let deleting: Vec<_> =
                    ids.map(|id| self.delete_row(connection.as_str(), id)).collect();
                deleted += u64::try_from(deleting.len()).unwrap_or_default();
                futures::future::try_join_all(deleting).await?;
            }
        }
        Ok(deleted)
    }
}
