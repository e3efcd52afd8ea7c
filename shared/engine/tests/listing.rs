//! The listing engine over providers made up for the purpose: whatever they
//! can sort and filter, the answer is the same.
#![cfg(test)]
#![expect(clippy::as_conversions, reason = "small numbers of the test's own")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::ListQuery;
use async_trait::async_trait;
use engine::Connection;
use engine::listing::{
    AppliedBy, CachedPage, Listing, PageCache, PageKey, SourceStatus, list, list_with,
};
use invoice::{
    Amount, Code, Comment, Direction, Invoice, Match, Parameter, Problem, Reference, Scope, Sort,
    SortKey, Status,
};
use jiff::Timestamp;
use proptest::prelude::*;
use provider_client::capability::{Applied, Capabilities, IdSpelling};
use provider_client::provider::{Page, Part, PartKind, PartOrder, Plan, Question, Start, View};
use provider_client::{Deadline, ErrorKind, Provider, ProviderError};

const CAPABILITIES: Capabilities = Capabilities {
    provider: "made-up",
    title: "Made up",
    ids: IdSpelling::Exact,
    direction: Direction::Receivable,
    customer_required: false,
    filters: &[
        (Parameter::Status, Applied::ByBridge),
        (Parameter::Amount, Applied::ByBridge),
        (Parameter::InvoiceDate, Applied::ByBridge),
        (Parameter::Search, Applied::ByBridge),
    ],
    sorts: &[],
    includes: &[],
    completed_one_by_one: &[],
    writes: &[],
    comments_kept: &[],
    updatable: &[],
    concurrency: 4,
    assumptions: &[],
};

/// How a made-up provider behaves.
#[derive(Debug, Clone, Copy)]
struct Manner {
    order: PartOrder,
    parts: usize,
    page: usize,
    filters: bool,
    knows_total: bool,
    repeats: bool,
    /// The first part comes in the provider's own order, whatever is asked.
    mixed: bool,
}

impl Manner {
    fn order_of(self, part: usize) -> PartOrder {
        if self.mixed && part == 0 { PartOrder::Own } else { self.order }
    }
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            order: PartOrder::Own,
            parts: 1,
            page: 3,
            filters: false,
            knows_total: false,
            repeats: false,
            mixed: false,
        }
    }
}

struct MadeUp {
    name: &'static str,
    manner: Manner,
    invoices: Vec<Invoice>,
    calls: AtomicUsize,
    /// Calls from this one on fail, until this other one.
    fails: std::ops::Range<usize>,
    /// Sorts by the wrong key.
    lies: bool,
    /// The id of an invoice that it has not any more when it is asked for more of it.
    gone: Option<&'static str>,
}

impl MadeUp {
    fn error(&self, kind: ErrorKind) -> ProviderError {
        ProviderError::new(kind, "made-up", &self.name.parse().unwrap(), "list", "it failed")
    }

    fn rows(&self, question: &Question, part: usize) -> Vec<Invoice> {
        let mut rows: Vec<Invoice> = self
            .invoices
            .iter()
            .enumerate()
            .filter(|(place, _)| place % self.manner.parts == part)
            .map(|(_, invoice)| invoice.clone())
            .filter(|invoice| !self.manner.filters || answers(question, invoice))
            .collect();
        if let Some(sort) = question.sort
            && !self.lies
        {
            match self.manner.order_of(part) {
                PartOrder::Own => {}
                PartOrder::RequestedThenId => {
                    rows.sort_by(|a, b| sort.cmp(&sort.position(a), &sort.position(b)))
                }
                PartOrder::Requested => rows.sort_by(|a, b| {
                    let (a, b) = (sort.position(a), sort.position(b));
                    // Equals in an order of its own.
                    sort.cmp_values(a.value.as_ref(), b.value.as_ref())
                        .then_with(|| b.reference.cmp(&a.reference))
                }),
            }
        }
        rows
    }
}

