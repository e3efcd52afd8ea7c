//! Nue's invoices: the one of the seed, and made-up ones.

use jiff::ToSpan;
use rust_decimal::Decimal;

use crate::cell::{Instant, Money, Text};
use crate::draw::{Draw, minor_digits};

use super::object::Invoice;

const SAMPLE: &str = include_str!("../../samples/nue-invoice.json");
const SAMPLE_CUSTOMER: &str = "001KS00000DvZ1aYAD";
const CUSTOMERS: usize = 20;
pub(super) const USER: &str = "424cb15f-da63-4d6a-b397-c15142058084";
const TENANT: &str = "b5919513-9625-48d1-9954-8e2998ec0592";
const CURRENCIES: [Option<&str>; 8] =
    [None, None, Some("USD"), Some("USD"), Some("EUR"), Some("GBP"), Some("JPY"), Some("KWD")];
const DAY: i64 = 86_400_000;

/// The payment statuses (nue R22).
pub(super) const PAYMENT_STATUSES: [&str; 13] = [
    "NotTransferred",
    "Transferred",
    "TransferError",
    "Paid",
    "PartiallyPaid",
    "Canceled",
    "CreditBack",
    "Applied",
    "PartiallyApplied",
    "Refunded",
    "PartiallyRefunded",
    "WrittenOff",
    "PartiallyWrittenOff",
];

/// Every customer's id, the seed's first.
pub(super) fn customers() -> Vec<String> {
    std::iter::once(SAMPLE_CUSTOMER.to_owned())
        .chain((1..CUSTOMERS).map(|at| format!("001KS00000Dv{at:03}aYAD")))
        .collect()
}

/// The seed's invoice, then made-up ones up to `count`.
pub(super) fn populate(mut draw: Draw, count: usize, customers: &[String]) -> Vec<Invoice> {
    let sample: Result<Invoice, _> = serde_json::from_str(SAMPLE);
    let mut invoices: Vec<Invoice> = sample.into_iter().collect();
    for number in invoices.len()..count {
        let customer = customers.get(number % customers.len().max(1));
        let customer = customer.map_or("", String::as_str);
        invoices.push(invoice(&mut draw, number, customer));
    }
    invoices
}

/// A status and a payment status that go together.
fn statuses(draw: &mut Draw) -> (&'static str, &'static str) {
    match draw.below(100) {
        0..=14 => ("Draft", "NotTransferred"),
        15..=19 => ("Pending Activation", "NotTransferred"),
        // Also seen in one word (nue R24).
        20..=21 => ("PendingActivation", "NotTransferred"),
        22..=31 => ("Canceled", "Canceled"),
        32..=59 => ("Active", "Paid"),
        _ => {
            let word = draw.pick(&PAYMENT_STATUSES);
            ("Active", if word == "Canceled" { "NotTransferred" } else { word })
        }
    }
}

/// An invoice's sums.
struct Sums {
    net: Decimal,
    tax: Decimal,
    balance: Decimal,
}

fn sums(draw: &mut Draw, payment_status: &str, currency: Option<&str>) -> Sums {
    // Usage is priced in fractions of a cent: up to nine places.
    let places = match draw.below(100) {
        0..=4 => 9,
        5..=9 => 6,
        _ => minor_digits(currency.unwrap_or("USD")),
    };
    let mut net = draw.money(places);
    // A credit is an invoice below zero.
    if matches!(payment_status, "CreditBack" | "Applied" | "PartiallyApplied") {
        net = -net;
    }
    let tax =
        if draw.chance(40) { (net * Decimal::new(19, 2)).round_dp(places) } else { Decimal::ZERO };
    let amount = net + tax;
    let balance = match payment_status {
        "NotTransferred" | "Transferred" | "TransferError" => amount,
        word if word.starts_with("Partially") && word != "PartiallyRefunded" => {
            draw.part_of(amount, places)
        }
        _ => Decimal::ZERO,
    };
    Sums { net, tax, balance }
}

