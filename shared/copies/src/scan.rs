//! A part of a copy, read in its order from any place on.
//!
//! The order is the index's, but for one thing: an index that is read from its end gives
//! equals by descending ids, and ours stand by ascending ones either way. So of the values
//! that have been read whole the rows are turned round, and the last value, of which there
//! may be more, is read from its beginning: one call more a page, however many equals there
//! are.

use std::ops::Bound;

use invoice::{ConnectionName, Invoice, Position, Sort, SortKey};
use provider_client::provider::Question;

use crate::error::CopyError;
use crate::filter::expression;
use crate::index::{Index, customer, prefix};
use crate::key::{self, LAST, MISSING, PRESENT};
use crate::row::{Item, invoice_of, is_gone, name, text_of};
use crate::store::{CopyStore, Expression, Stretch};

/// The most rows of an index that are looked at for one page: half a megabyte of them.
const ROWS: usize = 2_000;
/// The most rows that are looked at with one call.
const ROWS_AT_ONCE: usize = 1_000;

/// A part of a copy: the keys of an index that it consists of.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub index: Index,
    /// The status, or the customer, whose rows these are.
    pub within: String,
    pub descending: bool,
    /// The keys of values between which the rows lie.
    pub values: (Bound<String>, Bound<String>),
}

/// What has been read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The invoices that answer; or why there is none, of a row that cannot be read.
    pub rows: Vec<Result<Invoice, &'static str>>,
    /// The keys of those rows.
    pub keys: Vec<String>,
    /// The key up to which the part has been read; none at its end.
    pub up_to: Option<String>,
}

impl Scan {
    /// The rows from behind `after` on, or from the beginning, until `wanted` of them answer
    /// the question, the part is at its end, or as many were looked at as a page may.
    pub async fn read(
        &self,
        store: &CopyStore,
        connection: &ConnectionName,
        question: &Question,
        after: Option<&str>,
        wanted: usize,
    ) -> Result<Read, CopyError> {
        let filter = expression(question);
        let mut read = Read { up_to: after.map(str::to_owned), ..Read::default() };
        let mut looked_at = 0;
        loop {
            let missing = wanted.saturating_sub(read.rows.len());
            // Where rows are left out, more are looked at than are wanted.
            let spare = if looked_at > 0 { 10 } else { 1 };
            let limit = missing.saturating_mul(spare).clamp(1, ROWS_AT_ONCE);
            let some =
                self.some(store, connection, filter.as_ref(), read.up_to.as_deref(), limit).await?;
            looked_at += some.evaluated;
            let (rows, keys) = self.fetched(store, connection, question, some.items).await?;
            let room = missing.min(rows.len());
            let is_full = rows.len() >= missing && missing > 0;
            let cut =
                if rows.len() > missing { keys.get(room.saturating_sub(1)).cloned() } else { None };
            read.rows.extend(rows.into_iter().take(room));
            read.keys.extend(keys.into_iter().take(room));
            read.up_to = cut.or(some.up_to);
            if read.up_to.is_none() || is_full || looked_at >= ROWS {
                return Ok(read);
            }
        }
    }

    /// The whole invoices of rows of the index, those that still stand where it says and
    /// answer the question.
    async fn fetched(
        &self,
        store: &CopyStore,
        connection: &ConnectionName,
        question: &Question,
        items: Vec<Item>,
    ) -> Result<(Vec<Result<Invoice, &'static str>>, Vec<String>), CopyError> {
        let attribute = self.index.attribute();
        let ids: Vec<&str> = items.iter().filter_map(|item| text_of(item, name::ID)).collect();
        let only = [attribute, name::VERSION, name::BODY, name::GONE];
        let whole = store.rows(connection.as_str(), &ids, Some(&only)).await?;
        let (mut rows, mut keys) = (Vec::new(), Vec::new());
        for item in &items {
            let (Some(id), Some(key)) = (text_of(item, name::ID), text_of(item, attribute)) else {
                continue;
            };
            let Some(now) = whole.get(id).filter(|now| !is_gone(now)) else { continue };
            if text_of(now, attribute) != Some(key) {
                // It has moved since: it is read where it stands now.
                continue;
            }
            match invoice_of(now) {
                Some(invoice) if answers(question, &invoice) => rows.push(Ok(invoice)),
                Some(_) => continue,
                None => rows.push(Err(
                    "a row of the copy is of another version: the next sync writes it anew",
                )),
            }
            keys.push(key.to_owned());
        }
        Ok((rows, keys))
    }

