use invoice::{Change, Write};
use invoice::{Code, Problem};

use super::*;

const ACTIVATE: BulkAction = BulkAction::Activate;
const DELETE: BulkAction = BulkAction::Delete;

/// What is to be done.
fn executed(body: &str) -> BulkWrite {
    match BulkWrite::parse(body.as_bytes(), ACTIVATE).unwrap() {
        Intent::Execute(asked) => asked,
        Intent::DryRun(asked) => panic!("not a dry run: {asked:?}"),
    }
}

fn pointers(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().map(|fault| fault.pointer.as_str()).collect()
}

fn refused(body: &str, action: BulkAction) -> Problem {
    BulkWrite::parse(body.as_bytes(), action).unwrap_err()
}

#[test]
fn reads_the_activation_of_the_documentation() {
    let body = r#"{"invoiceIds": ["nue:a", "fusebill:draft.7", "nue:a"], "invoiceDate": "2025-07-01", "comment": "approve and activate"}"#;
    let request = executed(body);
    let Selection::Ids(ids) = request.selection else { panic!() };
    assert_eq!(ids.len(), 2, "the same id twice is one");
    let Write::Activate { invoice_date, .. } = request.write else { panic!() };
    assert_eq!(invoice_date, Some(jiff::civil::date(2025, 7, 1)));
    let by_filter = r#"{"filter": {"status": ["draft"], "customerIds": ["nue:a,b"], "amount": {"gte": "1.50", "lt": 10}, "connection": "nue"}}"#;
    let request = executed(by_filter);
    let Selection::Matching(filter) = request.selection else { panic!() };
    let listed = crate::ListQuery::parse(
        "status=draft&customerIds=[\"nue:a,b\"]&amount[gte]=1.50&amount[lt]=10&connection=nue",
    );
    assert_eq!(*filter, listed.unwrap().filter);
}

