//! SimplePin's calls (simplepin R3, R10, R16, R19).

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use serde_json::json;

use crate::credentials::Credentials;
use crate::draw::Draw;
use crate::exchange::{Call, Distortion, Operation, Reply, UNKNOWN_STATUS, array};
use crate::provider::{Manner, Provider, Record, Resource, Target, Written};
use crate::record::Shape;
use crate::store::Store;

use super::object::Invoice;
use super::population::{customers, populate};
use super::writes;

/// Both are assumed (simplepin R7, R8): the sample's `count` is 0 and no limit is stated.
const DEFAULT_COUNT: usize = 100;
const LARGEST_COUNT: usize = 500;

/// InvoiceListFilterV2Model (simplepin R3).
#[derive(Debug, Default, Deserialize)]
struct Filter {
    /// Where this stands is assumed (simplepin R4): the query string, or here.
    customer_id: Option<String>,
    first: Option<usize>,
    count: Option<usize>,
    date_from: Option<String>,
    date_to: Option<String>,
    filter_type: Option<String>,
    search: Option<String>,
    sort: Option<String>,
    ascending: Option<bool>,
}

/// The simulated SimplePin.
pub(crate) struct SimplePin {
    pub(super) invoices: Store<Invoice>,
}

impl SimplePin {
    pub(crate) fn new(draw: Draw, count: usize) -> Self {
        SimplePin { invoices: Store::new(populate(draw, count)) }
    }

    fn list(&mut self, call: &Call, distortion: Distortion) -> Result<Reply, String> {
        let filter: Filter = serde_json::from_str(&call.body)
            .map_err(|error| format!("the filter model is not valid: {error}"))?;
        let customer = call
            .parameter("customer_id")
            .or(filter.customer_id.as_deref())
            .filter(|id| !id.is_empty())
            .ok_or("customer_id is required")?;
        let wanted = Wanted::read(&filter)?;
        let rows = self
            .invoices
            .rows(format!("{customer} {wanted:?}"), |invoices| wanted.rows(invoices, customer));
        let count = match filter.count {
            None | Some(0) => DEFAULT_COUNT,
            Some(count) => count.min(LARGEST_COUNT),
        };
        let count = distortion.page_size(count);
        let (skip, _) = distortion.window(filter.first.unwrap_or(0), rows.len());
        let page = self.invoices.at(rows.iter().skip(skip).take(count));
        let page = page.enumerate().map(|(at, invoice)| {
            let distortion = if at == 0 { distortion } else { Distortion::None };
            let (invoice, shape) = distorted(invoice, distortion);
            invoice.json(shape)
        });
        Ok(Reply::text(200, array(page)))
    }

    fn get(&self, call: &Call, distortion: Distortion) -> Reply {
        let all = self.invoices.all();
        let found = if let Some(uuid) = call.parameter("uuid") {
            self.invoices.get(uuid)
        } else if let Some(id) = call.parameter("invoice_id") {
            all.iter().find(|invoice| invoice.id.to_string() == id)
        } else if let Some(number) = call.parameter("invoice_number") {
            all.iter().find(|invoice| invoice.invoice_number == number)
        } else {
            return self.refusal(400, "one of uuid, invoice_id and invoice_number is required");
        };
        match found {
            Some(invoice) => {
                let (invoice, shape) = distorted(invoice, distortion);
                Reply::text(200, invoice.details(shape))
            }
            None => self.refusal(404, "no such invoice"),
        }
    }
}

/// The part of a filter that selects and sorts.
#[derive(Debug)]
struct Wanted {
    from: Option<Date>,
    to: Option<Date>,
    search: Option<String>,
    by_number: bool,
    ascending: bool,
}

impl Wanted {
    fn read(filter: &Filter) -> Result<Self, String> {
        if !matches!(filter.filter_type.as_deref(), None | Some("" | "NONE")) {
            return Err("filter_type must be NONE".to_owned());
        }
        let by_number = match filter.sort.as_deref() {
            None | Some("") => false,
            Some("INVOICE_NUMBER") => true,
            Some(other) => return Err(format!("sort {other:?} is not known: INVOICE_NUMBER is")),
        };
        Ok(Wanted {
            from: day(filter.date_from.as_deref(), "date_from")?,
            to: day(filter.date_to.as_deref(), "date_to")?,
            search: filter
                .search
                .as_ref()
                .filter(|text| !text.is_empty())
                .map(|text| text.to_lowercase()),
            by_number,
            ascending: filter.ascending.unwrap_or(true),
        })
    }

