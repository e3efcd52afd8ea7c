//! How an invoice stood before a write.

use invoice::{
    Amount, Comment, Currency, Digest, Direction, Exact, Invoice, Reference, Status, Write,
    bounded_text, bounded_texts,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// How an invoice stood before a write, as far as needed to know it again: kept
/// with the record of the write, since the invoice itself may be gone when it is
/// asked for. A snapshot is of bounded size, however large the invoice is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceSnapshot {
    /// The invoice.
    #[serde(with = "of_any_length")]
    pub id: Reference,
    /// The invoice's life-cycle word.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    modified: Option<Timestamp>,
    #[serde(default, with = "of_any_length::optional")]
    customer: Option<Reference>,
    /// A decimal, exact.
    total: Option<String>,
    currency: Option<String>,
    po_numbers: Vec<String>,
    comments: Vec<String>,
    #[serde(default)]
    invoice_date: Option<Date>,
    #[serde(default)]
    due: Option<Date>,
    #[serde(default)]
    bill_to_contact_id: Option<String>,
    #[serde(default)]
    terms: Option<String>,
    /// The digest of all that an update can change.
    #[serde(default)]
    writable: String,
}

impl InvoiceSnapshot {
    /// The snapshot of `invoice`.
    pub fn of(invoice: &Invoice) -> Self {
        let bounded = |text: &String| bounded_text(text);
        Self {
            id: invoice.id.clone(),
            status: Some(invoice.status.word().to_owned()),
            modified: invoice.timestamps.modified,
            customer: invoice.customer.id.clone(),
            total: invoice.amounts.total.map(|total| total.to_string()),
            currency: invoice.currency.map(|currency| currency.code().to_owned()),
            po_numbers: bounded_texts(invoice.tracking.po_numbers.iter().map(String::as_str)),
            comments: bounded_texts(invoice.comments.iter().map(|comment| comment.text.as_str())),
            invoice_date: invoice.dates.invoice,
            due: invoice.dates.due,
            bill_to_contact_id: invoice.bill_to_contact_id.as_ref().map(bounded),
            terms: invoice.terms.as_ref().map(bounded),
            writable: writable(invoice),
        }
    }

    /// As much of the invoice as the snapshot holds.
    pub fn invoice(&self, provider: &'static str, direction: Direction) -> Invoice {
        let mut invoice = Invoice::unknown(self.id.clone(), provider, direction);
        invoice.status = self.status.as_deref().and_then(Status::parse).unwrap_or(Status::Unknown);
        invoice.timestamps.modified = self.modified;
        invoice.customer.id = self.customer.clone();
        invoice.currency = self.currency.as_deref().and_then(Currency::parse);
        let total = self.total.as_deref().and_then(|total| Exact::parse(total).ok());
        invoice.amounts.total = total.map(|total| Amount::new(total, invoice.currency.as_ref()));
        invoice.tracking.po_numbers = self.po_numbers.clone();
        let comment =
            |text: &String| Comment { text: text.clone(), created_at: None, author: None };
        invoice.comments = self.comments.iter().map(comment).collect();
        invoice.dates.invoice = self.invoice_date;
        invoice.dates.due = self.due;
        invoice.bill_to_contact_id = self.bill_to_contact_id.clone();
        invoice.terms = self.terms.clone();
        invoice
    }

    /// Whether `now` has all that an update can change as it was.
    pub(super) fn is_unchanged_in(&self, now: &Invoice) -> bool {
        self.writable == writable(now)
    }

    /// Whether the invoice, as it stood, showed `write`, which had been sent
    /// when it stood as `before`; none where the snapshot cannot tell.
    pub(super) fn shows(&self, write: &Write, before: &Self) -> Option<bool> {
        // Of no consequence: what is asked of it is the same for every provider.
        let then = self.invoice("", Direction::Receivable);
        match write {
            Write::Activate { .. } | Write::Cancel { .. } => match then.status {
                Status::Unknown => None,
                _ if write.is_shown_by(&then) => Some(true),
                // In the state asked for, and not as asked: it may be ours.
                _ => (!write.is_state_of(&then)).then_some(false),
            },
            // It was there to be written to.
            Write::Delete => Some(false),
            Write::Update(patch) if patch.custom_fields.is_empty() && write.is_shown_by(&then) => {
                Some(true)
            }
            Write::Update(_) if self.writable == before.writable => Some(false),
            Write::Update(_) => None,
        }
    }
}

/// A digest of all that an update can change.
fn writable(invoice: &Invoice) -> String {
    let comments: Vec<&str> = invoice.comments.iter().map(|one| one.text.as_str()).collect();
    let all = (
        (invoice.dates.invoice, invoice.dates.due),
        (&invoice.bill_to_contact_id, &invoice.terms),
        (&invoice.tracking.po_numbers, comments),
        invoice.custom_fields.as_ref().map(|fields| fields.get()),
    );
    // Texts and dates alone: writing them cannot fail.
    Digest::of(&[serde_json::to_vec(&all).unwrap_or_default()]).to_string()
}