#[test]
fn each_action_makes_its_own_write_and_a_dry_run_stays_one() {
    for action in [BulkAction::Activate, BulkAction::Cancel, BulkAction::Delete] {
        for (body, dry) in [("{}", false), (r#"{"dryRun": true}"#, true)] {
            let one = action.parse_one(body.as_bytes()).unwrap();
            let is_dry = matches!(one, Intent::DryRun(_));
            let (Intent::DryRun(write) | Intent::Execute(write)) = one;
            assert_eq!((write.action(), is_dry), (action.action(), dry), "{action:?} {body}");
            let ids = body.replace('{', r#"{"invoiceIds": ["nue:a"], "#).replace(", }", "}");
            let many = BulkWrite::parse(ids.as_bytes(), action).unwrap();
            assert_eq!(matches!(many, Intent::DryRun(_)), dry, "{action:?} {ids}");
        }
    }
}

#[test]
fn says_everything_that_is_wrong_with_a_body() {
    assert_eq!(
        pointers(&refused(r#"{"invoiceIds": ["nue:a"], "filter": {}}"#, ACTIVATE)),
        ["/filter"]
    );
    assert_eq!(pointers(&refused(r#"{"invoiceIds": []}"#, ACTIVATE)), ["/invoiceIds"]);
    assert_eq!(
        pointers(&refused(r#"{"invoiceIds": ["a", 5, "nue:b"]}"#, ACTIVATE)),
        ["/invoiceIds/0", "/invoiceIds/1"]
    );
    assert_eq!(pointers(&refused("{}", ACTIVATE)), [""]);
    assert_eq!(pointers(&refused(r#"{"filter": {}}"#, ACTIVATE)), ["/filter"]);
    let no_range = r#"{"filter": {"status": "draft", "amount": {}}}"#;
    assert_eq!(pointers(&refused(no_range, ACTIVATE)), ["/filter/amount"]);
    let several = refused(
        r#"{"filter": {"status": "actve", "amount": {"gt": "x"}, "limit": 5}, "dryRun": 1, "foo": 2}"#,
        ACTIVATE,
    );
    assert_eq!(
        pointers(&several),
        ["/dryRun", "/filter/amount/gt", "/filter/limit", "/filter/status", "/foo"]
    );
    assert_eq!(
        pointers(&refused(r#"{"invoiceIds": ["nue:a"], "comment": "x"}"#, DELETE)),
        ["/comment"]
    );
    assert_eq!(refused("[1]", ACTIVATE).code, Code::InvalidRequest);
    assert_eq!(refused("{", ACTIVATE).code, Code::InvalidRequest);
}

#[test]
fn a_name_that_stands_twice_in_a_body_is_refused() {
    let bulk = |body: &str| refused(body, ACTIVATE);
    let one = |body: &str| ACTIVATE.parse_one(body.as_bytes()).unwrap_err();
    let patch = |body: &str| read_patch(body.as_bytes()).unwrap_err();
    for (problem, pointer) in [
        (bulk(r#"{"invoiceIds": ["nue:a"], "dryRun": true, "dryRun": false}"#), "/dryRun"),
        (bulk(r#"{"filter": {"status": ["draft"], "status": ["active"]}}"#), "/filter/status"),
        (bulk(r#"{"filter": {"amount": {"gt": 1, "gt": 2}}}"#), "/filter/amount/gt"),
        (one(r#"{"dryRun": true, "dryRun": true}"#), "/dryRun"),
        (patch(r#"{"dates": {"due": "2025-01-01", "due": "2026-01-01"}}"#), "/dates/due"),
        (patch(r#"{"terms": "x", "terms": null}"#), "/terms"),
        (patch(r#"{"customFields": {"a": 1, "a": 2}}"#), "/customFields/a"),
        (patch(r#"{"customFields": {"a": [{"b": 1, "b": 2}]}}"#), "/customFields/a/0/b"),
    ] {
        assert_eq!(problem.code, Code::InvalidRequest, "{pointer}");
        assert_eq!(pointers(&problem), [pointer]);
        assert!(problem.detail.contains("twice"), "{}", problem.detail);
    }
}

#[test]
fn an_amount_is_what_the_caller_wrote_or_a_fault() {
    let read = |amount: &str| {
        let body = format!(r#"{{"filter": {{"amount": {{"gte": {amount}}}}}}}"#);
        BulkWrite::parse(body.as_bytes(), ACTIVATE)
    };
    for sound in ["1000", "-7", "\"1000\"", "\"0.1\"", "\"-12.50\"", "\"12345678901234567.89\""] {
        assert!(read(sound).is_ok(), "{sound}");
    }
    for wrong in [
        "0.1",
        "1000000000001",
        "true",
        "\"1_000\"",
        "\"+1\"",
        "\" 1\"",
        "\"1e3\"",
        "12345678901234567.89",
        "1e300",
    ] {
        let problem = read(wrong).unwrap_err();
        assert!(problem.errors[0].pointer.starts_with("/filter/amount"), "{wrong}");
    }
}

#[test]
fn a_patch_points_at_every_fault() {
    let refused = |body: &str| read_patch(body.as_bytes()).unwrap_err();
    let two = refused(r#"{"dates": {"due": "2025-02-30"}, "amounts": {"total": "1.00"}}"#);
    assert_eq!(
        (two.code, pointers(&two)),
        (Code::UnsupportedField, vec!["/dates/due", "/amounts"])
    );
    let order = refused(r#"{"dates": {"due": "2025-01-01", "invoice": "2025-02-01"}}"#);
    assert_eq!(pointers(&order), ["/dates/due"]);
    assert_eq!(pointers(&refused("{}")), [""]);
    assert_eq!(pointers(&refused(r#"{"comment": null, "terms": 5}"#)), ["/terms", "/comment"]);
}

#[test]
fn a_patch_is_foretold_only_where_it_says_so() {
    for (body, dry) in [
        (r#"{"terms": "x", "dryRun": true}"#, true),
        (r#"{"terms": "x", "dryRun": false}"#, false),
        (r#"{"terms": "x", "dryRun": null}"#, false),
        (r#"{"terms": "x"}"#, false),
    ] {
        let intent = read_update(body.as_bytes()).unwrap();
        assert_eq!(matches!(intent, Intent::DryRun(_)), dry, "{body}");
        let (Intent::DryRun(patch) | Intent::Execute(patch)) = intent;
        assert_eq!(patch.fields(), [invoice::Field::Terms], "{body}");
    }
    let refused = |body: &str| read_update(body.as_bytes()).unwrap_err();
    assert_eq!(pointers(&refused(r#"{"terms": "x", "dryRun": "true"}"#)), ["/dryRun"]);
    assert_eq!(pointers(&refused(r#"{"dryRun": true}"#)), [""]);
}

#[test]
fn a_patch_keeps_the_digits_of_custom_fields() {
    let body = r#"{"dates": {"due": "2025-08-30"}, "terms": null, "customFields": {"rate": 0.1000, "note": null}}"#;
    let patch = read_patch(body.as_bytes()).unwrap();
    assert_eq!(patch.due, Change::Set(jiff::civil::date(2025, 8, 30)));
    assert_eq!(patch.terms, Change::Clear);
    assert_eq!(patch.custom_fields["rate"].get(), "0.1000");
    assert_eq!(patch.custom_fields["note"].get(), "null");
}
