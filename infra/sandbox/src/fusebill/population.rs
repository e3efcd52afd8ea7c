//! Fusebill's invoices: the two of the seed, and made-up ones.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::DateTime;
use rust_decimal::Decimal;

use crate::cell::{IfPresent, Json, Money, Nested, Text, Zoneless};
use crate::draw::{Draw, minor_digits};

use super::draft::{Draft, DraftInvoice};
use super::object::{
    Charge, ChargeTier, Customer, Discount, Invoice, Posted, SubscriptionProduct, Tax, TrackedItem,
};
use super::scenario::{Settled, plain, schedules};

const SAMPLE: &str = include_str!("../../samples/fusebill-invoices.json");
const CUSTOMERS: i64 = 20;
/// The seed's customer; the others follow it.
const FIRST_CUSTOMER: i64 = 123_456;
/// The seed's latest invoice. Drafts count from here too: the two resources
/// number their invoices apart, so ids overlap.
const LAST_SAMPLE_ID: i64 = 162_281;
const CURRENCIES: [&str; 5] = ["USD", "EUR", "GBP", "JPY", "KWD"];
const TERMS: [(&str, i64); 4] = [("Net0", 0), ("Net10", 10), ("Net30", 30), ("Net60", 60)];
pub(super) const ADDRESS: &str = r#"{"contactName": null,"shippingInstructions": null,"useBillingAddressAsShippingAddress": false,"billingAddress": null,"shippingAddress": null,"id": 0,"uri": null}"#;

/// Every customer's id, the seed's first.
pub(super) fn customers() -> impl Iterator<Item = i64> {
    (0..CUSTOMERS).map(|at| FIRST_CUSTOMER + at)
}

/// Posted invoices and drafts, `count` together; about one in seven is a draft.
pub(super) fn populate(mut draw: Draw, count: usize) -> (Vec<Posted>, Vec<Draft>) {
    let sample: Vec<Invoice> = serde_json::from_str(SAMPLE).unwrap_or_default();
    let mut posted: Vec<Posted> = sample
        .into_iter()
        .map(|invoice| Posted { created: invoice.effective_timestamp, invoice })
        .collect();
    let mut drafts = Vec::new();
    let mut balances: HashMap<i64, Decimal> = HashMap::new();
    for _ in posted.len()..count {
        let customer = FIRST_CUSTOMER + draw.between(0, CUSTOMERS - 1);
        let made = Made::draw(&mut draw, customer);
        if draw.chance(14) {
            let number = i64::try_from(drafts.len()).unwrap_or(0);
            drafts.push(draft(&mut draw, LAST_SAMPLE_ID + number, customer, made));
        } else {
            let number = i64::try_from(posted.len()).unwrap_or(0);
            let balance = balances.entry(customer).or_default();
            let invoice = invoice(&mut draw, number, customer, made, *balance);
            *balance = invoice.closing_ar_balance.0;
            let before = draw.between(0, 20).days();
            let created = invoice.effective_timestamp.0.saturating_sub(before);
            posted.push(Posted { invoice, created: Zoneless(created) });
        }
    }
    (posted, drafts)
}

