//! Bodies of writes: on many invoices, on one, merge patches and updates. What is read was a
//! JSON object, and means each invoice once; whatever is refused says why.
#![no_main]

use std::collections::BTreeSet;

use api::{BulkAction, BulkWrite, Intent, MAX_WRITES, Selection, read_patch, read_update};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn is_object(body: &[u8]) -> bool {
    matches!(serde_json::from_slice(body), Ok(Value::Object(_)))
}

fuzz_target!(|body: &[u8]| {
    for action in [BulkAction::Activate, BulkAction::Cancel, BulkAction::Delete] {
        match BulkWrite::parse(body, action) {
            Ok(intent) => {
                assert!(is_object(body));
                let (Intent::DryRun(bulk) | Intent::Execute(bulk)) = intent;
                assert_eq!(bulk.write.action(), action.action());
                if let Selection::Ids(ids) = bulk.selection {
                    assert!((1..=MAX_WRITES).contains(&ids.len()));
                    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
                }
            }
            Err(problem) => assert!(!problem.to_string().is_empty()),
        }
        if action.parse_one(body).is_ok() {
            assert!(body.is_empty() || is_object(body));
        }
    }
    if read_patch(body).is_ok() {
        assert!(is_object(body));
    }
    if read_update(body).is_ok() {
        assert!(is_object(body));
    }
});
