//! All rows of a connection, page by page.

use invoice::ConnectionName;

use crate::error::CopyError;
use crate::row::{Item, sequence_key};
use crate::store::{CopyStore, Stretch};

/// Rows of an index that are read at once.
const ROWS: usize = 1_000;

/// All rows of a connection, those that are gone among them, by the smallest of the indexes.
pub(crate) struct Pages<'a> {
    store: &'a CopyStore,
    connection: &'a ConnectionName,
    /// The first key that is still to be read; none at the end.
    from: Option<String>,
}

impl<'a> Pages<'a> {
    pub fn new(store: &'a CopyStore, connection: &'a ConnectionName) -> Self {
        Self { store, connection, from: Some(sequence_key(0)) }
    }

    pub async fn next(&mut self) -> Result<Option<Vec<Item>>, CopyError> {
        let Some(from) = self.from.take() else { return Ok(None) };
        let stretch = Stretch::of_changes(from);
        let rows = self.store.query(self.connection, &stretch, None, ROWS).await?;
        self.from = rows.last.map(|last| format!("{last}\u{0}"));
        Ok(Some(rows.items))
    }
}
