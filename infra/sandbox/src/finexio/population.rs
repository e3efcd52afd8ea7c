//! Finexio's invoices: the two of the seed, and made-up ones.

use std::borrow::Cow;

use jiff::ToSpan;
use serde::Deserialize;

use crate::cell::{IfPresent, Json, Micros, Text};
use crate::draw::Draw;

use super::object::Invoice;

const SAMPLE: &str = include_str!("../../samples/finexio-invoices.json");
const COUNTERPARTIES: usize = 20;
const PAYER: &str = "0b575520-d4fc-47a5-a27a-7b2c062e075f";
const SAMPLE_PAYEE: &str = "b1d5a7e8-62fa-4e38-93bf-6be23bdefa82";
const STATUSES: [&str; 6] = ["pending", "in-progress", "sent", "complete", "failed", "canceled"];
const NOTES: [&str; 4] = ["April's Annual Tire Order", "Freight", "Zölle & Gebühren", ""];

#[derive(Deserialize)]
struct Page {
    results: Vec<Invoice>,
}

/// The seed's invoices, then made-up ones up to `count`.
pub(super) fn populate(mut draw: Draw, count: usize) -> Vec<Invoice> {
    let sample: Result<Page, _> = serde_json::from_str(SAMPLE);
    let mut invoices = sample.map(|page| page.results).unwrap_or_default();
    let payees: Vec<Text> = std::iter::once(Cow::Borrowed(SAMPLE_PAYEE))
        .chain((1..COUNTERPARTIES).map(|_| Cow::Owned(draw.uuid())))
        .collect();
    for number in invoices.len()..count {
        let payee = payees.get(number % payees.len()).cloned().unwrap_or_default();
        invoices.push(invoice(&mut draw, number, payee));
    }
    invoices
}

fn invoice(draw: &mut Draw, number: usize, payee: Text) -> Invoice {
    let date = draw.day();
    // Ids are `inv_..` or a UUID (finexio R18).
    let id = if draw.chance(80) { format!("inv_{}", draw.letters(20)) } else { draw.uuid() };
    let cents = draw.money(2).mantissa().try_into().unwrap_or(0);
    let created =
        date.at(0, 0, 0, 0).saturating_add(draw.between(0, 86_399_999_999).microseconds());
    let metadata = if draw.chance(20) {
        Cow::Owned(format!(r#"{{"id": "{number}", "user": "ryan"}}"#))
    } else {
        Cow::Borrowed("{}")
    };
    let paid = draw.chance(85);
    Invoice {
        id: id.into(),
        amount_cents: cents,
        currency: "USD".into(),
        discount_amount_cents: if draw.chance(10) { cents / 50 } else { 0 },
        invoice_date: date,
        invoice_due_date: date.saturating_add(draw.pick(&[1, 10, 30, 60]).days()),
        invoice_number: (12_345 + number).to_string().into(),
        note: draw.chance(70).then(|| draw.pick(&NOTES).into()),
        originating_counterparty_id: PAYER.into(),
        receiving_counterparty_id: payee,
        metadata: Json(metadata),
        payment_id: paid.then(|| format!("pmt_{}", draw.letters(20)).into()),
        reconciliation_id: draw
            .chance(50)
            .then(|| format!("Check No. {}", draw.between(1_000, 9_999)).into()),
        created: Micros(created),
        updated: Micros(created.saturating_add(draw.between(1, 9_000_000_000).microseconds())),
        account_number: draw
            .chance(60)
            .then(|| draw.between(10_000_000, 99_999_999).to_string().into()),
        status: IfPresent(draw.chance(60).then(|| draw.pick(&STATUSES).into())),
    }
}
