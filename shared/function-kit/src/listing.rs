//! How a listing is answered: from the cache while it is fresh, else from the
//! providers, else, when none of them answers, from what is kept of it.
//!
//! The cache never fails a listing. What it does not do in time is left out and
//! counted, and for a moment it is not asked again. Nobody waits for an answer to
//! be kept: that is done once it is given.

mod body;
mod breaker;
mod pages;
mod request;
mod status;
mod summary;

use std::sync::Arc;

use futures::future::join;
use invoice::{Code, ConnectionName, ListQuery, Problem};
use listing_cache::{CachedListing, Found, Generations, Lease, LeaseOutcome, ListingKey};
use provider_client::listing::{self, PageCache};

use crate::answer::Answer;
use crate::call::Call;
use crate::caller::Caller;
use crate::state::State;
use crate::telemetry::metrics;
use body::ListingBody;
use pages::StoredPages;
use request::CacheDirectives;
use summary::SummaryRequest;

pub use breaker::CacheBreaker;
pub use pages::Recent;
pub use status::CacheUse;
pub use summary::summarize;

/// Of the time left, what a miss may wait for somebody else's reading.
const PATIENCE: f64 = 0.25;

/// Lists invoices.
///
/// # Errors
/// As [`listing::list`]; and `not_cached`, when the caller wants nothing else
/// than what is kept.
pub async fn list(
    state: &State,
    call: &Call,
    caller: &Caller,
    query: &ListQuery,
) -> Result<Answer, Problem> {
    caller.scope.admits(&query.includes)?;
    let directives = CacheDirectives::of(call);
    ListRequest { state, call, caller, query, summary: None, directives }.answered().await
}

impl ListRequest<'_> {
    /// The answer: kept, or made now.
    async fn answered(&self) -> Result<Answer, Problem> {
        let (asked, state) = (self, self.state);
        let names = selected(state, self.caller, self.query);
        let cached = match names {
            Some(names) if !state.listings().is_off() => {
                let key = self.key(&names);
                asked.found(&key).await.map(|found| (key, found))
            }
            // What cannot be asked is refused by the listing itself.
            _ => None,
        };
        match cached {
            Some((key, found)) => asked.cached(&key, found).await,
            None if asked.directives.only_if_cached => Err(not_cached()),
            None => {
                let body = asked.read(None).await?.0;
                body.answer(asked, CacheUse::Bypass)
            }
        }
    }

    fn key(&self, names: &[ConnectionName]) -> ListingKey {
        match &self.summary {
            None => ListingKey::of_answer(names, self.query, &self.caller.scope),
            Some(summary) => ListingKey::of_summary(names, &summary.question(), &self.caller.scope),
        }
    }
}

/// The connections that the answer is of, in its order; none where the query
/// names one that there is not.
fn selected(state: &State, caller: &Caller, query: &ListQuery) -> Option<Vec<ConnectionName>> {
    let known = &state.configuration.connections;
    let reached = known.iter().filter(|name| caller.scope.reaches(name));
    match &query.filter.connections {
        None => Some(reached.cloned().collect()),
        Some(wanted) => {
            let reached: Vec<_> = reached.collect();
            wanted.iter().all(|name| reached.contains(&name)).then(|| wanted.clone())
        }
    }
}

/// A listing that is asked for, and what its caller wants of the cache.
struct ListRequest<'a> {
    state: &'a State,
    call: &'a Call,
    caller: &'a Caller,
    query: &'a ListQuery,
    /// What all that answers is summed up by, where that is asked for.
    summary: Option<SummaryRequest<'a>>,
    directives: CacheDirectives,
}

