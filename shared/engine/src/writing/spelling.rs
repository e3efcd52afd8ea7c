//! References as callers spell them, and the invoices they mean. Two spellings of one id
//! are one invoice, before anything is locked or sent.

use std::collections::{BTreeMap, BTreeSet};

use invoice::{Reference, WriteResult};

use provider_client::Deadline;
use provider_client::provider::{Provider, View};

use super::ledger::Ledger;
use super::recorded::RecordedNames;

/// References of one connection.
pub(super) struct Spellings {
    /// As they were asked, each with the reference of the invoice it means.
    pairs: Vec<(Reference, Reference)>,
}

impl Spellings {
    /// Finds out which invoices `asked` means. Only what is not in its canonical
    /// spelling has to be read for it: what its provider lists it by is its name. Where
    /// it cannot be read, its name is what `ledger` recalls it by: an earlier try may have
    /// sent for it, or made it vanish. Else it is its canonical spelling.
    pub async fn resolve(
        provider: &dyn Provider,
        asked: Vec<Reference>,
        ledger: Option<&dyn Ledger>,
        deadline: Deadline,
    ) -> Self {
        let ids = provider.capabilities().ids;
        let is_odd = |one: &&Reference| *ids.canonical(one.id()) != *one.id();
        let odd: Vec<&Reference> = asked.iter().filter(is_odd).collect();
        let (mut meant, mut unread) = (BTreeMap::new(), Vec::new());
        if !odd.is_empty() {
            let spelled: Vec<&str> = odd.iter().map(|one| one.id()).collect();
            let read = provider.get_many(&spelled, &View::default(), deadline).await;
            for (one, invoice) in odd.into_iter().zip(read) {
                match invoice {
                    Ok(invoice) => {
                        meant
                            .insert(one.clone(), Reference::new(one.connection(), invoice.id.id()));
                    }
                    Err(_) => unread.push(one.clone()),
                }
            }
        }
        let recorded = match ledger {
            Some(ledger) if !unread.is_empty() => RecordedNames::of(ledger, &unread).await,
            _ => RecordedNames::default(),
        };
        for one in unread {
            let canonical = || Reference::new(one.connection(), ids.canonical(one.id()));
            // A name that cannot be recalled now is not taken: the canonical one is asked for.
            let known = recorded.get(&one).filter(|known| known.failure.is_none());
            let name = known.map_or_else(canonical, |known| known.name.clone());
            meant.insert(one, name);
        }
        let pairs = asked.into_iter().map(|asked| {
            let means = meant.get(&asked).unwrap_or(&asked).clone();
            (asked, means)
        });
        Self { pairs: pairs.collect() }
    }

    /// The invoices that are meant, each once, in the order asked.
    pub fn meant(&self) -> Vec<Reference> {
        let mut seen = BTreeSet::new();
        let meant = self.pairs.iter().map(|(_, meant)| meant);
        meant.filter(|meant| seen.insert(*meant)).cloned().collect()
    }

    /// What came of each invoice, told of every reference that means it.
    pub fn told_as_asked(self, results: Vec<WriteResult>) -> Vec<WriteResult> {
        let results: BTreeMap<Reference, WriteResult> =
            results.into_iter().map(|result| (result.id.clone(), result)).collect();
        let told = self.pairs.into_iter().filter_map(|(asked, meant)| {
            Some(WriteResult { id: asked, ..results.get(&meant)?.clone() })
        });
        told.collect()
    }
}
