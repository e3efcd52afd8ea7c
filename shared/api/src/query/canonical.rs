//! The canonical form of a query: two questions that mean the same read the
//! same. Cursors and cached answers are bound to it.

use url::form_urlencoded::Serializer;

use invoice::values::joined;

use super::ListQuery;

impl ListQuery {
    /// The question without page size and cursor, as a query string.
    pub fn canonical(&self) -> String {
        let mut out = Serializer::new(String::new());
        out.extend_pairs(self.filter.canonical());
        if let Some(sort) = self.sort {
            out.append_pair("sort", &sort.canonical());
        }
        if !self.includes.is_empty() {
            out.append_pair(
                "includes",
                &joined(self.includes.iter().map(|include| include.word())),
            );
        }
        if self.require_all {
            out.append_pair("require", "all");
        }
        out.finish()
    }
}
