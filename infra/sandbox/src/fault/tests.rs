use super::*;
use crate::draw::Draw;

#[test]
fn a_refused_fault_says_what_would_be_right() {
    let table = [
        (r#"{"kind":"boom"}"#, "stopMidBody"),
        (r#"{"kind":"status"}"#, "needs status"),
        (r#"{"kind":"status","status":418}"#, "429"),
        (r#"{"kind":"status","status":500,"retryAfter":1}"#, "429 or 503"),
        (r#"{"kind":"slow"}"#, "delayMs"),
        (r#"{"kind":"emptyBody","delayMs":3}"#, "\"slow\""),
        (r#"{"kind":"emptyBody","status":500}"#, "\"status\""),
        (r#"{"kind":"applyThenStatus","status":404}"#, "504"),
        (r#"{"kind":"applyThenStatus","status":500,"retryAfter":1}"#, "retryAfter"),
        (r#"{"kind":"applyThenHang"}"#, "delayMs"),
        (r#"{"kind":"statusThenApply","status":504}"#, "delayMs"),
        (r#"{"kind":"statusThenApply","status":404,"delayMs":1}"#, "504"),
        (r#"{"kind":"applyThenDrop","operation":"get"}"#, "strikes a write"),
        (r#"{"kind":"halfBulk","operation":"update"}"#, "bulk"),
        (r#"{"kind":"emptyBody","times":0}"#, "at least 1"),
        (r#"{"kind":"emptyBody","probability":1.5}"#, "at most 1"),
        (r#"{"kind":"repeatedInvoice","times":1}"#, "leave out times"),
        (r#"{"kind":"emptyBody","often":1}"#, "unknown field `often`"),
        (r#"{"kind":"emptyBody","operation":"lst"}"#, "unknown variant `lst`"),
    ];
    for (json, expected) in table {
        let error = Fault::from_json(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[test]
fn a_fault_survives_being_written() {
    let json = r#"{"kind":"status","status":429,"retryAfter":2,"times":3,"operation":"list"}"#;
    let fault = Fault::from_json(json).unwrap();
    assert_eq!(serde_json::to_string(&fault).unwrap(), json);
}

#[test]
fn faults_in_a_row_make_a_script() {
    let mut faults = Faults::new(Draw::new(1, "faults"));
    let status = |status| FaultKind::Status { status, retry_after: None };
    faults.add(Fault::times(status(429), 2));
    faults.add(Fault::times(status(500), 1));
    faults.add(Fault::always(FaultKind::Slow { delay_ms: 5 }));
    let kinds: Vec<_> = (0..4).map(|_| faults.strike(Operation::List)).collect();
    assert_eq!(kinds[1].kind, Some(status(429)));
    assert_eq!(kinds[2].kind, Some(status(500)));
    assert_eq!(kinds[3].kind, None);
    assert!(kinds.iter().all(|strike| strike.delay.as_millis() == 5));
}

#[test]
fn a_fault_for_one_operation_spares_the_others() {
    let mut faults = Faults::new(Draw::new(1, "faults"));
    faults.add(Fault { operation: Some(Operation::Get), ..Fault::times(FaultKind::EmptyBody, 1) });
    assert_eq!(faults.strike(Operation::List).kind, None);
    assert_eq!(faults.strike(Operation::Get).kind, Some(FaultKind::EmptyBody));
}

#[test]
fn a_chance_strikes_some_calls_and_the_same_ones_again() {
    let run = || {
        let mut faults = Faults::new(Draw::new(9, "faults"));
        faults.add(Fault { probability: Some(0.5), ..Fault::always(FaultKind::EmptyBody) });
        (0..64).map(|_| faults.strike(Operation::List).kind.is_some()).collect::<Vec<_>>()
    };
    let struck = run().iter().filter(|struck| **struck).count();
    assert!((16..48).contains(&struck), "{struck}");
    assert_eq!(run(), run());
}

#[test]
fn a_fault_of_writes_spares_reads_and_keeps_for_the_next_write() {
    let mut faults = Faults::new(Draw::new(1, "faults"));
    faults.add(Fault::times(FaultKind::ApplyThenDrop, 1));
    faults.add(Fault::times(FaultKind::DropBefore, 1));
    assert_eq!(faults.strike(Operation::List).kind, None);
    assert_eq!(faults.strike(Operation::Cancel).kind, Some(FaultKind::ApplyThenDrop));
    assert_eq!(faults.strike(Operation::Get).kind, None);
    assert_eq!(faults.strike(Operation::Update).kind, Some(FaultKind::DropBefore));
    faults.add(Fault { operation: Some(Operation::Get), ..Fault::times(FaultKind::DropBefore, 1) });
    assert_eq!(faults.strike(Operation::Get).kind, Some(FaultKind::DropBefore));
}

#[test]
fn every_fault_of_writes_is_read_as_it_is_written() {
    for json in [
        r#"{"kind":"applyThenDrop","operation":"activate"}"#,
        r#"{"kind":"applyThenCut","times":2}"#,
        r#"{"kind":"applyThenHang","delayMs":50}"#,
        r#"{"kind":"applyThenStatus","status":504}"#,
        r#"{"kind":"dropBefore","operation":"list"}"#,
        r#"{"kind":"halfBulk","operation":"delete"}"#,
    ] {
        let fault = Fault::from_json(json).unwrap();
        assert_eq!(serde_json::to_string(&fault).unwrap(), json);
    }
}
