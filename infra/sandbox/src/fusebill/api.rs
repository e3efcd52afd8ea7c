//! Fusebill's calls (fusebill R10, R11, R13, R14).

use std::collections::BTreeMap;

use serde_json::json;

use crate::cell::{Column, Zoneless};
use crate::credentials::Credentials;
use crate::draw::Draw;
use crate::exchange::{Call, Distortion, Operation, Reply};
use crate::options::RateLimit;
use crate::provider::{Manner, Provider, Record, Resource, Target, Written};
use crate::store::{Keyed, Store};

use super::draft::Draft;
use super::list::flag;
use super::object::Posted;
use super::population::{customers, populate};
use super::posting::Numbers;
use super::query::Malformed;
use super::rate::Rate;
use super::resources::{DRAFTS, INVOICES, SUMMARIES, View, draft, invoice, shown, summary};
use super::writes::{Change, Refused};

/// The seed's own error text.
const BAD_QUERY: &str =
    "Bad request, the query is not valid. Please check your request and try again.";

const RATE_EXCEEDED: &str = "The rate limit has been exceeded.";

/// The simulated Fusebill.
pub(crate) struct Fusebill {
    pub(super) posted: Store<Posted>,
    pub(super) drafts: Store<Draft>,
    pub(super) numbers: Numbers,
    rate: Rate,
}

/// A call, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Route {
    Invoices(Option<String>),
    Drafts(Option<String>),
    Summaries(Option<String>),
    Invoice(String),
    Draft(String),
}

impl Route {
    /// Letter case and a trailing slash do not matter (fusebill R62).
    fn of(call: &Call) -> Option<Self> {
        let segments: Vec<String> = call.segments.iter().map(|s| s.to_lowercase()).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let id = |id: &str| id.to_owned();
        match (call.method.as_str(), segments.as_slice()) {
            ("GET", ["v1", "invoices"]) => Some(Route::Invoices(None)),
            ("GET", ["v1", "customers", customer, "invoices"]) => {
                Some(Route::Invoices(Some(id(customer))))
            }
            ("GET", ["v1", "draftinvoices"]) => Some(Route::Drafts(None)),
            ("GET", ["v1", "customers", customer, "draftinvoices"]) => {
                Some(Route::Drafts(Some(id(customer))))
            }
            ("GET", ["v1", "invoicesummaries"]) => Some(Route::Summaries(None)),
            ("GET", ["v1", "customers", customer, "invoicesummaries"]) => {
                Some(Route::Summaries(Some(id(customer))))
            }
            ("GET", ["v1", "invoices", invoice]) => Some(Route::Invoice(id(invoice))),
            ("GET", ["v1", "draftinvoices", draft]) => Some(Route::Draft(id(draft))),
            _ => None,
        }
    }

    fn customer(&self) -> Option<&str> {
        match self {
            Route::Invoices(customer) | Route::Drafts(customer) | Route::Summaries(customer) => {
                customer.as_deref()
            }
            Route::Invoice(_) | Route::Draft(_) => None,
        }
    }
}

impl Fusebill {
    pub(crate) fn new(draw: Draw, count: usize, limit: Option<RateLimit>) -> Self {
        let (posted, drafts) = populate(draw, count);
        Fusebill {
            numbers: Numbers::after(&posted, &drafts),
            posted: Store::new(posted),
            drafts: Store::new(drafts),
            rate: Rate::new(limit),
        }
    }

    fn routed(
        &mut self,
        route: &Route,
        call: &Call,
        distortion: Distortion,
    ) -> Result<Reply, Malformed> {
        let customer = route.customer();
        if customer.is_some_and(|id| !customers().any(|known| known.to_string() == id)) {
            // The sandbox's choice (fusebill R51).
            return Ok(self.refusal(404, "The customer was not found."));
        }
        let mut view = View {
            // Charges of 0 are shown unless refused, which is assumed (fusebill R51).
            hide_zero_charges: flag(call, "showZeroDollarCharges")? == Some(false),
            tracked_items: flag(call, "showTrackedItems")? == Some(true),
            no_charges: false,
        };
        match route {
            Route::Invoices(_) => {
                // Charges come with one customer's invoices only (fusebill R10, R11).
                view.no_charges = customer.is_none();
                let render = |posted: &Posted, distortion| invoice(posted, view, distortion);
                INVOICES.answer(&mut self.posted, call, customer, distortion, render)
            }
            Route::Summaries(_) => {
                SUMMARIES.answer(&mut self.posted, call, customer, distortion, summary)
            }
            Route::Drafts(_) => {
                // Listed drafts are summarized (fusebill R13).
                view.no_charges = true;
                let render = |one: &Draft, distortion| draft(one, view, distortion);
                DRAFTS.answer(&mut self.drafts, call, customer, distortion, render)
            }
            Route::Invoice(id) => Ok(match self.posted.get(id) {
                Some(found) => Reply::text(200, invoice(found, view, distortion)),
                None => self.refusal(404, "The invoice was not found."),
            }),
            Route::Draft(id) => Ok(match self.drafts.get(id) {
                Some(found) => Reply::text(200, draft(found, view, distortion)),
                None => self.refusal(404, "The draft invoice was not found."),
            }),
        }
    }
}

