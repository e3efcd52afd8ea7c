//! SimplePin's invoice object, and what it is to us.

use invoice::{
    Amount, Amounts, Comment, Currency, Customer, Dates, Direction, Include, Invoice, Line,
    Payment, PaymentStatus, Status, Timestamps, Tracking,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::CAPABILITIES;
use crate::account::Account;
use crate::provider::View;
use crate::wire::{Number, Text, day, fitting, instant};
use crate::{ErrorKind, ProviderError};

/// InvoicePreviewV2Model [seed 002]; `get` adds `line_item_models` [vendor].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire {
    account_holder: Text,
    additional_description: Text,
    amount: Number,
    charge_date: Text,
    creation_date: Text,
    currency_code: Text,
    customer_id: Text,
    email: Text,
    id: Text,
    invoice_date: Text,
    invoice_due_date: Text,
    invoice_number: Text,
    invoice_state: Text,
    last_tx_type: Text,
    paid: Text,
    payment_method: Text,
    period_end_date: Text,
    period_start_date: Text,
    uuid: Text,
    #[serde(deserialize_with = "fitting")]
    line_item_models: Option<Vec<WireLine>>,
}

/// No source tells a line's fields: these are [assumed].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireLine {
    id: Text,
    name: Text,
    description: Text,
    quantity: Number,
    rate: Number,
    amount: Number,
}

/// The invoice in `raw`.
pub(super) fn invoice(
    account: &Account,
    operation: &'static str,
    raw: &RawValue,
    view: &View,
) -> Result<Invoice, ProviderError> {
    let wire: Wire = account.json(operation, raw.get().as_bytes())?;
    let Some(uuid) = wire.uuid.filled() else {
        return Err(account.error(
            ErrorKind::BadResponse,
            operation,
            "an invoice of its answer has no `uuid`",
        ));
    };
    let code = wire.currency_code.filled();
    let currency = code.and_then(|code| Currency::parse(&code));
    let (state, paid) = (wire.invoice_state.filled(), wire.paid.filled());
    let status = state.as_deref().map_or(Status::Unknown, status);
    let payment_status = payment_status(paid.as_deref(), state.as_deref());
    let moved = wire.charge_date.filled().is_some() || wire.last_tx_type.filled().is_some();
    let total = wire.amount.amount(currency.as_ref());
    let lines = wire.line_item_models.filter(|_| view.wants(Include::Lines));
    let invoice = Invoice {
        number: wire.invoice_number.filled(),
        customer: Customer {
            id: wire.customer_id.filled().map(|id| account.reference(id)),
            name: wire.account_holder.filled(),
            email: wire.email.filled(),
        },
        status,
        provider_status: state,
        payment_status,
        provider_payment_status: paid,
        currency,
        amounts: Amounts {
            total,
            balance: match balance(status, payment_status, moved) {
                Balance::Nothing => Some(Amount::new(Decimal::ZERO, currency.as_ref())),
                Balance::All => total,
                Balance::Unsaid => None,
            },
            ..Amounts::default()
        },
        // Dates are strings of no stated form: what is no day is none.
        dates: Dates {
            invoice: day(wire.invoice_date.0.as_deref()),
            due: day(wire.invoice_due_date.0.as_deref()),
            period_start: day(wire.period_start_date.0.as_deref()),
            period_end: day(wire.period_end_date.0.as_deref()),
            target: None,
        },
        timestamps: Timestamps {
            created: instant(wire.creation_date.0.as_deref()),
            ..Timestamps::default()
        },
        payment: Payment {
            method: wire.payment_method.filled(),
            ..Payment::default()
        },
        // SimplePin names an invoice twice; the reference holds the `uuid`.
        tracking: Tracking {
            external_ids: wire
                .id
                .filled()
                .map(|id| ("simplepinId", id))
                .into_iter()
                .collect(),
            ..Tracking::default()
        },
        comments: wire
            .additional_description
            .filled()
            .map(|text| Comment {
                text,
                created_at: None,
                author: None,
            })
            .into_iter()
            .collect(),
        lines: lines.map(|lines| {
            let lines = lines.into_iter().map(|wire| line(wire, currency.as_ref()));
            Some(lines.collect())
        }),
        ..Invoice::unknown(
            account.reference(uuid),
            CAPABILITIES.provider,
            Direction::Receivable,
        )
    };
    Ok(view.finish(invoice, raw))
}

fn line(wire: WireLine, currency: Option<&Currency>) -> Line {
    Line {
        id: wire.id.filled(),
        name: wire.name.filled(),
        description: wire.description.filled(),
        quantity: wire.quantity.0,
        unit_price: wire.rate.amount(currency),
        amount: wire.amount.amount(currency),
        period_start: None,
        period_end: None,
        tiers: Vec::new(),
        discounts: Vec::new(),
        tracked_items: None,
    }
}

