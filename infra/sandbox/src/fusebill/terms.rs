//! What a `PATCH` changes on both kinds of invoices: terms, notes, order number.

use jiff::ToSpan;
use jiff::civil::DateTime;

use crate::cell::{IfPresent, Text, Zoneless};

use super::draft::DraftInvoice;
use super::object::{Invoice, Schedule};

/// The days of `Net0` .. `Net90` (fusebill R48). The vendor's other words (`MFI1`,
/// `DayOfMonth1` ..) are not simulated.
pub(super) fn days(terms: &str) -> Option<i64> {
    let days = terms.strip_prefix("Net")?.parse().ok()?;
    [0, 5, 7, 10, 15, 21, 30, 45, 60, 75, 90].contains(&days).then_some(days)
}

/// The fields a `PATCH` may change.
pub(super) struct Subject<'a> {
    pub(super) notes: &'a mut Option<Text>,
    /// Of a draft only.
    pub(super) po_number: Option<&'a mut Option<Text>>,
    terms: &'a mut Text,
    schedules: &'a mut [Schedule],
    /// What the terms count from.
    from: DateTime,
}

impl<'a> Subject<'a> {
    pub(super) fn posted(invoice: &'a mut Invoice) -> Self {
        Subject {
            notes: &mut invoice.notes,
            po_number: None,
            terms: &mut invoice.terms,
            schedules: &mut invoice.payment_schedules.0,
            from: invoice.posted_timestamp.0,
        }
    }

    /// Marks the draft as changed, too.
    pub(super) fn draft(invoice: &'a mut DraftInvoice) -> Self {
        let last = invoice.modified_timestamp.unwrap_or(invoice.effective_timestamp);
        invoice.modified_timestamp = Some(Zoneless::after(last));
        Subject {
            notes: &mut invoice.notes,
            po_number: Some(&mut invoice.po_number),
            terms: &mut invoice.terms,
            schedules: &mut invoice.payment_schedules.0,
            from: invoice.effective_timestamp.0,
        }
    }

    /// Other terms move every due date; one that is now past, or no longer, is
    /// overdue, or no longer.
    pub(super) fn change_terms(&mut self, terms: Text, days: i64) {
        *self.terms = terms;
        for schedule in self.schedules.iter_mut() {
            let after = days + schedule.days_due_after_term;
            let due = Zoneless(self.from.saturating_add(after.days()));
            schedule.due_date_timestamp = due;
            if matches!(schedule.status.as_ref(), "Due" | "Overdue") {
                let overdue = due < Zoneless::now();
                schedule.status = if overdue { "Overdue" } else { "Due" }.into();
            }
        }
    }
}

impl Invoice {
    /// Was changed now.
    pub(super) fn touch(&mut self) {
        let last = self.modified_timestamp.0.unwrap_or(self.posted_timestamp);
        self.modified_timestamp = IfPresent(Some(Zoneless::after(last)));
    }
}