fn answers(question: &Question, invoice: &Invoice) -> bool {
    question
        .filter
        .asked()
        .iter()
        .all(|asked| question.filter.matches(*asked, invoice) == Match::Pass)
}

/// A part, by its number.
#[derive(PartialEq)]
struct Nth(usize);

impl PartKind for Nth {
    fn key(&self) -> String {
        self.0.to_string()
    }

    fn parse(key: &str) -> Option<Self> {
        key.parse().ok().map(Self)
    }
}

#[async_trait]
impl Provider for MadeUp {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        let order = |part| match question.sort {
            Some(_) => self.manner.order_of(part),
            None => PartOrder::Own,
        };
        let parts = (0..self.manner.parts).map(|part| Part::of(&Nth(part), order(part)));
        let by_provider = if self.manner.filters { question.filter.asked() } else { Vec::new() };
        Ok(Plan { parts: parts.collect(), by_provider: by_provider.into_iter().collect() })
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.fails.contains(&call) {
            return Err(self.error(ErrorKind::Failed));
        }
        let rows = self.rows(question, part.read::<Nth>().unwrap().0);
        let from = usize::try_from(start.skip).unwrap().min(rows.len());
        let to = (from + self.manner.page).min(rows.len());
        // A page that begins with what the last one ended with.
        let shown = if self.manner.repeats && from > 0 { from - 1..to } else { from..to };
        let following: Vec<Start> =
            (to..rows.len()).step_by(self.manner.page).map(|at| Start::at(at as u64)).collect();
        Ok(Page {
            invoices: rows[shown].to_vec(),
            following: if self.manner.knows_total {
                following
            } else {
                following.into_iter().take(1).collect()
            },
            announces_more: self.manner.knows_total && to < rows.len(),
            total: self.manner.knows_total.then_some(rows.len() as u64),
            ..Page::default()
        })
    }

    async fn get(&self, _: &str, _: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        Err(self.error(ErrorKind::NotFound))
    }

    async fn complete(
        &self,
        mut invoices: Vec<Invoice>,
        _: &View,
        _: Deadline,
    ) -> Result<Vec<Invoice>, ProviderError> {
        invoices.retain(|invoice| Some(invoice.id.id()) != self.gone);
        Ok(invoices)
    }
}

fn invoice(connection: &str, id: usize, day: Option<i8>, cents: i64) -> Invoice {
    let reference = format!("{connection}:{id:03}").parse().unwrap();
    let mut invoice = Invoice::unknown(reference, "made-up", Direction::Receivable);
    invoice.dates.invoice = day.map(|day| jiff::civil::date(2025, 1, day));
    invoice.amounts.total = Some(Amount::new(rust_decimal::Decimal::new(cents, 2), None));
    invoice.status = if cents % 2 == 0 { Status::Draft } else { Status::Active };
    invoice
}

fn made_up(name: &'static str, manner: Manner, invoices: Vec<Invoice>) -> MadeUp {
    let calls = AtomicUsize::new(0);
    MadeUp { name, manner, invoices, calls, fails: 0..0, lies: false, gone: None }
}

fn connected(providers: Vec<MadeUp>) -> Vec<Connection> {
    let connection =
        |one: MadeUp| Connection { name: one.name.parse().unwrap(), provider: Ok(Arc::new(one)) };
    providers.into_iter().map(connection).collect()
}

fn numbered(name: &'static str, count: usize) -> Vec<Invoice> {
    (0..count)
        .map(|id| invoice(name, id, Some(i8::try_from(id % 5).unwrap() + 1), id as i64))
        .collect()
}

async fn ask(connections: &[Connection], query: &ListQuery) -> Result<Listing, Problem> {
    list(connections, query, &Scope::All, Deadline::after(Duration::from_secs(30))).await
}