/// What a draft and a posted invoice have in common.
struct Made {
    customer: Customer,
    places: u32,
    at: DateTime,
    charges: Vec<Charge>,
    taxes: Vec<Tax>,
    subtotal: Decimal,
    discount: Decimal,
    total: Decimal,
    terms: (&'static str, i64),
}

impl Made {
    fn draw(draw: &mut Draw, id: i64) -> Self {
        let customer = customer(id);
        let places = minor_digits(&customer.currency);
        let at = draw.day().at(0, 0, 0, 0);
        let at = at.saturating_add(draw.between(0, 86_399).seconds());
        let charges: Vec<Charge> =
            (0..draw.between(1, 3)).map(|_| charge(draw, at, places)).collect();
        let subtotal: Decimal = charges.iter().map(|charge| charge.amount.0).sum();
        let discounts = charges.iter().flat_map(|charge| &charge.discounts);
        let discount: Decimal = discounts.map(|discount| discount.amount.0).sum();
        let taxes = taxes(draw, subtotal - discount, places);
        let tax: Decimal = taxes.iter().map(|tax| tax.total.0).sum();
        Made {
            customer,
            places,
            at,
            charges,
            subtotal,
            discount,
            total: subtotal - discount + tax,
            taxes,
            terms: draw.pick(&TERMS),
        }
    }
}

fn customer(id: i64) -> Customer {
    let at = id - FIRST_CUSTOMER;
    let currency = usize::try_from(at).unwrap_or(0) % CURRENCIES.len();
    Customer {
        first_name: Some(format!("Ada {at}").into()),
        last_name: Some("Smith-Ørsted".into()),
        company_name: (at % 3 != 0).then(|| format!("Company {at} & Co").into()),
        primary_email: Some(format!("ap{at}@customer.example").into()),
        reference: (at % 4 == 0).then(|| format!("REF-{at}").into()),
        currency: CURRENCIES.get(currency).copied().unwrap_or("USD").into(),
        monthly_recurring_revenue: Money(Decimal::ZERO),
        net_monthly_recurring_revenue: Money(Decimal::ZERO),
        salesforce_id: (at % 2 == 0).then(|| format!("001FB{at:010}").into()),
        netsuite_id: (at % 5 == 0).then(|| format!("NS-{at}").into()),
        quick_books_id: (at % 6 == 0).then_some(at + 1),
        id,
        ..Customer::default()
    }
}

fn taxes(draw: &mut Draw, base: Decimal, places: u32) -> Vec<Tax> {
    if !draw.chance(30) {
        return Vec::new();
    }
    vec![Tax {
        name: "HST".into(),
        percent: Money(Decimal::from(13)),
        total: plain((base * Decimal::new(13, 2)).round_dp(places)),
    }]
}

fn charge(draw: &mut Draw, at: DateTime, places: u32) -> Charge {
    let quantity = Decimal::from(draw.between(1, 9));
    let price = draw.money(places);
    let tiers = if draw.chance(15) { tiers(quantity, price) } else { Vec::new() };
    let amount: Decimal = match tiers.is_empty() {
        true => quantity * price,
        false => tiers.iter().map(|tier| tier.amount.0).sum(),
    };
    let id = draw.between(200_000, 999_999);
    let discounts = if draw.chance(10) {
        vec![Discount {
            discount_type: "Percentage".into(),
            configured_discount_amount: Money(Decimal::from(10)),
            amount: plain((amount / Decimal::from(10)).round_dp(places)),
            id: id + 1,
        }]
    } else {
        Vec::new()
    };
    Charge {
        quantity: plain(quantity),
        unit_price: plain((amount / quantity).round_dp(6)),
        amount: plain(amount),
        name: draw.pick(&["Tiered product 2", "Seats", "Überwachung", "Setup \"fee\""]).into(),
        description: draw.chance(30).then(|| "Monthly".into()),
        gl_code: "".into(),
        effective_timestamp: Zoneless(at),
        prorated_unit_price: None,
        start_service_date: Zoneless(at),
        end_service_date: Zoneless(at.saturating_add(30.days())),
        range_quantity: None,
        is_reversable: true,
        discount: None,
        discounts,
        subscription_product: draw.chance(80).then(|| SubscriptionProduct {
            id: id + 2,
            uri: "https://secure.fusebill.com/v1/subscriptionProducts/{ID}".into(),
        }),
        purchase: None,
        charge_tiers: tiers,
        id,
        uri: None,
        tracked_items: None,
        hidden_items: tracked(draw),
    }
}

/// Two steps: the first two units at the price, the rest at twice the price.
fn tiers(quantity: Decimal, price: Decimal) -> Vec<ChargeTier> {
    let low = quantity.min(Decimal::TWO);
    let step = |label: &'static str, quantity: Decimal, price: Decimal| ChargeTier {
        label: label.into(),
        quantity: plain(quantity),
        unit_price: plain(price),
        amount: plain(quantity * price),
    };
    let mut tiers = vec![step("0-2", low, price)];
    if quantity > low {
        tiers.push(step(">2", quantity - low, price * Decimal::TWO));
    }
    tiers
}