    /// At most `limit` rows behind `after`, in order.
    async fn some(
        &self,
        store: &CopyStore,
        connection: &ConnectionName,
        filter: Option<&Expression>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Batch, CopyError> {
        let mut some = Batch::default();
        let missing = self.key_of(&MISSING.to_string());
        if after.is_none_or(|after| after < missing.as_str()) {
            let reader = Reader { scan: self, store, connection, filter };
            if self.descending {
                reader.descending(after, limit, &mut some).await?;
            } else {
                reader.ascending(after, limit, &mut some).await?;
            }
            if some.up_to.is_some() || !self.has_missing() {
                return Ok(some);
            }
        }
        // What lacks the value comes last, whichever way.
        let from = match after {
            Some(after) if after >= missing.as_str() => behind(after),
            _ => missing.clone(),
        };
        let left = limit.saturating_sub(some.evaluated);
        if left == 0 {
            some.up_to = Some(missing);
            return Ok(some);
        }
        let to = format!("{missing}{LAST}");
        let stretch = self.stretch(from, to, false);
        let rows = store.query(connection, &stretch, filter, left).await?;
        some.evaluated += rows.evaluated;
        some.items.extend(rows.items);
        some.up_to = rows.last;
        Ok(some)
    }

    /// Whether invoices without the value are part of it.
    fn has_missing(&self) -> bool {
        self.values == (Bound::Unbounded, Bound::Unbounded)
    }

    /// The stretch of the scan's index between two keys, of which the keys and ids alone are
    /// read: the rows themselves are read by their ids.
    fn stretch(&self, from: String, to: String, descending: bool) -> Stretch {
        Stretch { index: self.index, from, to, descending, keys_alone: true }
    }

    fn key_of(&self, rest: &str) -> String {
        format!("{}{rest}", self.within)
    }

    /// The first key of a value that there is, and the last.
    fn ends(&self) -> (String, String) {
        let of = |value: &str| self.key_of(&format!("{PRESENT}{value}"));
        let from = match &self.values.0 {
            Bound::Included(value) => of(value),
            Bound::Excluded(value) => format!("{}{LAST}", of(value)),
            Bound::Unbounded => of(""),
        };
        let to = match &self.values.1 {
            Bound::Included(value) => format!("{}{LAST}", of(value)),
            Bound::Excluded(value) => of(value),
            // No key is a marker alone.
            Bound::Unbounded => self.key_of(&MISSING.to_string()),
        };
        (from, to)
    }

    /// Whether a key is of the status, or the customer, whose rows these are. A cursor may be
    /// anybody's writing: from elsewhere it would lead through the rows of others.
    pub fn holds(&self, key: &str) -> bool {
        key.starts_with(&self.within)
    }

    /// Where a key stands in the order asked.
    pub fn position(&self, connection: &ConnectionName, sort: Sort, key: &str) -> Option<Position> {
        key::position(connection, sort, key.strip_prefix(self.within.as_str())?)
    }

    /// What a key begins with, up to its id.
    fn value_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        let rest = key.strip_prefix(self.within.as_str())?;
        let (value, _) = key::split(rest, self.index.sort_key()?)?;
        key.get(..self.within.len() + value.len())
    }
}

/// Rows of the index, and up to where they go; none at the end of what there is.
#[derive(Default)]
struct Batch {
    items: Vec<Item>,
    evaluated: usize,
    up_to: Option<String>,
}

struct Reader<'a> {
    scan: &'a Scan,
    store: &'a CopyStore,
    connection: &'a ConnectionName,
    filter: Option<&'a Expression>,
}

impl Reader<'_> {
    async fn ascending(
        &self,
        after: Option<&str>,
        limit: usize,
        some: &mut Batch,
    ) -> Result<(), CopyError> {
        let (from, to) = self.scan.ends();
        let from = after.map_or(from, behind);
        self.stretch(from, to, false, limit, some).await
    }

    async fn descending(
        &self,
        after: Option<&str>,
        limit: usize,
        some: &mut Batch,
    ) -> Result<(), CopyError> {
        let (from, mut to) = self.scan.ends();
        if let Some(after) = after {
            let value = self.scan.value_of(after).unwrap_or(after);
            if !after.ends_with(LAST) {
                // The rest of the value that was under way.
                self.stretch(behind(after), format!("{value}{LAST}"), false, limit, some).await?;
                if some.up_to.is_some() {
                    return Ok(());
                }
            }
            // No key is a value alone: this is behind all lesser ones.
            to = value.to_owned();
        }
        let left = limit.saturating_sub(some.evaluated);
        if left == 0 {
            some.up_to = after.map(|after| self.end_of(after));
            return Ok(());
        }
        let stretch = self.scan.stretch(from, to, true);
        // One more shows, mostly, that the last value wanted is at its end.
        let rows = self.store.query(self.connection, &stretch, self.filter, left + 1).await?;
        some.evaluated += rows.evaluated;
        let attribute = self.scan.index.attribute();
        let cut = rows.last.as_deref().and_then(|last| self.scan.value_of(last)).map(str::to_owned);
        let mut whole: Vec<Item> = rows.items;
        if let Some(cut) = &cut {
            whole.retain(|item| {
                text_of(item, attribute).is_some_and(|key| !key.starts_with(cut.as_str()))
            });
        }
        let value = |item: &Item| {
            text_of(item, attribute).and_then(|key| self.scan.value_of(key)).map(str::to_owned)
        };
        for equals in whole.chunk_by(|a, b| value(a) == value(b)) {
            some.items.extend(equals.iter().rev().cloned());
        }
        let Some(cut) = cut else { return Ok(()) };
        if some.items.len() >= left {
            // Up to the end of the value before.
            let last = some.items.last().and_then(|item| text_of(item, attribute));
            some.up_to = last.map(|last| self.end_of(last));
            return Ok(());
        }
        let to = format!("{cut}{LAST}");
        self.stretch(cut.clone(), to.clone(), false, left, some).await?;
        // At the end of this value there may be others before it.
        some.up_to = some.up_to.take().or(Some(to));
        Ok(())
    }

    async fn stretch(
        &self,
        from: String,
        to: String,
        descending: bool,
        limit: usize,
        some: &mut Batch,
    ) -> Result<(), CopyError> {
        let stretch = self.scan.stretch(from, to, descending);
        let rows = self.store.query(self.connection, &stretch, self.filter, limit).await?;
        some.evaluated += rows.evaluated;
        some.items.extend(rows.items);
        some.up_to = rows.last;
        Ok(())
    }

    /// The end of the value that a key is of.
    fn end_of(&self, key: &str) -> String {
        format!("{}{LAST}", self.scan.value_of(key).unwrap_or(key))
    }
}

