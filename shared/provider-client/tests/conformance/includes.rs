//! What comes beside an invoice.

use invoice::{Include, Invoice};
use provider_client::provider::Reading;

use super::subject::{Subject, shown, soon};

/// In a completed list and alone; and nothing is there that was not asked for.
pub async fn what_the_table_includes_is_there_and_all_else_is_null(subject: &Subject) {
    let words: Vec<&str> = Include::ALL.iter().map(|include| include.word()).collect();
    let mut asked: Vec<Vec<&str>> = words.iter().map(|word| vec![*word]).collect();
    asked.extend([vec![], words.clone()]);
    for asked in asked {
        let query = match asked.as_slice() {
            [] => String::new(),
            some => format!("includes={}", some.join(",")),
        };
        let question = subject.question(&query, Reading::Few(50));
        let listed: Vec<_> = subject.walk(&question).await.into_iter().step_by(12).collect();
        let before = subject.calls();
        let listed = subject.provider.complete(listed, &question.view, soon()).await.unwrap();
        if asked.is_empty() {
            assert_eq!(subject.calls(), before, "{subject}: nothing was to be completed");
        }
        let mut filled = vec![0; words.len()];
        for listed in &listed {
            let got = subject.get(listed.id.id(), &question.view).await.unwrap();
            for (from, invoice) in [("list", shown(listed)), ("get", shown(&got))] {
                for (at, include) in Include::ALL.iter().enumerate() {
                    let word = include.word();
                    let context = format!("{subject} {from} {query} {}: {word}", listed.id);
                    let can = *include == Include::Raw
                        || subject.capabilities().includes.contains(include);
                    match (invoice.get(word), asked.contains(&word), can) {
                        (None, false, _) => {}
                        (Some(value), true, false) => assert!(value.is_null(), "{context}"),
                        (Some(value), true, true) => {
                            assert!(value.is_array() || value.is_object(), "{context}: {value}");
                            filled[at] +=
                                usize::from(value.as_array().is_none_or(|all| !all.is_empty()));
                        }
                        (value, ..) => panic!("{context}: {value:?}"),
                    }
                }
            }
        }
        for (include, filled) in Include::ALL.iter().zip(filled) {
            let can = *include == Include::Raw || subject.capabilities().includes.contains(include);
            let expected = can && asked.contains(&include.word());
            assert_eq!(filled > 0, expected, "{subject} {query}: {}", include.word());
        }
    }
}

/// What is kept of a listing is no less than the listing.
pub async fn what_is_written_of_an_invoice_is_read_back_and_written_the_same(subject: &Subject) {
    let words: Vec<&str> = Include::ALL.iter().map(|include| include.word()).collect();
    for query in [String::new(), format!("includes={}", words.join(","))] {
        let question = subject.question(&query, Reading::Few(50));
        let listed: Vec<_> = subject.walk(&question).await.into_iter().step_by(3).collect();
        let all = subject.provider.complete(listed, &question.view, soon()).await.unwrap();
        assert!(!all.is_empty(), "{subject}");
        for invoice in all {
            let written = serde_json::to_string(&invoice).unwrap();
            let read: Invoice = serde_json::from_str(&written).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), written, "{subject}");
        }
    }
}
