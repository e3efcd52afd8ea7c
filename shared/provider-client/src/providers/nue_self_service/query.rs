//! How a question is put to the self-service edition: a hundred customers a call, and one
//! payment word (nue-self-service R1, R3).

use std::collections::BTreeSet;

use invoice::{Filter, Include, Parameter};

use crate::provider::{PartKind, View};
use crate::providers::nue::words::payment_words;

/// Customers in one call: their ids stand in the address, and addresses longer
/// than some 8,000 characters are refused on many a way.
const CUSTOMERS: usize = 100;

/// What of a question the one `status` parameter applies.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) word: Option<&'static str>,
    pub(super) by_provider: BTreeSet<Parameter>,
}

/// Nothing where no invoice can answer.
pub(super) fn asked(filter: &Filter) -> Option<Selection> {
    let payment = filter.payment_status.as_ref().and_then(payment_words);
    // The life cycle cannot be asked for: a status that may be one is ours.
    let status = filter
        .status
        .as_ref()
        .filter(|wanted| wanted.lifecycle.is_empty())
        .and_then(|wanted| payment_words(&wanted.payment));
    let mut asked = Selection::default();
    for (parameter, words) in [(Parameter::PaymentStatus, payment), (Parameter::Status, status)] {
        match words.as_deref() {
            Some([]) => return None,
            Some([one]) if asked.word.is_none_or(|word| word == *one) => {
                asked.word = Some(one);
                asked.by_provider.insert(parameter);
            }
            _ => {}
        }
    }
    Some(asked)
}

/// A group of customers, by the first of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct First(String);

/// Its key is such as `from 7c1e`.
impl PartKind for First {
    fn key(&self) -> String {
        format!("from {}", self.0)
    }

    fn parse(key: &str) -> Option<Self> {
        key.strip_prefix("from ").map(|first| Self(first.to_owned()))
    }
}

/// The customers' groups, one a call.
pub(super) fn groups(customers: &BTreeSet<String>) -> impl Iterator<Item = (First, Vec<&str>)> {
    let ids: Vec<&str> = customers.iter().map(String::as_str).collect();
    let groups: Vec<Vec<&str>> = ids.chunks(CUSTOMERS).map(<[&str]>::to_vec).collect();
    groups.into_iter().filter_map(|group| Some((First((*group.first()?).to_owned()), group)))
}

/// `includes=`, if anything is to be included (nue-self-service R4).
pub(super) fn includes(view: &View) -> Option<String> {
    let words: Vec<&str> = [(Include::Assets, "assets"), (Include::Orders, "orders")]
        .into_iter()
        .filter(|(include, _)| view.wants(*include))
        .map(|(_, word)| word)
        .collect();
    (!words.is_empty()).then(|| words.join(","))
}
