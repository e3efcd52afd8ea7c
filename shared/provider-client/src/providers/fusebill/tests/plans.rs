//! Which listings are asked, and how.

use api::ListQuery;
use invoice::Parameter as P;

use super::super::query::{parameters, plan};
use super::super::resource::Listing;
use crate::provider::PartKind;
use crate::provider::{PartOrder, Question, Reading, View};

/// The question of a query string, about these customers.
fn question(asked: &str, customers: Option<&[&str]>) -> Question {
    let query = ListQuery::parse(asked).unwrap();
    let view = View {
        includes: query.includes,
        show_zero_dollar_charges: query.filter.show_zero_dollar_charges,
        show_tracked_items: query.filter.show_tracked_items,
    };
    Question {
        filter: query.filter,
        customers: customers.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        sort: query.sort,
        view,
        reading: Reading::Few(50),
    }
}

fn parts(question: &Question) -> Vec<String> {
    let parts = plan(question).parts;
    parts.iter().map(|part| part.key().to_string()).collect()
}

#[test]
fn only_listings_that_can_answer_are_asked() {
    const BOTH: &[&str] = &["posted", "drafts"];
    for (asked, expected) in [
        ("", BOTH),
        ("status=draft", &["drafts"]),
        ("status=active", &["posted"]),
        ("status=active,draft", BOTH),
        ("status=canceled", &[]),
        ("status=pending_activation", &[]),
        ("status=draft,canceled", &["drafts"]),
        ("status=draft,paid", BOTH),
        ("status=overdue", &["posted"]),
        ("status=unknown", &["drafts"]),
        ("status=refunded", &[]),
        ("paymentStatus=paid", &["posted"]),
        ("paymentStatus=transferred", &[]),
        ("paymentStatus=unknown", BOTH),
        ("status=draft&paymentStatus=paid", &[]),
        ("number=290", &["posted"]),
        ("number=INV-7", &[]),
        ("number=[empty]", BOTH),
        ("balance[gt]=0", &["posted"]),
        ("activatedAt[gte]=2025-01-01", &["posted"]),
        ("createdAt[gte]=2025-01-01", BOTH),
        ("createdAt[gt]=2025-01-01&createdAt[lt]=2025-01-02", &[]),
        ("invoiceDate[gt]=2025-01-01&invoiceDate[lt]=2025-01-02", &["drafts"]),
    ] {
        assert_eq!(parts(&question(asked, None)), expected, "{asked}");
    }
}

#[test]
fn each_customer_has_listings_and_only_integers_are_customers() {
    let asked = question("", Some(&["7", "123456", "abc", "07", "1;2", "-1", ""]));
    let expected = ["posted:123456", "drafts:123456", "posted:7", "drafts:7"];
    assert_eq!(parts(&asked), expected);
    assert_eq!(plan(&asked).by_provider, [P::CustomerIds].into());
    assert!(parts(&question("", Some(&[]))).is_empty());
}

#[test]
fn the_provider_is_named_for_what_every_listing_applies() {
    for (asked, customers, expected) in [
        ("", None, vec![]),
        ("status=active", None, vec![P::Status]),
        ("status=draft,canceled", None, vec![P::Status]),
        ("status=draft,unknown", None, vec![P::Status]),
        ("status=active,unknown", None, vec![]),
        ("status=draft,paid", None, vec![]),
        ("status=paid", None, vec![]),
        ("paymentStatus=paid", None, vec![]),
        ("invoiceDate=2025-01-31", None, vec![]),
        ("invoiceDate=2025-01-31&status=active", None, vec![P::Status, P::InvoiceDate]),
        ("createdAt=2025-01-31", None, vec![P::CreatedAt]),
        ("activatedAt=2025-01-31", None, vec![P::ActivatedAt]),
        ("activatedAt[gt]=2025-01-31T00:00:00.5Z", None, vec![]),
        ("number=290&poNumber=x&balance[gt]=0", None, vec![P::Number]),
        ("showTrackedItems=true", None, vec![]),
        ("showTrackedItems=true&status=active", None, vec![P::Status, P::ShowTrackedItems]),
        ("showZeroDollarCharges=false", None, vec![P::ShowZeroDollarCharges]),
        ("showTrackedItems=true", Some(&["7"][..]), vec![P::CustomerIds]),
    ] {
        let plan = plan(&question(asked, customers));
        let by_provider: Vec<P> = plan.by_provider.into_iter().collect();
        assert_eq!(by_provider, expected, "{asked} {customers:?}");
    }
}

#[test]
fn an_order_is_theirs_only_where_it_follows_our_value() {
    use PartOrder::{Own, Requested};
    for (asked, expected) in [
        ("", [Own, Own]),
        ("sort=invoiceDate", [Requested, Own]),
        ("sort=-invoiceDate", [Requested, Own]),
        ("sort=number", [Requested, Requested]),
        ("sort=createdAt", [Own, Own]),
        ("sort=-balance", [Own, Own]),
    ] {
        let parts = plan(&question(asked, None)).parts;
        let orders: Vec<PartOrder> = parts.iter().map(|part| part.order).collect();
        assert_eq!(orders, expected, "{asked}");
    }
}

#[test]
fn requests_say_what_is_asked_and_no_more() {
    let everything = "invoiceDate[gte]=2017-06-12&createdAt[lt]=2025-01-01&sort=-invoiceDate&showTrackedItems=true&showZeroDollarCharges=false";
    for (asked, listing, expected) in [
        ("", "posted", "sortOrder=Ascending&sortExpression=createdTimestamp"),
        ("", "drafts:7", "sortOrder=Ascending&sortExpression=createdDate"),
        ("sort=number", "posted", "sortOrder=Ascending&sortExpression=invoiceNumber"),
        (
            everything,
            "posted:7",
            "showZeroDollarCharges=false&showTrackedItems=true&query=createdTimestamp:|2025-01-01;effectiveTimestamp:2017-06-12|&sortOrder=Descending&sortExpression=effectiveTimestamp",
        ),
        (
            everything,
            "posted",
            "query=createdTimestamp:|2025-01-01;effectiveTimestamp:2017-06-12|&sortOrder=Descending&sortExpression=effectiveTimestamp",
        ),
        (
            everything,
            "drafts",
            "query=createdDate:|2025-01-01&sortOrder=Ascending&sortExpression=createdDate",
        ),
    ] {
        let pairs = parameters(&Listing::parse(listing).unwrap(), &question(asked, None));
        let pairs: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(pairs.join("&"), expected, "{listing}: {asked}");
    }
    let path = |name: &str| Listing::parse(name).unwrap().path().join("/");
    assert_eq!(path("posted"), "Invoices");
    assert_eq!(path("drafts"), "DraftInvoices");
    assert_eq!(path("posted:7"), "Customers/7/Invoices/");
    assert_eq!(path("drafts:7"), "customers/7/DraftInvoices");
}
