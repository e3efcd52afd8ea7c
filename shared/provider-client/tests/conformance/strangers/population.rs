//! Invoices in every state, made by the stand-in's own calls.

use futures::stream::{self, StreamExt};

use super::stand_in::StandIn;

/// With two, none and three places at Stripe, and two that it counts otherwise than
/// ISO 4217. A customer has one of them.
const CURRENCIES: [&str; 6] = ["usd", "eur", "jpy", "kwd", "isk", "mga"];
const CUSTOMERS: usize = 12;
/// How many lines the longest invoice has.
pub const MOST_LINES: usize = 250;

/// What has been done to an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Draft,
    /// A draft that comes to nothing.
    DraftOfNothing,
    Open,
    Paid,
    Void,
    Uncollectible,
    /// Open, and a part of it taken back by a credit note.
    Credited,
    /// Finalized, and nothing was due.
    OfNothing,
}

impl State {
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::DraftOfNothing,
        Self::Open,
        Self::Paid,
        Self::Void,
        Self::Uncollectible,
        Self::Credited,
        Self::OfNothing,
    ];

    /// Stripe's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft | Self::DraftOfNothing => "draft",
            Self::Open | Self::Credited => "open",
            Self::Paid | Self::OfNothing => "paid",
            Self::Void => "void",
            Self::Uncollectible => "uncollectible",
        }
    }
}

fn field(name: &'static str, value: impl ToString) -> (&'static str, String) {
    (name, value.to_string())
}

pub async fn customers(stand_in: &StandIn) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..CUSTOMERS {
        let mut form = vec![field("name", format!("Customer {number}"))];
        if number % 4 != 3 {
            form.push(field("email", format!("c{number}@example.com")));
        }
        let customer = stand_in.post("customers", &form).await;
        ids.push(customer["id"].as_str().unwrap().to_owned());
    }
    ids
}

/// An invoice of the customer of this number, in this state.
pub async fn invoice(
    stand_in: &StandIn,
    customers: &[String],
    number: usize,
    state: State,
) -> String {
    let customer = number % customers.len();
    let currency = CURRENCIES[customer % CURRENCIES.len()];
    let form = [
        field("customer", &customers[customer]),
        field("currency", currency),
        field("auto_advance", false),
        field("collection_method", "send_invoice"),
        field("days_until_due", 7 + number % 40),
    ];
    let id = stand_in.post("invoices", &form).await["id"].as_str().unwrap().to_owned();
    if number.is_multiple_of(3) {
        let memo = field("description", format!("Thank you, {number}"));
        // Not by the call before: the stand-in keeps no metadata of that.
        stand_in.post(&format!("invoices/{id}"), &[memo, field("metadata[order]", number)]).await;
    }
    let is_of_nothing = matches!(state, State::DraftOfNothing | State::OfNothing);
    let amount = if is_of_nothing { 0 } else { (number % 97 + 1) * 12_340 };
    lines(stand_in, &id, 1 + number % 2, amount).await;
    let path = |verb: &str| format!("invoices/{id}/{verb}");
    if !matches!(state, State::Draft | State::DraftOfNothing) {
        stand_in.post(&path("finalize"), &[]).await;
    }
    match state {
        State::Paid => {
            let elsewhere = [field("paid_out_of_band", true)];
            stand_in.post(&path("pay"), &elsewhere).await;
        }
        State::Void => drop(stand_in.post(&path("void"), &[]).await),
        State::Uncollectible => drop(stand_in.post(&path("mark_uncollectible"), &[]).await),
        State::Credited => {
            let note = [field("invoice", &id), field("amount", 1_230)];
            stand_in.post("credit_notes", &note).await;
        }
        State::Draft | State::DraftOfNothing | State::Open | State::OfNothing => {}
    }
    let now = stand_in.read(&format!("invoices/{id}")).await;
    assert_eq!(now["status"], state.word(), "{now}");
    id
}

/// Adds lines, as many in one call as it takes.
pub async fn lines(stand_in: &StandIn, id: &str, count: usize, amount: usize) {
    for from in (0..count).step_by(100) {
        let names: Vec<(String, String)> = (from..count.min(from + 100))
            .map(|at| (at - from, at))
            .flat_map(|(place, at)| {
                let name = |field: &str| format!("lines[{place}][{field}]");
                [
                    (name("amount"), amount.to_string()),
                    (name("description"), format!("Seats, part {at}")),
                ]
            })
            .collect();
        let form: Vec<(&str, String)> =
            names.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        stand_in.post(&format!("invoices/{id}/add_lines"), &form).await;
    }
}

/// So many invoices, in all states, several at a time.
pub async fn fill(stand_in: &StandIn, count: usize) -> Vec<String> {
    let customers = customers(stand_in).await;
    let making = (0..count).map(|number| {
        let state = State::ALL[number / customers.len() % State::ALL.len()];
        invoice(stand_in, &customers, number, state)
    });
    let mut ids: Vec<String> = stream::iter(making).buffered(6).collect().await;
    let long = invoice(stand_in, &customers, 1, State::DraftOfNothing).await;
    lines(stand_in, &long, MOST_LINES - 2, 100).await;
    ids.push(long);
    ids
}
