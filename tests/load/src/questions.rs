//! Questions put to listings: those that repeat, and fresh ones.

use fastrand::Rng;

use crate::stage::Stage;
use crate::truth::Truth;
use crate::world::{CONNECTIONS, Request};

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// The connections it is put to.
    pub connections: Vec<&'static str>,
    /// The one customer that it asks for.
    pub customer: Option<String>,
    /// The one status that it asks for.
    pub status: Option<&'static str>,
    /// The order that it asks for.
    pub sort: Option<&'static str>,
    /// How many invoices a page has at most.
    pub limit: usize,
    /// Whether it asks past the cache and past copies.
    pub no_cache: bool,
}

impl Question {
    /// The stage of the status that it asks for.
    pub fn stage(&self) -> Option<Stage> {
        self.status.map(Stage::shown)
    }

    /// Its first page, or the one that `cursor` leads to.
    pub fn request(&self, cursor: Option<&str>) -> Request {
        let mut target = format!("/invoices?connection={}", self.connections.join(","));
        let limit = self.limit.to_string();
        let parameters = [
            ("customerIds", self.customer.as_deref()),
            ("status", self.status),
            ("sort", self.sort),
            ("limit", Some(limit.as_str())),
            ("cursor", cursor),
        ];
        for (name, value) in parameters {
            if let Some(value) = value {
                target.push_str(&format!("&{name}={value}"));
            }
        }
        let no_cache = self.no_cache.then(|| ("cache-control", "no-cache".to_owned()));
        let headers = no_cache.into_iter().collect();
        let (operation, method, body) = ("listInvoices", "GET", String::new());
        Request { operation, method, target, headers, body }
    }
}

/// The orders asked for; no write here moves an invoice in them.
const SORTS: [Option<&str>; 3] = [None, Some("-invoiceDate"), Some("amount")];
/// The statuses asked for.
const STATUSES: [Option<&str>; 4] = [None, None, Some("draft"), Some("active")];

/// The questions that repeat.
pub fn repeated(truth: &Truth, rng: &mut Rng) -> Vec<Question> {
    let board = |connections: &[&'static str], sort| Question {
        connections: connections.to_vec(),
        customer: None,
        status: None,
        sort,
        limit: 20,
        no_cache: false,
    };
    let mut questions = vec![
        board(&["finexio"], None),
        board(&["nue-self-service"], Some("-invoiceDate")),
        board(&["finexio", "simplepin"], Some("amount")),
        board(&["nue", "fusebill"], Some("-invoiceDate")),
    ];
    for connection in CONNECTIONS {
        let customers = truth.customers(connection);
        for status in [None, Some("draft")] {
            let Some(customer) = rng.choice(&customers).cloned() else { continue };
            let (sort, limit) = (None, 200);
            let customer = Some(customer);
            questions.push(Question {
                customer,
                status,
                sort,
                limit,
                ..board(&[connection], None)
            });
        }
    }
    rng.shuffle(&mut questions);
    questions
}

/// A question that has most likely not been put before.
pub fn fresh(truth: &Truth, rng: &mut Rng) -> Question {
    let connection = rng.choice(CONNECTIONS).unwrap_or("nue");
    let customers = truth.customers(connection);
    let customer = rng.choice(&customers).cloned();
    // A provider that cannot sort is read whole for an order: of one customer that is little.
    let sort = if customer.is_some() { rng.choice(SORTS).flatten() } else { None };
    Question {
        connections: vec![connection],
        customer,
        status: rng.choice(STATUSES).flatten(),
        sort,
        limit: rng.usize(20..=200),
        no_cache: rng.bool(),
    }
}

/// All of a connection, a page after the other.
pub fn walk(rng: &mut Rng) -> Question {
    let connection = rng.choice(CONNECTIONS).unwrap_or("nue");
    all_of(connection, rng.bool())
}

/// All of this connection, a page after the other.
pub fn all_of(connection: &'static str, no_cache: bool) -> Question {
    let (customer, status, sort, limit) = (None, None, None, 200);
    Question { connections: vec![connection], customer, status, sort, limit, no_cache }
}
