//! What is told of a request for activation that came as an event: what of it was
//! rejected, and what came of it in all; and what hands the rest of it on.

use std::borrow::Cow;

use invoice::{Code, ConnectionName, Fault, OutcomeCounts, Problem, Reference};
use serde::{Deserialize, Serialize};

use super::event::{Event, Header, SOURCE};

/// The kind of the event by which a function hands the rest of its work on, to
/// the queue that feeds it. It names the work and nothing else: what is to be
/// done stands in the table.
pub const CONTINUED: &str = "Invoice Activation Continued";

/// An entry takes 256 KB (aws R21); what is beyond is told in a further event.
const MAX_REJECTED_BYTES: usize = 128 * 1024;

/// Why an invoice was not activated. The words are the bridge's own: those of
/// providers and bodies may tell of customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedInvoice {
    /// The invoice.
    pub id: Reference,
    /// The kind of problem.
    pub code: Code,
    /// The reason why the invoice is not activated; none where the provider refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl RejectedInvoice {
    /// The invoice `id`, rejected because of `problem`.
    pub fn new(id: Reference, problem: &Problem) -> Self {
        let detail = problem.provider.is_none().then(|| problem.detail.clone());
        Self { id, code: problem.code, detail }
    }

    /// The bytes that it takes in an event, at most.
    fn size(&self) -> usize {
        let detail = self.detail.as_deref().unwrap_or_default();
        // An event is a text in a text: what has to be escaped is, twice.
        self.id.to_string().len() + 64 + 2 * detail.len()
    }
}

/// What of a request for activation was rejected.
#[derive(Debug, Default)]
pub struct Rejected<'a> {
    /// The id of the event that asked.
    pub request: &'a str,
    /// Whose problem it is; none where it is the whole request's.
    pub connection: Option<&'a ConnectionName>,
    /// What tells this rejection from others of the same request.
    pub part: &'a str,
    /// What keeps the request, or the connection, as a whole from being done.
    pub problem: Option<&'a Problem>,
    /// The invoices that were rejected.
    pub invoices: Vec<RejectedInvoice>,
}

#[derive(Serialize)]
struct RejectedData<'a> {
    request: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<&'a ConnectionName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemData<'a>>,
    #[serde(skip_serializing_if = "<[RejectedInvoice]>::is_empty")]
    invoices: &'a [RejectedInvoice],
}

/// The detail of a fault may repeat what was sent, and is left out.
#[derive(Serialize)]
struct ProblemData<'a> {
    code: Code,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FaultData<'a>>,
}

#[derive(Serialize)]
struct FaultData<'a> {
    pointer: &'a str,
    code: Code,
}

/// The events that tell of a rejection; none where nothing was rejected.
pub fn rejected(rejected: &Rejected<'_>) -> Vec<Event> {
    let mut parts: Vec<Vec<RejectedInvoice>> = Vec::new();
    let mut size = usize::MAX;
    for invoice in &rejected.invoices {
        size = size.saturating_add(invoice.size());
        match parts.last_mut().filter(|_| size <= MAX_REJECTED_BYTES) {
            Some(part) => part.push(invoice.clone()),
            None => {
                size = invoice.size();
                parts.push(vec![invoice.clone()]);
            }
        }
    }
    if parts.is_empty() && rejected.problem.is_some() {
        parts.push(Vec::new());
    }
    let parts = parts.iter().enumerate();
    parts
        .filter_map(|(number, invoices)| {
            let id = format!("{}:rejected:{}:{number}", rejected.request, rejected.part);
            let data = RejectedData {
                request: rejected.request,
                connection: rejected.connection,
                problem: rejected.problem.map(|problem| ProblemData {
                    code: problem.code,
                    errors: problem.errors.iter().map(of_fault).collect(),
                }),
                invoices,
            };
            Event::new(header(REJECTED, &id, rejected.request), data)
        })
        .collect()
}

fn of_fault(fault: &Fault) -> FaultData<'_> {
    FaultData { pointer: &fault.pointer, code: fault.code }
}

/// A kind of event: as rules name it, and as CloudEvents do.
type Kind = (&'static str, &'static str);

const REJECTED: Kind = ("Invoice Activation Rejected", "com.invoice-bridge.activation.rejected");
const COMPLETED: Kind = ("Invoice Activation Completed", "com.invoice-bridge.activation.completed");

fn header<'a>((detail_type, kind): Kind, id: &'a str, request: &'a str) -> Header<'a> {
    Header { detail_type, kind, id, source: format!("/{SOURCE}"), subject: request }
}

/// What came of a request for activation at one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompletedConnection {
    /// The connection.
    pub connection: ConnectionName,
    /// Whether all that was asked for has been tried.
    pub status: CompletedStatus,
    /// The invoices by outcome.
    pub summary: OutcomeCounts,
    /// Why the rest was not tried, or which invoices could not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Whether all that was asked for of a connection has been tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CompletedStatus {
    /// Every invoice that was asked for has its final outcome.
    Completed,
    /// Some invoices could not be read from the provider; the others have their
    /// final outcome.
    Partial,
    /// The connection was given up; what is not counted was not tried.
    Failed,
}

#[derive(Serialize)]
struct CompletedData<'a> {
    request: &'a str,
    source: &'a str,
    account: &'a str,
    summary: OutcomeCounts,
    connections: &'a [CompletedConnection],
}

/// The event that tells what came of a request, `told` summaries after the first.
/// A second one is told only when what the first gave up was done after all.
pub fn completed(
    request: &str,
    (account, source): (&str, &str),
    connections: &[CompletedConnection],
    told: u64,
) -> Option<Event> {
    let mut summary = OutcomeCounts::default();
    for connection in connections {
        summary += connection.summary;
    }
    let id = format!("{request}:completed:{told}");
    let data = CompletedData { request, source, account, summary, connections };
    Event::new(header(COMPLETED, &id, request), data)
}

/// The work that goes on, as [`CONTINUED`] names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuation {
    /// The key of the request's record in the table.
    pub work: String,
    /// The connection to go on with.
    pub connection: ConnectionName,
}

/// The event that hands work on. Its detail is no CloudEvent: nobody but the
/// function itself reads it.
pub fn continued(continuation: &Continuation) -> Option<Event> {
    let detail = serde_json::to_string(continuation).ok()?;
    Some(Event { detail_type: Cow::Borrowed(CONTINUED), detail })
}