/// Money as Nue writes it: nine places, or a bare 0 where nothing was worked out.
fn nine_places(mut amount: Decimal) -> Money {
    if !amount.is_zero() {
        amount.rescale(9);
    } else {
        amount = Decimal::ZERO;
    }
    Money(amount)
}

fn comments(draw: &mut Draw, at: Instant) -> Option<Text> {
    let said = ["approve and activate the invoice", "say \"hello\"", "Grüße, 東京"];
    let second = at.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    draw.chance(30).then(|| {
        let comment = serde_json::json!([{
            "comment": draw.pick(&said),
            "createTime": second,
            "createUserName": "Test Administrator",
        }]);
        comment.to_string().into()
    })
}

fn invoice(draw: &mut Draw, number: usize, customer: &str) -> Invoice {
    let date = draw.day();
    let (status, payment_status) = statuses(draw);
    let currency = draw.pick(&CURRENCIES);
    let sums = sums(draw, payment_status, currency);
    let id = draw.uuid();
    let created = Instant::on(date, draw.between(-2 * DAY, DAY));
    let drafted = matches!(status, "Draft" | "Pending Activation" | "PendingActivation");
    let activated = (!drafted).then(|| Instant::on(date, draw.between(DAY, 3 * DAY)));
    let customer: Text = customer.to_owned().into();
    let user = || Text::Borrowed(USER);
    Invoice {
        activated_by_id: activated.map(|_| user()),
        sales_account_id: customer.clone(),
        end_date: date.last_of_month(),
        due_date: (!drafted || draw.chance(80))
            .then(|| date.saturating_add(draw.pick(&[0, 15, 30, 60]).days())),
        source: "Billing".into(),
        tax_status: if sums.tax.is_zero() { "Not Calculated" } else { "Calculated" }.into(),
        shipping_and_handling: Money(Decimal::ZERO),
        balance: nine_places(sums.balance),
        vat_messages: None,
        bill_to_contact_id: draw.chance(90).then(|| format!("003KS{number:010}YAO").into()),
        e_invoicing_mandate_id: None,
        created_by_id: user(),
        tax_company_code: None,
        e_invoicing_doc_status: None,
        applied_by_object: None,
        target_date: date.last_of_month(),
        name: format!("INV-{:08}", 312 + number).into(),
        external_tax_id: None,
        currency_iso_code: currency.map(Into::into),
        tax_amount: nine_places(sums.tax),
        is_catch_up: draw.chance(5),
        start_date: date.first_of_month(),
        status: status.into(),
        sync_time: activated,
        po_numbers: draw.chance(20).then(|| format!("PO-{}", draw.letters(6)).into()),
        custom_fields: None,
        tax_error_message: None,
        po_dates: None,
        applied_by_id: None,
        last_modified_by_id: user(),
        customer_id: customer,
        payment_details: None,
        payment_status: payment_status.into(),
        e_invoicing_message: None,
        cancellation_date: (status == "Canceled").then(|| date.saturating_add(5.days())),
        amount_without_tax: nine_places(sums.net),
        amount: nine_places(sums.net + sums.tax),
        comments: comments(draw, created),
        last_modified_date: activated.unwrap_or(created),
        record_type: "Invoice".into(),
        e_invoicing_mandate_code: None,
        entity_id: None,
        invoice_date: date,
        accounting_status: "Not Started".into(),
        invoice_pdf: (!drafted).then(|| {
            format!("https://app.example.invalid/view-invoice/{}", draw.letters(8)).into()
        }),
        payment_hosted_url: None,
        created_date: created,
        activated_time: activated,
        tenant_id: TENANT.into(),
        external_invoice_id: draw.chance(10).then(|| format!("EXT-{number}").into()),
        e_invoicing_doc_id: None,
        id: id.into(),
    }
}
