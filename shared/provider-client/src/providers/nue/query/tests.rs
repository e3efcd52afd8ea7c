use super::super::asking::question;
use super::super::{CAPABILITIES, assumptions};
use super::*;

fn plan(query: &str) -> Plan {
    planned(&question(query), &Assumptions::new(assumptions::TABLE))
}

fn parts(query: &str) -> Vec<(String, PartOrder)> {
    let parts = plan(query).parts.into_iter();
    parts.map(|part| (part.key().to_string(), part.order)).collect()
}

#[test]
fn graphql_lists_in_the_asked_order_except_by_number() {
    let all = |order| vec![("all".to_owned(), order)];
    assert_eq!(parts(""), all(PartOrder::Own));
    assert_eq!(parts("sort=number"), all(PartOrder::Own));
    for key in CAPABILITIES.sorts {
        let query = format!("sort=-{}&includes=raw,lines", key.key().word());
        assert_eq!(parts(&query), all(PartOrder::RequestedThenId), "{query}");
    }
    assert_eq!(parts("customerIds=a,b"), all(PartOrder::Own));
}

#[test]
fn related_things_are_listed_one_customer_at_a_time() {
    let name = |name: &str| (name.to_owned(), PartOrder::Own);
    assert_eq!(parts("includes=assets&sort=dueDate"), [name("all")]);
    assert_eq!(parts("includes=orders&customerIds=b,a"), [name("customer a"), name("customer b")]);
    assert_eq!(parts("includes=payments&customerIds=a>1"), []);
    let by_provider = plan("includes=orders&customerIds=b").by_provider;
    assert_eq!(by_provider, [Parameter::CustomerIds].into());
}

#[test]
fn what_no_invoice_can_answer_has_no_parts() {
    for query in [
        "customerIds=elsewhere:a",
        "customerIds=elsewhere:a&includes=assets",
        "paymentStatus=overdue",
        "paymentStatus=overdue&includes=assets",
    ] {
        assert_eq!(parts(query), [], "{query}");
    }
}
