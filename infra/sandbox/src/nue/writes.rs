//! Nue's writes (nue R25). The bodies of answers to bulks are assumed (nue R28): 200
//! with the invoices touched, a deleted one as it last was; a refusal is a 400.

use crate::exchange::{Call, Distortion, Operation, Reply, array};
use crate::options::{Bulk as Judging, Rules};
use crate::provider::{Manner, Provider, Resource, Target, Written};
use crate::store::Store;

use super::api::{Nue, distorted};
use super::bulk::{self, Bulk};
use super::life_cycle::{latest, refused};
use super::object::Invoice;
use super::patch::patched;

/// The operation that a call would carry out, by its path alone.
pub(super) fn operation(call: &Call) -> Option<Operation> {
    let (method, segments) = call.route();
    match (method, segments.as_slice()) {
        ("POST", ["billing", "invoices:activate"]) => Some(Operation::Activate),
        ("POST", ["billing", "invoices:cancel"]) => Some(Operation::Cancel),
        ("DELETE", ["billing", "invoices"]) => Some(Operation::Delete),
        ("PATCH", ["billing", "invoices", _]) => Some(Operation::Update),
        _ => None,
    }
}

/// The invoices a call names or selects; none when it cannot be read.
pub(super) fn named(invoices: &Store<Invoice>, call: &Call) -> Vec<String> {
    match (operation(call), call.segments.as_slice()) {
        (Some(Operation::Update), [.., id]) => vec![id.clone()],
        (Some(operation), _) => {
            bulk::read(&call.body, operation, invoices).map(|bulk| bulk.ids).unwrap_or_default()
        }
        (None, _) => Vec::new(),
    }
}

impl Nue {
    /// Carries out a write of the current edition.
    pub(super) fn carry_out(&mut self, call: &Call, manner: Manner) -> Written {
        let done = match (operation(call), call.segments.as_slice()) {
            (Some(Operation::Update), [.., id]) => self.update(id, &call.body, manner.distortion),
            (Some(operation), _) => self.bulk(operation, &call.body, manner),
            (None, _) => Err((404, "Not Found".to_owned())),
        };
        done.unwrap_or_else(|(status, why)| Written::nothing(self.refusal(status, &why)))
    }

    fn update(
        &mut self,
        id: &str,
        body: &str,
        distortion: Distortion,
    ) -> Result<Written, (u16, String)> {
        let missing = || (404, "Invoice not found".to_owned());
        let invoice = self.invoices.get(id).ok_or_else(missing)?;
        if let Some(why) = refused(invoice, Operation::Update) {
            return Err((400, format!("invoice {id} {why}")));
        }
        let changed = patched(invoice, body).map_err(|why| (400, why))?;
        let json = render(&changed, distortion);
        self.invoices.change(id, |invoice| *invoice = changed);
        Ok(Written::applied(Reply::text(200, json), vec![target(id)]))
    }

    fn bulk(
        &mut self,
        operation: Operation,
        body: &str,
        manner: Manner,
    ) -> Result<Written, (u16, String)> {
        let bulk = bulk::read(body, operation, &self.invoices).map_err(|why| (400, why))?;
        let (mut sound, wrong) = self.judged(operation, &bulk, manner.rules);
        if !wrong.is_empty() && manner.rules.bulk == Judging::Atomic {
            return Err((400, wrong.join("; ")));
        }
        if manner.half {
            sound.truncate(sound.len() / 2);
        }
        let touched = self.apply(operation, &bulk, &sound);
        let rows = touched.iter().enumerate().map(|(at, invoice)| {
            render(invoice, if at == 0 { manner.distortion } else { Distortion::None })
        });
        let reply = Reply::text(200, array(rows));
        Ok(Written::applied(reply, sound.iter().map(|id| target(id)).collect()))
    }

    /// The ids that may be written, and what is wrong with the others. Judged
    /// before anything changes: of two invoices of one customer, `latestOnly`
    /// lets one be canceled in one call (nue R47).
    fn judged(
        &self,
        operation: Operation,
        bulk: &Bulk,
        rules: Rules,
    ) -> (Vec<String>, Vec<String>) {
        let (mut sound, mut wrong) = (Vec::new(), Vec::new());
        for id in &bulk.ids {
            match self.wrong(operation, id, rules) {
                None => sound.push(id.clone()),
                Some(why) => wrong.push(format!("invoice {id} {why}")),
            }
        }
        (sound, wrong)
    }

    fn wrong(&self, operation: Operation, id: &str, rules: Rules) -> Option<String> {
        let Some(invoice) = self.invoices.get(id) else {
            return Some("does not exist".to_owned());
        };
        let last = || latest(&self.invoices, &invoice.customer_id) == Some(id);
        refused(invoice, operation).or_else(|| {
            let barred = operation == Operation::Cancel && rules.latest_only && !last();
            barred.then(|| "is not the latest invoice of its customer".to_owned())
        })
    }

    /// Changes the invoices, and returns them as they then are, or last were.
    fn apply(&mut self, operation: Operation, bulk: &Bulk, ids: &[String]) -> Vec<Invoice> {
        let comment = bulk.comment.as_deref();
        let touched = ids.iter().filter_map(|id| {
            self.invoices.change(id, |invoice| {
                match operation {
                    Operation::Activate => invoice.activate(bulk.date, comment),
                    Operation::Cancel => invoice.cancel(comment),
                    _ => {}
                }
                invoice.clone()
            })
        });
        let touched = touched.collect();
        if operation == Operation::Delete {
            self.invoices.remove(ids);
        }
        touched
    }
}

fn target(id: &str) -> Target {
    (Resource::Invoice, id.to_owned())
}

fn render(invoice: &Invoice, distortion: Distortion) -> String {
    let (invoice, shape) = distorted(invoice, distortion);
    invoice.json(shape)
}
