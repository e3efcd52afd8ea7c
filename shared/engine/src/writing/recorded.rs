//! By what name the ledger knows an invoice, where its provider cannot say: what was sent
//! is recorded under the name the provider lists it by, whatever spelling was asked.

use std::collections::{BTreeMap, BTreeSet};

use invoice::Reference;

use super::ledger::{Ledger, LedgerError};

/// The names under which an earlier try of the same request may have sent, by their one
/// spelling in lower case.
#[derive(Default)]
pub(super) struct RecordedNames(BTreeMap<Reference, RecordedName>);

/// A name under which an earlier try may have sent.
pub(super) struct RecordedName {
    pub name: Reference,
    /// Why the record of it cannot be read, where it cannot.
    pub failure: Option<LedgerError>,
}

impl RecordedNames {
    /// The names under which the ledger recalls the references of `asked`, as they are spelled
    /// and in lower case. One recalled by one spelling counts for all: whether case makes a
    /// difference may not be known, and what may have been sent must never be told as rejected.
    pub async fn of(ledger: &dyn Ledger, asked: &[Reference]) -> Self {
        let spellings = asked.iter().flat_map(|one| [one.clone(), in_lower_case(one)]);
        let spellings: BTreeSet<Reference> = spellings.collect();
        let spellings: Vec<Reference> = spellings.into_iter().collect();
        let recalled = ledger.recall(&spellings).await;
        let mut names = BTreeMap::new();
        for (name, recalled) in spellings.into_iter().zip(recalled) {
            let failure = match recalled {
                Ok(None) => continue,
                Ok(Some(_)) => None,
                Err(error) => Some(error),
            };
            let spelling = in_lower_case(&name);
            // A name that is known to have been sent says more than one that cannot be read.
            if failure.is_none() || !names.contains_key(&spelling) {
                names.insert(spelling, RecordedName { name, failure });
            }
        }
        Self(names)
    }

    /// The name under which an earlier try may have sent for what `asked` spells.
    pub fn get(&self, asked: &Reference) -> Option<&RecordedName> {
        self.0.get(&in_lower_case(asked))
    }
}

fn in_lower_case(reference: &Reference) -> Reference {
    Reference::new(reference.connection(), reference.id().to_ascii_lowercase())
}
