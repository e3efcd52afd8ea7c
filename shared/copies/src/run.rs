//! One run of a sync: all of a connection is read, what is news is written, and what is not
//! there any more becomes a tombstone.
//!
//! Rows that tell what they told are not touched: a run knows the digests of all rows from
//! one index, and notes what it has seen in lists of its own, eight bytes an invoice. So an
//! ordinary run writes next to nothing, however large the account is.
//!
//! How far a run has come is kept after each page, and whoever comes next goes on from there.
//! Nothing is taken for gone before the walk is at its end, and nothing even then but what
//! the provider, asked for it by its id, says is not there: an invoice may move from a page
//! that is still to be read to one that has been.

mod catching_up;
mod sweeping;

use std::collections::HashMap;
use std::time::Duration;

use api::{ListQuery, MAX_LIMIT};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use engine::Connection;
use engine::listing;
use futures::future::BoxFuture;
use invoice::{Digest, Invoice, Parameter, Problem, Scope};
use jiff::{SignedDuration, Timestamp};
use provider_client::Deadline;

use crate::error::CopyError;
use crate::index::of_syncs;
use crate::pages::Pages;
use crate::row::{Canonical, Cause, Item, is_gone, name, number, number_of, row_id, text_of};
use crate::state::{CompleteRun, FailedRun, RunState, SyncState};
use crate::store::{CopyStore, Observation, Observed, Outcome, is_due};

/// How long a run belongs to whoever is at it, from page to page.
const LEASE: Duration = Duration::from_secs(120);
/// By when one page must have come.
const PAGE: Duration = Duration::from_secs(60);
/// How long before its time is up a run is handed on.
const RESERVE: Duration = Duration::from_secs(15);
/// Invoices that are asked for at once, each by its id.
const ASKED_AT_ONCE: usize = 25;
/// How long the lists of what was seen are kept: twice as long as a run is gone on with.
const LISTS_KEPT: i64 = 2 * 86_400;

/// A sync of one connection.
pub struct Run<'a> {
    /// The copies.
    pub store: &'a CopyStore,
    /// The connection, with its provider itself.
    pub connection: &'a Connection,
    /// Who is at it: a message's id, or the like.
    pub owner: &'a str,
    /// How long tombstones are kept.
    pub retention: SignedDuration,
    /// By when it is to be handed on.
    pub deadline: Deadline,
    /// Called whenever rows have changed.
    pub moved: &'a (dyn Fn() -> BoxFuture<'a, ()> + Sync),
}

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// All of it: the copy is complete.
    Complete(CompleteRun),
    /// Its time is up: somebody has to go on.
    Unfinished,
    /// Another is at it.
    Busy,
}

/// Why a run failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RunError {
    /// The provider.
    #[error("{0}")]
    Provider(Box<Problem>),
    /// The table.
    #[error(transparent)]
    Table(#[from] CopyError),
}

/// What the rows that are there are known by.
struct Known {
    hash: String,
    is_gone: bool,
    expires_at: i64,
}

