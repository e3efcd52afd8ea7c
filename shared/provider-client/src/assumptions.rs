//! What a client takes for granted of a provider though no document states it,
//! as data, and what an account has shown of each since it was opened.
//!
//! Each request can be made from stated lines alone. An assumption makes it
//! faster or richer; where an account refuses one by name, the client drops it
//! for that account, says so once, and asks the plain way. One that is refused
//! never costs the others.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use invoice::ConnectionName;
use serde::{Serialize, Serializer};
use tracing::warn;

use crate::{ErrorKind, ProviderError};

/// One thing that is taken for granted of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumption {
    /// The assumption's name, unique at its provider.
    pub name: &'static str,
    /// What is assumed, as a sentence.
    pub claim: &'static str,
    /// What follows where the claim is false, as a sentence.
    pub otherwise: &'static str,
    /// The words by which a refusal names the assumption. None where no refusal
    /// can: such a claim is about answers, or has no plainer way beside it.
    pub named_by: &'static [&'static str],
}

/// Whether an assumption holds at one account, as far as has been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The account has answered a request that rests on it.
    Yes,
    /// The account has refused it by name.
    No,
    /// Nothing has shown either since the account was opened.
    NotSeen,
}

impl Holds {
    fn of(state: &AtomicU8) -> Self {
        match state.load(Ordering::Acquire) {
            YES => Self::Yes,
            NO => Self::No,
            _ => Self::NotSeen,
        }
    }
}

impl Serialize for Holds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => serializer.serialize_bool(true),
            Self::No => serializer.serialize_bool(false),
            Self::NotSeen => serializer.serialize_str("not seen"),
        }
    }
}

const NOT_SEEN: u8 = 0;
const YES: u8 = 1;
const NO: u8 = 2;

/// The assumptions about one account.
#[derive(Debug)]
pub struct Assumptions {
    table: &'static [Assumption],
    states: Vec<AtomicU8>,
    /// How many have been dropped.
    dropped: AtomicUsize,
    /// What came instead of those that were refused, or not heeded.
    refusals: Mutex<BTreeMap<&'static str, String>>,
}

impl Assumptions {
    /// The assumptions of `table`, none of which has been seen to hold or not.
    pub fn new(table: &'static [Assumption]) -> Self {
        let states = table.iter().map(|_| AtomicU8::new(NOT_SEEN)).collect();
        let refusals = Mutex::default();
        Self { table, states, dropped: AtomicUsize::new(0), refusals }
    }

    /// Each assumption, with whether it holds.
    pub fn all(&self) -> Vec<(&'static Assumption, Holds)> {
        self.table.iter().zip(self.states.iter().map(Holds::of)).collect()
    }

