//! Finexio's calls (finexio R6, R7, R8).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::credentials::Credentials;
use crate::draw::Draw;
use crate::exchange::{Call, Distortion, Operation, Reply, UNKNOWN_STATUS, array};
use crate::provider::{Provider, Record, Resource, Target};
use crate::record::Shape;
use crate::store::Store;

use super::object::Invoice;
use super::population::populate;

/// Fixed (finexio R5).
const PAGE_SIZE: usize = 100;
/// The seed's own sample names this host, whichever host was called.
const NEXT_HOST: &str = "http://localhost:8000";

/// The simulated Finexio.
pub(crate) struct Finexio {
    invoices: Store<Invoice>,
}

impl Finexio {
    pub(crate) fn new(draw: Draw, count: usize) -> Self {
        Finexio { invoices: Store::new(populate(draw, count)) }
    }

    fn list(&self, call: &Call, distortion: Distortion) -> Reply {
        let page = match call.parameter("page").unwrap_or("1").parse::<usize>() {
            Ok(page) if page > 0 => page,
            _ => return self.refusal(404, "Invalid page."),
        };
        let all = self.invoices.all();
        let size = distortion.page_size(PAGE_SIZE);
        let (skip, count) = distortion.window((page - 1) * size, all.len());
        let pages = count.div_ceil(size).max(1);
        if page > pages {
            // The framework's default (finexio R9).
            return self.refusal(404, "Invalid page.");
        }
        let rows = all.iter().skip(skip).take(size);
        let results = array(rows.enumerate().map(|(at, invoice)| {
            let distortion = if at == 0 { distortion } else { Distortion::None };
            render(invoice, distortion)
        }));
        let next = link((page < pages).then(|| page + 1));
        let previous = link((page > 1).then(|| page - 1));
        Reply::text(
            200,
            format!(
                r#"{{"count":{count},"next":{next},"previous":{previous},"results":{results}}}"#
            ),
        )
    }

    fn get(&self, key: &str, distortion: Distortion) -> Reply {
        match self.invoices.get(key) {
            Some(invoice) => Reply::text(200, render(invoice, distortion)),
            None => self.refusal(404, "Not found."),
        }
    }
}

/// A link to a page as JSON; the first page's has no number, as the framework writes it.
fn link(page: Option<usize>) -> String {
    match page {
        None => "null".to_owned(),
        Some(1) => format!(r#""{NEXT_HOST}/v2/invoices/""#),
        Some(page) => format!(r#""{NEXT_HOST}/v2/invoices/?page={page}""#),
    }
}

fn render(invoice: &Invoice, distortion: Distortion) -> String {
    match distortion {
        Distortion::UnknownStatus => {
            let mut odd = invoice.clone();
            odd.status.0 = Some(UNKNOWN_STATUS.into());
            odd.json(Shape::default())
        }
        Distortion::NullRequired => {
            invoice.json(Shape { null: Some("amount_cents"), ..Shape::default() })
        }
        _ => invoice.json(Shape::default()),
    }
}

impl Provider for Finexio {
    fn operation(&self, call: &Call) -> Operation {
        let (method, segments) = call.route();
        match (method, segments.as_slice()) {
            ("GET", ["v2", "invoices"]) => Operation::List,
            ("GET", ["v2", "invoices", _]) => Operation::Get,
            // The vendor has no such calls: they are told apart to be counted.
            ("PATCH" | "PUT", ["v2", "invoices", _]) => Operation::Update,
            ("DELETE", ["v2", "invoices", _]) => Operation::Delete,
            _ => Operation::Other,
        }
    }

    fn named(&self, call: &Call) -> Vec<Target> {
        let id = call.segments.get(2);
        id.map(|id| (Resource::Invoice, id.clone())).into_iter().collect()
    }

    fn answer(&mut self, call: &Call, distortion: Distortion) -> Reply {
        let (method, segments) = call.route();
        // The trailing slash is part of the path (finexio R7).
        match (method, segments.as_slice(), call.trailing_slash) {
            ("GET", ["v2", "invoices"], true) => self.list(call, distortion),
            ("GET", ["v2", "invoices", key], true) => self.get(key, distortion),
            (_, ["v2", "invoices", ..], true) => {
                self.refusal(405, &format!("Method \"{method}\" not allowed."))
            }
            _ => self.refusal(404, "Not found."),
        }
    }

    fn accepts(&self, call: &Call, credentials: &Credentials) -> bool {
        let Credentials::Finexio { username, password } = credentials else {
            return false;
        };
        let expected = STANDARD.encode(format!("{username}:{password}"));
        call.header("authorization").and_then(|header| header.strip_prefix("Basic "))
            == Some(expected.as_str())
    }

    /// A wrong password is a 403 (finexio R3).
    fn unauthorized(&self) -> u16 {
        403
    }

    fn refusal(&self, status: u16, message: &str) -> Reply {
        let detail = match status {
            401 | 403 => "Invalid username/password.",
            _ => message,
        };
        Reply::json(status, &json!({ "detail": detail }))
    }

    fn population(&self) -> Vec<Record> {
        self.invoices.truth()
    }

    fn record(&self, resource: Resource, id: &str) -> Option<Record> {
        self.invoices.truth_of(resource, id)
    }
}