fn tracked(draw: &mut Draw) -> Vec<TrackedItem> {
    let count = if draw.chance(10) { draw.between(1, 2) } else { 0 };
    (0..count)
        .map(|_| TrackedItem {
            reference: format!("SN-{}", draw.letters(8)),
            name: Some("Device".into()),
            description: None,
        })
        .collect()
}

fn purchase_order(draw: &mut Draw) -> Option<Text> {
    let wanted = draw.chance(25);
    wanted.then(|| format!("PO-{}", draw.between(1_000, 9_999)).into())
}

fn notes(draw: &mut Draw) -> Option<Text> {
    draw.chance(40).then(|| draw.pick(&["api test", "Danke für Ihren Auftrag", ""]).into())
}

fn invoice(
    draw: &mut Draw,
    number: i64,
    customer_id: i64,
    made: Made,
    opening: Decimal,
) -> Invoice {
    let settled = Settled::draw(draw, made.total, made.places);
    let posted = made.at.saturating_add(draw.between(0, 600).seconds());
    let (terms, days) = made.terms;
    let schedules = schedules(draw, posted, days, made.total, &settled, made.places);
    let modified = draw.chance(30).then(|| Zoneless(posted.saturating_add(40.days())));
    Invoice {
        invoice_number: 290 + number,
        invoice_signature: "<p>signature</p>".into(),
        po_number: purchase_order(draw),
        effective_timestamp: Zoneless(made.at),
        posted_timestamp: Zoneless(posted),
        modified_timestamp: IfPresent(modified),
        charges: Nested(made.charges),
        subtotal: plain(made.subtotal),
        invoice_amount: plain(made.total),
        total_payments: plain(settled.payments),
        outstanding_balance: plain(made.total - settled.total()),
        terms: terms.into(),
        customer_id,
        invoice_customer: Nested(made.customer),
        address_preference: Json(ADDRESS.into()),
        sum_of_credit_notes: plain(settled.credits),
        total_writeoffs: plain(settled.writeoffs),
        taxes: Nested(made.taxes),
        total_discount: plain(made.discount),
        payment_schedules: Nested(schedules),
        notes: notes(draw),
        customer_reference_value: Some("".into()),
        opening_ar_balance: plain(opening),
        closing_ar_balance: plain(opening + made.total),
        invoice_in_memory_only: false,
        invoice_revisions: IfPresent(draw.chance(50).then(|| Json("[]".into()))),
        id: LAST_SAMPLE_ID - 1 + number,
        uri: Some("https://secure.fusebill.com/v1/Invoices/{ID}".into()),
    }
}

fn draft(draw: &mut Draw, id: i64, customer_id: i64, made: Made) -> Draft {
    let (terms, days) = made.terms;
    let open = Settled::default();
    let mut schedules = schedules(draw, made.at, days, made.total, &open, made.places);
    for schedule in &mut schedules {
        schedule.status = "Pending".into();
    }
    let status = match draw.below(10) {
        0..=5 => "Ready",
        6..=7 => "Pending",
        _ => "Projected",
    };
    let created = made.at.saturating_sub(draw.between(0, 20).days());
    let invoice = DraftInvoice {
        billing_period_id: draw.chance(80).then(|| draw.between(10_000, 99_999)),
        effective_timestamp: Zoneless(made.at),
        modified_timestamp: draw.chance(50).then_some(Zoneless(created)),
        status: status.into(),
        po_number: purchase_order(draw),
        draft_charges: Nested(made.charges),
        subtotal: plain(made.subtotal),
        total_discount: plain(made.discount),
        total: plain(made.total),
        taxes: Nested(made.taxes),
        payment_schedules: Nested(schedules),
        customer_id,
        customer: Nested(made.customer),
        notes: notes(draw),
        shipping_instructions: None,
        customer_reference_value: Some("".into()),
        terms: terms.into(),
        id,
        uri: Some("https://secure.fusebill.com/v1/DraftInvoices/{ID}".into()),
    };
    Draft { invoice, created: Zoneless(created) }
}
