//! Writes, never twice and never a lie.
//!
//! Each invoice goes the same way: what an earlier try of the same request may
//! have sent is recalled, and settled by reading alone; all else is locked in
//! the [`Ledger`], read, held against the rules, recorded as being sent, sent,
//! and read again. Nothing is sent for an invoice while an earlier sending may
//! still be carried out, nor where another's has come in between.

mod batch;
mod ledger;
mod outcome;
mod recorded;
mod sending;
mod settling;
mod snapshot;
mod spelling;

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{ListQuery, MAX_WRITES};
use futures::future::join_all;
use invoice::{
    Action, Code, ConnectionName, Excess, Filter, Invoice, Problem, Reference, Scope, Write,
    WriteResult,
};
use provider_client::capability::Sending;
use provider_client::rules;
use provider_client::{Deadline, Provider};

use crate::connection::{Connection, find};
use crate::listing;
use recorded::{RecordedName, RecordedNames};
use spelling::Spellings;

pub use ledger::{InvoiceLock, Ledger, LedgerError, OutcomeRecord, Sent, Superseded};
pub use snapshot::InvoiceSnapshot;

/// What a request to write is about, beside the write itself.
#[derive(Clone, Copy)]
pub struct WriteContext<'a> {
    /// All connections there are.
    pub connections: &'a [Connection],
    /// Whose invoices the caller may touch.
    pub scope: &'a Scope,
    /// What must hold of an invoice just before it is written (`If-Match`).
    pub precondition: Option<&'a (dyn Fn(&Invoice) -> bool + Sync)>,
    /// By when the answer must be given.
    pub deadline: Deadline,
}

/// What `write` would do to each of `references`, by the providers' rules. There
/// is no ledger, and nothing that could be sent without one.
pub async fn dry_run(
    asked: &WriteContext<'_>,
    write: &Write,
    references: &[Reference],
) -> Vec<WriteResult> {
    let foretelling = by_connection(references).into_iter().map(|(name, group)| async move {
        match target(asked, write, name) {
            Ok((provider, sending)) => {
                let named =
                    Spellings::resolve(provider.as_ref(), group, None, asked.deadline).await;
                let batch = batch::Batch::new(asked, provider.as_ref(), write, sending);
                let results = batch.foretell(named.meant()).await;
                named.told_as_asked(results)
            }
            Err(problem) => {
                let result = |id| outcome::barred(id, &problem).result;
                group.iter().map(result).collect()
            }
        }
    });
    in_order(references, join_all(foretelling).await)
}

/// Does `write` to each of `references`, side by side over their connections;
/// results stand in the order asked. What is sent is recorded in `ledger` first;
/// where that fails for an invoice, it is rejected `unavailable`, and the others
/// go on.
pub async fn execute(
    asked: &WriteContext<'_>,
    write: &Write,
    references: &[Reference],
    ledger: &dyn Ledger,
) -> Vec<WriteResult> {
    let executing = by_connection(references).into_iter().map(|(name, group)| async move {
        match target(asked, write, name) {
            Ok((provider, sending)) => {
                let recorded = Some(ledger);
                let named =
                    Spellings::resolve(provider.as_ref(), group, recorded, asked.deadline).await;
                let batch = batch::Batch::new(asked, provider.as_ref(), write, sending);
                let results = batch.execute(named.meant(), ledger).await;
                named.told_as_asked(results)
            }
            Err(problem) => unreached(&problem, group, ledger).await,
        }
    });
    in_order(references, join_all(executing).await)
}

fn by_connection(references: &[Reference]) -> BTreeMap<&ConnectionName, Vec<Reference>> {
    let mut groups: BTreeMap<&ConnectionName, Vec<Reference>> = BTreeMap::new();
    for reference in references {
        groups.entry(reference.connection()).or_default().push(reference.clone());
    }
    groups
}

fn in_order(references: &[Reference], groups: Vec<Vec<WriteResult>>) -> Vec<WriteResult> {
    let mut results: BTreeMap<Reference, WriteResult> =
        groups.into_iter().flatten().map(|result| (result.id.clone(), result)).collect();
    references.iter().filter_map(|reference| results.remove(reference)).collect()
}

/// Who does `write` to the invoices of a connection, and how it is sent there.
fn target(
    asked: &WriteContext<'_>,
    write: &Write,
    name: &ConnectionName,
) -> Result<(Arc<dyn Provider>, Sending), Problem> {
    if !asked.scope.reaches(name) {
        return Err(Problem::new(Code::InvoiceNotFound, "there is no such invoice"));
    }
    let reached: Vec<&Connection> =
        asked.connections.iter().filter(|one| asked.scope.reaches(&one.name)).collect();
    let provider = find(&reached, name)?.provider.clone()?;
    let capabilities = provider.capabilities();
    let sending = capabilities
        .write(write.action())
        .ok_or_else(|| rules::unsupported_operation(capabilities, name, write.action()))?;
    Ok((provider, sending))
}

/// The results where a connection cannot be asked: what an earlier try may have
/// sent is not known then, and all else is rejected.
async fn unreached(
    problem: &Problem,
    references: Vec<Reference>,
    ledger: &dyn Ledger,
) -> Vec<WriteResult> {
    let recorded = RecordedNames::of(ledger, &references).await;
    let results = references.iter().map(|id| match recorded.get(id) {
        None => outcome::barred(id, problem).result,
        Some(RecordedName { failure: None, .. }) => outcome::unreached(id, problem).result,
        Some(RecordedName { failure: Some(error), .. }) => outcome::unrecalled(id, error).result,
    });
    results.collect()
}

/// How far matches are counted, to say how many there are too many.
const MAX_COUNTED: usize = 5_000;

/// The invoices that answer `filter`, to be written: at most [`MAX_WRITES`].
///
/// # Errors
/// `too_many` when more match (it says how many), and whatever keeps any
/// connection from answering: a write by filter is done whole or not at all.
pub async fn matching(
    asked: &WriteContext<'_>,
    filter: &Filter,
) -> Result<Vec<Reference>, Problem> {
    let mut query = ListQuery {
        filter: filter.clone(),
        limit: api::MAX_LIMIT,
        require_all: true,
        ..ListQuery::default()
    };
    let mut references: Vec<Reference> = Vec::new();
    loop {
        let page = listing::list(asked.connections, &query, asked.scope, asked.deadline).await?;
        for invoice in page.data {
            if !references.contains(&invoice.id) {
                references.push(invoice.into_invoice().id);
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
    let excess = Some(Excess { matched: known, limit: MAX_WRITES });
    Problem { excess, ..Problem::new(Code::TooMany, detail) }
}

/// The status an invoice has after `action`, as far as it is the same
/// everywhere: what a dry run foretells.
fn status_after(action: Action, invoice: &Invoice) -> Option<invoice::Status> {
    invoice.available_actions.get(&action).and_then(|available| available.resulting_status)
}