    /// Notes what came in place of an assumption that the account takes and does not heed,
    /// where the client gets on with that.
    pub(crate) fn note(&self, assumption: &Assumption, what: String) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.entry(assumption.name).or_insert(what);
    }

    /// What came in place of the assumption of this name: the provider's words, where it has
    /// refused it.
    pub fn refusal(&self, name: &str) -> Option<String> {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.get(name).cloned()
    }

    /// Whether `assumption` holds; one of another table has not been seen.
    pub(crate) fn holds(&self, assumption: &Assumption) -> Holds {
        self.state(assumption).map_or(Holds::NotSeen, Holds::of)
    }

    /// How many assumptions have been dropped: a plan that was made when it was
    /// another number may rest on one of them.
    pub fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Acquire)
    }

    /// Whether a request may rest on `assumption`: it has not been refused.
    pub(crate) fn may_use(&self, assumption: &Assumption) -> bool {
        self.holds(assumption) != Holds::No
    }

    /// Notes that a request that rests on these was answered.
    pub(crate) fn confirm(&self, used: &[&'static Assumption]) {
        for state in used.iter().filter_map(|one| self.state(one)) {
            // What was refused stays so: an answer under way may be older.
            let _ = state.compare_exchange(NOT_SEEN, YES, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Drops those of `used` that `error` names, and says whether there is now a
    /// plainer way to ask.
    pub(crate) fn drop_named(
        &self,
        connection: &ConnectionName,
        used: &[&'static Assumption],
        error: &ProviderError,
    ) -> bool {
        let named: Vec<&&Assumption> = used.iter().filter(|one| one.is_named_in(error)).collect();
        for one in &named {
            self.drop_one(connection, one, error.said.message.as_deref());
        }
        !named.is_empty()
    }

    fn drop_one(&self, connection: &ConnectionName, one: &Assumption, words: Option<&str>) {
        let Some(state) = self.state(one) else { return };
        if state.swap(NO, Ordering::AcqRel) != NO {
            self.dropped.fetch_add(1, Ordering::AcqRel);
            let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
            refusals.extend(words.map(|words| (one.name, words.to_owned())));
            drop(refusals);
            let (name, claim, otherwise) = (one.name, one.claim, one.otherwise);
            warn!(%connection, assumption = name, claim, otherwise, words, "a provider refuses what is assumed of it");
        }
    }

    fn state(&self, assumption: &Assumption) -> Option<&AtomicU8> {
        let place = self.table.iter().position(|known| known.name == assumption.name)?;
        self.states.get(place)
    }
}

impl Assumption {
    /// Whether `error` refuses a request for this: the provider says that the
    /// request is wrong, and its words have one of the assumption's, whole.
    fn is_named_in(&self, error: &ProviderError) -> bool {
        error.kind == ErrorKind::Rejected
            && error.said.message.as_deref().is_some_and(|words| self.is_one_of(words))
    }

    fn is_one_of(&self, words: &str) -> bool {
        let mut words = words.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        // What is told of a limit of calls is said of no argument called so.
        let is_of_rate = words.clone().any(|word| word.eq_ignore_ascii_case("rate"));
        !is_of_rate && words.any(|word| self.named_by.contains(&word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Said;

    const TABLE: &[Assumption] = &[
        Assumption {
            name: "limit",
            claim: "Pages have a size.",
            otherwise: "All is read at once.",
            named_by: &["limit"],
        },
        Assumption {
            name: "rows",
            claim: "Rows are called `data`.",
            otherwise: "Nothing can be read.",
            named_by: &[],
        },
    ];

    fn error(kind: ErrorKind, words: &str) -> ProviderError {
        let said = Said { message: Some(words.to_owned()), ..Said::default() };
        let name = "acme".parse().unwrap();
        ProviderError { said, ..ProviderError::new(kind, "nue", &name, "list", "refused") }
    }

    fn holds(assumptions: &Assumptions) -> Vec<Holds> {
        assumptions.all().into_iter().map(|(_, holds)| holds).collect()
    }

    #[test]
    fn a_refusal_that_names_one_drops_that_one() {
        for (kind, words, dropped) in [
            (ErrorKind::Rejected, "'Invoice' has no argument named \"limit\"", true),
            (ErrorKind::Rejected, "limits are not known", false),
            (ErrorKind::Rejected, "rate limit exceeded", false),
            (ErrorKind::Rejected, "no", false),
            (ErrorKind::Failed, "limit", false),
        ] {
            let assumptions = Assumptions::new(TABLE);
            let used = [&TABLE[0], &TABLE[1]];
            let name = "acme".parse().unwrap();
            assert_eq!(
                assumptions.drop_named(&name, &used, &error(kind, words)),
                dropped,
                "{words}"
            );
            let first = if dropped { Holds::No } else { Holds::NotSeen };
            assert_eq!(holds(&assumptions), [first, Holds::NotSeen], "{words}");
            assert_eq!(assumptions.dropped(), usize::from(dropped), "{words}");
            assert_eq!(assumptions.may_use(&TABLE[0]), !dropped, "{words}");
        }
    }

    #[test]
    fn what_was_refused_is_not_confirmed_by_a_late_answer() {
        let assumptions = Assumptions::new(TABLE);
        let name = "acme".parse().unwrap();
        assumptions.confirm(&[&TABLE[1]]);
        assumptions.drop_named(&name, &[&TABLE[0]], &error(ErrorKind::Rejected, "limit?"));
        assumptions.confirm(&[&TABLE[0]]);
        assert_eq!(holds(&assumptions), [Holds::No, Holds::Yes]);
        let shown: Vec<String> =
            holds(&assumptions).iter().map(|one| serde_json::to_string(one).unwrap()).collect();
        assert_eq!(shown, ["false", "true"]);
        assert_eq!(serde_json::to_string(&Holds::NotSeen).unwrap(), "\"not seen\"");
    }
}