/// The first key behind `key`.
fn behind(key: &str) -> String {
    format!("{key}\u{0}")
}

/// Whether an invoice answers: what it does not tell, it does not answer.
pub(crate) fn answers(question: &Question, invoice: &Invoice) -> bool {
    let id = invoice.customer.id.as_ref();
    let is_of_customers = question
        .customers
        .as_ref()
        .is_none_or(|wanted| id.is_some_and(|id| wanted.contains(id.id())));
    is_of_customers
        && question
            .filter
            .asked()
            .into_iter()
            .all(|parameter| question.filter.matches(parameter, invoice) == invoice::Match::Pass)
}

/// The parts that answer a question, each with its index.
pub(crate) fn scans(question: &Question) -> Vec<Scan> {
    let by_date = question.sort.is_none_or(|sort| sort.key == SortKey::InvoiceDate);
    let descending = question.sort.is_some_and(|sort| sort.descending);
    let values = |index: Index| match index.sort_key() {
        Some(key) => bounds(question, key),
        None => (Bound::Unbounded, Bound::Unbounded),
    };
    let scan =
        |index: Index, within: String| Scan { index, within, descending, values: values(index) };
    if let Some(customers) = question.customers.as_ref().filter(|customers| customers.len() <= 20) {
        return customers.iter().map(|id| scan(Index::Customer, prefix(&customer(id)))).collect();
    }
    if question.sort.is_none_or(|sort| sort.key != SortKey::Number)
        && let Some(number) = crate::filter::number(question.filter.number.as_ref())
    {
        let values = (Bound::Included(number.clone()), Bound::Included(number));
        return vec![Scan {
            index: Index::Sorted(SortKey::Number),
            within: String::new(),
            descending: false,
            values,
        }];
    }
    let status = question.filter.status.as_ref();
    if by_date && let Some(status) = status.filter(|it| it.payment.is_empty()) {
        let words = status.lifecycle.iter().map(|word| prefix(word.word()));
        return words.map(|within| scan(Index::Status, within)).collect();
    }
    let key = question.sort.map(|sort| sort.key).unwrap_or_else(|| narrowest(question));
    vec![scan(Index::Sorted(key), String::new())]
}

/// Without an order: the first of the ranges asked for.
fn narrowest(question: &Question) -> SortKey {
    let ranges = [
        SortKey::InvoiceDate,
        SortKey::DueDate,
        SortKey::CreatedAt,
        SortKey::ModifiedAt,
        SortKey::Amount,
        SortKey::Balance,
    ];
    let is_asked = |key: &SortKey| question.filter.asks(key.parameter());
    ranges.into_iter().find(is_asked).unwrap_or(SortKey::InvoiceDate)
}

fn bounds(question: &Question, key: SortKey) -> (Bound<String>, Bound<String>) {
    let filter = &question.filter;
    let range = match key {
        SortKey::InvoiceDate => filter.invoice_date.map(|it| key::of_date(*it)),
        SortKey::DueDate => filter.due_date.map(|it| key::of_date(*it)),
        SortKey::CreatedAt => filter.created_at.map(|it| key::of_moment(*it)),
        SortKey::ModifiedAt => filter.modified_at.map(|it| key::of_moment(*it)),
        SortKey::Amount => filter.amount.map(|it| key::of_amount(*it)),
        SortKey::Balance => filter.balance.map(|it| key::of_amount(*it)),
        SortKey::Number => match crate::filter::number(filter.number.as_ref()) {
            Some(number) => return (Bound::Included(number.clone()), Bound::Included(number)),
            None => return (Bound::Unbounded, Bound::Unbounded),
        },
    };
    (range.lower, range.upper)
}
