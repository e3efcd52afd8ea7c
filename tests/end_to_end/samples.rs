//! The invoices of the providers' own documentation, as they come out.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::stack::{CONNECTIONS, Stack};

const NUE: &str = "nue:c52f7158-b164-44fa-93c5-e4b16420c371";

/// The one invoice of a listing.
fn only(body: &Value) -> &Value {
    assert_eq!(body["data"].as_array().unwrap().len(), 1, "{body}");
    &body["data"][0]
}

#[test]
fn the_invoice_of_nue_reads_as_its_documentation_says() {
    let stack = Stack::shared();
    let listed = stack.get("/invoices?connection=nue&number=INV-00000311").ok();
    for invoice in [&stack.get(&format!("/invoices/{NUE}")).ok(), only(&listed)] {
        assert_eq!(invoice["id"], NUE);
        assert_eq!(invoice["customer"]["id"], "nue:001KS00000DvZ1aYAD");
        assert_eq!(invoice["amounts"]["total"], "226.33");
        assert_eq!(invoice["amounts"]["balance"], "226.33");
        assert_eq!(invoice["dates"]["due"], "2025-08-30");
        assert_eq!(
            (&invoice["status"], &invoice["providerStatus"]),
            (&json!("active"), &json!("Active"))
        );
        assert_eq!(invoice["paymentStatus"], "not_transferred");
        assert_eq!(
            invoice["comments"],
            json!([{
                "text": "approve and activate the invoice",
                "createdAt": "2025-06-30T09:39:21Z",
                "author": "Test Administrator"
            }])
        );
    }
}

#[test]
fn the_invoice_of_fusebill_reads_as_its_documentation_says() {
    let stack = Stack::shared();
    let listed = stack.get("/invoices?connection=fusebill&number=290&includes=lines").ok();
    let got = stack.get("/invoices/fusebill:123456?includes=lines").ok();
    for invoice in [&got, only(&listed)] {
        assert_eq!(
            (&invoice["id"], &invoice["number"]),
            (&json!("fusebill:123456"), &json!("290"))
        );
        assert_eq!(
            (&invoice["amounts"]["total"], &invoice["currency"]),
            (&json!("264.00"), &json!("USD"))
        );
        assert_eq!(invoice["amounts"]["balance"], "264.00");
        assert_eq!(invoice["dates"]["due"], "2017-06-22");
        let lines = invoice["lines"].as_array().unwrap();
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        let tier = |label: &str, quantity: &str, price: &str, amount: &str| json!({"label": label, "quantity": quantity, "unitPrice": price, "amount": amount});
        assert_eq!(
            line["tiers"],
            json!([
                tier("0-2", "2", "22.00", "44.00"),
                tier(">2-4", "2", "33.00", "66.00"),
                tier(">4-5", "1", "44.00", "44.00"),
                tier(">5", "2", "55.00", "110.00"),
            ])
        );
        assert_eq!(line["amount"], "264.00");
    }
    assert_eq!(stack.get("/invoices/fusebill:123456").ok().get("lines"), None, "nobody asked");
}

#[test]
fn the_invoice_of_finexio_reads_as_its_documentation_says() {
    let stack = Stack::shared();
    let listed = stack.get("/invoices?connection=finexio&number=12345").ok();
    let got = stack.get("/invoices/finexio:inv_ucqrciuy357w7oha23k0").ok();
    for invoice in [&got, only(&listed)] {
        assert_eq!(invoice["number"], "12345");
        assert_eq!(
            (&invoice["amounts"]["total"], &invoice["currency"]),
            (&json!("100.00"), &json!("USD"))
        );
        assert_eq!(invoice["direction"], "payable");
        assert_eq!(invoice["payment"]["paymentId"], "pmt_vcjrmg7xcspkiv7n54bq");
        assert_eq!(invoice["supplier"]["id"], "finexio:b1d5a7e8-62fa-4e38-93bf-6be23bdefa82");
    }
}

#[derive(Deserialize)]
struct Held<'t> {
    id: String,
    #[serde(borrow)]
    invoice: &'t RawValue,
}

#[derive(Deserialize)]
struct Shown<'t> {
    #[serde(borrow)]
    raw: &'t RawValue,
}

#[derive(Deserialize)]
struct Page<'t> {
    #[serde(borrow)]
    data: Vec<Shown<'t>>,
    #[serde(rename = "nextCursor")]
    next_cursor: Option<&'t str>,
}

/// Whether an invoice of the connection is listed with just this object.
fn is_listed(stack: &Stack, connection: &str, object: &str) -> bool {
    let mut target = format!("/invoices?connection={connection}&limit=200&includes=raw");
    loop {
        let answer = stack.get(&target);
        let page: Page<'_> = serde_json::from_str(&answer.text).unwrap();
        if page.data.iter().any(|shown| shown.raw.get() == object) {
            return true;
        }
        let Some(cursor) = page.next_cursor else { return false };
        target =
            format!("/invoices?connection={connection}&limit=200&includes=raw&cursor={cursor}");
    }
}

#[test]
fn the_providers_own_object_is_kept_byte_for_byte() {
    let stack = Stack::shared();
    for connection in CONNECTIONS {
        let held = stack.control("GET", &format!("{connection}/invoices"), &Value::Null).text;
        let held: Vec<Held<'_>> = serde_json::from_str(&held).unwrap();
        let Held { id, invoice } = &held[0];
        // By id SimplePin sends details beside it, and over all customers
        // Fusebill sends no charges (fusebill R10, R11): other objects than the record.
        if connection != "simplepin" {
            let answer = stack.get(&format!("/invoices/{connection}:{id}?includes=raw"));
            let shown: Shown<'_> = serde_json::from_str(&answer.text).unwrap();
            assert_eq!(shown.raw.get(), invoice.get(), "{connection}");
        }
        // In a list Nue sends the keys in the order in which they are selected.
        if !["fusebill", "nue"].contains(&connection) {
            assert!(is_listed(&stack, connection, invoice.get()), "{connection}");
        }
    }
    let answer = stack.get(&format!("/invoices/{NUE}?includes=raw"));
    for exact in ["\"balance\":226.330000000", "\"amount\":226.330000000"] {
        assert!(answer.text.contains(exact), "{}", answer.text);
    }
    assert_eq!(stack.get(&format!("/invoices/{NUE}")).ok().get("raw"), None, "nobody asked");
}
