//! Stripe's invoices: samples of the stand-in's, and made-up ones.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::draw::Draw;

use super::object::Invoice;

const SAMPLES: [&str; 2] = [
    include_str!("../../samples/stripe-invoice-draft.json"),
    include_str!("../../samples/stripe-invoice-part-credited.json"),
];
const CUSTOMERS: usize = 20;
const SAMPLE_CUSTOMERS: [&str; 2] = ["cus_pxRieOzkT5JQrR", "cus_faYeiyUnA7giuu"];
/// With two, none and three places at Stripe, and one that it counts otherwise
/// than ISO 4217.
const CURRENCIES: [&str; 8] = ["usd", "usd", "usd", "eur", "eur", "jpy", "kwd", "isk"];
const STATUSES: [&str; 12] = [
    "draft",
    "draft",
    "draft",
    "open",
    "open",
    "open",
    "paid",
    "paid",
    "paid",
    "paid",
    "void",
    "uncollectible",
];

/// The samples, then made-up invoices up to `count`, oldest first.
pub(super) fn populate(mut draw: Draw, count: usize) -> Vec<Invoice> {
    let samples = SAMPLES.iter().filter_map(|text| serde_json::from_str(text).ok());
    let template: Map<String, Value> =
        SAMPLES.first().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut invoices: Vec<Invoice> = samples.take(count).map(Invoice::read).collect();
    let customers: Vec<String> = SAMPLE_CUSTOMERS
        .iter()
        .map(|id| (*id).to_owned())
        .chain((SAMPLE_CUSTOMERS.len()..CUSTOMERS).map(|_| format!("cus_{}", draw.letters(14))))
        .collect();
    for number in invoices.len()..count {
        let customer = customers.get(number % CUSTOMERS).cloned().unwrap_or_default();
        invoices.push(invoice(&mut draw, &template, number, &customer));
    }
    invoices.sort_by_key(|invoice| invoice.number("created"));
    invoices
}

fn invoice(
    draw: &mut Draw,
    template: &Map<String, Value>,
    number: usize,
    customer: &str,
) -> Invoice {
    let id = format!("in_{}", draw.letters(24));
    // Many in one second, as a billing run makes them.
    let created = second(draw);
    let currency = draw.pick(&CURRENCIES);
    // Whole thousands for the currencies that have their last digits zero.
    let unit = if matches!(currency, "kwd" | "isk") { 1_000 } else { 1 };
    let tax = draw.between(0, 2_000) * unit;
    let subtotal = draw.between(0, 500_000) * unit;
    let total = if draw.chance(4) { 0 } else { subtotal + tax };
    let (tax, subtotal) = if total == 0 { (0, 0) } else { (tax, subtotal) };
    let status = draw.pick(&STATUSES);
    let paid = match status {
        "paid" => total,
        "open" if draw.chance(20) => total / 3,
        _ => 0,
    };
    let credited = if status == "open" && paid == 0 && draw.chance(15) { total / 4 } else { 0 };
    let drafted = status == "draft";
    let due = draw.chance(60).then(|| created + 86_400 * draw.pick(&[7, 30, 60]));
    let finalized = (!drafted).then(|| created + draw.between(1, 90_000));
    let mut invoice = Invoice { object: template.clone(), lines: Vec::new(), payments: Vec::new() };
    for (field, value) in [
        ("id", json!(id)),
        ("created", json!(created)),
        ("customer", json!(customer)),
        ("customer_name", json!(format!("Customer {}", number % CUSTOMERS))),
        ("customer_email", json!(draw.chance(80).then(|| format!("c{number}@example.com")))),
        ("currency", json!(currency)),
        ("status", json!(status)),
        (
            "number",
            json!(finalized.map(|_| format!("{}-{number:04}", &customer[4..8].to_uppercase()))),
        ),
        ("total", json!(total)),
        ("subtotal", json!(subtotal)),
        ("total_excluding_tax", json!(subtotal)),
        (
            "total_taxes",
            if tax > 0 { json!([{"amount": tax, "tax_behavior": "exclusive"}]) } else { json!([]) },
        ),
        ("amount_due", json!(total - credited)),
        ("amount_paid", json!(paid)),
        ("amount_remaining", json!(total - paid - credited)),
        ("pre_payment_credit_notes_amount", json!(credited)),
        (
            "collection_method",
            json!(if due.is_some() { "send_invoice" } else { "charge_automatically" }),
        ),
        ("due_date", json!(due)),
        ("effective_at", json!(finalized)),
        ("description", json!(draw.chance(30).then_some("Thank you for your business"))),
        (
            "metadata",
            if draw.chance(30) { json!({"order": number.to_string()}) } else { json!({}) },
        ),
        ("period_start", json!(created - 86_400 * 30)),
        ("period_end", json!(created)),
        (
            "hosted_invoice_url",
            json!(finalized.map(|_| format!("https://invoice.stripe.com/i/{id}"))),
        ),
        (
            "invoice_pdf",
            json!(finalized.map(|_| format!("https://pay.stripe.com/invoice/{id}/pdf"))),
        ),
    ] {
        invoice.set(field, value);
    }
    invoice.set(
        "status_transitions",
        json!({
            "finalized_at": finalized,
            "marked_uncollectible_at": finalized.filter(|_| status == "uncollectible"),
            "paid_at": finalized.filter(|_| status == "paid"),
            "voided_at": finalized.filter(|_| status == "void").map(|at| at + 60),
        }),
    );
    let lines = if draw.chance(3) { draw.between(11, 130) } else { draw.between(1, 3) };
    invoice.lines =
        (0..lines).map(|at| line(draw, &id, currency, created, (at, subtotal / lines))).collect();
    if paid > 0 {
        invoice.payments = vec![payment(draw, &id, currency, paid, created)];
    }
    invoice
}

fn second(draw: &mut Draw) -> i64 {
    let day = draw.day().to_zoned(TimeZone::UTC).map_or(0, |day| day.timestamp().as_second());
    day + draw.below(4).try_into().unwrap_or(0) * 3_600
}

fn line(
    draw: &mut Draw,
    invoice: &str,
    currency: &str,
    at: i64,
    (place, amount): (i64, i64),
) -> Value {
    json!({
        "id": format!("il_{}", draw.letters(24)),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": format!("Seats, part {place}"),
        "discount_amounts": [],
        "invoice": invoice,
        "livemode": false,
        "metadata": {},
        "period": {"start": at - 86_400 * 30, "end": at},
        "pricing": {"type": "price_details", "unit_amount_decimal": format!("{amount}.5")},
        "quantity": 1,
        "quantity_decimal": "1",
        "subtotal": amount,
        "taxes": [],
    })
}

fn payment(draw: &mut Draw, invoice: &str, currency: &str, amount: i64, at: i64) -> Value {
    json!({
        "id": format!("inpay_{}", draw.letters(24)),
        "object": "invoice_payment",
        "amount_paid": amount,
        "amount_requested": amount,
        "created": at,
        "currency": currency,
        "invoice": invoice,
        "is_default": true,
        "livemode": false,
        "payment": {"type": "payment_intent", "payment_intent": format!("pi_{}", draw.letters(24))},
        "status": "paid",
        "status_transitions": {"canceled_at": null, "paid_at": at},
    })
}
