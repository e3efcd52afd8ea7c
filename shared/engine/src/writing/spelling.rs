//! References as callers spell them, and the invoices they mean. Two spellings of one id
//! are one invoice, before anything is locked or sent.

use std::collections::{BTreeMap, BTreeSet};

use invoice::{Reference, WriteResult};

use provider_client::Deadline;
use provider_client::provider::{Provider, View};

/// References of one connection.
pub(super) struct Spellings {
    /// As they were asked, each with the reference of the invoice it means.
    pairs: Vec<(Reference, Reference)>,
}

impl Spellings {
    /// Finds out which invoices `asked` means. Only what is not in its canonical
    /// spelling has to be read for it: what its provider lists it by is its name. Where
    /// it cannot be read, its canonical spelling is: what an earlier try has made
    /// vanish stands in the record under that name.
    pub async fn resolve(
        provider: &dyn Provider,
        asked: Vec<Reference>,
        deadline: Deadline,
    ) -> Self {
        let ids = provider.capabilities().ids;
        let is_odd = |id: &&str| *ids.canonical(id) != **id;
        let odd: Vec<&str> = asked.iter().map(Reference::id).filter(is_odd).collect();
        let mut meant = BTreeMap::new();
        if !odd.is_empty() {
            let read = provider.get_many(&odd, &View::default(), deadline).await;
            for (id, invoice) in odd.iter().zip(read) {
                let canonical = ids.canonical(id);
                let name = invoice.map_or(canonical.into(), |invoice| invoice.id.id().into());
                let _: Option<Box<str>> = meant.insert((*id).to_owned(), name);
            }
        }
        let pairs = asked.into_iter().map(|asked| {
            let named = meant.get(asked.id()).cloned();
            let means = named.map(|id| Reference::new(asked.connection(), id));
            (asked.clone(), means.unwrap_or(asked))
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
