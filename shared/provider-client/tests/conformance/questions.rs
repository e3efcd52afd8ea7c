//! Any question at all, put to the listing and walked to its end, against the
//! naive answer: a filter and a sort over everything there is.

mod assumed;
pub mod case;
mod scopes;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use api::ListQuery;
use engine::Connection;
use engine::listing::{SerializedInvoice, SourceStatus, list};
use invoice::{Code, Invoice, Problem, SortKey};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::oracle::{self, Known};
use super::subject::{self, soon};
use case::Case;

/// Invoices of each connection: two pages of Finexio's.
pub const INVOICES: usize = 110;
/// Questions drawn.
const CASES: u32 = 200;

/// All there is, and the way to it.
pub struct World {
    pub connections: Vec<Connection>,
    pub known: Arc<Vec<Known>>,
}

impl World {
    pub async fn new() -> Self {
        Self::over(subject::all(INVOICES).await).await
    }

    /// All there is of these connections; what is known of it is what they list.
    pub async fn over(subjects: Vec<subject::Subject>) -> Self {
        let mut known = Vec::new();
        for subject in &subjects {
            known.extend(oracle::population(subject).await);
        }
        let connections = subjects.iter().map(subject::Subject::connection).collect();
        Self { connections, known: Arc::new(known) }
    }

    /// What is given, page after page, or the problem; each page is held to
    /// what a page promises.
    pub async fn given(&self, case: &Case) -> Result<Vec<Invoice>, Problem> {
        let text = case.query();
        let mut query = ListQuery::parse(&text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let expected = case.expected_of_each(self);
        let (mut given, mut pages) = (Vec::new(), 0);
        loop {
            let listing = list(&self.connections, &query, &case.scope(), soon()).await?;
            assert!(listing.data.len() <= query.limit.into(), "a page is too long");
            assert_eq!(listing.has_more, listing.next_cursor.is_some());
            for source in &listing.sources {
                assert!(source.problem.is_none(), "{:?}", source.problem);
                assert_ne!(source.status, SourceStatus::Failed);
                let answers = expected[source.connection.as_str()];
                let total = source.total.and_then(|total| usize::try_from(total).ok());
                assert!(total.is_none_or(|total| total == answers), "{source:?}, not {answers}");
            }
            if let Some(total) = listing.total {
                let answers: usize = expected.values().sum();
                assert_eq!(usize::try_from(total).unwrap(), answers, "the total of all");
            }
            given.extend(listing.data.into_iter().map(SerializedInvoice::into_invoice));
            query.cursor = listing.next_cursor;
            pages += 1;
            assert!(pages < 1_000, "the walk does not end");
            if query.cursor.is_none() {
                return Ok(given);
            }
        }
    }
}

/// The questions of one run, and what they came to: a property that never
/// finds anything shows nothing.
#[derive(Default)]
struct Tally {
    hits: usize,
    narrow: usize,
}

#[test]
fn any_question_is_answered_as_by_a_naive_filter_and_sort() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    any_question_over(&runtime, &runtime.block_on(World::new()), CASES);
}

/// Random questions over `world`, each held to its naive answer: `cases` of them, unless
/// `PROPTEST_CASES` says otherwise.
pub fn any_question_over(runtime: &tokio::runtime::Runtime, world: &World, cases: u32) {
    let config = Config { failure_persistence: None, max_shrink_iters: 300, ..Config::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { config.cases } else { cases };
    let tally = std::cell::RefCell::new(Tally::default());
    let strategy = case::cases(Arc::clone(&world.known));
    let outcome = TestRunner::new(Config { cases, ..config }).run(&strategy, |case| {
        let wanted = case.expected(world);
        let mut tally = tally.borrow_mut();
        if let Ok(wanted) = &wanted {
            tally.hits += usize::from(!wanted.is_empty());
            tally.narrow += usize::from(!wanted.is_empty() && wanted.len() < world.known.len() / 5);
        }
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(world.given(&case))
        }));
        let given = caught.map_err(|_| TestCaseError::fail("the listing broke a promise"))?;
        agree(world, &case, wanted, given).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let tally = tally.into_inner();
    let cases = usize::try_from(cases).unwrap();
    assert!(tally.hits > cases / 3 && tally.narrow > cases / 5, "{} {}", tally.hits, tally.narrow);
}

