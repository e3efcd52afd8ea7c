//! The question in the newer REST edition (nue R12, R14): one value a field, an
//! operator in the key, everything joined by `and`.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::Bound;

use invoice::{Filter, Include, Parameter as P, Range, TextFilter, TextPattern};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::pages;
use super::words::{lifecycle_words, payment_words};
use crate::provider::{Question, Reading, View};

/// What of a question Nue applies.
#[derive(Debug, Default)]
pub(super) struct RestQuery {
    pairs: Vec<(String, String)>,
    /// What the parameters apply exactly.
    pub(super) by_provider: BTreeSet<P>,
}

impl RestQuery {
    /// The query of page `page`, from 1.
    pub(super) fn parameters(
        &self,
        view: &View,
        customer: Option<&str>,
        page: u64,
        size: u64,
    ) -> Vec<(String, String)> {
        let mut all =
            vec![("page".to_owned(), page.to_string()), ("limit".to_owned(), size.to_string())];
        all.extend(includes(view).map(|words| ("includes".to_owned(), words)));
        all.extend(customer.map(|id| ("customerId".to_owned(), id.to_owned())));
        all.extend(self.pairs.iter().cloned());
        all
    }

    fn equals(&mut self, parameter: P, field: &str, value: &str) {
        self.pairs.push((field.to_owned(), value.to_owned()));
        self.by_provider.insert(parameter);
    }

    /// `field>=value` and `field<=value`. An end that is itself outside is
    /// asked for as if inside, and the parameter left to us: `field>value` has
    /// no `=`, and would be a key without a value.
    fn within<T: Display>(&mut self, parameter: P, field: &str, range: &Range<T>) {
        let ends = [(">", &range.lower), ("<", &range.upper)];
        let mut exact = true;
        for (sign, end) in ends {
            if let Bound::Included(value) | Bound::Excluded(value) = end {
                self.pairs.push((format!("{field}{sign}"), value.to_string()));
            }
            exact &= !matches!(end, Bound::Excluded(_));
        }
        let asked = ends.iter().any(|(_, end)| !matches!(end, Bound::Unbounded));
        if asked && exact {
            self.by_provider.insert(parameter);
        }
    }
}

/// How `question` is put, its customers apart; nothing where no invoice can
/// answer it.
pub(super) fn asked(question: &Question) -> Option<RestQuery> {
    let filter = &question.filter;
    let mut asked = RestQuery::default();
    states(filter, &mut asked)?;
    for (parameter, field, range) in [
        (P::InvoiceDate, "invoiceDate", filter.invoice_date),
        (P::DueDate, "dueDate", filter.due_date),
    ] {
        let (first, last) = range.days();
        let days = Range {
            lower: first.map_or(Bound::Unbounded, Bound::Included),
            upper: last.map_or(Bound::Unbounded, Bound::Included),
        };
        asked.within(parameter, field, &days);
    }
    asked.within(P::CreatedAt, "createdDate", &filter.created_at);
    asked.within(P::ModifiedAt, "lastModifiedDate", &filter.modified_at);
    asked.within(P::ActivatedAt, "activatedTime", &filter.activated_at);
    asked.within(P::Amount, "amount", &filter.amount);
    asked.within(P::Balance, "balance", &filter.balance);
    for (parameter, field, texts) in [
        (P::Number, "name", &filter.number),
        (P::ExternalId, "externalInvoiceId", &filter.external_id),
        (P::Currency, "currencyIsoCode", &filter.currency),
    ] {
        if let Some(text) = texts.as_ref().and_then(single) {
            asked.equals(parameter, field, text);
        }
    }
    Some(asked)
}

/// One word a status; several are left to us. Nothing where no word is Nue's.
fn states(filter: &Filter, asked: &mut RestQuery) -> Option<()> {
    let payment = filter.payment_status.as_ref().and_then(payment_words);
    match payment.as_deref() {
        Some([]) => return None,
        Some([one]) => asked.equals(P::PaymentStatus, "paymentStatus", one),
        _ => {}
    }
    let words = filter
        .status
        .as_ref()
        .map(|wanted| (lifecycle_words(&wanted.lifecycle), payment_words(&wanted.payment)));
    if let Some((Some(lifecycle), Some(payment))) = words {
        match (lifecycle.as_slice(), payment.as_slice()) {
            ([], []) => return None,
            ([one], []) => asked.equals(P::Status, "status", one),
            ([], [one]) if filter.payment_status.is_none() => {
                asked.equals(P::Status, "paymentStatus", one);
            }
            _ => {}
        }
    }
    Some(())
}

/// The one plain text asked for.
fn single(filter: &TextFilter) -> Option<&str> {
    let mut patterns = filter.0.iter();
    match (patterns.next(), patterns.next()) {
        (Some(TextPattern::Exact(text)), None) if is_plain(text) => Some(text),
        _ => None,
    }
}

/// Whether a text holds nothing that could be read as an operator, however
/// often the provider decodes it. Every id does.
pub(super) fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Whether `view` asks for what GraphQL is not known to have.
pub(super) fn is_needed(view: &View) -> bool {
    includes(view).is_some()
}

/// `includes=`, if anything is to be included (nue R15).
pub(super) fn includes(view: &View) -> Option<String> {
    let words: Vec<&str> = [
        (Include::Assets, "assets"),
        (Include::Orders, "orders"),
        (Include::Payments, "paymentApplications"),
    ]
    .into_iter()
    .filter(|(include, _)| view.wants(*include))
    .map(|(_, word)| word)
    .collect();
    (!words.is_empty()).then(|| words.join(","))
}

/// Invoices on a page.
pub(super) fn page_size(reading: Reading) -> u64 {
    match reading {
        Reading::Few(wanted) if u64::from(wanted) <= pages::DEFAULT => pages::DEFAULT,
        Reading::Few(_) | Reading::Whole => pages::LARGEST,
    }
}

/// One invoice, bare or as `data` (nue R16); an invoice has no such key (nue R17).
pub(super) fn unwrapped(body: &RawValue) -> &RawValue {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
    }
    match invoice::json::read::<Envelope<'_>>(body.get()) {
        Ok(envelope) if envelope.data.get().starts_with('{') => envelope.data,
        _ => body,
    }
}

#[cfg(test)]
mod tests;
