//! A summary: counts and sums over all that answers a listing's question. It is
//! answered and kept as a listing is, and a write invalidates it as one.

use invoice::{Dimension, Problem, Summary, SummaryQuery};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use provider_client::listing::Every;
use serde::Serialize;

use super::ListRequest;
use super::body::ListingBody;
use super::request::CacheDirectives;
use crate::answer::Answer;
use crate::call::Call;
use crate::caller::Caller;
use crate::state::State;

/// Sums up invoices.
///
/// # Errors
/// As [`super::list`].
pub async fn summarize(
    state: &State,
    call: &Call,
    caller: &Caller,
    query: &SummaryQuery,
) -> Result<Answer, Problem> {
    let today = state.listings().now().to_zoned(TimeZone::UTC).date();
    let summary = Some(SummaryRequest { query, today });
    let directives = CacheDirectives::of(call);
    ListRequest { state, call, caller, query: &query.listing, summary, directives }.answered().await
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