impl Provider for Fusebill {
    fn operation(&self, call: &Call) -> Operation {
        match Route::of(call) {
            Some(Route::Invoice(_) | Route::Draft(_)) => Operation::Get,
            Some(_) => Operation::List,
            None => Change::of(call).map_or(Operation::Other, |change| change.operation()),
        }
    }

    fn answer(&mut self, call: &Call, distortion: Distortion) -> Reply {
        if !self.rate.admit() {
            return self.refusal(429, RATE_EXCEEDED);
        }
        let reply = match Route::of(call) {
            Some(route) => self
                .routed(&route, call, distortion)
                .unwrap_or_else(|Malformed| self.refusal(400, BAD_QUERY)),
            None => self.refusal(404, "The resource was not found."),
        };
        self.rate.tell(reply)
    }

    fn named(&self, call: &Call) -> Vec<Target> {
        Change::of(call).and_then(|change| change.target(call)).into_iter().collect()
    }

    fn write(&mut self, call: &Call, manner: Manner) -> Written {
        let written = match (self.rate.admit(), Change::of(call)) {
            (false, _) => return Written::nothing(self.refusal(429, RATE_EXCEEDED)),
            (true, Some(change)) => self.carry_out(&change, call, manner),
            (true, None) => Err(Refused::new(404, "The resource was not found.")),
        };
        let mut written = written
            .unwrap_or_else(|refused| Written::nothing(self.refusal(refused.status, &refused.why)));
        written.reply = self.rate.tell(written.reply);
        written
    }

    /// The key as given, not encoded again (fusebill R2).
    fn accepts(&self, call: &Call, credentials: &Credentials) -> bool {
        let Credentials::Fusebill { api_key } = credentials else {
            return false;
        };
        call.header("authorization").and_then(|header| header.strip_prefix("Basic "))
            == Some(api_key)
    }

    fn refusal(&self, status: u16, message: &str) -> Reply {
        let reply = Reply::json(
            status,
            &json!({
                "ErrorId": 0,
                "HttpStatusCode": status,
                "Errors": [{ "Key": "Api Error", "Value": message }],
            }),
        );
        match status {
            429 => self.rate.tell(reply),
            _ => reply,
        }
    }

    fn set_rate_limit(&mut self, limit: Option<RateLimit>) {
        self.rate.set(limit);
    }

    fn base_path(&self) -> &'static str {
        "/v1"
    }

    fn population(&self) -> Vec<Record> {
        let posted = self.posted.all().iter().map(posted_record);
        posted.chain(self.drafts.all().iter().map(draft_record)).collect()
    }

    fn record(&self, resource: Resource, id: &str) -> Option<Record> {
        match resource {
            Resource::Posted => self.posted.get(id).map(posted_record),
            Resource::Draft => self.drafts.get(id).map(draft_record),
            Resource::Invoice => None,
        }
    }
}

fn posted_record(posted: &Posted) -> Record {
    Record {
        resource: Resource::Posted,
        id: posted.id(),
        customer: posted.customer(),
        json: invoice(posted, View::default(), Distortion::None),
        hidden: created(posted.created),
    }
}

fn draft_record(one: &Draft) -> Record {
    Record {
        resource: Resource::Draft,
        id: one.id(),
        customer: one.customer(),
        json: draft(one, View::default(), Distortion::None),
        hidden: created(one.created),
    }
}

fn created(at: Zoneless) -> BTreeMap<String, String> {
    BTreeMap::from([("createdTimestamp".to_owned(), shown(&at.cell()))])
}
