//! The seed's invoices, field by field.

use invoice::{Include, Invoice};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::error::explain;
use super::super::read::envelope;
use super::super::resource::Resource;
use super::super::{CAPABILITIES, wire};
use crate::account::Account;
use crate::numbered::NumberedPage;
use crate::provider::{Start, View};
use crate::transport::Reply;
use crate::{ErrorKind, ProviderError, Transport};

const SAMPLE: &str = include_str!("../../../../../../infra/sandbox/samples/fusebill-invoices.json");
const ERROR: &str = include_str!("../../../../../../infra/sandbox/samples/fusebill-error.json");

fn read(resource: Resource, object: &str, view: &View) -> Result<Invoice, ProviderError> {
    let account = Account::new(
        &CAPABILITIES,
        "fusebill".parse().unwrap(),
        "https://fusebill.example/v1".parse().unwrap(),
        Transport::new().unwrap(),
        explain,
    );
    let raw: &RawValue = serde_json::from_str(object).unwrap();
    wire::invoice(&account, "list", resource, raw, view)
}

fn view(includes: &[Include]) -> View {
    View { includes: includes.to_vec(), ..View::default() }
}

fn sample(at: usize, view: &View) -> Value {
    let objects: Vec<&RawValue> = serde_json::from_str(SAMPLE).unwrap();
    let invoice = read(Resource::Posted, objects[at].get(), view).unwrap();
    serde_json::to_value(invoice).unwrap()
}

#[test]
fn the_seeds_first_invoice_reads_field_by_field() {
    let expected = json!({
        "id": "fusebill:123456",
        "connection": "fusebill",
        "provider": "fusebill",
        "direction": "receivable",
        "number": "290",
        "customer": { "id": "fusebill:123456", "name": "John Smith", "email": null },
        "supplier": null,
        "status": "active",
        "providerStatus": null,
        "paymentStatus": "unpaid",
        "providerPaymentStatus": "Due",
        "currency": "USD",
        "amounts": {
            "total": "264.00", "withoutTax": "264.00", "tax": "0.00", "discount": "0.00",
            "shipping": null, "paid": "0.00", "credited": "0.00", "writtenOff": "0.00",
            "balance": "264.00",
        },
        "dates": {
            "invoice": "2017-06-12", "due": "2017-06-22",
            "periodStart": null, "periodEnd": null, "target": null,
        },
        "timestamps": {
            "created": null, "modified": "2019-10-15T15:10:16Z",
            "activated": "2017-06-12T19:48:51Z", "canceled": null,
        },
        "terms": "Net10",
        "billToContactId": null,
        "payment": {
            "method": null, "paymentId": null, "hostedUrl": null, "records": [],
            "schedule": [{
                "due": "2017-06-22", "amount": "264.00", "balance": "264.00", "status": "Due",
            }],
        },
        "documents": { "pdfUrl": null },
        "tracking": {
            "poNumbers": [], "poDates": [], "accountNumber": null, "reconciliationId": null,
            "externalIds": {}, "accountingStatus": null, "taxStatus": null,
        },
        "comments": [{ "text": "api test", "createdAt": null, "author": null }],
        "customFields": {},
        "availableActions": { "update": { "resultingStatus": "active" } },
    });
    assert_eq!(sample(0, &View::default()), expected);
}

#[test]
fn lines_come_with_their_tiers_when_they_are_asked_for() {
    let tier = |label: &str, quantity: &str, price: &str, amount: &str| json!({ "label": label, "quantity": quantity, "unitPrice": price, "amount": amount });
    let first = sample(0, &view(&[Include::Lines, Include::Raw]));
    let expected = json!([{
        "id": "123456",
        "name": "Tiered product 2",
        "description": null,
        "quantity": "7",
        "unitPrice": "37.714285",
        "amount": "264.00",
        "periodStart": "2017-06-12",
        "periodEnd": "2017-06-25",
        "tiers": [
            tier("0-2", "2", "22.00", "44.00"),
            tier(">2-4", "2", "33.00", "66.00"),
            tier(">4-5", "1", "44.00", "44.00"),
            tier(">5", "2", "55.00", "110.00"),
        ],
        "discounts": [],
        "trackedItems": null,
    }]);
    assert_eq!(first["lines"], expected);
    assert_eq!(first["raw"]["closingArBalance"], 286);
}

#[test]
fn the_seeds_second_invoice_lacks_a_field_and_reads_all_the_same() {
    let second = sample(1, &View::default());
    assert_eq!(second["id"], "fusebill:162281");
    assert_eq!(second["number"], "283");
    assert_eq!(second["customer"]["id"], "fusebill:123456");
    assert_eq!(second["amounts"]["balance"], "22.00");
    assert_eq!(second["dates"]["due"], "2017-06-19");
    assert_eq!(second["timestamps"]["modified"], Value::Null);
}

