//! What callers want written, each wish once and under one key, however often it is asked for.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::stage::Action;
use crate::truth::lock;
use crate::world::Request;

/// How long a wish that is open is left alone before it is asked again.
const LEFT_ALONE: Duration = Duration::from_millis(1_500);

/// What was told of an invoice, once that is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The write was done by this wish.
    Applied,
    /// It was so already.
    Unchanged,
    /// Nothing happened, and asking again changes nothing.
    Rejected,
    /// Nobody will ever know.
    NeverKnown,
}

/// What a caller wants done once.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The wish's number, by which its comment is known.
    pub number: usize,
    /// What is wanted.
    pub action: Action,
    /// The invoices, by their references.
    pub invoices: Vec<String>,
    /// The due date that an update puts there.
    pub due: Option<String>,
    is_single: bool,
    /// What it was settled to.
    pub settled: BTreeMap<String, Outcome>,
    /// The answer that settled it.
    pub answer: Option<String>,
    last_asked: Option<Instant>,
}

impl Wish {
    /// What marks the comment of a wish, which Nue keeps.
    pub fn mark(&self) -> String {
        format!("<load {}>", self.number)
    }

    /// Whether it is for one invoice, by the route of one.
    pub fn is_single(&self) -> bool {
        self.is_single
    }

    /// Whether nothing of it is open.
    pub fn is_settled(&self) -> bool {
        self.invoices.iter().all(|id| self.settled.contains_key(id))
    }

    /// The request that asks for it.
    pub fn request(&self) -> Request {
        let mut headers = vec![("idempotency-key", format!("load-{}", self.number))];
        let comment = self.mark();
        let first = self.invoices.first().map(String::as_str).unwrap_or_default();
        let name = self.action.name();
        let (operation, method, target, body) = match (self.action, self.is_single) {
            (Action::Update, _) => {
                let body = json!({ "dates": { "due": self.due } });
                ("updateInvoice", "PATCH", format!("/invoices/{first}"), body)
            }
            (Action::Delete, true) => {
                ("deleteInvoice", "DELETE", format!("/invoices/{first}"), Value::Null)
            }
            (action, true) => {
                let operation =
                    if action == Action::Cancel { "cancelInvoice" } else { "activateInvoice" };
                let body = json!({ "comment": comment });
                (operation, "POST", format!("/invoices/{first}/{name}"), body)
            }
            (action, false) => {
                let operation = match action {
                    Action::Cancel => "cancelInvoices",
                    Action::Delete => "deleteInvoices",
                    _ => "activateInvoices",
                };
                let mut body = json!({ "invoiceIds": self.invoices });
                if action != Action::Delete
                    && let Some(body) = body.as_object_mut()
                {
                    body.insert("comment".to_owned(), json!(comment));
                }
                (operation, "POST", format!("/invoices/{name}"), body)
            }
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_empty() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        Request { operation, method, target, headers, body }
    }
}

/// All wishes, and what can be wished for.
#[derive(Debug, Default)]
pub struct Pool {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The invoices for which nothing is open, by what may be wanted of them next.
    able: BTreeMap<Action, Vec<String>>,
    /// The wishes that are not settled, and are with no caller.
    open: Vec<Wish>,
    settled: Vec<Wish>,
    count: usize,
}

/// The chances of each action, of a hundred.
const CHANCES: [(Action, u8); 4] =
    [(Action::Activate, 55), (Action::Cancel, 20), (Action::Update, 15), (Action::Delete, 10)];
/// The most invoices of a bulk.
const BULK: usize = 6;

impl Pool {
    /// An invoice for which nothing is open may be wanted to be changed so.
    pub fn add(&self, action: Action, invoice: String) {
        lock(&self.state).able.entry(action).or_default().push(invoice);
    }

    /// Mixes what was added.
    pub fn shuffle(&self, rng: &mut Rng) {
        lock(&self.state).able.values_mut().for_each(|able| rng.shuffle(able));
    }

