use super::super::asking::question;
use super::*;

fn pairs(query: &str) -> Vec<(String, String)> {
    asked(&question(query)).unwrap().pairs
}

#[test]
fn a_page_is_asked_for_with_everything_at_once() {
    let question = question("status=active&amount[gte]=1000&includes=payments,assets");
    let parameters = asked(&question).unwrap().parameters(&question.view, Some("c1"), 2, 100);
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    assert_eq!(
        query,
        "page=2&limit=100&includes=assets%2CpaymentApplications&customerId=c1&status=Active\
         &amount%3E=1000"
    );
}

#[test]
fn one_value_a_field_is_theirs_and_all_else_ours() {
    for (query, expected, theirs) in [
        ("status=draft", &[("status", "Draft")][..], true),
        ("status=paid", &[("paymentStatus", "Paid")], true),
        ("paymentStatus=paid,overdue", &[("paymentStatus", "Paid")], true),
        ("paymentStatus=paid,applied", &[], false),
        // Two spellings are two values.
        ("status=pending_activation", &[], false),
        ("status=active,paid", &[], false),
        (
            "invoiceDate[gt]=2024-12-31&invoiceDate[lt]=2025-02-01",
            &[("invoiceDate>", "2025-01-01"), ("invoiceDate<", "2025-01-31")],
            true,
        ),
        ("balance[lte]=1.50", &[("balance<", "1.50")], true),
        // Narrowed, but not exactly.
        ("balance[gt]=0", &[("balance>", "0")], false),
        (
            "createdAt=2025-01-31",
            &[("createdDate>", "2025-01-31T00:00:00Z"), ("createdDate<", "2025-02-01T00:00:00Z")],
            false,
        ),
        ("number=INV-1", &[("name", "INV-1")], true),
        ("currency=eur", &[("currencyIsoCode", "EUR")], true),
        ("number=INV-1,INV-2", &[], false),
        ("number=INV-*", &[], false),
        ("externalId=[empty]", &[], false),
        // Decoded twice, this would be an operator.
        ("number=%3E=1", &[], false),
    ] {
        let found = pairs(query);
        let found: Vec<_> = found.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(found, expected, "{query}");
        let question = question(query);
        let by_provider = asked(&question).unwrap().by_provider;
        assert_eq!(by_provider.into_iter().eq(question.filter.asked()), theirs, "{query}");
    }
    // The one parameter cannot hold both.
    assert_eq!(
        pairs("status=paid&paymentStatus=applied"),
        [("paymentStatus".to_owned(), "Applied".to_owned())]
    );
}

#[test]
fn a_question_that_no_invoice_can_answer_is_not_put() {
    assert!(asked(&question("paymentStatus=overdue")).is_none());
    assert!(asked(&question("status=unpaid")).is_none());
}

#[test]
fn one_invoice_is_read_bare_or_in_an_envelope() {
    for body in [r#"{"id": "a"}"#, r#"{"data": {"id": "a"}}"#] {
        let raw: &RawValue = serde_json::from_str(body).unwrap();
        assert_eq!(unwrapped(raw).get(), r#"{"id": "a"}"#);
    }
}