#[test]
fn a_draft_has_its_own_id_and_owes_nothing_yet() {
    let object = json!({
        "id": 77, "status": "Ready", "effectiveTimestamp": "2026-07-01T23:59:59",
        "subtotal": 100, "totalDiscount": 10, "total": 101.7, "taxes": [{ "total": 11.7 }],
        "customer": { "id": 5, "companyName": "Acme", "currency": "EUR", "primaryEmail": "ap@acme.example" },
        "paymentSchedules": [
            { "dueDateTimestamp": "2026-08-01T00:00:00", "status": "Pending", "amount": 50 },
            { "dueDateTimestamp": "2026-07-20T00:00:00", "status": "Pending", "amount": 51.7 },
        ],
        "poNumber": "PO-1", "notes": "",
        "draftCharges": [
            { "amount": 0, "name": "Free" },
            { "amount": 100, "draftDiscounts": [{ "discountType": "Percentage", "amount": 10 }] },
        ],
    });
    let hidden = View { show_zero_dollar_charges: Some(false), ..view(&[Include::Lines]) };
    let draft = read(Resource::Drafts, &object.to_string(), &hidden).unwrap();
    let draft = serde_json::to_value(draft).unwrap();
    assert_eq!(draft["id"], "fusebill:draft.77");
    assert_eq!((&draft["status"], &draft["providerStatus"]), (&json!("draft"), &json!("Ready")));
    assert_eq!(draft["paymentStatus"], "unknown");
    assert_eq!(draft["providerPaymentStatus"], Value::Null);
    assert_eq!(
        draft["customer"],
        json!({ "id": "fusebill:5", "name": "Acme", "email": "ap@acme.example" })
    );
    assert_eq!(draft["amounts"]["total"], "101.70");
    assert_eq!(draft["amounts"]["withoutTax"], "90.00");
    assert_eq!(draft["amounts"]["tax"], "11.70");
    assert_eq!(draft["amounts"]["balance"], Value::Null);
    assert_eq!(draft["dates"]["due"], "2026-08-01");
    assert_eq!(draft["tracking"]["poNumbers"], json!(["PO-1"]));
    assert_eq!(draft["comments"], json!([]));
    assert_eq!(draft["lines"].as_array().unwrap().len(), 1);
    assert_eq!(
        draft["lines"][0]["discounts"],
        json!([{ "description": "Percentage", "amount": "10.00" }])
    );
}

#[test]
fn taxes_that_do_not_add_up_are_not_given() {
    let object = json!({ "id": 1, "subtotal": 100, "totalDiscount": 0, "invoiceAmount": 113, "taxes": [{ "sum": 13 }] });
    let odd = read(Resource::Posted, &object.to_string(), &View::default()).unwrap();
    assert_eq!((odd.amounts.tax, odd.amounts.without_tax), (None, None));
    assert_eq!(odd.amounts.total.unwrap().to_string(), "113");
}

#[test]
fn odd_values_are_null_and_a_missing_id_is_named() {
    let odd = r#"{"id": 9, "invoiceAmount": "abc", "charges": {}, "taxes": 5, "paymentSchedules": "x", "invoiceCustomer": [], "status": "Quarantined"}"#;
    let posted = read(Resource::Posted, odd, &view(&[Include::Lines])).unwrap();
    assert_eq!((posted.amounts.total, posted.dates.due), (None, None));
    assert!(matches!(posted.lines, Some(None)));
    let draft = read(Resource::Drafts, odd, &View::default()).unwrap();
    assert_eq!(draft.status, invoice::Status::Unknown);
    assert_eq!(draft.provider_status.as_deref(), Some("Quarantined"));
    for missing in [r#"{"id": null}"#, "{}", r#"{"id": ""}"#] {
        let error = read(Resource::Posted, missing, &View::default()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse);
        assert!(error.detail.contains("`id`"), "{}", error.detail);
    }
}

#[test]
fn refusals_keep_their_meaning_and_their_words() {
    let said = "Bad request, the query is not valid. Please check your request and try again.";
    let two = r#"{"Errors": [{"Key": "A", "Value": "one"}, {"Key": "B", "Value": "two"}]}"#;
    for (status, kind_of, body, kind, code, message) in [
        (400, "application/json", ERROR, ErrorKind::Rejected, Some("Api Error"), Some(said)),
        (401, "application/json", "{}", ErrorKind::Credentials, None, None),
        (
            404,
            "application/json; charset=utf-8",
            ERROR,
            ErrorKind::NotFound,
            Some("Api Error"),
            Some(said),
        ),
        (409, "application/json", two, ErrorKind::Conflict, Some("A"), Some("one; two")),
        (429, "application/json", two, ErrorKind::RateLimited, Some("A"), Some("one; two")),
        (500, "application/json", "nonsense", ErrorKind::Failed, None, None),
        (502, "text/html", "<html>", ErrorKind::Failed, None, None),
    ] {
        let reply = Reply {
            status: status.try_into().unwrap(),
            headers: [(http::header::CONTENT_TYPE, kind_of.parse().unwrap())].into_iter().collect(),
            body: body.as_bytes().to_vec().into(),
        };
        let (found, said) = explain(&reply);
        assert_eq!(found, kind, "{status}");
        assert_eq!((said.code.as_deref(), said.message.as_deref()), (code, message), "{status}");
    }
}

#[test]
fn the_next_pages_follow_from_the_headers() {
    let starts = |at: &[u64]| at.iter().copied().map(Start::at).collect::<Vec<_>>();
    for (next, count, page, here, following_at, total) in [
        (Some(1), Some(250), 0, 100, &[100, 200][..], Some(250)),
        (Some(-1), Some(250), 2, 50, &[], Some(250)),
        (Some(-1), Some(0), 0, 0, &[], Some(0)),
        // Past the end, as the listing has shrunk.
        (Some(-1), Some(250), 3, 0, &[], Some(250)),
        // A count of something else is no total, and no page depends on it.
        (Some(1), Some(100), 0, 100, &[100], None),
        (Some(-1), Some(900), 0, 40, &[40], None),
        (Some(1), None, 0, 100, &[100], None),
        // Without the header: by the count, or by an empty page.
        (None, Some(101), 0, 100, &[100], Some(101)),
        (None, None, 0, 100, &[100], None),
        (None, None, 0, 99, &[99], None),
        (None, None, 1, 0, &[], None),
    ] {
        let asked = NumberedPage::at(&Start::at(page * 100), 100);
        let page = asked.page(&envelope(next, count, here));
        assert_eq!(page.following, starts(following_at), "{next:?} {count:?}");
        assert_eq!(page.total, total, "{next:?} {count:?}");
    }
}
