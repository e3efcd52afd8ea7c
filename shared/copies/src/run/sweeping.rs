//! The end of a run: what its walk has not shown.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use invoice::{Problem, Reference};
use jiff::Timestamp;
use provider_client::provider::View;
use provider_client::{Deadline, ErrorKind};

use super::{ASKED_AT_ONCE, LEASE, PAGE, Progress, Run, RunError, list_id, mark};
use crate::error::CopyError;
use crate::index::of_syncs;
use crate::pages::Pages;
use crate::row::{Cause, is_gone, name, number_of, text_of};
use crate::state::RunState;
use crate::store::{Observation, Observed};

impl Run<'_> {
    /// All that the run's walk has shown.
    async fn seen(&self, run: &RunState) -> Result<HashSet<u64>, CopyError> {
        let ids: Vec<String> = (0..run.lists).map(|number| list_id(&run.id, number)).collect();
        let mut seen = HashSet::new();
        for ids in ids.chunks(100) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let lists = self.store.rows(&of_syncs(&self.connection.name), &ids, None).await?;
            if lists.len() != ids.len() {
                return Err(CopyError::Refused(
                    "a list of what a run has seen is missing".to_owned(),
                ));
            }
            for list in lists.values() {
                let Some(AttributeValue::B(bytes)) = list.get("seen") else { continue };
                let (marks, _) = bytes.as_ref().as_chunks::<8>();
                seen.extend(marks.iter().map(|mark| u64::from_be_bytes(*mark)));
            }
        }
        Ok(seen)
    }

    /// Asks by id for each invoice that the walk has not shown: only one that its provider says is
    /// not there becomes a tombstone.
    pub(super) async fn sweep(&self, run: &RunState) -> Result<Progress, RunError> {
        let name = &self.connection.name;
        let seen = self.seen(run).await?;
        let mut missing: Vec<Reference> = Vec::new();
        let mut pages = Pages::new(self.store, name);
        while let Some(rows) = pages.next().await? {
            for row in &rows {
                let Some(id) = text_of(row, name::ID) else { continue };
                let asked_at = number_of(row, name::ASKED_AT).unwrap_or(i64::MAX);
                let is_older = asked_at < run.began.as_microsecond();
                if !is_gone(row) && is_older && !seen.contains(&mark(id)) {
                    let id = text_of(row, name::FULL_ID).unwrap_or(id);
                    missing.push(Reference::new(name, id));
                }
            }
        }
        let provider = match &self.connection.provider {
            Ok(provider) => provider,
            Err(problem) => return Err(RunError::Provider(Box::new(problem.clone()))),
        };
        for some in missing.chunks(ASKED_AT_ONCE) {
            if self.is_over() {
                return Ok(Progress::Unfinished);
            }
            let asked_at = Timestamp::now();
            let ids: Vec<&str> = some.iter().map(Reference::id).collect();
            let within = Deadline::after(PAGE.min(self.deadline.left()));
            let read = provider.get_many(&ids, &View::default(), within).await;
            let mut news = Vec::new();
            for (reference, read) in some.iter().zip(read) {
                let observed = match read {
                    Ok(invoice) if invoice.id == *reference => Observed::There(Box::new(invoice)),
                    Err(error)
                        if matches!(error.kind, ErrorKind::NotFound | ErrorKind::OtherInvoice) =>
                    {
                        Observed::Gone(reference.clone())
                    }
                    // Not known: it stays as it is.
                    Ok(_) => continue,
                    Err(error) if error.kind == ErrorKind::BadResponse => continue,
                    Err(error) => return Err(RunError::Provider(Box::new(Problem::from(&error)))),
                };
                news.push(Observation { observed, asked_at, cause: Cause::Provider });
            }
            let outcome = self.store.observe(name, news, self.retention).await?;
            if outcome.is_any() {
                (self.moved)().await;
            }
            if !self.store.keep_run(name, self.owner, run, LEASE).await? {
                return Ok(Progress::Busy);
            }
        }
        self.complete(run).await
    }
}
