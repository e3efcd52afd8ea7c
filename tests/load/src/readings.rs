//! Listings, held to what is known of every invoice.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::client::Answer;
use crate::figures::{Kind, Phase};
use crate::questions::Question;
use crate::stage::{Record, Stage};
use crate::violations::Rule;
use crate::world::{Request, World};

/// How long a listing is answered from the cache (`ListingTtlSeconds`), and what reading and
/// answering may take beside it.
const FRESH: SignedDuration = SignedDuration::from_secs(60 + 35);
/// More pages than any connection here has.
const MOST_PAGES: usize = 100;

/// A page of a listing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<Row>,
    has_more: bool,
    next_cursor: Option<String>,
    sources: Vec<Source>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    connection: String,
    status: String,
    customer: Customer,
    dates: Dates,
}

#[derive(Debug, Deserialize)]
struct Customer {
    id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Dates {
    invoice: Option<String>,
    due: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    connection: String,
    status: String,
    from: String,
    fetched_at: Option<Timestamp>,
    problem: Option<Problem>,
}

#[derive(Debug, Clone, Deserialize)]
struct Problem {
    code: String,
}

impl Source {
    /// Whether its invoices are in the answer, all that were asked for.
    fn is_whole(&self) -> bool {
        matches!(self.status.as_str(), "ok" | "stale")
    }
}

/// What was shown on the pages of one walk.
#[derive(Debug, Default)]
struct Shown {
    /// Each invoice once.
    ids: BTreeSet<String>,
    /// When the first page was asked.
    began: Option<Timestamp>,
    /// Since when each connection's provider had been asked, at the earliest; none where one
    /// of its pages was not whole.
    whole_since: BTreeMap<String, Option<Since>>,
}

/// Since when what a source says is so.
#[derive(Debug, Clone, Copy)]
struct Since {
    fetched: Timestamp,
    is_stale: bool,
}

impl World {
    /// Asks for one page, and holds it to what is known.
    pub async fn read(&self, question: &Question, is_whole: bool) {
        let mut shown = Shown::default();
        let page = self.page(question, None, is_whole, &mut shown).await;
        if let Some((request, answer, page)) = page
            && !page.has_more
        {
            self.hold_to_whole(question, &shown, &request, &answer);
        }
    }

    /// Asks for all pages, and holds them to what is known; whether each source was `ok` to the
    /// end.
    pub async fn walk(&self, question: &Question) -> bool {
        let (mut shown, mut cursor) = (Shown::default(), None::<String>);
        for _ in 0..MOST_PAGES {
            let page = self.page(question, cursor.as_deref(), false, &mut shown).await;
            let Some((request, answer, page)) = page else { return false };
            if !page.has_more {
                self.hold_to_whole(question, &shown, &request, &answer);
                return shown
                    .whole_since
                    .values()
                    .all(|since| since.is_some_and(|since| !since.is_stale));
            }
            cursor = page.next_cursor;
        }
        let request = question.request(None);
        let what = format!("the walk has not ended after {MOST_PAGES} pages");
        self.violations.add(Rule::Sources, what, &request.words(), None);
        false
    }

    async fn page(
        &self,
        question: &Question,
        cursor: Option<&str>,
        is_whole: bool,
        shown: &mut Shown,
    ) -> Option<(Request, Answer, Page)> {
        let request = question.request(cursor);
        let answer = self.send(&request, is_whole).await?;
        let cache = answer.header("cache-status").unwrap_or_default();
        let kind = if cache.contains("; hit") { Kind::Hit } else { Kind::Miss };
        let phase = self.phase();
        if answer.status == 200 || answer.status >= 429 {
            self.figures.took(phase, kind, answer.took);
        }
        if answer.status != 200 {
            return None;
        }
        let page = match serde_json::from_str::<Page>(&answer.text) {
            Ok(page) => page,
            Err(why) => {
                let what = format!("no page can be read of it: {why}");
                self.violations.add(Rule::Contract, what, &request.words(), Some(&answer));
                return None;
            }
        };
        self.count_page(phase, &page);
        let mut faults = Faults { world: self, request: &request, answer: &answer };
        shown.began.get_or_insert(answer.began);
        faults.hold_sources(question, cursor.is_none(), &page);
        faults.hold_order(question, &page);
        for row in &page.data {
            faults.hold_row(question, &page, row).await;
            if !shown.ids.insert(row.id.clone()) {
                faults.add(Rule::Duplicate, format!("{} is shown twice", row.id));
            }
        }
        note_sources(shown, &page);
        Some((request, answer, page))
    }