/// Every page to the end, as the invoices' references.
async fn walk(connections: &[Connection], mut query: ListQuery) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..1000 {
        let listing = ask(connections, &query).await.unwrap();
        assert!(listing.data.len() <= query.limit.into());
        assert_eq!(listing.has_more, listing.next_cursor.is_some());
        all.extend(listing.data.iter().map(|invoice| invoice.id.to_string()));
        query.cursor = listing.next_cursor;
        if query.cursor.is_none() {
            return all;
        }
    }
    panic!("the walk does not end: {all:?}");
}

fn manner() -> impl Strategy<Value = Manner> {
    let order = prop_oneof![
        Just(PartOrder::Own),
        Just(PartOrder::Requested),
        Just(PartOrder::RequestedThenId)
    ];
    (order, 1..4_usize, 1..6_usize, any::<(bool, bool, bool, bool)>()).prop_map(
        |(order, parts, page, (filters, knows_total, repeats, mixed))| Manner {
            mixed,
            order,
            parts,
            page,
            filters,
            knows_total,
            // A provider that sorts and repeats breaks its promise of order.
            repeats: repeats && order == PartOrder::Own,
        },
    )
}

fn population(name: &'static str) -> impl Strategy<Value = Vec<Invoice>> {
    proptest::collection::vec((proptest::option::of(1..4_i8), 0..6_i64), 0..20).prop_map(
        move |rows| {
            rows.into_iter()
                .enumerate()
                .map(|(id, (day, cents))| invoice(name, id, day, cents))
                .collect()
        },
    )
}