    /// Without a sort: in the order of creation (simplepin R31).
    fn rows(&self, invoices: &Store<Invoice>, customer: &str) -> Vec<usize> {
        let places = invoices.of_customer(customer);
        let mut rows: Vec<(usize, &Invoice)> = places
            .iter()
            .copied()
            .zip(invoices.at(places))
            .filter(|(_, invoice)| self.selects(invoice))
            .collect();
        if self.by_number {
            rows.sort_by(|(_, a), (_, b)| a.invoice_number.cmp(&b.invoice_number));
        }
        if !self.ascending {
            rows.reverse();
        }
        rows.into_iter().map(|(at, _)| at).collect()
    }

    /// The dates filter `invoice_date`, both ends included (simplepin R6).
    fn selects(&self, invoice: &Invoice) -> bool {
        self.from.is_none_or(|from| invoice.invoice_date >= from)
            && self.to.is_none_or(|to| invoice.invoice_date <= to)
            && self.search.as_ref().is_none_or(|text| invoice.mentions(text))
    }
}

/// The day of `yyyy-MM-dd'T'HH:mm:ss.SSSXXX` as written, whatever its zone
/// (simplepin R32). A text of another form is refused.
fn day(text: Option<&str>, field: &str) -> Result<Option<Date>, String> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let zoned = text.parse::<jiff::Timestamp>().is_ok();
    let local = text.get(..23).and_then(|local| local.parse::<DateTime>().ok());
    match local {
        Some(local) if zoned => Ok(Some(local.date())),
        _ => Err(format!("{field} must be yyyy-MM-dd'T'HH:mm:ss.SSSXXX")),
    }
}

pub(super) fn distorted(invoice: &Invoice, distortion: Distortion) -> (Invoice, Shape) {
    let mut invoice = invoice.clone();
    let mut shape = Shape::default();
    match distortion {
        Distortion::UnknownStatus => invoice.invoice_state = UNKNOWN_STATUS.into(),
        Distortion::NullRequired => shape.null = Some("amount"),
        _ => {}
    }
    (invoice, shape)
}

impl Provider for SimplePin {
    fn operation(&self, call: &Call) -> Operation {
        let (method, segments) = call.route();
        match (method, segments.as_slice()) {
            ("POST", ["v2", "invoice", "list"]) => Operation::List,
            ("GET", ["v2", "invoice", "get"]) => Operation::Get,
            _ => writes::operation(call).unwrap_or(Operation::Other),
        }
    }

    fn answer(&mut self, call: &Call, distortion: Distortion) -> Reply {
        match self.operation(call) {
            Operation::List => {
                self.list(call, distortion).unwrap_or_else(|why| self.refusal(400, &why))
            }
            Operation::Get => self.get(call, distortion),
            _ if writes::is_status_path(call) => {
                self.refusal(400, "the status model needs status, SENT or CANCELLED, and sent")
            }
            _ => self.refusal(404, "no such path"),
        }
    }

    fn refuses(&self, call: &Call, assumptions: &BTreeSet<String>) -> Option<Reply> {
        let filter: Filter = serde_json::from_str(&call.body).ok()?;
        let refused = |assumption: &str| assumptions.contains(assumption);
        let why = if refused("customer_id in the query") && call.parameter("customer_id").is_some()
        {
            "customer_id is not a parameter of this call"
        } else if refused("count of 500") && filter.count > Some(100) {
            "count must not be more than 100"
        } else if refused("dates of invoices")
            && (filter.date_from.is_some() || filter.date_to.is_some())
        {
            "date_from and date_to are not supported"
        } else {
            return None;
        };
        Some(self.refusal(400, why))
    }

    fn named(&self, call: &Call) -> Vec<Target> {
        self.meant(call).map(|uuid| (Resource::Invoice, uuid)).into_iter().collect()
    }

    fn write(&mut self, call: &Call, manner: Manner) -> Written {
        self.carry_out(call, manner)
            .unwrap_or_else(|(status, why)| Written::nothing(self.refusal(status, &why)))
    }

    fn accepts(&self, call: &Call, credentials: &Credentials) -> bool {
        let Credentials::SimplePin { authorization, token } = credentials else {
            return false;
        };
        call.header("authorization") == Some(authorization) && call.header("token") == Some(token)
    }

    /// The body's shape is assumed (simplepin R25).
    fn refusal(&self, status: u16, message: &str) -> Reply {
        Reply::json(status, &json!({ "code": status, "message": message }))
    }

    fn roster(&self) -> Option<Vec<String>> {
        Some(customers())
    }

    fn population(&self) -> Vec<Record> {
        self.invoices.truth()
    }

    fn record(&self, resource: Resource, id: &str) -> Option<Record> {
        self.invoices.truth_of(resource, id)
    }
}
