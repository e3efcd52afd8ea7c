//! A write that was left unknown, settled when its provider tells of the invoice and
//! shows it carried out. Reading is all that is asked of the provider: what it does not
//! show is left to whoever asks the same key again.

use invoice::{Action, Problem, Reference, Scope, WriteResult};
use provider_client::provider::After;
use provider_client::{Deadline, Provider};
use store::table::TableError;
use store::writes::{InFlight, Noticed, Resumption, Settlement};
use tracing::warn;

use super::lines::Lines;
use super::{WriteApp, many_told, one_told};
use crate::events::{self, Event};
use crate::telemetry::metrics;

/// What came of looking for a write to settle.
pub(crate) enum Settling {
    /// There is none, or its provider does not show it.
    Nothing,
    /// A request is at the invoice: it is to be looked at again when that has ended.
    Later,
    /// The write is settled but for its end, which comes once the news is told.
    Settled(Box<SettledWrite>),
}

/// A write that is settled but for its end.
pub(crate) struct SettledWrite {
    /// What is to be told of it.
    pub news: Vec<Event>,
    settlement: Settlement,
    result: WriteResult,
}

impl SettledWrite {
    /// Ends the write: before, another delivery of the same webhook settles it again.
    pub async fn end(self) -> Result<(), TableError> {
        self.settlement.end(&self.result).await
    }
}

/// Settles the write on `invoice` that was left unknown, if there is one.
pub(crate) async fn settle_unknown(
    app: &WriteApp,
    provider: &dyn Provider,
    invoice: &Reference,
    (request_id, deadline): (&str, Deadline),
) -> Result<Settling, TableError> {
    let unknown = match app.writes.notice(invoice).await? {
        Noticed::Nothing => return Ok(Settling::Nothing),
        Noticed::InFlight => return Ok(Settling::Later),
        Noticed::Unknown(unknown) => *unknown,
    };
    let capabilities = provider.capabilities();
    let before = unknown.before.invoice(capabilities.provider, capabilities.direction);
    let after = provider.after(&unknown.write, &[before], unknown.since, deadline).await;
    let now = match after.into_iter().next() {
        Some(Ok(After::Done(now))) => now,
        Some(Ok(After::NotDone(_) | After::Unclear)) | None => return Ok(Settling::Nothing),
        Some(Err(error)) if error.kind.is_outage() => return Ok(Settling::Later),
        Some(Err(_)) => return Ok(Settling::Nothing),
    };
    let mut result = WriteResult {
        id: invoice.clone(),
        outcome: invoice::Outcome::Applied,
        status: now.as_ref().map(|now| now.status),
        new_id: now.as_ref().map(|now| now.id.clone()).filter(|now| now != invoice),
        invoice: now,
        problem: None,
    };
    if let (false, Some(shown)) = (unknown.shows_comments, &mut result.invoice) {
        Scope::Customers([].into()).redact(shown);
    }
    let action = unknown.write.action();
    let begun = app.writes.settlement(unknown, (request_id, deadline)).await?;
    match begun {
        Some(settlement) => Ok(settled(settlement, action, result).await),
        None => Ok(Settling::Later),
    }
}

async fn settled(mut settlement: Settlement, action: Action, result: WriteResult) -> Settling {
    if let Some((in_flight, resumption)) = settlement.open.take() {
        let kept = keep(in_flight, resumption, &result).await;
        if let Err(problem) = kept {
            warn!(code = problem.code.word(), "what a write came to could not be written down");
            return Settling::Later;
        }
    }
    metrics::outcomes(std::slice::from_ref(&result));
    let news = events::events(action, std::slice::from_ref(&result), settlement.owner());
    Settling::Settled(Box::new(SettledWrite { news, settlement, result }))
}

/// Keeps, under the write's key, what the request came to with `result` in it: the
/// answer, where nothing else of it is open.
async fn keep(
    in_flight: InFlight,
    resumption: Resumption,
    result: &WriteResult,
) -> Result<(), Problem> {
    let selection = resumption.selection.unwrap_or_default();
    let mut lines = Lines::read(resumption.results);
    if lines.is_empty() && selection.as_slice() == [result.id.clone()] {
        // Of the form for one nothing is kept while it is open.
        let lines = Lines::of(std::slice::from_ref(result))?;
        in_flight.finish(&one_told(&lines.only())?.stored()).await;
        return Ok(());
    }
    let references = lines.references();
    if references.contains(&result.id) && !lines.is_settled(&result.id) {
        lines.put(&references, std::slice::from_ref(result))?;
    }
    if lines.is_open() || lines.is_empty() {
        in_flight.leave_open(&lines.raw()).await;
    } else {
        in_flight.finish(&many_told(&lines, false)?.stored()).await;
    }
    Ok(())
}
