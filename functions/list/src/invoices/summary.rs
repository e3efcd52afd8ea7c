//! A summary: counts and sums over all that answers a listing's question. It is
//! answered and kept as a listing is, and a write invalidates it as one.

use api::SummaryQuery;
use engine::listing::Every;
use function_kit::{Call, Permission, Reply};
use invoice::{Dimension, Problem, Summary};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::ListRequest;
use super::body::ListingBody;
use crate::app::ListApp;

/// Sums up invoices.
pub(crate) async fn summarize(app: &ListApp, call: &Call) -> Reply {
    let asked = call
        .caller(Permission::Read)
        .and_then(|caller| Ok((caller, SummaryQuery::parse(call.query())?)));
    let (caller, query) = match asked {
        Ok(asked) => asked,
        Err(problem) => return problem.into(),
    };
    let today = app.listings.now().to_zoned(TimeZone::UTC).date();
    let summary = Some(SummaryRequest { query: &query, today });
    ListRequest::new(app, call, (caller, &query.listing), summary).reply().await
}

/// What all that answers is summed up by, and on which day.
pub(super) struct SummaryRequest<'a> {
    query: &'a SummaryQuery,
    today: Date,
}

/// The body of a summary but for its end.
#[derive(Serialize)]
struct Beginning<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    complete: bool,
}

impl SummaryRequest<'_> {
    /// The question, for what is kept of its answer: another day, another aging.
    pub fn question(&self) -> String {
        let question = self.query.canonical();
        if self.query.by.contains(&Dimension::Aging) {
            return format!("{} {question}", self.today);
        }
        question
    }

    /// The body that says what `every` comes to.
    ///
    /// # Errors
    /// When it cannot be written: a fault of ours.
    pub fn body(&self, every: &Every, now: Timestamp, gzip: bool) -> Result<ListingBody, Problem> {
        let mut summary = Summary::new(&self.query.by, self.today);
        every.invoices.iter().for_each(|invoice| summary.add(invoice));
        let beginning = Beginning { summary: &summary, complete: every.is_complete() };
        ListingBody::beginning_with(&beginning, (every.sources.clone(), None), now, gzip)
    }
}
