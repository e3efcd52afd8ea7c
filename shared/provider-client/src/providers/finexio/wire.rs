//! Finexio's invoice object, and what it is to us.

use invoice::{
    Amount, Amounts, Comment, Currency, Customer, Dates, Direction, Invoice, Payment,
    PaymentStatus, Status, Supplier, Timestamps, Tracking,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::CAPABILITIES;
use crate::account::Account;
use crate::provider::View;
use crate::wire::{Id, Text, day, fitting, instant};
use crate::{ErrorKind, ProviderError};

/// Finexio's invoice object (finexio R11); `status` is there since the specification of 2025-09
/// (finexio R12). Its timestamps have no zone, and are taken for UTC (finexio R19).
#[derive(Debug, Deserialize)]
struct Wire {
    #[serde(default)]
    id: Id,
    #[serde(default, deserialize_with = "fitting")]
    amount_cents: Option<i64>,
    #[serde(default, deserialize_with = "fitting")]
    discount_amount_cents: Option<i64>,
    #[serde(default)]
    currency: Text,
    #[serde(default)]
    invoice_date: Text,
    #[serde(default)]
    invoice_due_date: Text,
    #[serde(default)]
    invoice_number: Text,
    #[serde(default)]
    note: Text,
    #[serde(default)]
    originating_counterparty_id: Text,
    #[serde(default)]
    receiving_counterparty_id: Text,
    #[serde(default, deserialize_with = "fitting")]
    metadata: Option<Box<RawValue>>,
    #[serde(default)]
    payment_id: Text,
    #[serde(default)]
    reconciliation_id: Text,
    #[serde(default)]
    created: Text,
    #[serde(default)]
    updated: Text,
    #[serde(default)]
    account_number: Text,
    #[serde(default)]
    status: Text,
}

/// The invoice in `raw`.
pub(super) fn invoice(
    account: &Account,
    operation: &'static str,
    raw: &RawValue,
    view: &View,
) -> Result<Invoice, ProviderError> {
    let wire: Wire = account.row(operation, raw)?;
    let Some(id) = wire.id.filled() else {
        return Err(account.error(
            ErrorKind::BadResponse,
            operation,
            "an invoice of its answer has no `id`",
        ));
    };
    let currency = wire.currency.filled().and_then(|code| Currency::parse(&code));
    // The status is the payment's; an invoice is queued for payment as soon as
    // it exists (finexio R13), so in its own life it is active, or canceled.
    let word = wire.status.filled();
    let payment_status = word.as_deref().map_or(PaymentStatus::Unknown, payment_status);
    let invoice = Invoice {
        number: wire.invoice_number.filled(),
        customer: Customer {
            id: wire.originating_counterparty_id.filled().map(|id| account.reference(id)),
            ..Customer::default()
        },
        supplier: wire
            .receiving_counterparty_id
            .filled()
            .map(|id| Supplier { id: account.reference(id) }),
        status: if payment_status == PaymentStatus::Canceled {
            Status::Canceled
        } else {
            Status::Active
        },
        payment_status,
        provider_payment_status: word,
        currency,
        amounts: Amounts {
            total: cents(wire.amount_cents, currency.as_ref()),
            discount: cents(wire.discount_amount_cents, currency.as_ref()),
            ..Amounts::default()
        },
        dates: Dates {
            invoice: day(wire.invoice_date.0.as_deref()),
            due: day(wire.invoice_due_date.0.as_deref()),
            ..Dates::default()
        },
        timestamps: Timestamps {
            created: instant(wire.created.0.as_deref()),
            modified: instant(wire.updated.0.as_deref()),
            ..Timestamps::default()
        },
        payment: Payment { payment_id: wire.payment_id.filled(), ..Payment::default() },
        tracking: Tracking {
            account_number: wire.account_number.filled(),
            reconciliation_id: wire.reconciliation_id.filled(),
            ..Tracking::default()
        },
        comments: wire
            .note
            .filled()
            .map(|text| Comment { text, created_at: None, author: None })
            .into_iter()
            .collect(),
        custom_fields: wire.metadata.filter(|metadata| metadata.get().starts_with('{')),
        ..Invoice::unknown(account.reference(id), CAPABILITIES.provider, Direction::Payable)
    };
    Ok(view.finish(invoice, raw))
}

/// Integer cents (finexio R14): two places whatever the currency, which is USD.
fn cents(cents: Option<i64>, currency: Option<&Currency>) -> Option<Amount> {
    cents.map(|cents| Amount::new(Decimal::new(cents, 2), currency))
}

/// The payment's progress (finexio R12).
pub(super) const WORDS: [(&str, PaymentStatus); 6] = [
    ("pending", PaymentStatus::Unpaid),
    ("in-progress", PaymentStatus::Processing),
    ("sent", PaymentStatus::Processing),
    ("complete", PaymentStatus::Paid),
    ("failed", PaymentStatus::Failed),
    ("canceled", PaymentStatus::Canceled),
];

fn payment_status(word: &str) -> PaymentStatus {
    WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map_or(PaymentStatus::Unknown, |(_, status)| *status)
}

#[cfg(test)]
mod tests {
    use invoice::Include;
    use serde_json::{Value, json};

    use super::*;
    use crate::Transport;

    const SAMPLE: &str = include_str!("../../../../../infra/sandbox/samples/finexio-invoices.json");

    #[derive(Deserialize)]
    struct Sample<'a> {
        #[serde(borrow)]
        results: Vec<&'a RawValue>,
    }

    fn mapped(object: &str, includes: &[Include]) -> Result<Value, ProviderError> {
        let account = Account::new(
            &CAPABILITIES,
            "ap".parse().unwrap(),
            "https://api.example".parse().unwrap(),
            Transport::new().unwrap(),
            |_| unreachable!("nothing is sent"),
        );
        let view = View { includes: includes.to_vec(), ..View::default() };
        let object = RawValue::from_string(object.to_owned()).unwrap();
        invoice(&account, "list", &object, &view).map(|it| serde_json::to_value(it).unwrap())
    }

    #[test]
    fn the_sample_maps_field_by_field() {
        let sample: Sample<'_> = serde_json::from_str(SAMPLE).unwrap();
        assert_eq!(
            mapped(sample.results[0].get(), &[]).unwrap(),
            json!({
                "id": "ap:inv_ucqrciuy357w7oha23k0",
                "connection": "ap",
                "provider": "finexio",
                "direction": "payable",
                "number": "12345",
                "customer": {"id": "ap:0b575520-d4fc-47a5-a27a-7b2c062e075f", "name": null, "email": null},
                "supplier": {"id": "ap:b1d5a7e8-62fa-4e38-93bf-6be23bdefa82"},
                // No `status` in the seed's objects: queued for payment, so it
                // binds; how far it is paid is not said.
                "status": "active",
                "providerStatus": null,
                "paymentStatus": "unknown",
                "providerPaymentStatus": null,
                "currency": "USD",
                "amounts": {
                    "total": "100.00", "withoutTax": null, "tax": null, "discount": "0.00",
                    "shipping": null, "paid": null, "credited": null, "writtenOff": null,
                    "balance": null
                },
                "dates": {
                    "invoice": "2023-03-24", "due": "2023-03-25",
                    "periodStart": null, "periodEnd": null, "target": null
                },
                "timestamps": {
                    "created": "2023-03-24T21:08:42.974067Z",
                    "modified": "2023-03-24T21:08:42.974073Z",
                    "activated": null, "canceled": null
                },
                "terms": null,
                "billToContactId": null,
                "payment": {
                    "method": null, "paymentId": "pmt_vcjrmg7xcspkiv7n54bq", "hostedUrl": null,
                    "records": [], "schedule": []
                },
                "documents": {"pdfUrl": null},
                "tracking": {
                    "poNumbers": [], "poDates": [], "accountNumber": "68484854",
                    "reconciliationId": "Check No. 1145", "externalIds": {},
                    "accountingStatus": null, "taxStatus": null
                },
                "comments": [{"text": "April's Annual Tire Order", "createdAt": null, "author": null}],
                "customFields": {},
                "availableActions": {}
            })
        );
    }

    #[test]
    fn what_is_asked_for_beside_it_is_there_or_null() {
        let sample: Sample<'_> = serde_json::from_str(SAMPLE).unwrap();
        let all = mapped(sample.results[1].get(), Include::ALL).unwrap();
        for absent in ["lines", "assets", "orders", "payments"] {
            assert_eq!(all.get(absent), Some(&Value::Null), "{absent}");
        }
        assert_eq!(all["raw"], serde_json::from_str::<Value>(sample.results[1].get()).unwrap());
    }

    #[test]
    fn the_payments_progress_is_the_payment_status_and_cancels_alone() {
        for (word, payment, status) in [
            ("pending", "unpaid", "active"),
            ("in-progress", "processing", "active"),
            ("sent", "processing", "active"),
            ("complete", "paid", "active"),
            ("failed", "failed", "active"),
            ("canceled", "canceled", "canceled"),
            ("Quarantined", "unknown", "active"),
        ] {
            let shown = mapped(&json!({"id": "a", "status": word}).to_string(), &[]).unwrap();
            assert_eq!(shown["paymentStatus"], payment, "{word}");
            assert_eq!(shown["status"], status, "{word}");
            assert_eq!(shown["providerPaymentStatus"], word);
            assert_eq!(shown["providerStatus"], Value::Null);
        }
    }

    #[test]
    fn cents_are_exact_and_never_taken_for_units() {
        for (cents, shown_as) in [
            ("1", json!("0.01")),
            ("-250", json!("-2.50")),
            ("9007199254740993", json!("90071992547409.93")),
            ("100.5", Value::Null),
            ("\"100\"", Value::Null),
            ("null", Value::Null),
        ] {
            let object = format!(r#"{{"id": "a", "currency": "USD", "amount_cents": {cents}}}"#);
            assert_eq!(mapped(&object, &[]).unwrap()["amounts"]["total"], shown_as, "{cents}");
        }
    }

    #[test]
    fn metadata_is_kept_when_it_is_an_object() {
        let custom = |metadata: Value| {
            let shown = mapped(&json!({"id": "a", "metadata": metadata}).to_string(), &[]);
            shown.unwrap()["customFields"].clone()
        };
        let fields = json!({"user": "ryan", "id": 7});
        assert_eq!(custom(fields.clone()), fields);
        for odd in [Value::Null, json!("x"), json!([1])] {
            assert_eq!(custom(odd), json!({}));
        }
    }

    #[test]
    fn odd_fields_are_null_and_a_missing_id_is_an_error_that_names_it() {
        let object = json!({"id": "a", "invoice_date": "soon", "created": 5, "currency": "XQX",
                            "note": "", "receiving_counterparty_id": null});
        let shown = mapped(&object.to_string(), &[]).unwrap();
        for path in ["/dates/invoice", "/timestamps/created", "/currency", "/supplier"] {
            assert_eq!(shown.pointer(path), Some(&Value::Null), "{path}");
        }
        assert_eq!(shown["comments"], json!([]));
        for object in ["{}", r#"{"id": ""}"#, r#"{"id": []}"#] {
            let error = mapped(object, &[]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadResponse);
            assert!(error.detail.contains("`id`"), "{}", error.detail);
        }
    }
}