    fn count_page(&self, phase: Phase, page: &Page) {
        self.figures.count(phase, |counts| {
            counts.rows_checked += page.data.len();
            for source in &page.sources {
                let code = source.problem.as_ref().map(|problem| problem.code.as_str());
                let word = format!("{} {}", source.status, code.unwrap_or_default());
                *counts.sources.entry(word.trim().to_owned()).or_default() += 1;
            }
        });
        let failed = page.sources.iter().filter(|source| source.problem.is_some());
        failed.for_each(|_| self.figures.failed());
    }

    /// Holds a listing that is at its end to the invoices that must be in it.
    fn hold_to_whole(
        &self,
        question: &Question,
        shown: &Shown,
        request: &Request,
        answer: &Answer,
    ) {
        let is_of_payables = question.connections.contains(&"finexio");
        if question.customer.is_some() && is_of_payables {
            return;
        }
        let phase = self.phase();
        self.figures.count(phase, |counts| counts.whole_listings_checked += 1);
        for connection in &question.connections {
            let Some(Some(since)) = shown.whole_since.get(*connection) else { continue };
            let began = shown.began.filter(|_| !since.is_stale);
            for (id, invoice) in self.truth.of(connection, question.customer.as_deref()) {
                let possible = invoice.possible(began, Some(since.fetched));
                if possible.must_be_listed(question.stage()) && !shown.ids.contains(&id) {
                    let what = format!(
                        "{id} is missing, whose stage is {:?}, since {}; its connection's source is said to be whole since {}",
                        possible.stages, possible.why, since.fetched
                    );
                    self.violations.add(Rule::Sources, what, &request.words(), Some(answer));
                }
            }
        }
    }
}

/// What the sources of a page say of the walk as a whole.
fn note_sources(shown: &mut Shown, page: &Page) {
    for source in &page.sources {
        // Of a connection that is at its end, or its turn has not come, later pages say nothing.
        if source.status == "unread" || (source.is_whole() && source.fetched_at.is_none()) {
            continue;
        }
        let now = source.fetched_at.filter(|_| source.is_whole());
        let now = now.map(|fetched| Since { fetched, is_stale: source.status == "stale" });
        let before = shown.whole_since.entry(source.connection.clone()).or_insert(now);
        *before = before.zip(now).map(|(before, now)| Since {
            fetched: before.fetched.min(now.fetched),
            is_stale: before.is_stale || now.is_stale,
        });
    }
}

/// What is wrong with one answer.
struct Faults<'w> {
    world: &'w World,
    request: &'w Request,
    answer: &'w Answer,
}