/// Why the two answers differ.
pub fn agree(
    world: &World,
    case: &Case,
    wanted: Result<Vec<&Known>, Code>,
    given: Result<Vec<Invoice>, Problem>,
) -> Result<(), String> {
    let (wanted, given) = match (wanted, given) {
        (Ok(wanted), Ok(given)) => (wanted, given),
        (Err(code), Err(problem)) if code == problem.code => return Ok(()),
        (wanted, given) => {
            let wanted = wanted.map(|all| all.len());
            return Err(format!("{wanted:?} answer, and it was {:?}", given.map(|all| all.len())));
        }
    };
    let wanted_ids: Vec<&str> = wanted.iter().map(|known| known.id()).collect();
    let given_ids: Vec<String> = given.iter().map(|it| it.id.to_string()).collect();
    let given_set: BTreeSet<&str> = given_ids.iter().map(String::as_str).collect();
    let wanted_set: BTreeSet<&str> = wanted_ids.iter().copied().collect();
    let tell = |ids: Vec<&&str>| -> String {
        let first = ids.first().and_then(|id| world.known.iter().find(|known| known.id() == **id));
        format!(
            "{} of {}: {:?}",
            ids.len(),
            wanted.len(),
            first.map(|known| known.shown.to_string())
        )
    };
    let missing: Vec<&&str> = wanted_set.difference(&given_set).collect();
    let extra: Vec<&&str> = given_set.difference(&wanted_set).collect();
    if !missing.is_empty() {
        return Err(format!("missing {}", tell(missing)));
    }
    if !extra.is_empty() {
        return Err(format!("not asked for {}", tell(extra)));
    }
    if given_ids.len() != wanted_ids.len() {
        return Err("an invoice came twice".to_owned());
    }
    let in_order = match case.sort {
        Some(_) => given_ids == wanted_ids,
        // One connection after the other, in the order asked.
        None => {
            let names = case.connections(world);
            let place =
                |it: &Invoice| names.iter().position(|name| *name == it.connection.as_str());
            given.is_sorted_by_key(place)
        }
    };
    if !in_order {
        let at = given_ids.iter().zip(&wanted_ids).position(|(a, b)| a != b);
        return Err(format!("not in order from {at:?} on: {given_ids:?}, not {wanted_ids:?}"));
    }
    let known: HashMap<&str, &Known> = wanted.iter().map(|known| (known.id(), *known)).collect();
    for (given, id) in given.iter().zip(&given_ids) {
        let known = known[id.as_str()];
        let mut shown = subject::shown(given);
        for include in invoice::Include::ALL {
            let value = shown.as_object_mut().unwrap().remove(include.word());
            if value.is_some() != case.includes.contains(&include.word()) {
                return Err(format!("{id}: `{}` is {value:?}", include.word()));
            }
        }
        let expected = match case.customers {
            Some(_) => known.without_comments().shown,
            None => known.shown.clone(),
        };
        if shown != expected {
            return Err(format!("{id} is {shown}, not {expected}"));
        }
    }
    Ok(())
}

/// Whatever the key, in both directions.
#[tokio::test]
async fn every_order_over_all_connections_gives_every_invoice_once() {
    every_order_over(&World::new().await).await;
}

/// Each order over `world`, held to a naive one.
pub async fn every_order_over(world: &World) {
    for key in SortKey::ALL.iter().copied() {
        for descending in [false, true] {
            let case = Case { sort: Some((key, descending)), limit: 120, ..Case::default() };
            let wanted = case.expected(world);
            assert_eq!(wanted.as_ref().map(Vec::len), Ok(world.known.len()));
            let given = world.given(&case).await;
            agree(world, &case, wanted, given).unwrap_or_else(|why| panic!("{case:?}: {why}"));
        }
    }
}
