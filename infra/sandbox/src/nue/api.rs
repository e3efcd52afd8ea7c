//! Nue's calls.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::json;

use crate::cell::write_text;
use crate::credentials::Credentials;
use crate::draw::Draw;
use crate::exchange::{Call, Distortion, Operation, Reply, UNKNOWN_STATUS, array};
use crate::provider::{Manner, Provider, Record, Resource, Target, Written};
use crate::record::{Columns, Shape};
use crate::store::Store;

use super::graphql::{self, Pick, Question, Unanswerable};
use super::object::Invoice;
use super::order::{self, By};
use super::population::{customers, populate};
use super::predicate::Predicate;
use super::{refusals, rest, self_service, writes};

/// Which of the vendor's editions a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edition {
    Current,
    SelfService,
}

/// The simulated Nue.
pub(crate) struct Nue {
    edition: Edition,
    customers: Vec<String>,
    pub(super) invoices: Store<Invoice>,
}

impl Nue {
    pub(crate) fn new(draw: Draw, count: usize, edition: Edition) -> Self {
        let customers = customers();
        Nue { edition, invoices: Store::new(populate(draw, count, &customers)), customers }
    }

    fn graphql(&mut self, call: &Call, distortion: Distortion) -> Reply {
        let questions = match graphql::read(&call.body) {
            Ok(questions) => questions,
            Err(Unanswerable::NotARequest(why)) => return self.refusal(400, &why),
            Err(Unanswerable::InQuery(why)) => {
                return Reply::json(200, &json!({ "errors": [{ "message": why }] }));
            }
        };
        let mut body = String::from(r#"{"data":{"#);
        for (at, question) in questions.iter().enumerate() {
            if at > 0 {
                body.push(',');
            }
            write_text(&question.key, &mut body);
            body.push(':');
            body.push_str(&self.rows(question, distortion));
        }
        body.push_str("}}");
        Reply::text(200, body)
    }

    fn rows(&mut self, question: &Question, distortion: Distortion) -> String {
        let Question { predicate, order, .. } = question;
        let rows = self.invoices.rows(format!("graphql {predicate:?} {order:?}"), |invoices| {
            select(invoices, predicate, order)
        });
        let (skip, _) = distortion.window(question.offset, rows.len());
        let page = rows.iter().skip(skip);
        let page = page.take(distortion.page_size(question.limit.unwrap_or(usize::MAX)));
        array(self.invoices.at(page).enumerate().map(|(at, invoice)| {
            let distortion = if at == 0 { distortion } else { Distortion::None };
            let (invoice, shape) = distorted(invoice, distortion);
            let mut json = String::new();
            pick(&invoice, &question.picks, shape, &mut json);
            json
        }))
    }

    fn current(&mut self, call: &Call, distortion: Distortion) -> Reply {
        let (method, segments) = call.route();
        let answer = match (method, segments.as_slice()) {
            ("POST", ["orders", "async", "graphql"]) => return self.graphql(call, distortion),
            ("GET", ["invoices"]) => rest::list(&mut self.invoices, call, None, distortion),
            ("GET", ["customers", customer, "invoices"]) => {
                rest::list(&mut self.invoices, call, Some(customer), distortion)
            }
            ("GET", ["invoices", id]) => match self.invoices.get(id) {
                Some(invoice) => rest::get(invoice, call, distortion),
                None => return self.refusal(404, "Invoice not found"),
            },
            _ => return self.refusal(404, "Not Found"),
        };
        self.reply(answer)
    }

    fn reply(&self, answer: Result<String, String>) -> Reply {
        match answer {
            Ok(body) => Reply::text(200, body),
            Err(why) => self.refusal(400, &why),
        }
    }
}

/// Where the invoices stand that a condition selects, sorted.
pub(super) fn select(invoices: &Store<Invoice>, predicate: &Predicate, order: &[By]) -> Vec<usize> {
    let candidates: Vec<usize> = if let Some(id) = predicate.pins("id") {
        invoices.position(&id).into_iter().collect()
    } else if let Some(customer) = predicate.pins("customerId") {
        invoices.of_customer(&customer).to_vec()
    } else {
        (0..invoices.all().len()).collect()
    };
    let mut rows: Vec<(usize, &Invoice)> = candidates
        .iter()
        .copied()
        .zip(invoices.at(&candidates))
        .filter(|(_, invoice)| predicate.selects(*invoice))
        .collect();
    order::sort(&mut rows, order);
    rows.into_iter().map(|(at, _)| at).collect()
}

/// The invoice and its shape under a distortion.
pub(super) fn distorted(invoice: &Invoice, distortion: Distortion) -> (Cow<'_, Invoice>, Shape) {
    match distortion {
        Distortion::UnknownStatus => {
            let mut odd = invoice.clone();
            odd.status = UNKNOWN_STATUS.into();
            (Cow::Owned(odd), Shape::default())
        }
        Distortion::NullRequired => {
            let null = Some("amount");
            (Cow::Borrowed(invoice), Shape { null, ..Shape::default() })
        }
        _ => (Cow::Borrowed(invoice), Shape::default()),
    }
}

fn pick(invoice: &Invoice, picks: &[(String, Pick)], shape: Shape, out: &mut String) {
    out.push('{');
    for (at, (key, pick)) in picks.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(key, out);
        out.push(':');
        match pick {
            Pick::Field(name) if shape.null == Some(name) => out.push_str("null"),
            Pick::Field(name) => {
                if let Some(cell) = invoice.cell(name) {
                    cell.write(out);
                }
            }
            Pick::TypeName(name) => write_text(name, out),
            Pick::Customer(inner) => self::pick(invoice, inner, shape, out),
        }
    }
    out.push('}');
}