impl Faults<'_> {
    fn add(&self, rule: Rule, what: String) {
        self.world.violations.add(rule, what, &self.request.words(), Some(self.answer));
    }

    /// Each connection is said, and those that failed with why.
    fn hold_sources(&mut self, question: &Question, is_first: bool, page: &Page) {
        let mut said: Vec<&str> = page.sources.iter().map(|one| one.connection.as_str()).collect();
        said.sort_unstable();
        let mut asked = question.connections.clone();
        asked.sort_unstable();
        if said != asked {
            self.add(Rule::Sources, format!("{asked:?} were asked, and the sources are {said:?}"));
        }
        for source in &page.sources {
            let (name, status) = (&source.connection, source.status.as_str());
            let is_as_it_should = match status {
                "failed" => source.problem.is_some(),
                "ok" | "unread" => source.problem.is_none(),
                _ => true,
            };
            if !is_as_it_should {
                self.add(Rule::Sources, format!("{name} is {status}, with or without a problem"));
            }
            let is_shown = page.data.iter().any(|row| row.connection == *name);
            if is_shown && !matches!(status, "ok" | "stale" | "partial") {
                self.add(
                    Rule::Sources,
                    format!("{name} is {status}, and invoices of it are shown"),
                );
            }
            let (Some(fetched), "ok", "provider") =
                (source.fetched_at, status, source.from.as_str())
            else {
                continue;
            };
            let oldest = self.answer.began.checked_sub(FRESH).unwrap_or(fetched);
            if fetched < oldest {
                self.add(Rule::Untrue, format!("{name} is ok, and was fetched at {fetched}"));
            }
            if question.no_cache && is_first && fetched < self.answer.began {
                let what = format!("{name} was fetched at {fetched}, and no-cache was asked");
                self.add(Rule::Untrue, what);
            }
        }
    }

    /// The order by date, which is plain text; whatever lacks it comes last.
    fn hold_order(&mut self, question: &Question, page: &Page) {
        if question.sort != Some("-invoiceDate") {
            return;
        }
        let later = |one: &Row, next: &Row| match (&one.dates.invoice, &next.dates.invoice) {
            (Some(one), Some(next)) => one < next,
            (None, Some(_)) => true,
            _ => false,
        };
        for (one, next) in page.data.iter().zip(page.data.iter().skip(1)) {
            if later(one, next) {
                self.add(Rule::Untrue, format!("{} stands before {}", one.id, next.id));
            }
        }
    }

    /// An invoice that is shown is one that there is, and is as it may be.
    async fn hold_row(&mut self, question: &Question, page: &Page, row: &Row) {
        let source = page.sources.iter().find(|source| source.connection == row.connection);
        let Some(source) = source else {
            return self.add(Rule::Sources, format!("{} is of no source", row.id));
        };
        if question.status.is_some_and(|asked| asked != row.status) {
            self.add(Rule::Untrue, format!("{} is {}, and was not asked for", row.id, row.status));
        }
        let Some(invoice) = self.world.known(&row.id).await else {
            return self.add(Rule::Untrue, format!("the sandbox has never had {}", row.id));
        };
        let is_its = invoice.customer.is_none() || invoice.customer == row.customer.id;
        let is_asked = question.customer.is_none() || question.customer == row.customer.id;
        if !is_its || !is_asked {
            let (shown, known) = (&row.customer.id, &invoice.customer);
            self.add(Rule::Untrue, format!("{}: {shown:?} is its customer, not {known:?}", row.id));
        }
        let began = Some(self.answer.began).filter(|_| source.status != "stale");
        let possible = invoice.possible(began, source.fetched_at);
        let stage = Stage::shown(&row.status);
        if !possible.stages.contains(&stage) {
            let what = format!(
                "{} is shown as {stage:?}; it may be {:?}, since {}; its source is {} since {:?}",
                row.id, possible.stages, possible.why, source.status, source.fetched_at
            );
            return self.add(Rule::Untrue, what);
        }
        if !invoice.was_recorded(stage) && !self.world.is_recorded_by_now(&row.id, stage).await {
            let what =
                format!("{} is shown as {stage:?}, and the sandbox has not got there", row.id);
            self.add(Rule::Untrue, what);
        }
        let due = invoice.due(self.answer.began).filter(|_| source.status != "stale");
        if due.is_some() && due != row.dates.due.as_deref() {
            let what = format!("{} is due {:?}; {due:?} was answered", row.id, row.dates.due);
            self.add(Rule::Untrue, what);
        }
    }
}

impl World {
    /// What is known of an invoice that is shown; of what a draft became, the sandbox is asked.
    pub async fn known(&self, reference: &str) -> Option<crate::truth::Invoice> {
        if let Some(known) = self.truth.get(reference) {
            return Some(known);
        }
        if reference.starts_with("fusebill:") {
            // Where the sandbox does not answer, nothing is known of it.
            let _ = self.watch("fusebill").await;
        }
        self.truth.get(reference)
    }

    /// Whether the sandbox has an invoice in `stage`, or has had it there and beyond.
    async fn is_recorded_by_now(&self, reference: &str, stage: Stage) -> bool {
        let Ok((now, _)) = self.recorded_now(reference).await else { return false };
        self.truth.recorded(reference, now, Timestamp::now());
        now >= stage
    }

    /// Reads one invoice after a write, which has to show in it.
    pub async fn read_after_write(&self, reference: &str) {
        let operation = "getInvoice";
        let (target, headers) = (format!("/invoices/{reference}"), Vec::new());
        let request = Request { operation, method: "GET", target, headers, body: String::new() };
        let Some(answer) = self.send(&request, false).await else { return };
        let Some(invoice) = self.truth.get(reference) else { return };
        let shown = match answer.status {
            200 => match serde_json::from_str::<Row>(&answer.text) {
                Ok(row) => Some(Stage::shown(&row.status)),
                Err(why) => {
                    let what = format!("no invoice can be read of it: {why}");
                    self.violations.add(Rule::Contract, what, &request.words(), Some(&answer));
                    None
                }
            },
            404 => Some(Stage::Gone),
            _ => None,
        };
        let possible = invoice.possible(Some(answer.began), Some(answer.began));
        let Some(shown) = shown.filter(|shown| !possible.stages.contains(shown)) else { return };
        let what = format!(
            "{reference} is read as {shown:?}; it may be {:?}, since {}",
            possible.stages, possible.why
        );
        self.violations.add(Rule::Untrue, what, &request.words(), Some(&answer));
    }

    /// All that the sandbox holds of a connection.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn records(&self, connection: &str) -> Result<Vec<Record>, crate::client::Failure> {
        let records = self.control.get(&format!("{connection}/invoices")).await?;
        Ok(serde_json::from_value(records.ok_or("the sandbox has no such connection")?)?)
    }
}
