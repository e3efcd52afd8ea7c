//! SimplePin's invoices: the one of the seed, and made-up ones.

use jiff::ToSpan;

use crate::cell::{IfPresent, Instant, Money};
use crate::draw::{Draw, minor_digits};

use super::object::Invoice;

const SAMPLE: &str = include_str!("../../samples/simplepin-invoice.json");
/// The seed's only customer.
const SAMPLE_CUSTOMER: &str = "string";
const CUSTOMERS: usize = 20;
const CURRENCIES: [&str; 6] = ["USD", "USD", "EUR", "GBP", "JPY", "KWD"];
const DAY: i64 = 86_400_000;

/// Every customer's id, the seed's first.
pub(super) fn customers() -> Vec<String> {
    std::iter::once(SAMPLE_CUSTOMER.to_owned())
        .chain((1..CUSTOMERS).map(|at| format!("CUST-{:04}", 1_000 + at)))
        .collect()
}

/// The seed's invoice, then made-up ones up to `count`.
pub(super) fn populate(mut draw: Draw, count: usize) -> Vec<Invoice> {
    let mut invoices: Vec<Invoice> = serde_json::from_str(SAMPLE).unwrap_or_default();
    let customers = customers();
    for number in invoices.len()..count {
        let at = number % customers.len();
        let customer = customers.get(at).map_or("", String::as_str);
        invoices.push(invoice(&mut draw, number, at, customer));
    }
    invoices
}

/// State, `paid`, and whether it was ever sent, that go together. Only `PAID`
/// is known as a value of `paid` (simplepin R14); the others are assumed (simplepin R15).
fn state(draw: &mut Draw) -> (&'static str, &'static str, bool) {
    match draw.below(100) {
        0..=19 => ("DRAFT", "UNPAID", false),
        20..=54 => ("SENT", "UNPAID", true),
        55..=59 => ("SENT", "PARTIALLY_PAID", true),
        60..=69 => ("CANCELLED", "UNPAID", true),
        _ => ("PAID", "PAID", true),
    }
}

fn invoice(draw: &mut Draw, number: usize, at: usize, customer: &str) -> Invoice {
    let date = draw.day();
    let created = Instant::on(date, draw.between(-3 * DAY, DAY));
    let currency = draw.pick(&CURRENCIES);
    let (state, paid, sent) = state(draw);
    let id = i64::try_from(number).unwrap_or(0);
    let owner = i64::try_from(at).unwrap_or(0);
    let charged = paid == "PAID";
    let optional = |draw: &mut Draw| draw.chance(80);
    Invoice {
        account_holder: format!("Holder {at} GmbH & Søn").into(),
        account_imported_on: IfPresent(optional(draw).then_some(created)),
        additional_description: IfPresent(
            draw.chance(30).then(|| format!("Order \"{}\"", draw.letters(6)).into()),
        ),
        amount: Money(draw.money(minor_digits(currency))),
        cc_profile_id: draw.between(0, 9),
        charge_date: IfPresent(charged.then(|| Instant::on(date, draw.between(DAY, 30 * DAY)))),
        charge_type: IfPresent(charged.then(|| draw.pick(&["CC", "ACH"]).into())),
        creation_date: created,
        currency_code: currency.into(),
        customer_id: customer.to_owned().into(),
        email: format!("billing{at}@customer.example").into(),
        id,
        import_date: IfPresent(optional(draw).then_some(created)),
        invoice_date: date,
        invoice_due_date: date.saturating_add(draw.pick(&[0, 14, 30]).days()),
        invoice_number: format!("SP-{number:06}").into(),
        invoice_owner_account_id: IfPresent(Some(owner)),
        invoice_reminder_schema: "DEFAULT".into(),
        invoice_state: state.into(),
        last_tx_type: IfPresent(charged.then(|| "SALE".into())),
        opened: IfPresent(Some(if sent { draw.between(0, 4) } else { 0 })),
        paid: paid.into(),
        payment_method: IfPresent(charged.then(|| draw.pick(&["CREDIT_CARD", "BANK"]).into())),
        period_end_date: IfPresent(Some(date.last_of_month())),
        period_start_date: IfPresent(Some(date.first_of_month())),
        resend: draw.chance(10),
        sent_times: IfPresent(Some(if sent { draw.between(1, 3) } else { 0 })),
        uuid: draw.uuid().into(),
        version: draw.between(0, 6),
    }
}
