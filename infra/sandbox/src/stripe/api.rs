//! Stripe's calls that read (stripe R4 to R9); refusals are those that the stand-in
//! recorded from the live API (stripe R50).

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::credentials::Credentials;
use crate::draw::Draw;
use crate::exchange::{Call, Distortion, Operation, Reply, UNKNOWN_STATUS};
use crate::provider::{Manner, Provider, Record, Resource, Target, Written};
use crate::store::Store;

use super::object::Invoice;
use super::population::populate;
use super::writes::{self, Kept};

const DEFAULT_LIMIT: usize = 10;
const LARGEST_LIMIT: usize = 100;
const STATUSES: [&str; 5] = ["draft", "open", "paid", "uncollectible", "void"];
const PARAMETERS: [&str; 17] = [
    "customer",
    "status",
    "created[gt]",
    "created[gte]",
    "created[lt]",
    "created[lte]",
    "due_date[gt]",
    "due_date[gte]",
    "due_date[lt]",
    "due_date[lte]",
    "limit",
    "starting_after",
    "ending_before",
    "collection_method",
    "subscription",
    "customer_account",
    "expand[]",
];

/// A refusal: status, `code`, words and `param`.
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) code: Option<&'static str>,
    pub(super) message: String,
    pub(super) param: Option<String>,
}

impl Refused {
    /// A refusal of state has a sentence alone.
    pub(super) fn state(message: &str) -> Self {
        Self { status: 400, code: None, message: message.to_owned(), param: None }
    }

    pub(super) fn missing(id: &str, param: &str) -> Self {
        Self {
            status: if param == "starting_after" { 400 } else { 404 },
            code: Some("resource_missing"),
            message: format!("No such invoice: '{id}'"),
            param: Some(param.to_owned()),
        }
    }

    pub(super) fn unknown(parameter: &str) -> Self {
        Self {
            status: 400,
            code: Some("parameter_unknown"),
            message: format!("Received unknown parameter: {parameter}"),
            param: Some(parameter.to_owned()),
        }
    }

    fn reply(self) -> Reply {
        let words = [
            ("type", Some("invalid_request_error".to_owned())),
            ("message", Some(self.message)),
            ("code", self.code.map(str::to_owned)),
            ("param", self.param),
        ];
        let words = words.into_iter().filter_map(|(name, word)| Some((name, word?)));
        let error: BTreeMap<&str, String> = words.collect();
        Reply::json(self.status, &json!({ "error": error }))
    }
}

/// The simulated Stripe.
pub(crate) struct Stripe {
    pub(super) invoices: Store<Invoice>,
    /// The outcomes of requests with an `Idempotency-Key`.
    pub(super) kept: HashMap<String, Kept>,
}

impl Stripe {
    pub(crate) fn new(draw: Draw, count: usize) -> Self {
        Stripe { invoices: Store::new(populate(draw, count)), kept: HashMap::new() }
    }

    /// Newest first (stripe R6); of equals the later in the store first (stripe R60).
    fn list(&self, call: &Call, distortion: Distortion) -> Result<Reply, Refused> {
        if let Some((name, _)) =
            call.query.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str()))
        {
            return Err(Refused::unknown(name));
        }
        // In words of our own (stripe R61).
        if let Some(status) = call.parameter("status").filter(|word| !STATUSES.contains(word)) {
            return Err(Refused::state(&format!("Invalid status: {status}")));
        }
        // An unknown id of the right form is nobody's; of another it is refused
        // (stripe R4).
        if let Some(id) = call.parameter("customer").filter(|id| !id.starts_with("cus_")) {
            return Err(Refused {
                status: 400,
                code: Some("resource_missing"),
                message: format!("No such customer: '{id}'"),
                param: Some("customer".to_owned()),
            });
        }
        let end = match call.parameter("starting_after") {
            Some(id) => {
                self.invoices.position(id).ok_or_else(|| Refused::missing(id, "starting_after"))?
            }
            None => self.invoices.all().len(),
        };
        let end = match distortion {
            // One behind, as if a row had come in between.
            Distortion::Repeat => self.invoices.all().len().min(end + 1),
            Distortion::Same => self.invoices.all().len(),
            _ => end,
        };
        let limit = call.parameter("limit").and_then(|limit| limit.parse::<i64>().ok());
        let limit = limit.map_or(DEFAULT_LIMIT, |limit| {
            usize::try_from(limit).unwrap_or(1).clamp(1, LARGEST_LIMIT)
        });
        let limit = distortion.page_size(limit);
        let matching = self.invoices.all().iter().take(end).rev();
        let mut matching = matching.filter(|invoice| answers(call, invoice));
        let page: Vec<&Invoice> = matching.by_ref().take(limit).collect();
        let has_more = matching.next().is_some() || distortion == Distortion::Announced;
        let rows = page.into_iter().enumerate().map(|(at, invoice)| {
            distorted(invoice, if at == 0 { distortion } else { Distortion::None })
        });
        Ok(Reply::json(200, &list(rows.collect(), has_more, "/v1/invoices")))
    }

    fn find(&self, id: &str) -> Result<&Invoice, Refused> {
        self.invoices.get(id).ok_or_else(|| Refused::missing(id, "invoice"))
    }

    fn read(&self, call: &Call, distortion: Distortion) -> Result<Reply, Refused> {
        let (method, segments) = call.route();
        match (method, segments.as_slice()) {
            ("GET", ["v1", "invoices"]) => self.list(call, distortion),
            ("GET", ["v1", "invoices", id]) => {
                Ok(Reply::json(200, &distorted(self.find(id)?, distortion)))
            }
            ("GET", ["v1", "invoices", id, "lines"]) => {
                Ok(below(call, &self.find(id)?.lines, &format!("/v1/invoices/{id}/lines")))
            }
            ("GET", ["v1", "invoice_payments"]) => {
                let invoice = self.find(call.parameter("invoice").unwrap_or_default())?;
                Ok(below(call, &invoice.payments, "/v1/invoice_payments"))
            }
            (method, _) => Err(Refused {
                status: 404,
                code: None,
                message: format!("Unrecognized request URL ({method}: /{})", segments.join("/")),
                param: None,
            }),
        }
    }
}