/// `invoice_state` [vendor]. PAID is no step in a life of its own: the invoice
/// is binding, and paid.
fn status(word: &str) -> Status {
    match word {
        "DRAFT" => Status::Draft,
        "SENT" | "PAID" => Status::Active,
        "CANCELLED" => Status::Canceled,
        _ => Status::Unknown,
    }
}

/// PAID is the only word of `paid` that is stated [seed 002]; UNPAID and
/// PARTIALLY_PAID are [assumed], and no word at all leaves it to the state.
fn payment_status(paid: Option<&str>, state: Option<&str>) -> PaymentStatus {
    match (paid, state) {
        (Some("PAID"), _) | (None, Some("PAID")) => PaymentStatus::Paid,
        // The two contradict each other.
        (_, Some("PAID")) => PaymentStatus::Unknown,
        (Some("UNPAID"), _) => PaymentStatus::Unpaid,
        (Some("PARTIALLY_PAID"), _) => PaymentStatus::PartiallyPaid,
        _ => PaymentStatus::Unknown,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Balance {
    Nothing,
    All,
    Unsaid,
}

/// There is no such field: it is told only where it is certain. `moved` is that
/// a payment shows, whose share of the amount nobody tells.
fn balance(status: Status, payment: PaymentStatus, moved: bool) -> Balance {
    match (status, payment) {
        (Status::Draft | Status::Active, PaymentStatus::Paid) => Balance::Nothing,
        (Status::Draft | Status::Active, PaymentStatus::Unpaid) if !moved => Balance::All,
        _ => Balance::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Transport;

    const SAMPLE: &str =
        include_str!("../../../../../infra/sandbox/samples/simplepin-invoice.json");

    fn mapped(object: &RawValue, includes: &[Include]) -> Result<Value, ProviderError> {
        let account = Account::new(
            &CAPABILITIES,
            "pin".parse().unwrap(),
            "https://api.example".parse().unwrap(),
            Transport::new().unwrap(),
            |_| unreachable!("nothing is sent"),
        );
        let view = View {
            includes: includes.to_vec(),
            ..View::default()
        };
        invoice(&account, "get", object, &view).map(|it| serde_json::to_value(it).unwrap())
    }

    fn mapped_json(object: Value, includes: &[Include]) -> Value {
        let object = RawValue::from_string(object.to_string()).unwrap();
        mapped(&object, includes).unwrap()
    }

    #[test]
    fn the_sample_maps_field_by_field() {
        let list: Vec<&RawValue> = serde_json::from_str(SAMPLE).unwrap();
        assert_eq!(
            mapped(list[0], &[]).unwrap(),
            json!({
                "id": "pin:string",
                "connection": "pin",
                "provider": "simplepin",
                "direction": "receivable",
                "number": "string",
                "customer": {"id": "pin:string", "name": "string", "email": "string"},
                "supplier": null,
                "status": "draft",
                "providerStatus": "DRAFT",
                "paymentStatus": "paid",
                "providerPaymentStatus": "PAID",
                "currency": "AED",
                "amounts": {
                    "total": "1.01", "withoutTax": null, "tax": null, "discount": null,
                    "shipping": null, "paid": null, "credited": null, "writtenOff": null,
                    "balance": "0.00"
                },
                "dates": {
                    "invoice": "2025-03-01", "due": "2025-03-31",
                    "periodStart": "2025-03-01", "periodEnd": "2025-03-31", "target": null
                },
                "timestamps": {
                    "created": "2025-03-01T09:30:00Z", "modified": null,
                    "activated": null, "canceled": null
                },
                "terms": null,
                "billToContactId": null,
                "payment": {
                    "method": "string", "paymentId": null, "hostedUrl": null,
                    "records": [], "schedule": []
                },
                "documents": {"pdfUrl": null},
                "tracking": {
                    "poNumbers": [], "poDates": [], "accountNumber": null,
                    "reconciliationId": null, "externalIds": {"simplepinId": "0"},
                    "accountingStatus": null, "taxStatus": null
                },
                "comments": [{"text": "string", "createdAt": null, "author": null}],
                "customFields": {},
                "availableActions": {}
            })
        );
    }

    #[test]
    fn what_is_asked_for_beside_it_is_there_or_null() {
        let list: Vec<&RawValue> = serde_json::from_str(SAMPLE).unwrap();
        let all = mapped(list[0], Include::ALL).unwrap();
        for absent in ["lines", "assets", "orders", "payments"] {
            assert_eq!(all[absent], Value::Null, "{absent}");
            assert!(all.get(absent).is_some(), "{absent}");
        }
        assert_eq!(
            all["raw"],
            serde_json::from_str::<Value>(list[0].get()).unwrap()
        );
    }

    #[test]
    fn lines_are_shown_when_asked_for_and_odd_ones_fail_nothing() {
        let invoice =
            |lines: Value| json!({"uuid": "a", "currency_code": "USD", "line_item_models": lines});
        let lines = json!([{"id": 7, "name": "Service", "quantity": 2, "rate": 1.5, "amount": 3},
                           {"quantity": "many"}]);
        let shown = mapped_json(invoice(lines.clone()), &[Include::Lines]);
        let first = &shown["lines"][0];
        assert_eq!(
            [
                &first["id"],
                &first["name"],
                &first["quantity"],
                &first["unitPrice"],
                &first["amount"]
            ],
            ["7", "Service", "2", "1.50", "3.00"]
        );
        assert_eq!(shown["lines"][1]["quantity"], Value::Null);
        assert_eq!(mapped_json(invoice(lines), &[]).get("lines"), None);
        for odd in [json!(5), json!([5]), Value::Null] {
            let shown = mapped_json(invoice(odd), &[Include::Lines]);
            assert_eq!(shown.get("lines"), Some(&Value::Null));
        }
    }

    #[test]
    fn states_and_payments_are_told_as_far_as_they_are_certain() {
        let (paid, unpaid) = (json!("PAID"), json!("UNPAID"));
        for (state, paid, charged, expected) in [
            ("DRAFT", &unpaid, Value::Null, ["draft", "unpaid", "100.00"]),
            ("SENT", &unpaid, Value::Null, ["active", "unpaid", "100.00"]),
            (
                "SENT",
                &unpaid,
                json!("2025-03-02"),
                ["active", "unpaid", ""],
            ),
            (
                "SENT",
                &json!("PARTIALLY_PAID"),
                Value::Null,
                ["active", "partially_paid", ""],
            ),
            (
                "SENT",
                &json!("SETTLING"),
                Value::Null,
                ["active", "unknown", ""],
            ),
            ("SENT", &Value::Null, Value::Null, ["active", "unknown", ""]),
            ("SENT", &paid, Value::Null, ["active", "paid", "0.00"]),
            (
                "PAID",
                &paid,
                json!("2025-03-02"),
                ["active", "paid", "0.00"],
            ),
            (
                "PAID",
                &Value::Null,
                Value::Null,
                ["active", "paid", "0.00"],
            ),
            ("PAID", &unpaid, Value::Null, ["active", "unknown", ""]),
            (
                "CANCELLED",
                &unpaid,
                Value::Null,
                ["canceled", "unpaid", ""],
            ),
            ("CANCELLED", &paid, Value::Null, ["canceled", "paid", ""]),
            ("Quarantined", &paid, Value::Null, ["unknown", "paid", ""]),
        ] {
            let shown = mapped_json(
                json!({"uuid": "a", "invoice_state": state, "paid": paid, "amount": 100,
                       "currency_code": "EUR", "charge_date": charged}),
                &[],
            );
            let found = [
                &shown["status"],
                &shown["paymentStatus"],
                &shown["amounts"]["balance"],
            ]
            .map(|value| value.as_str().unwrap_or_default());
            assert_eq!(found, expected, "{state} {paid} {charged}");
            assert_eq!(shown["providerStatus"], state);
            assert_eq!(shown["providerPaymentStatus"], *paid);
        }
    }

    #[test]
    fn a_payment_that_shows_by_its_kind_alone_leaves_the_balance_open() {
        let shown = mapped_json(
            json!({"uuid": "a", "invoice_state": "SENT", "paid": "UNPAID", "amount": 5, "last_tx_type": "SALE"}),
            &[],
        );
        assert_eq!(shown["amounts"]["balance"], Value::Null);
    }

    #[test]
    fn odd_fields_are_null_and_a_missing_uuid_is_an_error_that_names_it() {
        let shown = mapped_json(
            json!({"uuid": "a", "amount": null, "invoice_date": "03/01/2025", "creation_date": "soon",
                   "currency_code": "XQX", "customer_id": {}, "id": null, "email": ""}),
            &[],
        );
        for path in [
            "/amounts/total",
            "/dates/invoice",
            "/timestamps/created",
            "/currency",
            "/customer/id",
            "/customer/email",
            "/amounts/balance",
        ] {
            assert_eq!(shown.pointer(path), Some(&Value::Null), "{path}");
        }
        assert_eq!(shown["tracking"]["externalIds"], json!({}));
        for object in ["{}", r#"{"uuid": ""}"#, r#"{"uuid": null}"#] {
            let object = RawValue::from_string(object.to_owned()).unwrap();
            let error = mapped(&object, &[]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadResponse);
            assert!(error.detail.contains("`uuid`"), "{}", error.detail);
        }
    }

    #[test]
    fn amounts_keep_every_place_that_was_sent() {
        let object = RawValue::from_string(
            r#"{"uuid": "a", "amount": 1234567890123.10000000000001, "currency_code": "USD"}"#
                .to_owned(),
        )
        .unwrap();
        let shown = mapped(&object, &[]).unwrap();
        assert_eq!(shown["amounts"]["total"], "1234567890123.10000000000001");
    }
}
