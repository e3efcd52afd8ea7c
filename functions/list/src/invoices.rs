//! How a listing is answered: from the cache while it is fresh, else from the
//! providers, else, when none of them answers, from what is kept of it.
//!
//! The cache never fails a listing. What it does not do in time is left out and
//! counted, and for a moment it is not asked again. Nobody waits for an answer to
//! be kept: that is done once it is given.

mod body;
mod pages;
mod status;
mod summary;

use std::sync::Arc;

use api::{CacheDirectives, ListQuery};
use engine::listing::{self, PageCache};
use function_kit::connections::used;
use function_kit::{Afterwards, Answer, Call, Caller, LogFields, Permission, Reply};
use futures::future::join;
use invoice::{Code, ConnectionName, Problem};
use metrics::counter;
use store::listing_cache::{CachedListing, Found, Generations, Lease, LeaseOutcome, ListingKey};

use crate::app::ListApp;
use crate::breaker::CacheBreaker;
use body::ListingBody;
use pages::StoredPages;
use status::CacheUse;
use summary::SummaryRequest;

pub(crate) use summary::summarize;

/// Of the time left, what a miss may wait for somebody else's reading.
const PATIENCE: f64 = 0.25;

/// Lists invoices.
pub(crate) async fn list(app: &ListApp, call: &Call) -> Reply {
    let (caller, query) = match asked(call) {
        Ok(asked) => asked,
        Err(problem) => return problem.into(),
    };
    ListRequest::new(app, call, (caller, &query), None).reply().await
}

fn asked(call: &Call) -> Result<(&Caller, ListQuery), Problem> {
    let caller = call.caller(Permission::Read)?;
    let query = ListQuery::parse(call.query())?;
    caller.scope.admits(&query.includes)?;
    Ok((caller, query))
}

/// The connections that the answer is of, in its order; none where the query
/// names one that there is not.
fn selected(app: &ListApp, caller: &Caller, query: &ListQuery) -> Option<Vec<ConnectionName>> {
    let reached = app.connections.names().filter(|name| caller.scope.reaches(name));
    match &query.filter.connections {
        None => Some(reached.cloned().collect()),
        Some(wanted) => {
            let reached: Vec<_> = reached.collect();
            wanted.iter().all(|name| reached.contains(&name)).then(|| wanted.clone())
        }
    }
}

/// An answer, and how the cache took part in it.
struct Listed {
    answer: Answer,
    cache: CacheUse,
}

/// What there is to say and to do beside the answer.
#[derive(Default)]
struct Beside {
    /// The connections that were opened.
    connections: Option<Vec<ConnectionName>>,
    afterwards: Afterwards,
}

/// A listing that is asked for, and what its caller wants of the cache.
struct ListRequest<'a> {
    app: &'a ListApp,
    call: &'a Call,
    caller: &'a Caller,
    query: &'a ListQuery,
    /// What all that answers is summed up by, where that is asked for.
    summary: Option<SummaryRequest<'a>>,
    directives: CacheDirectives,
}

impl<'a> ListRequest<'a> {
    fn new(
        app: &'a ListApp,
        call: &'a Call,
        (caller, query): (&'a Caller, &'a ListQuery),
        summary: Option<SummaryRequest<'a>>,
    ) -> Self {
        let directives = CacheDirectives::of(call.headers());
        Self { app, call, caller, query, summary, directives }
    }

    async fn reply(&self) -> Reply {
        let mut beside = Beside::default();
        let response = self.answer(&mut beside).await;
        let Beside { connections, afterwards } = beside;
        let cache = response.as_ref().ok().map(|listed| listed.cache.word());
        let response = response.map(|listed| listed.answer);
        Reply { response, log: LogFields { connections, cache }, afterwards }
    }

    fn key(&self, names: &[ConnectionName]) -> ListingKey {
        let scope = &self.caller.scope;
        match &self.summary {
            None => ListingKey::of_answer(names, self.query, scope),
            Some(summary) => ListingKey::of_summary(names, &summary.question(), scope),
        }
    }

    /// The answer: from the cache while it is fresh, else from the providers.
    async fn answer(&self, beside: &mut Beside) -> Result<Listed, Problem> {
        let names = selected(self.app, self.caller, self.query);
        let cached = match names {
            Some(names) if !self.app.listings.is_off() => {
                let key = self.key(&names);
                self.found(&key).await.map(|found| (key, found))
            }
            // What cannot be asked is refused by the listing itself.
            _ => None,
        };
        match cached {
            Some((key, found)) => self.cached(&key, found, beside).await,
            None if self.directives.only_if_cached => Err(not_cached()),
            None => {
                let (body, _) = self.read(None, beside).await?;
                body.answer(self, CacheUse::Bypass)
            }
        }
    }

    async fn found(&self, key: &ListingKey) -> Option<Found> {
        let looking = self.app.listings.look_up(key);
        self.app.breaker.within("look up", self.call.deadline(), looking).await
    }