fn list(data: Vec<Value>, has_more: bool, url: &str) -> Value {
    json!({ "object": "list", "data": data, "has_more": has_more, "url": url })
}

/// A page of objects below an invoice.
fn below(call: &Call, all: &[Value], url: &str) -> Reply {
    let limit = call.parameter("limit").and_then(|limit| limit.parse().ok());
    let limit = limit.unwrap_or(DEFAULT_LIMIT).clamp(1, LARGEST_LIMIT);
    let after = call.parameter("starting_after");
    let begin = after.and_then(|id| all.iter().position(|one| one["id"] == id));
    let rest = all.iter().skip(begin.map_or(0, |begin| begin + 1));
    let data: Vec<Value> = rest.clone().take(limit).cloned().collect();
    Reply::json(200, &list(data, rest.count() > limit, url))
}

fn answers(call: &Call, invoice: &Invoice) -> bool {
    let is = |parameter: &str, field: &str| {
        call.parameter(parameter).is_none_or(|wanted| invoice.text(field) == wanted)
    };
    let within = |field: &str| {
        let value = invoice.number(field);
        let bound = |end: &str, holds: fn(i64, i64) -> bool| {
            call.parameter(&format!("{field}[{end}]"))
                .and_then(|bound| bound.parse().ok())
                .is_none_or(|bound| value.is_some_and(|value| holds(value, bound)))
        };
        bound("gt", |a, b| a > b)
            && bound("gte", |a, b| a >= b)
            && bound("lt", |a, b| a < b)
            && bound("lte", |a, b| a <= b)
    };
    is("customer", "customer") && is("status", "status") && within("created") && within("due_date")
}

pub(super) fn distorted(invoice: &Invoice, distortion: Distortion) -> Value {
    let mut invoice = invoice.clone();
    match distortion {
        Distortion::UnknownStatus => invoice.set("status", UNKNOWN_STATUS),
        Distortion::NullRequired => invoice.set("total", Value::Null),
        _ => {}
    }
    invoice.value()
}

impl Provider for Stripe {
    fn operation(&self, call: &Call) -> Operation {
        let (method, segments) = call.route();
        match (method, segments.as_slice()) {
            ("GET", ["v1", "invoices"]) => Operation::List,
            ("GET", ["v1", "invoices", _]) => Operation::Get,
            // Counted as readings of an invoice: they are parts of one.
            ("GET", ["v1", "invoices", _, "lines"] | ["v1", "invoice_payments"]) => Operation::Get,
            _ => writes::operation(call).unwrap_or(Operation::Other),
        }
    }

    fn named(&self, call: &Call) -> Vec<Target> {
        let id = call.segments.get(2);
        id.map(|id| (Resource::Invoice, id.clone())).into_iter().collect()
    }

    fn answer(&mut self, call: &Call, distortion: Distortion) -> Reply {
        self.read(call, distortion).unwrap_or_else(Refused::reply)
    }

    fn write(&mut self, call: &Call, manner: Manner) -> Written {
        self.carry_out(call, manner).unwrap_or_else(|refused| Written::nothing(refused.reply()))
    }

    fn accepts(&self, call: &Call, credentials: &Credentials) -> bool {
        let Credentials::Stripe { api_key } = credentials else {
            return false;
        };
        // The object differs between editions: a call that names none is a fault
        // (stripe R2).
        call.header("authorization") == Some(&format!("Bearer {api_key}"))
            && call.header("stripe-version") == Some("2026-08-26.dahlia")
    }

    fn refusal(&self, status: u16, message: &str) -> Reply {
        let kind = match status {
            409 => "idempotency_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        };
        let code = (status == 404).then_some("resource_missing");
        let error = json!({ "type": kind, "code": code, "message": message });
        Reply::json(status, &json!({ "error": error }))
    }

    fn population(&self) -> Vec<Record> {
        self.invoices.truth()
    }

    fn record(&self, resource: Resource, id: &str) -> Option<Record> {
        self.invoices.truth_of(resource, id)
    }
}