impl ListRequest<'_> {
    async fn found(&self, key: &ListingKey) -> Option<Found> {
        let looking = self.state.listings().look_up(key);
        self.state.breaker().within("look up", self.call.deadline(), looking).await
    }

    /// The answer, as the cache allows it.
    async fn cached(&self, key: &ListingKey, mut found: Found) -> Result<Answer, Problem> {
        if let Some(hit) = self.hit(key, &found) {
            return Ok(hit);
        }
        if self.directives.only_if_cached {
            return Err(not_cached());
        }
        let (mut how, mut lease) = (CacheUse::Request, None);
        if !self.directives.reads_past {
            how = if found.entry.is_some() { CacheUse::Outdated } else { CacheUse::Miss };
            match self.lease(key, &mut found).await {
                // Read by another, who may not know yet that a connection is gone.
                Some(LeaseOutcome::Arrived(_)) if self.state.is_any_closed(key.connections()) => {}
                Some(LeaseOutcome::Arrived(kept)) => {
                    if let Some(answer) = body::kept(&kept.entry, self, CacheUse::Collapsed) {
                        return Ok(answer);
                    }
                }
                Some(LeaseOutcome::Ours(ours)) => lease = Some(ours),
                Some(LeaseOutcome::Alone) => {}
                None => how = CacheUse::Bypass,
            }
        }
        let answer = self.fetched(key, found, how).await;
        if let Some(lease) = lease {
            self.release(lease);
        }
        answer
    }

    /// The answer that is kept, if it will do.
    fn hit(&self, key: &ListingKey, found: &Found) -> Option<Answer> {
        if self.state.is_any_closed(key.connections()) {
            return None;
        }
        let CachedListing { entry, fresh_for } = found.entry.as_ref()?;
        let age = body::age(entry.fetched_at, self.state.listings().now());
        if !fresh_for.is_some_and(|fresh_for| self.directives.takes(age, fresh_for)) {
            return None;
        }
        body::kept(entry, self, CacheUse::Hit)
    }

    async fn lease(&self, key: &ListingKey, found: &mut Found) -> Option<LeaseOutcome> {
        let deadline = self.call.deadline();
        let patience = deadline.left().mul_f64(PATIENCE);
        let outcome = self.state.listings().lease(key, found, patience);
        let time = patience + CacheBreaker::PATIENCE;
        let outcome = self.state.breaker().within_this("lease", time, outcome).await;
        if matches!(outcome, Some(LeaseOutcome::Arrived(_) | LeaseOutcome::Alone)) {
            metrics::lease_waited();
        }
        outcome
    }

    /// Once what was read under it is kept.
    fn release(&self, lease: Lease) {
        let (listings, breaker) = (self.state.listings().clone(), self.state.breaker().clone());
        let deadline = self.call.deadline();
        self.state.afterwards(async move {
            breaker.within("release", deadline, listings.release(lease)).await;
        });
    }

    /// Asks the providers; with what is kept of them, where the cache is not
    /// left out: then there are `generations`.
    async fn read(
        &self,
        generations: Option<&Generations>,
    ) -> Result<(ListingBody, Arc<StoredPages>), Problem> {
        let wanted = self.query.filter.connections.as_deref();
        let connections = self.state.connections(self.call, self.caller, wanted).await;
        let pages = Arc::new(StoredPages::of(self, generations.cloned()));
        let page_cache: Arc<dyn PageCache> = pages.clone();
        let (scope, deadline) = (&self.caller.scope, self.call.deadline());
        if let Some(summary) = &self.summary {
            let reading =
                listing::read_every(&connections, self.query, scope, deadline, &page_cache);
            let body = summary.body(&reading.await?, pages.now(), self.directives.gzip)?;
            return Ok((body, pages));
        }
        let listing =
            listing::list_with(&connections, self.query, scope, deadline, &page_cache).await?;
        Ok((ListingBody::of(listing, pages.now(), self.directives.gzip)?, pages))
    }

    /// What the providers say, to be kept for others; or what is kept, where
    /// they say nothing.
    async fn fetched(
        &self,
        key: &ListingKey,
        found: Found,
        how: CacheUse,
    ) -> Result<Answer, Problem> {
        let generations = (how != CacheUse::Bypass).then_some(&found.generations);
        let (body, pages) = match (self.read(generations).await, found.entry) {
            (Ok(read), _) => read,
            (Err(problem), Some(kept)) if self.tolerates(key, &problem) => {
                return body::kept(&kept.entry, self, CacheUse::Stale).ok_or(problem);
            }
            (Err(problem), _) => return Err(problem),
        };
        let answer = body.answer(self, how)?;
        let keeps = !self.directives.no_store && body.is_whole() && how != CacheUse::Bypass;
        self.keep(key, keeps.then_some(body), found.generations, pages);
        Ok(answer)
    }

    /// Keeps, afterwards, what there is of an answer, and its parts.
    fn keep(
        &self,
        key: &ListingKey,
        body: Option<ListingBody>,
        generations: Generations,
        pages: Arc<StoredPages>,
    ) {
        let (listings, breaker) = (self.state.listings().clone(), self.state.breaker().clone());
        let (key, deadline) = (key.clone(), self.call.deadline());
        self.state.afterwards(async move {
            let keeping = async {
                if let Some(entry) = body.and_then(ListingBody::entry) {
                    let keeping = listings.keep(&key, &entry, &generations);
                    breaker.within("keep", deadline, keeping).await;
                }
            };
            join(keeping, pages.keep()).await;
        });
    }

    /// Whether what is kept may stand in for an answer that there is not: when
    /// no provider could give it, and the caller does not insist; never when one
    /// of the connections was taken away, whatever became of the others.
    fn tolerates(&self, key: &ListingKey, problem: &Problem) -> bool {
        !self.directives.reads_past
            && !self.state.is_any_closed(key.connections())
            && matches!(
                problem.code,
                Code::ProviderError
                    | Code::ProviderBadResponse
                    | Code::ProviderTimeout
                    | Code::ProviderCredentials
                    | Code::RateLimited
                    | Code::Unavailable
            )
    }
}

fn not_cached() -> Problem {
    Problem::new(
        Code::NotCached,
        "nothing fresh is kept of this listing, and `only-if-cached` asks for nothing else",
    )
}

#[cfg(test)]
mod tests;