/// References as they are kept: a provider's ids may be longer than those that
/// callers may name.
mod of_any_length {
    use invoice::{ConnectionName, Reference};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(id: &Reference, to: S) -> Result<S::Ok, S::Error> {
        (id.connection(), id.id()).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Reference, D::Error> {
        let (connection, id) = <(ConnectionName, String)>::deserialize(from)?;
        Ok(Reference::new(&connection, id))
    }

    pub mod optional {
        use invoice::{ConnectionName, Reference};
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<S: Serializer>(id: &Option<Reference>, to: S) -> Result<S::Ok, S::Error> {
            id.as_ref().map(|id| (id.connection(), id.id())).serialize(to)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<Reference>, D::Error> {
            let parts = Option::<(ConnectionName, String)>::deserialize(from)?;
            Ok(parts.map(|(connection, id)| Reference::new(&connection, id)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoice() -> Invoice {
        let id: Reference = "fusebill:draft.7".parse().unwrap();
        let mut invoice = Invoice::unknown(id, "fusebill", Direction::Receivable);
        invoice.status = Status::Draft;
        invoice.timestamps.modified = "2025-06-30T09:58:12.870Z".parse().ok();
        invoice.customer.id = "fusebill:123456".parse().ok();
        invoice.currency = Currency::parse("KWD");
        invoice.amounts.total =
            Exact::parse("264.000001").ok().map(|total| Amount::new(total, None));
        invoice.tracking.po_numbers = vec!["PO-7".into()];
        invoice.dates.due = Some(jiff::civil::date(2025, 7, 1));
        invoice.terms = Some("Net30".into());
        invoice
    }

    fn kept(invoice: &Invoice) -> InvoiceSnapshot {
        let text = serde_json::to_string(&InvoiceSnapshot::of(invoice)).unwrap();
        assert!(text.len() < 40_000, "{}", text.len());
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_trace_keeps_what_an_invoice_is_known_again_by() {
        let invoice = invoice();
        let again = kept(&invoice).invoice("fusebill", Direction::Receivable);
        assert_eq!(
            serde_json::to_string(&again).unwrap(),
            serde_json::to_string(&invoice).unwrap()
        );
    }

    #[test]
    fn a_trace_is_bounded_and_tells_long_texts_apart() {
        let commented = |texts: &[String]| {
            let comment =
                |text: &String| Comment { text: text.clone(), created_at: None, author: None };
            Invoice { comments: texts.iter().map(comment).collect(), ..invoice() }
        };
        let long = "x".repeat(400_000);
        let many: Vec<String> = (0..5_000).map(|n| format!("{n} {}", "y".repeat(900))).collect();
        let mut other = many.clone();
        other[4_999].push('!');
        for (one, two) in [(vec![long.clone()], vec![format!("{long}!")]), (many, other)] {
            let (one, two) = (commented(&one), commented(&two));
            let snapshot = kept(&one);
            assert_ne!(snapshot.comments, kept(&two).comments);
            assert!(snapshot.is_unchanged_in(&one) && !snapshot.is_unchanged_in(&two));
            let again = bounded_texts(snapshot.comments.iter().map(String::as_str));
            assert_eq!(again, snapshot.comments, "what is bounded is not bounded again");
        }
    }

    #[test]
    fn a_trace_tells_of_an_update_that_came_before_it_or_that_it_cannot() {
        let before = invoice();
        let patch = |body: &str| Write::Update(Box::new(api::read_patch(body.as_bytes()).unwrap()));
        let due = patch(r#"{"dates": {"due": "2025-08-01"}}"#);
        let mut after = before.clone();
        assert_eq!(
            InvoiceSnapshot::of(&after).shows(&due, &InvoiceSnapshot::of(&before)),
            Some(false)
        );
        after.dates.due = Some(jiff::civil::date(2025, 8, 1));
        assert_eq!(
            InvoiceSnapshot::of(&after).shows(&due, &InvoiceSnapshot::of(&before)),
            Some(true)
        );
        after.dates.due = Some(jiff::civil::date(2025, 9, 1));
        assert_eq!(InvoiceSnapshot::of(&after).shows(&due, &InvoiceSnapshot::of(&before)), None);
        let activate = Write::Activate { invoice_date: None, comment: None };
        assert_eq!(
            InvoiceSnapshot::of(&after).shows(&activate, &InvoiceSnapshot::of(&before)),
            Some(false)
        );
        after.status = Status::Active;
        assert_eq!(
            InvoiceSnapshot::of(&after).shows(&activate, &InvoiceSnapshot::of(&before)),
            Some(true)
        );
    }
}
