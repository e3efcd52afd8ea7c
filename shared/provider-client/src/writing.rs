//! Writes, never twice and never a lie.
//!
//! Each invoice goes the same way: it is claimed in the [`Ledger`], read, held
//! against the rules, recorded as being sent, sent, and read again. Nothing is
//! sent for an invoice whose claim says that it may have been sent before: it
//! is read, and what it shows decides. A write is sent at most once per claim.

mod batch;
mod ledger;
pub(crate) mod rules;
mod spelling;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use invoice::{
    Action, Code, ConnectionName, Filter, Invoice, ListQuery, MAX_WRITES, Outcome, Problem,
    Reference, Scope, Write, WriteResult,
};

use crate::capability::Sending;
use crate::connection::{Connection, find};
use crate::listing;
use crate::{Deadline, Provider};

use spelling::Spellings;

pub use ledger::{Claim, Ledger, LedgerError, Settled, Trace};

/// What a request to write is about, beside the write itself.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
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
    asked: &Asked<'_>,
    write: &Write,
    references: &[Reference],
) -> Vec<WriteResult> {
    let foretelling = by_connection(references).into_iter().map(|(name, group)| async move {
        match target(asked, write, name, &group) {
            Ok((provider, sending)) => {
                let named = Spellings::resolve(provider.as_ref(), group, asked.deadline).await;
                let batch = batch::Batch::new(asked, provider.as_ref(), write, sending);
                let results = batch.foretell(named.meant()).await;
                named.told_as_asked(results)
            }
            Err(results) => results,
        }
    });
    in_order(references, join_all(foretelling).await)
}

/// Does `write` to each of `references`, side by side over their connections;
/// results stand in the order asked. What is sent is recorded in `ledger` first.
///
/// # Errors
/// `unavailable`, when writes cannot be recorded: nothing was sent then. What
/// befalls single invoices is in their results.
pub async fn execute(
    asked: &Asked<'_>,
    write: &Write,
    references: &[Reference],
    ledger: &dyn Ledger,
) -> Result<Vec<WriteResult>, Problem> {
    let executing = by_connection(references).into_iter().map(|(name, group)| async move {
        match target(asked, write, name, &group) {
            Ok((provider, sending)) => {
                let named = Spellings::resolve(provider.as_ref(), group, asked.deadline).await;
                let batch = batch::Batch::new(asked, provider.as_ref(), write, sending);
                let results = batch.execute(named.meant(), ledger).await?;
                Ok(named.told_as_asked(results))
            }
            Err(results) => Ok(results),
        }
    });
    let groups = join_all(executing).await.into_iter().collect::<Result<Vec<_>, Problem>>()?;
    Ok(in_order(references, groups))
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

/// Who does `write` to the invoices of a connection, and how it is sent there;
/// or the results, where nobody does.
fn target(
    asked: &Asked<'_>,
    write: &Write,
    name: &ConnectionName,
    references: &[Reference],
) -> Result<(Arc<dyn Provider>, Sending), Vec<WriteResult>> {
    let refused = |problem: &Problem| -> Vec<WriteResult> {
        references.iter().map(|reference| rejected(reference, problem.clone(), None)).collect()
    };
    if !asked.scope.reaches(name) {
        return Err(references.iter().map(|id| rejected(id, not_found(id), None)).collect());
    }
    let reached: Vec<&Connection> =
        asked.connections.iter().filter(|one| asked.scope.reaches(&one.name)).collect();
    let provider = find(&reached, name).and_then(|one| one.provider.clone());
    let provider = provider.map_err(|problem| refused(&problem))?;
    let capabilities = provider.capabilities();
    let sending = capabilities.write(write.action()).ok_or_else(|| {
        refused(&rules::unsupported_operation(capabilities, name, write.action()))
    })?;
    Ok((provider, sending))
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