impl Provider for Nue {
    fn operation(&self, call: &Call) -> Operation {
        let (method, segments) = call.route();
        match (method, segments.as_slice()) {
            ("POST", ["orders", "async", "graphql"]) => {
                // A question for one id is a get, whatever the language.
                let questions = graphql::read(&call.body).unwrap_or_default();
                let by_id = |question: &Question| question.predicate.pins("id").is_some();
                if !questions.is_empty() && questions.iter().all(by_id) {
                    Operation::Get
                } else {
                    Operation::List
                }
            }
            ("GET", ["invoices"] | ["customers", _, "invoices"]) => Operation::List,
            ("GET", ["invoices", _]) => Operation::Get,
            _ => writes::operation(call).unwrap_or(Operation::Other),
        }
    }

    fn answer(&mut self, call: &Call, distortion: Distortion) -> Reply {
        if self.edition == Edition::Current {
            return self.current(call, distortion);
        }
        let (method, segments) = call.route();
        match (method, segments.as_slice()) {
            ("GET", ["invoices"]) => {
                self.reply(self_service::list(&self.invoices, call, distortion))
            }
            // The sandbox's choice (nue-self-service R12), as is that there is no other path.
            (_, ["invoices"]) => self.refusal(405, "Method Not Allowed"),
            _ => self.refusal(404, "Not Found"),
        }
    }

    fn refuses(&self, call: &Call, assumptions: &BTreeSet<String>) -> Option<Reply> {
        let (method, segments) = call.route();
        match (method, segments.as_slice()) {
            ("POST", ["orders", "async", "graphql"]) => {
                let why = refusals::of_graphql(call, assumptions)?;
                let code = "validation-failed";
                let error = json!({ "message": why, "extensions": { "path": "$", "code": code } });
                Some(Reply::json(200, &json!({ "errors": [error] })))
            }
            ("GET", ["invoices"]) if self.edition == Edition::SelfService => {
                call.parameter("page").filter(|_| assumptions.contains("page"))?;
                Some(self.refusal(400, "property page should not exist"))
            }
            _ => None,
        }
    }

    fn named(&self, call: &Call) -> Vec<Target> {
        let ids = writes::named(&self.invoices, call).into_iter();
        ids.map(|id| (Resource::Invoice, id)).collect()
    }

    fn write(&mut self, call: &Call, manner: Manner) -> Written {
        match self.edition {
            Edition::Current => self.carry_out(call, manner),
            Edition::SelfService => Written::nothing(self.answer(call, manner.distortion)),
        }
    }

    fn accepts(&self, call: &Call, credentials: &Credentials) -> bool {
        match credentials {
            Credentials::Nue { api_key } | Credentials::NueSelfService { api_key } => {
                call.header("nue-api-key") == Some(api_key)
            }
            _ => false,
        }
    }

    /// 401 is the vendor's; the body's shape is assumed (nue R37).
    fn refusal(&self, status: u16, message: &str) -> Reply {
        Reply::json(status, &json!({ "statusCode": status, "message": message }))
    }

    fn roster(&self) -> Option<Vec<String>> {
        (self.edition == Edition::SelfService).then(|| self.customers.clone())
    }

    fn population(&self) -> Vec<Record> {
        self.invoices.truth()
    }

    fn record(&self, resource: Resource, id: &str) -> Option<Record> {
        self.invoices.truth_of(resource, id)
    }
}
