//! Nue's invoice object, and what it is to us.

use std::collections::BTreeMap;

use invoice::{
    Amounts, Comment, Currency, Customer, Dates, Direction, Documents, Include, Invoice, Payment,
    Timestamps, Tracking,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{rules, words};
use crate::account::Account;
use crate::provider::View;
use crate::wire::{Id, Number, Text, day, instant};
use crate::{Capabilities, ErrorKind, ProviderError};

/// The keys of the 52 (nue R17) that have a place in our invoice; the others
/// stay in `raw`. `externalTaxId` is among those: whether it names the invoice
/// at a tax service or the customer at a tax office is not stated.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wire<'a> {
    id: Id,
    name: Text,
    customer_id: Text,
    status: Text,
    payment_status: Text,
    currency_iso_code: Text,
    amount: Number,
    amount_without_tax: Number,
    tax_amount: Number,
    shipping_and_handling: Number,
    balance: Number,
    invoice_date: Text,
    due_date: Text,
    start_date: Text,
    end_date: Text,
    target_date: Text,
    created_date: Text,
    last_modified_date: Text,
    activated_time: Text,
    cancellation_date: Text,
    bill_to_contact_id: Text,
    payment_hosted_url: Text,
    invoice_pdf: Text,
    external_invoice_id: Text,
    accounting_status: Text,
    tax_status: Text,
    #[serde(borrow)]
    po_numbers: Option<&'a RawValue>,
    #[serde(borrow)]
    po_dates: Option<&'a RawValue>,
    #[serde(borrow)]
    comments: Option<&'a RawValue>,
    #[serde(borrow)]
    custom_fields: Option<&'a RawValue>,
    #[serde(borrow)]
    assets: Option<&'a RawValue>,
    #[serde(borrow)]
    orders: Option<&'a RawValue>,
    #[serde(borrow)]
    payment_applications: Option<&'a RawValue>,
}

/// The invoice in `raw`, of either edition.
pub(in crate::providers) fn invoice(
    account: &Account,
    capabilities: &'static Capabilities,
    operation: &'static str,
    raw: &RawValue,
    view: &View,
) -> Result<Invoice, ProviderError> {
    let wire: Wire<'_> = account.row(operation, raw)?;
    let Some(id) = wire.id.clone().filled() else {
        return Err(account.error(
            ErrorKind::BadResponse,
            operation,
            "an invoice of its answer has no `id`",
        ));
    };
    let currency = wire.currency_iso_code.0.as_deref().and_then(Currency::parse);
    let related = |include, list: Option<&RawValue>| {
        let list = list.and_then(|list| invoice::json::read(list.get()).ok());
        view.wants(include).then_some(list)
    };
    let mut invoice = Invoice {
        amounts: wire.amounts(currency.as_ref()),
        dates: wire.dates(),
        timestamps: wire.timestamps(),
        tracking: wire.tracking(),
        comments: comments(wire.comments),
        assets: related(Include::Assets, wire.assets),
        orders: related(Include::Orders, wire.orders),
        payments: related(Include::Payments, wire.payment_applications),
        number: wire.name.filled(),
        customer: Customer {
            id: wire.customer_id.filled().map(|id| account.reference(id)),
            ..Customer::default()
        },
        status: words::status(wire.status.0.as_deref().unwrap_or_default()),
        provider_status: wire.status.filled(),
        payment_status: words::payment_status(wire.payment_status.0.as_deref().unwrap_or_default()),
        provider_payment_status: wire.payment_status.filled(),
        currency,
        bill_to_contact_id: wire.bill_to_contact_id.filled(),
        payment: Payment { hosted_url: wire.payment_hosted_url.filled(), ..Payment::default() },
        documents: Documents { pdf_url: wire.invoice_pdf.filled() },
        custom_fields: wire
            .custom_fields
            .filter(|fields| fields.get().starts_with('{'))
            .map(ToOwned::to_owned),
        ..Invoice::unknown(account.reference(id), capabilities.provider, Direction::Receivable)
    };
    invoice.available_actions = rules::available(capabilities, &invoice);
    Ok(view.finish(invoice, raw))
}

