//! The canonical form of a query: two questions that mean the same read the
//! same. Cursors and cached answers are bound to it.

use url::form_urlencoded::Serializer;

use super::values::joined;
use crate::{Filter, ListQuery, Parameter};

impl ListQuery {
    /// The question without page size and cursor, as a query string.
    pub fn canonical(&self) -> String {
        let mut out = Serializer::new(String::new());
        self.filter.write(&mut out);
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

impl Filter {
    fn write(&self, out: &mut Serializer<'_, String>) {
        if let Some(connections) = &self.connections {
            out.append_pair("connection", &joined(connections));
        }
        for parameter in Parameter::ALL.iter().copied() {
            let word = parameter.word();
            for (operator, text) in self.written(parameter) {
                match operator {
                    Some(operator) => out.append_pair(&format!("{word}[{operator}]"), &text),
                    None => out.append_pair(word, &text),
                };
            }
        }
    }
}