impl Run<'_> {
    /// Goes on with the connection's run, or begins one.
    ///
    /// # Errors
    /// When the provider or the table fails. What the provider said is kept with the
    /// connection, and its next run begins anew.
    pub async fn go_on(&self) -> Result<Progress, RunError> {
        let name = &self.connection.name;
        let Some(run) = self.store.take_run(name, self.owner, LEASE).await? else {
            return Ok(Progress::Busy);
        };
        let outcome = match self.catch_up().await {
            Ok(()) => self.walked(run).await,
            Err(error) => Err(error.into()),
        };
        match &outcome {
            Ok(progress) => {
                let has_ended = matches!(progress, Progress::Complete(_));
                self.store.release_run(name, self.owner, has_ended).await?;
            }
            Err(RunError::Provider(problem)) => {
                self.note_failure(problem).await?;
                self.store.release_run(name, self.owner, true).await?;
            }
            Err(RunError::Table(_)) => {}
        }
        outcome
    }

    async fn note_failure(&self, problem: &Problem) -> Result<(), CopyError> {
        let name = &self.connection.name;
        let mut state = self.state().await?;
        state.failed = Some(FailedRun {
            at: Timestamp::now(),
            code: problem.code.word().to_owned(),
            detail: problem.detail.clone(),
        });
        self.store.put_state(name, &state).await
    }

    async fn state(&self) -> Result<SyncState, CopyError> {
        let mut states =
            self.store.sync_states(std::slice::from_ref(&self.connection.name)).await?;
        Ok(states.remove(&self.connection.name).unwrap_or_default())
    }

    async fn walked(&self, mut run: RunState) -> Result<Progress, RunError> {
        if !run.is_walked {
            let known = self.known().await?;
            while !run.is_walked {
                if self.is_over() {
                    return Ok(Progress::Unfinished);
                }
                let outcome = self.page(&mut run, &known).await?;
                if outcome.is_any() {
                    (self.moved)().await;
                }
                if !self.store.keep_run(&self.connection.name, self.owner, &run, LEASE).await? {
                    return Ok(Progress::Busy);
                }
            }
        }
        self.sweep(&run).await
    }

    fn is_over(&self) -> bool {
        self.deadline.left() < RESERVE
    }

    /// One page of the walk: what of it is news is written, and all of it is noted.
    async fn page(
        &self,
        run: &mut RunState,
        known: &HashMap<u64, Known>,
    ) -> Result<Outcome, RunError> {
        let asked_at = Timestamp::now();
        let query = ListQuery {
            limit: MAX_LIMIT,
            cursor: run.cursor.clone(),
            require_all: false,
            ..ListQuery::default()
        };
        let within = Deadline::after(PAGE.min(self.deadline.left()));
        let connections = std::slice::from_ref(self.connection);
        let listing = listing::list(connections, &query, &Scope::All, within).await;
        let listing = listing.map_err(|problem| RunError::Provider(Box::new(problem)))?;
        let (mut seen, mut news) = (Vec::new(), Vec::new());
        for invoice in listing.data {
            let mark = mark(&row_id(&invoice.id));
            seen.push(mark);
            run.lacking.extend(Parameter::ALL.iter().copied().filter(|it| !shows(&invoice, *it)));
            if is_news(&invoice, known.get(&mark))? {
                let observed = Observed::There(Box::new(invoice.into_invoice()));
                news.push(Observation { observed, asked_at, cause: Cause::Provider });
            }
        }
        let left_out = listing.sources.iter().filter_map(|source| source.left_out.as_ref());
        run.left_out +=
            left_out.map(|rows| u64::try_from(rows.count).unwrap_or(u64::MAX)).sum::<u64>();
        run.rows += u64::try_from(seen.len()).unwrap_or_default();
        let outcome = self.store.observe(&self.connection.name, news, self.retention).await?;
        if !seen.is_empty() {
            self.note(run, &seen).await?;
        }
        run.is_walked = listing.next_cursor.is_none();
        run.cursor = listing.next_cursor;
        Ok(outcome)
    }

    /// Notes what a page has shown. Where the run is cut right after, the same list is
    /// written once more.
    async fn note(&self, run: &mut RunState, seen: &[u64]) -> Result<(), CopyError> {
        let bytes: Vec<u8> = seen.iter().flat_map(|mark| mark.to_be_bytes()).collect();
        let item = Item::from([
            ("seen".to_owned(), AttributeValue::B(Blob::new(bytes))),
            (name::EXPIRES_AT.to_owned(), number(Timestamp::now().as_second() + LISTS_KEPT)),
        ]);
        let id = list_id(&run.id, run.lists);
        self.store.put_item(&of_syncs(&self.connection.name), &id, item).await?;
        run.lists += 1;
        Ok(())
    }

    async fn complete(&self, run: &RunState) -> Result<Progress, RunError> {
        let ended = Timestamp::now();
        let complete = CompleteRun {
            began: run.began,
            ended,
            rows: run.rows,
            left_out: run.left_out,
            lacking: run.lacking.clone(),
        };
        let since = self.state().await?.since.or(Some(ended));
        let state = SyncState { complete: Some(complete.clone()), since, ..SyncState::default() };
        self.store.put_state(&self.connection.name, &state).await?;
        // Of what had been sent when the run began, the walk has read the invoice.
        for write in self.left_open(run.began).await? {
            self.store.forget_write(&write).await?;
        }
        Ok(Progress::Complete(complete))
    }

    /// What the rows are known by.
    async fn known(&self) -> Result<HashMap<u64, Known>, CopyError> {
        let mut known = HashMap::new();
        let mut pages = Pages::new(self.store, &self.connection.name);
        while let Some(rows) = pages.next().await? {
            for row in &rows {
                let Some(id) = text_of(row, name::ID) else { continue };
                let hash = text_of(row, name::HASH).unwrap_or_default().to_owned();
                let expires_at = number_of(row, name::EXPIRES_AT).unwrap_or_default();
                known.insert(mark(id), Known { hash, is_gone: is_gone(row), expires_at });
            }
        }
        Ok(known)
    }
}

fn list_id(run: &str, number: u32) -> String {
    format!("seen#{run}#{number:08}")
}

/// What an id is known by in lists: so short that a million of them are held at once.
fn mark(id: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *Digest::of(&[id]).bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn is_news(invoice: &Invoice, known: Option<&Known>) -> Result<bool, CopyError> {
    let Some(known) = known else { return Ok(true) };
    let is_same = Canonical::of(invoice)?.hash == known.hash;
    Ok(known.is_gone || !is_same || is_due(known.expires_at))
}

/// Whether the invoice shows what `parameter` asks about.
fn shows(invoice: &Invoice, parameter: Parameter) -> bool {
    match parameter {
        Parameter::InvoiceDate => invoice.dates.invoice.is_some(),
        Parameter::DueDate => invoice.dates.due.is_some(),
        Parameter::CreatedAt => invoice.timestamps.created.is_some(),
        Parameter::ModifiedAt => invoice.timestamps.modified.is_some(),
        Parameter::ActivatedAt => invoice.timestamps.activated.is_some(),
        Parameter::Amount => invoice.amounts.total.is_some(),
        Parameter::Balance => invoice.amounts.balance.is_some(),
        Parameter::Number => invoice.number.is_some(),
        // What is empty is empty at the provider, too.
        Parameter::CustomerIds
        | Parameter::Status
        | Parameter::PaymentStatus
        | Parameter::PoNumber
        | Parameter::ExternalId
        | Parameter::Currency
        | Parameter::Search
        | Parameter::ShowZeroDollarCharges
        | Parameter::ShowTrackedItems => true,
    }
}
