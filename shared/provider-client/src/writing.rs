//! Writes, never twice and never a lie.
//!
//! Each invoice goes the same way: it is claimed in the [`Ledger`], read, held
//! against the rules, recorded as being sent, sent, and read again. Nothing is
//! sent for an invoice whose claim says that it may have been sent before: it
//! is read, and what it shows decides. A write is sent at most once per claim.

mod batch;
mod ledger;
pub(crate) mod rules;

use std::collections::BTreeMap;

use futures::future::join_all;
use invoice::{
    Action, Code, ConnectionName, Filter, Invoice, ListQuery, MAX_WRITES, Outcome, Problem,
    Reference, Scope, Write, WriteResult,
};

use crate::Deadline;
use crate::connection::{Connection, find};
use crate::listing;

pub use ledger::{Claim, Ledger, LedgerError, Settled, Trace};

/// What a request to write is about, beside the write itself.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// All connections there are.
    pub connections: &'a [Connection],
    /// Whose invoices the caller may touch.
    pub scope: &'a Scope,
    /// Where the write is recorded; none for a dry run, which sends nothing.
    pub ledger: Option<&'a dyn Ledger>,
    /// What must hold of an invoice just before it is written (`If-Match`).
    pub precondition: Option<&'a (dyn Fn(&Invoice) -> bool + Sync)>,
    /// By when the answer must be given.
    pub deadline: Deadline,
}

/// Does `write` to each of `references`, side by side over their connections;
/// results stand in the order asked.
///
/// # Errors
/// `unavailable`, when writes cannot be recorded: nothing was sent then. What
/// befalls single invoices is in their results.
pub async fn write(
    asked: &Asked<'_>,
    write: &Write,
    references: &[Reference],
) -> Result<Vec<WriteResult>, Problem> {
    let mut groups: BTreeMap<&ConnectionName, Vec<Reference>> = BTreeMap::new();
    for reference in references {
        groups.entry(reference.connection()).or_default().push(reference.clone());
    }
    let groups = groups.into_iter().map(|(name, group)| one_connection(asked, write, name, group));
    let mut results: BTreeMap<Reference, WriteResult> = BTreeMap::new();
    for group in join_all(groups).await {
        results.extend(group?.into_iter().map(|result| (result.id.clone(), result)));
    }
    Ok(references.iter().filter_map(|reference| results.remove(reference)).collect())
}

async fn one_connection(
    asked: &Asked<'_>,
    write: &Write,
    name: &ConnectionName,
    references: Vec<Reference>,
) -> Result<Vec<WriteResult>, Problem> {
    let refused = |problem: &Problem| {
        Ok(references.iter().map(|reference| rejected(reference, problem.clone(), None)).collect())
    };
    if !asked.scope.reaches(name) {
        return Ok(references.iter().map(|id| rejected(id, not_found(id), None)).collect());
    }
    let reached: Vec<&Connection> =
        asked.connections.iter().filter(|one| asked.scope.reaches(&one.name)).collect();
    let provider = match find(&reached, name).and_then(|one| one.provider.clone()) {
        Ok(provider) => provider,
        Err(problem) => return refused(&problem),
    };
    let capabilities = provider.capabilities();
    let Some(sending) = capabilities.write(write.action()) else {
        return refused(&rules::unsupported_operation(capabilities, name, write.action()));
    };
    batch::Batch::new(asked, provider.as_ref(), write, sending).run(references).await
}

/// How far matches are counted, to say how many there are too many.
const MAX_COUNTED: usize = 5_000;

/// The invoices that answer `filter`, to be written: at most [`MAX_WRITES`].
///
/// # Errors
/// `too_many` when more match (it says how many), and whatever keeps any
/// connection from answering: a write by filter is done whole or not at all.
pub async fn matching(asked: &Asked<'_>, filter: &Filter) -> Result<Vec<Reference>, Problem> {
    let mut query = ListQuery {
        filter: filter.clone(),
        limit: invoice::MAX_LIMIT,
        require_all: true,
        ..ListQuery::default()
    };
    let mut references: Vec<Reference> = Vec::new();
    loop {
        let page = listing::list(asked.connections, &query, asked.scope, asked.deadline).await?;
        for invoice in page.data {
            if !references.contains(&invoice.id) {
                references.push(invoice.id);
            }
        }
        let known = page.total.and_then(|total| usize::try_from(total).ok());
        if known.is_some_and(|known| known > MAX_WRITES) || references.len() > MAX_COUNTED {
            return Err(too_many(known, references.len()));
        }
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None if references.len() > MAX_WRITES => {
                return Err(too_many(Some(references.len()), references.len()));
            }
            None => return Ok(references),
        }
    }
}

fn too_many(known: Option<usize>, read: usize) -> Problem {
    let matched = match known {
        Some(known) => known.to_string(),
        None => format!("{read} or more"),
    };
    let detail = format!(
        "{matched} invoices match: at most {MAX_WRITES} may be written by one call; narrow the filter"
    );
    Problem::new(Code::TooMany, detail)
}

fn rejected(reference: &Reference, problem: Problem, now: Option<Invoice>) -> WriteResult {
    WriteResult {
        id: reference.clone(),
        outcome: Outcome::Rejected,
        status: now.as_ref().map(|invoice| invoice.status),
        new_id: None,
        invoice: now.map(Box::new),
        problem: Some(problem),
    }
}

fn not_found(reference: &Reference) -> Problem {
    Problem::new(Code::InvoiceNotFound, format!("there is no invoice `{reference}`"))
}

/// The status an invoice has after `action`, as far as it is the same
/// everywhere: what a dry run foretells.
fn status_after(action: Action, invoice: &Invoice) -> Option<invoice::Status> {
    invoice.available_actions.get(&action).and_then(|available| available.resulting_status)
}
