//! What became of each connection over the pages of a listing, and how it is told.

use std::collections::BTreeMap;

use crate::answers::Source;
use crate::output::Terminal;

/// What became of each connection so far.
#[derive(Debug, Default)]
pub(crate) struct Sources(BTreeMap<String, Source>);

/// How bad a source's word is; one that is not known is told.
fn gravity(status: &str) -> u8 {
    match status {
        "unread" => 0,
        "ok" => 1,
        "stale" => 2,
        "partial" => 3,
        "failed" => 5,
        _ => 4,
    }
}

impl Sources {
    /// Notes the sources of one more page: of each the worst is kept, and rows that are left
    /// out add up. Those that a copy lacks are the same for every page.
    pub(crate) fn note(&mut self, page: &[Source]) {
        for source in page {
            let Some(known) = self.0.get_mut(&source.connection) else {
                self.0.insert(source.connection.clone(), source.clone());
                continue;
            };
            let left_out = match (known.left_out.take(), source.left_out.clone()) {
                (Some(mut known), Some(more)) => {
                    known.count = match source.from.as_deref() {
                        Some("copy") => known.count.max(more.count),
                        _ => known.count + more.count,
                    };
                    Some(known)
                }
                (known, more) => known.or(more),
            };
            if gravity(&source.status) > gravity(&known.status) {
                *known = source.clone();
            }
            known.left_out = left_out;
        }
    }

    /// Whether invoices of some connection are missing, all or some of them.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.0.values().any(|source| gravity(&source.status) > 2)
    }

    /// How many connections have failed.
    pub(crate) fn failed(&self) -> usize {
        self.0.values().filter(|source| source.status == "failed").count()
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A line for each connection that is not as it should be.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.values().filter(|source| gravity(&source.status) > 1).map(line).collect()
    }

    /// Tells of each connection that is not as it should be.
    pub(crate) fn tell(&self, terminal: &Terminal) {
        let bad = terminal.bad();
        for line in self.lines() {
            terminal.warn(format_args!("{bad}!{bad:#} {line}"));
        }
    }
}

fn line(source: &Source) -> String {
    let name = &source.connection;
    match (source.status.as_str(), &source.left_out, &source.problem) {
        ("stale", _, _) => {
            let age = source
                .age
                .map_or_else(|| "of an unknown age".to_owned(), |age| format!("{age} s old"));
            let why = source
                .problem
                .as_ref()
                .map_or_else(String::new, |problem| format!(": {}", problem.detail));
            format!("{name} is down; its invoices are {age}{why}")
        }
        (_, Some(left), _) => {
            format!("{name}: {} rows are left out; the first: {}", left.count, left.reason)
        }
        (status, None, Some(problem)) => {
            let words = problem.provider.as_ref().and_then(|provider| provider.message.as_deref());
            let words = words.map_or_else(String::new, |words| format!(" ({words})"));
            let wait = problem.wait().filter(|_| problem.retryable);
            let wait = wait.map_or_else(String::new, |wait| format!("; {wait}"));
            let detail =
                problem.detail.trim_start_matches(&format!("connection `{name}`: ")).to_owned();
            format!("{name} {status}: {detail}{words}{wait}")
        }
        (status, None, None) => format!("{name} {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(status: &str, left_out: Option<u64>) -> Source {
        Source {
            connection: "nue".to_owned(),
            status: status.to_owned(),
            from: None,
            age: Some(7),
            left_out: left_out
                .map(|count| crate::answers::LeftOut { count, reason: "no id".to_owned() }),
            problem: None,
        }
    }

    #[test]
    fn the_worst_page_is_told_of_a_connection() {
        let mut sources = Sources::default();
        for status in ["unread", "ok", "failed", "ok"] {
            sources.note(&[source(status, None)]);
        }
        assert!(sources.is_incomplete());
        assert_eq!((sources.failed(), sources.len()), (1, 1));
        assert_eq!(sources.lines(), ["nue failed"]);
    }

    #[test]
    fn rows_that_are_left_out_add_up() {
        let mut sources = Sources::default();
        sources.note(&[source("partial", Some(2))]);
        sources.note(&[source("ok", None)]);
        sources.note(&[source("partial", Some(3))]);
        assert_eq!(sources.lines(), ["nue: 5 rows are left out; the first: no id"]);
        let mut sources = Sources::default();
        for count in [3, 4, 3] {
            let from = Some("copy".to_owned());
            sources.note(&[Source { from, ..source("partial", Some(count)) }]);
        }
        assert_eq!(sources.lines(), ["nue: 4 rows are left out; the first: no id"]);
    }

    #[test]
    fn what_is_fine_is_not_told_and_a_word_that_is_not_known_is() {
        let mut sources = Sources::default();
        sources.note(&[source("ok", None)]);
        assert!(sources.lines().is_empty() && !sources.is_incomplete());
        sources.note(&[source("asleep", None)]);
        assert_eq!(sources.lines(), ["nue asleep"]);
    }
}