fn query() -> impl Strategy<Value = ListQuery> {
    let sort = proptest::option::of((
        prop_oneof![Just(SortKey::InvoiceDate), Just(SortKey::Amount)],
        any::<bool>(),
    ));
    let filter = prop_oneof![
        Just(""),
        Just("status=draft"),
        Just("amount[gte]=0.02"),
        Just("invoiceDate=2025-01-02&status=active")
    ];
    (sort, filter, 1..9_u16).prop_map(|(sort, filter, limit)| ListQuery {
        sort: sort.map(|(key, descending)| Sort { key, descending }),
        limit,
        ..ListQuery::parse(filter).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_walk_gives_every_invoice_once_and_in_order(
        manners in [manner(), manner(), manner()],
        populations in (population("a"), population("b"), population("c")),
        query in query(),
    ) {
        let populations = [populations.0, populations.1, populations.2];
        let mut wanted: Vec<Invoice> = populations.iter().flatten().cloned().collect();
        wanted.retain(|one| query.filter.asked().iter().all(|asked| query.filter.matches(*asked, one) == Match::Pass));
        let providers = ["a", "b", "c"].into_iter().zip(manners).zip(populations);
        let connections = connected(providers.map(|((name, manner), invoices)| made_up(name, manner, invoices)).collect());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut given = runtime.block_on(walk(&connections, query.clone()));
        match query.sort {
            Some(sort) => wanted.sort_by(|a, b| sort.cmp(&sort.position(a), &sort.position(b))),
            None => given.sort(),
        }
        let wanted: Vec<String> = wanted.iter().map(|invoice| invoice.id.to_string()).collect();
        prop_assert_eq!(given, wanted);
    }
}

fn sorted_by(key: SortKey, limit: u16) -> ListQuery {
    ListQuery { sort: Some(Sort { key, descending: false }), limit, ..ListQuery::default() }
}

#[tokio::test]
async fn a_connection_that_fails_on_the_way_comes_late_rather_than_never() {
    for order in [PartOrder::Own, PartOrder::Requested, PartOrder::RequestedThenId] {
        for first in 0..4 {
            let manner = Manner { order, ..Manner::default() };
            let mut failing = made_up("b", manner, numbered("b", 10));
            failing.fails = first..first + 2;
            let connections = connected(vec![made_up("a", manner, numbered("a", 40)), failing]);
            for sorted in [true, false] {
                let query = if sorted {
                    sorted_by(SortKey::InvoiceDate, 4)
                } else {
                    ListQuery { limit: 4, ..ListQuery::default() }
                };
                let mut given = walk(&connections, query).await;
                given.sort();
                let mut wanted: Vec<String> = (0..40).map(|id| format!("a:{id:03}")).collect();
                wanted.extend((0..10).map(|id| format!("b:{id:03}")));
                assert_eq!(given, wanted, "{order:?}, failing from call {first}, sorted {sorted}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_given_before_an_order_was_found_not_kept_is_given_again() {
    for first in 0..4 {
        let manner = Manner { order: PartOrder::RequestedThenId, ..Manner::default() };
        let mut liar = made_up("a", manner, numbered("a", 40));
        liar.lies = true;
        let mut failing = made_up("b", manner, numbered("b", 10));
        failing.fails = first..first + 1;
        let connections = connected(vec![liar, failing]);
        let given = walk(&connections, sorted_by(SortKey::InvoiceDate, 10)).await;
        let of_b = given.iter().filter(|id| id.starts_with("b:")).count();
        assert_eq!(of_b, 10, "failing at call {first}: {given:?}");
    }
}

#[tokio::test]
async fn one_failure_is_a_source_and_all_failing_is_an_error() {
    let mut broken = made_up("b", Manner::default(), Vec::new());
    broken.fails = 0..usize::MAX;
    let connections = connected(vec![made_up("a", Manner::default(), numbered("a", 2)), broken]);
    let query = sorted_by(SortKey::InvoiceDate, 10);
    let listing = ask(&connections, &query).await.unwrap();
    assert_eq!(listing.data.len(), 2);
    assert_eq!(listing.total, None);
    assert_eq!(listing.sources[1].status, SourceStatus::Failed);
    assert_eq!(listing.sources[1].problem.as_ref().unwrap().code, Code::ProviderError);
    let all = ListQuery { require_all: true, ..query.clone() };
    assert_eq!(ask(&connections, &all).await.unwrap_err().code, Code::ProviderError);
    assert_eq!(ask(&connections[1..], &query).await.unwrap_err().code, Code::ProviderError);
}

#[tokio::test]
async fn an_order_that_is_not_kept_is_established_here() {
    let manner = Manner { order: PartOrder::RequestedThenId, ..Manner::default() };
    let mut liar = made_up("b", manner, numbered("b", 20));
    liar.lies = true;
    let connections = connected(vec![made_up("a", manner, numbered("a", 9)), liar]);
    let query = sorted_by(SortKey::InvoiceDate, 200);
    let listing = ask(&connections, &query).await.unwrap();
    let days: Vec<_> = listing.data.iter().map(|invoice| invoice.dates.invoice).collect();
    assert!(days.is_sorted(), "{days:?}");
    assert_eq!(days.len(), 29, "{:?}", listing.sources);
    assert_eq!(listing.sources[0].sort, Some(AppliedBy::Provider));
    assert_eq!(listing.sources[1].sort, Some(AppliedBy::Bridge));
}

#[tokio::test]
async fn what_is_gone_when_more_is_asked_of_it_moves_no_other() {
    let dated = |name, days: &[i8]| {
        let dated = days.iter().enumerate().map(|(id, day)| invoice(name, id, Some(*day), 2));
        dated.collect::<Vec<_>>()
    };
    let mut lacking = made_up("a", Manner::default(), dated("a", &[1, 3]));
    lacking.gone = Some("000");
    let connections = connected(vec![lacking, made_up("b", Manner::default(), dated("b", &[2]))]);
    let query = ListQuery::parse("sort=invoiceDate&includes=lines").unwrap();
    let listing = ask(&connections, &query).await.unwrap();
    let given: Vec<_> = listing.data.iter().map(|invoice| invoice.id.to_string()).collect();
    assert_eq!(given, ["b:000", "a:001"]);
}

/// Keeps all that is put into it.
#[derive(Default)]
struct Kept(Mutex<HashMap<PageKey, CachedPage>>);

#[async_trait]
impl PageCache for Kept {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn find(&self, name: &PageKey, _: bool) -> Option<CachedPage> {
        self.0.lock().unwrap().get(name).cloned()
    }

    fn wants(&self, _: &PageKey) -> bool {
        true
    }

    fn put(&self, name: PageKey, page: CachedPage) {
        self.0.lock().unwrap().insert(name, page);
    }
}

#[tokio::test]
async fn what_was_read_for_one_scope_tells_another_nothing() {
    let customer: Reference = "a:c".parse().unwrap();
    let mut invoices = numbered("a", 3);
    for one in &mut invoices {
        one.customer.id = Some(customer.clone());
    }
    let text = "looks like fraud".to_owned();
    invoices[1].comments.push(Comment { text, created_at: None, author: None });
    let scopes = [(Scope::All, 1), (Scope::Customers([customer].into()), 0)];
    let query = ListQuery::parse("sort=invoiceDate&search=fraud&customerIds=a:c").unwrap();
    for order in [[0, 1], [1, 0]] {
        let connections = connected(vec![made_up("a", Manner::default(), invoices.clone())]);
        let page_cache: Arc<dyn PageCache> = Arc::new(Kept::default());
        for (scope, found) in order.map(|at| &scopes[at]) {
            let deadline = Deadline::after(Duration::from_secs(30));
            let listing = list_with(&connections, &query, scope, deadline, &page_cache).await;
            assert_eq!(listing.unwrap().data.len(), *found, "{scope:?}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_returns_what_was_not_asked_for_is_not_trusted() {
    struct Unfiltered(MadeUp);
    #[async_trait]
    impl Provider for Unfiltered {
        fn capabilities(&self) -> &'static Capabilities {
            &CAPABILITIES
        }
        fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
            Ok(Plan {
                by_provider: question.filter.asked().into_iter().collect(),
                ..self.0.plan(question)?
            })
        }
        async fn page(
            &self,
            question: &Question,
            part: &Part,
            start: &Start,
            deadline: Deadline,
        ) -> Result<Page, ProviderError> {
            self.0.page(question, part, start, deadline).await
        }
        async fn get(
            &self,
            id: &str,
            view: &View,
            deadline: Deadline,
        ) -> Result<Invoice, ProviderError> {
            self.0.get(id, view, deadline).await
        }
    }
    let provider = Unfiltered(made_up("a", Manner::default(), numbered("a", 5)));
    let connections = [Connection { name: "a".parse().unwrap(), provider: Ok(Arc::new(provider)) }];
    let problem = ask(&connections, &ListQuery::parse("status=draft").unwrap()).await.unwrap_err();
    assert_eq!(problem.code, Code::ProviderBadResponse);
    assert!(problem.detail.contains("status"), "{problem}");
}

#[tokio::test]
async fn the_cheapest_question_makes_one_call() {
    let provider =
        Arc::new(made_up("a", Manner { page: 50, ..Manner::default() }, numbered("a", 80)));
    let asked = Arc::clone(&provider);
    let other = made_up("b", Manner { page: 50, ..Manner::default() }, numbered("b", 80));
    let mut connections = connected(vec![other]);
    connections.insert(0, Connection { name: "a".parse().unwrap(), provider: Ok(asked) });
    let listing = ask(&connections, &ListQuery::default()).await.unwrap();
    assert_eq!(listing.data.len(), 50);
    assert_eq!(provider.calls.load(Ordering::Relaxed), 1);
    assert_eq!(listing.sources[1].status, SourceStatus::Unread);
}

#[tokio::test]
async fn a_page_may_be_short_but_the_list_never_is() {
    // One match behind hundreds of pages that do not.
    let mut invoices: Vec<Invoice> = (0..600).map(|id| invoice("a", id, Some(1), 1)).collect();
    invoices.push(invoice("a", 900, Some(1), 2));
    for order in [PartOrder::Own, PartOrder::RequestedThenId] {
        let manner = Manner { order, page: 5, ..Manner::default() };
        let connections = connected(vec![made_up("a", manner, invoices.clone())]);
        let query = ListQuery { limit: 5, ..ListQuery::parse("status=draft").unwrap() };
        let first = ask(&connections, &query).await.unwrap();
        assert!(first.data.is_empty() && first.has_more);
        assert_eq!(walk(&connections, query.clone()).await, ["a:900"]);
        let sorted = ListQuery { sort: sorted_by(SortKey::InvoiceDate, 5).sort, ..query };
        assert_eq!(walk(&connections, sorted).await, ["a:900"]);
    }
}

#[tokio::test]
async fn the_next_connection_waits_for_one_that_takes_several_answers() {
    let mut invoices: Vec<Invoice> = (0..600).map(|id| invoice("a", id, Some(1), 1)).collect();
    invoices.push(invoice("a", 900, Some(1), 2));
    let manner = Manner::default();
    let connections = connected(vec![
        made_up("a", manner, invoices),
        made_up("b", manner, vec![invoice("b", 1, Some(1), 2)]),
    ]);
    let query = ListQuery { limit: 5, ..ListQuery::parse("status=draft").unwrap() };
    assert_eq!(walk(&connections, query).await, ["a:900", "b:001"]);
}

#[tokio::test]
async fn too_many_to_sort_fails_alone_and_says_what_would_help() {
    let manner = Manner { page: 500, ..Manner::default() };
    let connections = connected(vec![
        made_up("a", manner, numbered("a", 10)),
        made_up("b", manner, numbered("b", 5001)),
    ]);
    let query = sorted_by(SortKey::InvoiceDate, 5);
    let listing = ask(&connections, &query).await.unwrap();
    assert_eq!((listing.data.len(), listing.has_more, listing.total), (5, true, None));
    assert_eq!(listing.sources[0].status, SourceStatus::Ok);
    let problem = listing.sources[1].problem.clone().unwrap();
    let all = ListQuery { require_all: true, ..query.clone() };
    let required = ask(&connections, &all).await.unwrap_err();
    let alone = ask(&connections[1..], &query).await.unwrap_err();
    for problem in [problem, required, alone] {
        assert_eq!(problem.code, Code::UnsupportedSort);
        assert!(problem.detail.contains("`b`") && problem.detail.contains("narrow"), "{problem}");
    }
    assert_eq!(walk(&connections, query).await.len(), 10);
}

#[tokio::test]
async fn totals_are_given_only_when_they_are_known() {
    let knows = Manner { knows_total: true, filters: true, ..Manner::default() };
    let total = async |manner, query: &str| {
        let connections = connected(vec![made_up("a", manner, numbered("a", 10))]);
        ask(&connections, &ListQuery { limit: 2, ..ListQuery::parse(query).unwrap() })
            .await
            .unwrap()
            .total
    };
    assert_eq!(total(knows, "").await, Some(10));
    assert_eq!(total(knows, "status=draft").await, Some(5));
    assert_eq!(total(Manner { filters: false, ..knows }, "status=draft").await, None);
    assert_eq!(
        total(Manner { filters: false, ..knows }, "status=draft&sort=amount").await,
        Some(5)
    );
    assert_eq!(total(Manner { knows_total: false, ..knows }, "").await, None);
}

#[tokio::test]
async fn a_connection_outside_the_callers_scope_is_not_told_of() {
    let connections = connected(vec![
        made_up("a", Manner::default(), numbered("a", 1)),
        made_up("b", Manner::default(), numbered("b", 1)),
    ]);
    let own = Scope::Customers(["a:me".parse().unwrap()].into());
    let deadline = Deadline::after(Duration::from_secs(30));
    let listing = list(&connections, &ListQuery::default(), &own, deadline).await.unwrap();
    assert_eq!(listing.sources.len(), 1);
    assert!(listing.data.is_empty(), "an invoice without a customer is nobody's");
    let query = ListQuery::parse("connection=b").unwrap();
    let problem = list(&connections, &query, &own, deadline).await.unwrap_err();
    assert_eq!(problem.code, Code::ConnectionNotFound);
    assert!(!problem.detail.contains("are: a, b"), "{problem}");
}
