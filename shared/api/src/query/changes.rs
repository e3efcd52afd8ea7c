//! The question of what has changed.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::DEFAULT_LIMIT;
use super::parameters::{each, limit, unknown_among};
use invoice::values;
use invoice::{ConnectionName, Problem};

const PARAMETERS: [&str; 5] = ["connection", "since", "cursor", "limit", "includes"];

/// What a caller asks of `GET /invoices/changes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesQuery {
    /// The connections asked for; all that the caller may use when none.
    pub connections: Option<Vec<ConnectionName>>,
    /// From when on; all that there is when none, each invoice as created.
    pub since: Option<Timestamp>,
    /// Where to go on from: the last answer's `nextCursor`.
    pub cursor: Option<String>,
    /// How many changes, at most.
    pub limit: u16,
    /// Whether the invoices stand beside their changes.
    pub with_invoices: bool,
}

impl ChangesQuery {
    /// Reads the query string of `GET /invoices/changes`.
    ///
    /// # Errors
    /// `invalid_parameter`, with a fault for each thing that is wrong.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let mut parsed = Self {
            connections: None,
            since: None,
            cursor: None,
            limit: DEFAULT_LIMIT,
            with_invoices: false,
        };
        let mut has_since = false;
        each(query, |name, value| {
            match name {
                "connection" => {
                    let names = values::list(value)?
                        .into_iter()
                        .map(|name| name.parse().map_err(|why| format!("`{name}`: {why}")));
                    parsed.connections = Some(names.collect::<Result<_, String>>()?);
                }
                "since" | "cursor" if has_since => {
                    return Err("stands beside the other: give `since` first, and then the cursor that was answered, alone".to_owned());
                }
                "since" => {
                    has_since = true;
                    parsed.since = Some(moment(value)?);
                }
                "cursor" => {
                    has_since = true;
                    parsed.cursor = Some(value.to_owned());
                }
                "limit" => parsed.limit = limit(value)?,
                "includes" if value == "invoice" => parsed.with_invoices = true,
                "includes" => {
                    return Err(format!("`{value}` is not known: the only value is invoice"));
                }
                _ => return Err(unknown_among(name, &PARAMETERS)),
            }
            Ok(())
        })?;
        Ok(parsed)
    }

    /// What a cursor belongs to: the connections asked for.
    pub fn canonical(&self) -> String {
        let names = self.connections.iter().flatten().map(ConnectionName::as_str);
        format!("changes\n{}", names.collect::<Vec<_>>().join(","))
    }
}

/// An instant, or the first of a day.
fn moment(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    let at = text.parse().ok().or_else(|| day().map(|day| day.timestamp()));
    at.ok_or_else(|| {
        format!(
            "`{text}` is no date or instant: expected YYYY-MM-DD, or RFC 3339 such as 2025-01-31T12:00:00Z"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_from_where_changes_are_asked_for() {
        let asked = ChangesQuery::parse("connection=nue,stripe&since=2026-11-01&includes=invoice");
        let asked = asked.unwrap();
        assert_eq!(asked.connections.unwrap().len(), 2);
        assert_eq!(asked.since, Some("2026-11-01T00:00:00Z".parse().unwrap()));
        assert!(asked.with_invoices && asked.cursor.is_none());
    }

    #[test]
    fn reports_every_fault_of_a_question_for_changes() {
        let wrong = "since=yesterday&limit=0&includes=lines&sort=x&connection=A";
        let problem = ChangesQuery::parse(wrong).unwrap_err();
        let at: Vec<&str> = problem.errors.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(at, ["?since", "?limit", "?includes", "?sort", "?connection"]);
        let problem = ChangesQuery::parse("since=2026-11-01&cursor=x").unwrap_err();
        assert_eq!(problem.errors.len(), 1);
    }
}
