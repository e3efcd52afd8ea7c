//! Query strings. Whatever is read has a canonical form that reads back as itself, and whatever
//! is refused is told by the parameter's name.
#![no_main]

use api::{ChangesQuery, ListQuery, SummaryQuery, ViewQuery, expect_no_parameters};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|query: &str| {
    match ListQuery::parse(query) {
        Ok(read) => {
            let canonical = read.canonical();
            let again = ListQuery::parse(&canonical);
            let again = again.unwrap_or_else(|problem| panic!("{canonical}: {problem}"));
            assert_eq!(again.canonical(), canonical);
        }
        Err(problem) => assert!(!problem.errors.is_empty(), "{problem} names no parameter"),
    }
    if let Ok(read) = SummaryQuery::parse(query) {
        let canonical = read.canonical();
        assert_eq!(
            SummaryQuery::parse(&canonical).map(|again| again.canonical()).ok(),
            Some(canonical)
        );
    }
    if let Ok(read) = ChangesQuery::parse(query) {
        let _ = read.canonical();
    }
    let _ = ViewQuery::parse(query);
    let _ = expect_no_parameters(query);
});
