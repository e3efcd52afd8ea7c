//! Orders.

use std::cmp::Ordering;

use api::ListQuery;
use engine::listing::{AppliedBy, list};
use invoice::{Scope, Sort, SortKey};
use provider_client::provider::{PartOrder, Reading, Start};
use sandbox::ProviderKind;

use super::oracle::{self, Known};
use super::subject::{Subject, ids, soon, sorted};

/// In both directions, over all parts, and nothing is lost by it.
pub async fn each_order_in_the_table_is_kept_and_no_other_is_claimed(subject: &Subject) {
    let population = oracle::population(subject).await;
    let known = |id: &str| -> &Known {
        population.iter().find(|known| known.invoice.id.id() == id).unwrap()
    };
    for key in SortKey::ALL.iter().copied() {
        for descending in [false, true] {
            let sign = if descending { "-" } else { "" };
            let context = format!("{subject} sort={sign}{}", key.word());
            let question =
                subject.question(&format!("sort={sign}{}", key.word()), Reading::Few(40));
            let parts = subject.parts(&question);
            let claimed = parts.iter().filter(|part| part.order != PartOrder::Own).count();
            if !subject.capabilities().can_sort(Sort { key, descending }) {
                assert_eq!(claimed, 0, "{context} is not in the table");
            } else if subject.kind == ProviderKind::Fusebill && key == SortKey::InvoiceDate {
                // Drafts are not sorted by their date: posted invoices alone.
                assert_eq!((claimed, parts.len()), (1, 2), "{context}");
            } else {
                assert_eq!(claimed, parts.len(), "{context} is in the table");
            }
            let mut read = Vec::new();
            for part in &parts {
                let invoices = subject.walk_part(&question, part, Start::default()).await;
                let walked = ids(&invoices);
                for pair in walked.windows(2) {
                    let order = match part.order {
                        PartOrder::Own => Ordering::Less,
                        PartOrder::Requested => {
                            oracle::by_key(key, descending, known(&pair[0]), known(&pair[1]))
                        }
                        PartOrder::RequestedThenId => {
                            oracle::compare(key, descending, known(&pair[0]), known(&pair[1]))
                        }
                    };
                    assert!(order.is_le(), "{context} {}: {pair:?}", part.key());
                }
                read.extend(walked);
            }
            assert_eq!(read.len(), population.len(), "{context}");
            // Where no invoice has what is sorted by, nobody establishes the order.
            let query = ListQuery::parse(&format!("sort={sign}{}&limit=1", key.word())).unwrap();
            let connections = [subject.connection()];
            let listing = list(&connections, &query, &Scope::All, soon()).await.unwrap();
            let has_data = subject.capabilities().filter(key.parameter()).is_some();
            let is_absent = listing.sources[0].sort == Some(AppliedBy::Absent);
            assert_eq!(is_absent, !has_data, "{context}: {:?}", listing.sources[0].sort);
            assert_eq!(sorted(read), subject.truth().into_keys().collect::<Vec<_>>(), "{context}");
        }
    }
}