impl Wire<'_> {
    /// Nue does not say what was paid, credited or written off.
    fn amounts(&self, currency: Option<&Currency>) -> Amounts {
        Amounts {
            total: self.amount.amount(currency),
            without_tax: self.amount_without_tax.amount(currency),
            tax: self.tax_amount.amount(currency),
            shipping: self.shipping_and_handling.amount(currency),
            balance: self.balance.amount(currency),
            ..Amounts::default()
        }
    }

    fn dates(&self) -> Dates {
        Dates {
            invoice: day(self.invoice_date.0.as_deref()),
            due: day(self.due_date.0.as_deref()),
            period_start: day(self.start_date.0.as_deref()),
            period_end: day(self.end_date.0.as_deref()),
            target: day(self.target_date.0.as_deref()),
        }
    }

    fn timestamps(&self) -> Timestamps {
        // Null in the one object that is shown (nue R19): by its name a date, and a date
        // is no instant.
        let canceled = self.cancellation_date.0.as_deref();
        Timestamps {
            created: instant(self.created_date.0.as_deref()),
            modified: instant(self.last_modified_date.0.as_deref()),
            activated: instant(self.activated_time.0.as_deref()),
            canceled: instant(canceled.filter(|text| text.len() > "YYYY-MM-DD".len())),
        }
    }

    fn tracking(&self) -> Tracking {
        let external_ids: BTreeMap<_, _> = [("externalInvoiceId", &self.external_invoice_id)]
            .into_iter()
            .filter_map(|(name, id)| Some((name.into(), id.clone().filled()?)))
            .collect();
        Tracking {
            po_numbers: texts(self.po_numbers),
            po_dates: texts(self.po_dates).iter().filter_map(|text| day(Some(text))).collect(),
            external_ids,
            accounting_status: self.accounting_status.clone().filled(),
            tax_status: self.tax_status.clone().filled(),
            ..Tracking::default()
        }
    }
}

/// The items of a list that is sent as one or JSON-encoded in a text
/// (nue R21); else the text itself, if it is one.
fn items<T: DeserializeOwned>(raw: &RawValue) -> Result<Vec<T>, Option<String>> {
    if let Ok(items) = invoice::json::read(raw.get()) {
        return Ok(items);
    }
    let text = invoice::json::read(raw.get()).ok().and_then(Text::filled);
    match text.as_deref().map(invoice::json::read) {
        Some(Ok(items)) => Ok(items),
        _ => Err(text),
    }
}

/// The texts of a key that is null in the one object that is shown (nue R19), and is
/// taken to be a list, an encoded list or a single text (nue R20).
fn texts(raw: Option<&RawValue>) -> Vec<String> {
    match raw.map(items::<Text>) {
        Some(Ok(items)) => items.into_iter().filter_map(Text::filled).collect(),
        Some(Err(text)) => text.into_iter().collect(),
        None => Vec::new(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireComment {
    comment: Text,
    create_time: Text,
    create_user_name: Text,
}

fn comments(raw: Option<&RawValue>) -> Vec<Comment> {
    let mut comments: Vec<Comment> = match raw.map(items::<WireComment>) {
        Some(Ok(items)) => items
            .into_iter()
            .filter_map(|item| {
                Some(Comment {
                    text: item.comment.filled()?,
                    created_at: instant(item.create_time.0.as_deref()),
                    author: item.create_user_name.filled(),
                })
            })
            .collect(),
        Some(Err(Some(text))) => vec![Comment { text, created_at: None, author: None }],
        Some(Err(None)) | None => Vec::new(),
    };
    // In which order Nue keeps them is not stated; ours is oldest first.
    comments.sort_by_key(|comment| comment.created_at);
    comments
}

#[cfg(test)]
mod tests;
