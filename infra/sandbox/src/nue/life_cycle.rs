//! What an invoice may go through, and what that makes of it.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::cell::{Instant, Money};
use crate::exchange::Operation;
use crate::store::Store;

use super::object::Invoice;
use super::population::USER;

/// The seed's own author of comments.
const USER_NAME: &str = "Test Administrator";

/// Why an operation on an invoice is refused, if it is.
///
/// Activate: a draft (nue R29); that one pending activation may be, and that
/// an active one may not again, is assumed (nue R30, R43). Cancel: an active one only while
/// unpaid (nue R31). Delete: only canceled, and without payments (nue R32).
/// Update: draft, pending activation and active (nue R33).
pub(super) fn refused(invoice: &Invoice, operation: Operation) -> Option<String> {
    let status = invoice.status.as_ref();
    let pending = matches!(status, "Draft" | "Pending Activation" | "PendingActivation");
    let active = status == "Active";
    match operation {
        Operation::Activate if !pending => {
            Some(format!("is {status}, and only a Draft or Pending Activation is activated"))
        }
        Operation::Cancel if active && !unpaid(invoice) => {
            Some(format!("is {status} and not unpaid ({})", invoice.payment_status))
        }
        Operation::Cancel if !pending && !active => Some(format!("is {status} already")),
        Operation::Delete if status != "Canceled" => {
            Some(format!("is {status}, and only a Canceled one is deleted"))
        }
        Operation::Delete if !(unpaid(invoice) || invoice.payment_status == "Canceled") => {
            Some(format!("has payments applied ({})", invoice.payment_status))
        }
        Operation::Update if !pending && !active => {
            Some(format!("is {status}, and only a Draft, Pending Activation or Active is updated"))
        }
        _ => None,
    }
}

/// Nothing was ever paid or applied. A canceled invoice's balance is 0, so its
/// payment status alone decides.
fn unpaid(invoice: &Invoice) -> bool {
    let words = ["NotTransferred", "Transferred", "TransferError"];
    words.contains(&invoice.payment_status.as_ref())
        && (invoice.status == "Canceled" || invoice.balance == invoice.amount)
}

/// The id of a customer's latest invoice that is not canceled. What "latest"
/// means is assumed (nue R42): the invoice date, then the creation.
pub(super) fn latest<'a>(invoices: &'a Store<Invoice>, customer: &str) -> Option<&'a str> {
    invoices
        .at(invoices.of_customer(customer))
        .filter(|invoice| invoice.status != "Canceled")
        .max_by_key(|invoice| (invoice.invoice_date, invoice.created_date))
        .map(|invoice| invoice.id.as_ref())
}

impl Invoice {
    /// Becomes payable. Another invoice date moves the due date along, by the
    /// invoice's own term; without a due date there is none to move (nue R43).
    pub(super) fn activate(&mut self, date: Option<Date>, comment: Option<&str>) {
        self.touch();
        if let Some(date) = date {
            let term = self.due_date.map(|due| due.since(self.invoice_date));
            self.due_date = term.and_then(|term| date.checked_add(term.ok()?).ok());
            self.invoice_date = date;
        }
        self.status = "Active".into();
        self.activated_time = Some(self.last_modified_date);
        self.activated_by_id = Some(USER.into());
        // The form of the link is the sample's.
        let page: String = self.id.chars().take(8).collect();
        self.invoice_pdf = Some(format!("https://app.example.invalid/view-invoice/{page}").into());
        self.remark(comment);
    }

    /// Is void: nothing is left to pay (nue R43).
    pub(super) fn cancel(&mut self, comment: Option<&str>) {
        self.touch();
        self.status = "Canceled".into();
        self.payment_status = "Canceled".into();
        self.balance = Money(Decimal::ZERO);
        self.cancellation_date =
            Some(jiff::tz::Offset::UTC.to_datetime(self.last_modified_date.0).date());
        self.remark(comment);
    }

    /// Was changed now.
    pub(super) fn touch(&mut self) {
        self.last_modified_date = Instant::after(self.last_modified_date);
        self.last_modified_by_id = USER.into();
    }

    /// Adds a comment to the list that is kept as text.
    pub(super) fn remark(&mut self, comment: Option<&str>) {
        let Some(comment) = comment else { return };
        let said = self.comments.as_deref().unwrap_or("[]");
        let mut said: Vec<Value> = serde_json::from_str(said).unwrap_or_default();
        said.push(json!({
            "comment": comment,
            "createTime": self.last_modified_date.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "createUserName": USER_NAME,
        }));
        self.comments = Some(Value::Array(said).to_string().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Invoice {
        serde_json::from_str(include_str!("../../samples/nue-invoice.json")).unwrap()
    }

    #[test]
    fn every_status_and_operation_has_its_verdict() {
        use Operation::{Activate, Cancel, Delete, Update};
        let table: [(&str, &str, &[Operation]); 8] = [
            ("Draft", "NotTransferred", &[Activate, Cancel, Update]),
            ("Pending Activation", "NotTransferred", &[Activate, Cancel, Update]),
            ("PendingActivation", "NotTransferred", &[Activate, Cancel, Update]),
            ("Active", "TransferError", &[Cancel, Update]),
            ("Active", "Paid", &[Update]),
            ("Canceled", "Canceled", &[Delete]),
            ("Canceled", "NotTransferred", &[Delete]),
            ("Canceled", "Refunded", &[]),
        ];
        for (status, payment_status, allowed) in table {
            let invoice = Invoice {
                status: status.into(),
                payment_status: payment_status.into(),
                ..sample()
            };
            for operation in [Activate, Cancel, Delete, Update] {
                let granted = refused(&invoice, operation).is_none();
                assert_eq!(granted, allowed.contains(&operation), "{status} {operation:?}");
            }
        }
    }

    #[test]
    fn an_active_invoice_with_part_of_it_gone_is_not_unpaid() {
        let mut invoice = sample();
        assert!(refused(&invoice, Operation::Cancel).is_none());
        invoice.balance = Money(Decimal::ONE);
        assert!(refused(&invoice, Operation::Cancel).is_some());
    }

    #[test]
    fn the_due_date_keeps_its_distance_and_its_absence() {
        use jiff::civil::date;
        let mut invoice = sample();
        let (before, due) = (invoice.invoice_date, invoice.due_date.unwrap());
        invoice.activate(Some(date(2024, 2, 10)), None);
        let term = due - before;
        assert_eq!((invoice.due_date, term.get_days()), (Some(date(2024, 4, 10)), 60));
        invoice.due_date = None;
        invoice.activate(Some(before), None);
        assert_eq!(invoice.due_date, None);
    }

    #[test]
    fn a_change_is_always_after_the_last() {
        let mut invoice = sample();
        invoice.last_modified_date = Instant::on(jiff::civil::date(2999, 1, 1), 0);
        let before = invoice.last_modified_date;
        invoice.touch();
        assert!(invoice.last_modified_date > before);
    }
}