    /// A wish to be asked for: one that is open, or a new one, or one that is settled, which is
    /// then answered as it was. None where there is none of either.
    pub fn take(&self, rng: &mut Rng) -> Option<Wish> {
        let mut state = lock(&self.state);
        let is_due = |wish: &Wish| wish.last_asked.is_none_or(|at| at.elapsed() > LEFT_ALONE);
        if let Some(place) = state.open.iter().position(is_due) {
            return Some(state.open.swap_remove(place));
        }
        let repeats = rng.u8(0..100) < 8;
        if !repeats && let Some(wish) = state.draw(rng) {
            return Some(wish);
        }
        rng.choice(&state.settled).cloned()
    }

    /// Takes back a wish that was asked for.
    pub fn give_back(&self, mut wish: Wish) {
        wish.last_asked = Some(Instant::now());
        let mut state = lock(&self.state);
        if !wish.is_settled() {
            state.open.push(wish);
        } else if !state.settled.iter().any(|known| known.number == wish.number) {
            state.settled.push(wish);
        }
    }

    /// All that is open, to be settled; nobody draws any more.
    pub fn take_open(&self) -> Vec<Wish> {
        std::mem::take(&mut lock(&self.state).open)
    }

    /// All that is settled.
    pub fn settled(&self) -> Vec<Wish> {
        lock(&self.state).settled.clone()
    }

    /// How many wishes are open, and how many invoices are left for which nothing is.
    pub fn left(&self) -> (usize, usize) {
        let state = lock(&self.state);
        (state.open.len(), state.able.values().map(Vec::len).sum())
    }
}

impl State {
    fn draw(&mut self, rng: &mut Rng) -> Option<Wish> {
        let mut chance = rng.u8(0..100);
        let mut wanted = Action::Activate;
        for (action, share) in CHANCES {
            wanted = action;
            let Some(rest) = chance.checked_sub(share) else { break };
            chance = rest;
        }
        let is_able = |action: &Action| self.able.get(action).is_some_and(|able| !able.is_empty());
        let others = CHANCES.map(|(action, _)| action);
        let action = [wanted].into_iter().chain(others).find(is_able)?;
        let able = self.able.get_mut(&action)?;
        let is_single = action == Action::Update || rng.bool();
        let count = if is_single { 1 } else { rng.usize(2..=BULK) };
        let invoices = able.split_off(able.len().saturating_sub(count));
        self.count += 1;
        let number = self.count;
        let due = (action == Action::Update)
            .then(|| format!("2031-{:02}-{:02}", number / 28 % 12 + 1, number % 28 + 1));
        let (settled, answer, last_asked) = (BTreeMap::new(), None, None);
        Some(Wish { number, action, invoices, due, is_single, settled, answer, last_asked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool {
        let pool = Pool::default();
        (0..40).for_each(|number| pool.add(Action::Activate, format!("nue:{number}")));
        pool
    }

    #[test]
    fn an_invoice_is_in_one_open_wish_at_most() {
        let (pool, mut rng) = (pool(), Rng::with_seed(7));
        let mut seen = std::collections::BTreeSet::new();
        while let Some(wish) = pool.take(&mut rng) {
            assert!(!wish.is_settled());
            assert!(wish.invoices.iter().all(|id| seen.insert(id.clone())), "{wish:?}");
        }
        assert_eq!((seen.len(), pool.left()), (40, (0, 0)));
    }

    #[test]
    fn what_is_open_is_asked_again_under_the_same_key() {
        let (pool, mut rng) = (pool(), Rng::with_seed(7));
        let wish = pool.take(&mut rng).unwrap();
        let request = wish.request();
        pool.give_back(wish);
        let again = pool.take_open().remove(0).request();
        assert_eq!((request.headers, request.body), (again.headers, again.body));
    }

    #[test]
    fn a_bulk_names_all_its_invoices_and_one_is_asked_by_its_own_route() {
        let (pool, mut rng) = (pool(), Rng::with_seed(1));
        while let Some(wish) = pool.take(&mut rng) {
            let request = wish.request();
            let is_by_its_route =
                request.target == format!("/invoices/{}/activate", wish.invoices[0]);
            assert_eq!(wish.is_single(), is_by_its_route);
            let named = wish.invoices.iter().all(|id| request.body.contains(id.as_str()));
            assert!(wish.is_single() || named, "{}", request.words());
        }
    }
}