    /// The answer, as the cache allows it.
    async fn cached(
        &self,
        key: &ListingKey,
        mut found: Found,
        beside: &mut Beside,
    ) -> Result<Listed, Problem> {
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
                Some(LeaseOutcome::Arrived(_))
                    if self.app.connections.is_any_closed(key.connections()) => {}
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
        let answer = self.fetched(key, found, how, beside).await;
        if let Some(lease) = lease {
            self.release(lease, beside);
        }
        answer
    }

    /// The answer that is kept, if it will do.
    fn hit(&self, key: &ListingKey, found: &Found) -> Option<Listed> {
        if self.app.connections.is_any_closed(key.connections()) {
            return None;
        }
        let CachedListing { entry, fresh_for } = found.entry.as_ref()?;
        let age = body::age(entry.fetched_at, self.app.listings.now());
        if !fresh_for.is_some_and(|fresh_for| self.directives.takes(age, fresh_for)) {
            return None;
        }
        body::kept(entry, self, CacheUse::Hit)
    }

    async fn lease(&self, key: &ListingKey, found: &mut Found) -> Option<LeaseOutcome> {
        let deadline = self.call.deadline();
        let patience = deadline.left().mul_f64(PATIENCE);
        let outcome = self.app.listings.lease(key, found, patience);
        let time = patience + CacheBreaker::PATIENCE;
        let outcome = self.app.breaker.within_this("lease", time, outcome).await;
        if matches!(outcome, Some(LeaseOutcome::Arrived(_) | LeaseOutcome::Alone)) {
            // A listing waited for another's reading of it.
            counter!("LeaseWait").increment(1);
        }
        outcome
    }

    /// Once what was read under it is kept.
    fn release(&self, lease: Lease, beside: &mut Beside) {
        let (listings, breaker) = (self.app.listings.clone(), self.app.breaker.clone());
        let deadline = self.call.deadline();
        beside.afterwards.push(async move {
            breaker.within("release", deadline, listings.release(lease)).await;
        });
    }

    /// Asks the providers; with what is kept of them, where the cache is not
    /// left out: then there are `generations`.
    async fn read(
        &self,
        generations: Option<&Generations>,
        beside: &mut Beside,
    ) -> Result<(ListingBody, Arc<StoredPages>), Problem> {
        let wanted = self.query.filter.connections.as_deref();
        let (scope, deadline) = (&self.caller.scope, self.call.deadline());
        let connections = self.app.connections.open(scope, wanted, deadline).await;
        beside.connections = Some(used(&connections, wanted));
        let connections = match &self.app.copies {
            Some(copies) if !self.directives.reads_past => copies.for_listing(connections).await,
            _ => connections,
        };
        let pages = Arc::new(StoredPages::of(self, generations.cloned()));
        let page_cache: Arc<dyn PageCache> = pages.clone();
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
        beside: &mut Beside,
    ) -> Result<Listed, Problem> {
        let generations = (how != CacheUse::Bypass).then_some(&found.generations);
        let (body, pages) = match (self.read(generations, beside).await, found.entry) {
            (Ok(read), _) => read,
            (Err(problem), Some(kept)) if self.tolerates(key, &problem) => {
                return body::kept(&kept.entry, self, CacheUse::Stale).ok_or(problem);
            }
            (Err(problem), _) => return Err(problem),
        };
        let answer = body.answer(self, how)?;
        let keeps = !self.directives.no_store
            && body.is_whole()
            && how != CacheUse::Bypass
            && !(body.leads_on() && self.reads_past_a_copy(key));
        self.keep(key, keeps.then_some(body), found.generations, pages, beside);
        Ok(answer)
    }

    /// Whether the caller has a provider asked that answers others from its copy. Its cursor
    /// leads on in the provider's own pages, where nobody else is.
    fn reads_past_a_copy(&self, key: &ListingKey) -> bool {
        let is_synced =
            |name: &ConnectionName| self.app.copies.as_ref().is_some_and(|copies| copies.has(name));
        self.directives.reads_past && key.connections().iter().any(is_synced)
    }

    /// Keeps, afterwards, what there is of an answer, and its parts.
    fn keep(
        &self,
        key: &ListingKey,
        body: Option<ListingBody>,
        generations: Generations,
        pages: Arc<StoredPages>,
        beside: &mut Beside,
    ) {
        let (listings, breaker) = (self.app.listings.clone(), self.app.breaker.clone());
        let (key, deadline) = (key.clone(), self.call.deadline());
        beside.afterwards.push(async move {
            // All is compressed before any of it is sent: nothing sent waits for that.
            let entry = body.and_then(ListingBody::entry);
            let keeping = async {
                if let Some(entry) = entry {
                    let keeping = listings.keep(&key, &entry, &generations);
                    breaker.within("keep", deadline, keeping).await;
                }
            };
            join(pages.keep(), keeping).await;
        });
    }

    /// Whether what is kept may stand in for an answer that there is not: when
    /// no provider could give it, and the caller does not insist; never when one
    /// of the connections was taken away, whatever became of the others.
    fn tolerates(&self, key: &ListingKey, problem: &Problem) -> bool {
        !self.directives.reads_past
            && !self.app.connections.is_any_closed(key.connections())
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
