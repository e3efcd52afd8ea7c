//! The question in GraphQL. What nobody states of it stands in this file and
//! nowhere else, and is named when the provider refuses the query.
//!
//! The text of the query never changes: the condition, the order and the page
//! travel as variables, so that nothing a caller says can become syntax.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::Bound;

use invoice::{Parameter as P, Range, Sort, SortKey, StatusFilter, TextFilter, TextPattern};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::refusal;
use super::words::{lifecycle_words, payment_words};
use crate::account::Account;
use crate::provider::{Question, Reading};
use crate::transport::Reply;
use crate::{ErrorKind, ProviderError};

/// All keys of an invoice [seed 001], so that `raw` is whole; that each can be
/// selected is [assumed] of those outside the seed's own query.
const FIELDS: &str = "activatedById salesAccountId endDate dueDate source taxStatus \
    shippingAndHandling balance vatMessages id billToContactId eInvoicingMandateId createdById \
    taxCompanyCode eInvoicingDocStatus appliedByObject targetDate name externalTaxId \
    currencyIsoCode taxAmount isCatchUp startDate status syncTime poNumbers customFields \
    taxErrorMessage poDates appliedById lastModifiedById customerId paymentDetails paymentStatus \
    eInvoicingMessage cancellationDate amountWithoutTax amount comments lastModifiedDate \
    recordType eInvoicingMandateCode entityId invoiceDate accountingStatus invoicePdf \
    paymentHostedUrl createdDate activatedTime tenantId externalInvoiceId eInvoicingDocId";

/// The keys of an invoice.
pub(super) fn fields() -> impl Iterator<Item = &'static str> {
    FIELDS.split_whitespace()
}

/// Types and arguments as Hasura has them [assumed]; `Invoice` and `where` are
/// stated [seed 001].
const VARIABLES: &str =
    "$where: Invoice_bool_exp!, $order_by: [Invoice_order_by!]!, $limit: Int!, $offset: Int!";
const ARGUMENTS: &str = "where: $where, order_by: $order_by, limit: $limit, offset: $offset";
const ASSUMED: &str = "the arguments `order_by`, `limit` and `offset`, the types `Invoice_bool_exp` \
    and `Invoice_order_by`, and that every field of an invoice can be selected";

/// Hasura's operators [assumed]; `_eq`, `_and`, `_gte` and `_lte` are stated
/// [vendor, client].
const ASSUMED_OPERATORS: [&str; 6] = ["_in", "_or", "_gt", "_lt", "_like", "_is_null"];

/// The largest page. No limit is published; this is the REST edition's [vendor].
pub(super) const LARGEST: u16 = 500;

/// What of a question Nue applies.
#[derive(Debug, Default)]
pub(super) struct Asked {
    conditions: Vec<Value>,
    /// The parameters that the conditions apply exactly.
    pub(super) by_provider: BTreeSet<P>,
}

/// How `question` is put; nothing where no invoice can answer it.
pub(super) fn asked(question: &Question) -> Option<Asked> {
    let filter = &question.filter;
    let day = Date::to_string;
    // Each: any of these conditions, none at all if nothing can hold; absent
    // where it is not asked, or left to us. Not pushed at all: purchase orders
    // and free text.
    let pushed = [
        (P::CustomerIds, question.customers.as_ref().map(|ids| any_of(&["customer", "id"], ids))),
        (P::Status, filter.status.as_ref().and_then(status)),
        (
            P::PaymentStatus,
            filter
                .payment_status
                .as_ref()
                .and_then(payment_words)
                .map(|words| any_of(&["paymentStatus"], words)),
        ),
        (P::InvoiceDate, within("invoiceDate", &days(filter.invoice_date), day)),
        (P::DueDate, within("dueDate", &days(filter.due_date), day)),
        (P::CreatedAt, within("createdDate", &filter.created_at, text)),
        (P::ModifiedAt, within("lastModifiedDate", &filter.modified_at, text)),
        (P::ActivatedAt, within("activatedTime", &filter.activated_at, text)),
        // Decimals as texts: no hop on the way can round them.
        (P::Amount, within("amount", &filter.amount, text)),
        (P::Balance, within("balance", &filter.balance, text)),
        (P::Number, filter.number.as_ref().and_then(|f| texts("name", f))),
        (P::ExternalId, filter.external_id.as_ref().and_then(|f| texts("externalInvoiceId", f))),
        (P::Currency, filter.currency.as_ref().and_then(currency)),
    ];
    let mut asked = Asked::default();
    for (parameter, alternatives) in pushed {
        let Some(alternatives) = alternatives else {
            continue;
        };
        asked.by_provider.insert(parameter);
        asked.conditions.push(match alternatives.as_slice() {
            [] => return None,
            [one] => one.clone(),
            _ => json!({ "_or": alternatives }),
        });
    }
    Some(asked)
}

fn text(value: &impl ToString) -> String {
    value.to_string()
}

/// With both ends inside: these operators are stated.
fn days(range: Range<Date>) -> Range<Date> {
    let (first, last) = range.days();
    Range {
        lower: first.map_or(Bound::Unbounded, Bound::Included),
        upper: last.map_or(Bound::Unbounded, Bound::Included),
    }
}

/// `condition` on the field at `path`.
fn on(path: &[&str], condition: Value) -> Value {
    path.iter().rev().fold(condition, |inner, name| json!({ *name: inner }))
}

fn any_of(path: &[&str], values: impl IntoIterator<Item = impl Display>) -> Vec<Value> {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    match values.as_slice() {
        [] => Vec::new(),
        [one] => vec![on(path, json!({ "_eq": one }))],
        _ => vec![on(path, json!({ "_in": values }))],
    }
}

fn status(wanted: &StatusFilter) -> Option<Vec<Value>> {
    let mut alternatives = any_of(&["status"], lifecycle_words(&wanted.lifecycle)?);
    alternatives.extend(any_of(&["paymentStatus"], payment_words(&wanted.payment)?));
    Some(alternatives)
}

fn within<T>(field: &str, range: &Range<T>, write: impl Fn(&T) -> String) -> Option<Vec<Value>> {
    let mut ends = Map::new();
    match &range.lower {
        Bound::Included(value) => _ = ends.insert("_gte".to_owned(), write(value).into()),
        Bound::Excluded(value) => _ = ends.insert("_gt".to_owned(), write(value).into()),
        Bound::Unbounded => {}
    }
    match &range.upper {
        Bound::Included(value) => _ = ends.insert("_lte".to_owned(), write(value).into()),
        Bound::Excluded(value) => _ = ends.insert("_lt".to_owned(), write(value).into()),
        Bound::Unbounded => {}
    }
    (!ends.is_empty()).then(|| vec![on(&[field], Value::Object(ends))])
}

/// A pattern with a character that means something in `_like` is left to us:
/// how it would be escaped there is not stated.
fn texts(field: &str, filter: &TextFilter) -> Option<Vec<Value>> {
    let (mut exact, mut others) = (Vec::new(), Vec::new());
    for pattern in &filter.0 {
        match pattern {
            TextPattern::Exact(text) => exact.push(text.as_str()),
            TextPattern::Empty => {
                exact.push("");
                others.push(on(&[field], json!({ "_is_null": true })));
            }
            TextPattern::Wildcard(pieces) => {
                if pieces.iter().any(|piece| piece.contains(['%', '_', '\\'])) {
                    return None;
                }
                others.push(on(&[field], json!({ "_like": pieces.join("%") })));
            }
        }
    }
    let mut alternatives = any_of(&[field], exact);
    alternatives.extend(others);
    Some(alternatives)
}

/// `[empty]` is left to us: a code outside the standard reads as none here, and
/// is not null there.
fn currency(wanted: &TextFilter) -> Option<Vec<Value>> {
    let empty = wanted.0.contains(&TextPattern::Empty);
    (!empty).then(|| any_of(&["currencyIsoCode"], &wanted.0))
}

/// The field that `sort` goes by, where their order of it is ours.
pub(super) fn sorted_by(sort: Sort) -> Option<&'static str> {
    Some(match sort.key {
        SortKey::InvoiceDate => "invoiceDate",
        SortKey::DueDate => "dueDate",
        SortKey::CreatedAt => "createdDate",
        SortKey::ModifiedAt => "lastModifiedDate",
        SortKey::Amount => "amount",
        SortKey::Balance => "balance",
        // Not `name`: ours is in natural order, theirs in some collation.
        SortKey::Number => return None,
    })
}

/// Always a total order, or pages would repeat and skip: what is new comes last.
fn order_by(sort: Option<Sort>) -> Value {
    let asked = sort.and_then(|sort| Some((sorted_by(sort)?, sort.descending)));
    let (field, descending) = asked.unwrap_or(("createdDate", false));
    let direction = if descending { "desc_nulls_last" } else { "asc_nulls_last" };
    json!([{ field: direction }, { "id": "asc" }])
}

/// The query for these invoices, at most [`LARGEST`] of them.
pub(super) fn by_id(ids: &[&str]) -> Query {
    let conditions = any_of(&["id"], ids);
    Asked { conditions, ..Asked::default() }.query(None, 0, ids.len())
}

/// Whether this has the form of an id of Nue's: a UUID, as it writes them. Other
/// texts stay out of a query for many, which one of them may spoil.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// How many invoices a page should have.
pub(super) fn page_size(reading: Reading) -> usize {
    match reading {
        Reading::Few(wanted) => usize::from(wanted.max(1)),
        Reading::Whole => usize::from(LARGEST),
    }
}

/// Whether so few rows may be fewer than there are: a limit of their own, lower
/// than ours, would be a round number.
pub(super) fn may_be_cut(rows: usize) -> bool {
    rows > 0 && (rows.is_multiple_of(10) || rows.is_multiple_of(25))
}

/// One query, ready to be sent.
#[derive(Debug)]
pub(super) struct Query {
    /// The request's body.
    pub(super) body: Value,
}

impl Asked {
    /// The query for `limit` rows from `offset` on.
    pub(super) fn query(&self, sort: Option<Sort>, offset: u64, limit: usize) -> Query {
        let condition = match self.conditions.as_slice() {
            [] => json!({}),
            conditions => json!({ "_and": conditions }),
        };
        let variables = json!({
            "where": condition,
            "order_by": order_by(sort),
            "limit": limit,
            "offset": offset,
        });
        let text = format!("query ({VARIABLES}) {{ Invoice({ARGUMENTS}) {{ {FIELDS} }} }}");
        Query { body: json!({ "query": text, "variables": variables }) }
    }
}

impl Query {
    /// A refusal, with what of the query is only assumed.
    pub(super) fn blamed(&self, error: ProviderError) -> ProviderError {
        if error.kind != ErrorKind::Rejected {
            return error;
        }
        let mut used = BTreeSet::new();
        assumed_operators(&self.body, &mut used);
        let operators: String =
            used.iter().map(|operator| format!(", the operator `{operator}`")).collect();
        let detail = format!(
            "{}; the query rests on what is assumed of its API: {ASSUMED}{operators}",
            error.detail
        );
        ProviderError { detail, ..error }
    }

    /// The rows of an answer. A failure may come with a status of success [client].
    pub(super) fn rows<'a>(
        &self,
        account: &Account,
        operation: &'static str,
        reply: &'a Reply,
    ) -> Result<Vec<&'a RawValue>, ProviderError> {
        let answer: Answer<'_> = account.json(operation, &reply.body)?;
        if answer.errors.is_some_and(|errors| !errors.is_empty()) {
            return Err(self.blamed(ProviderError {
                status: Some(reply.status.as_u16()),
                said: refusal::said(&reply.body),
                ..account.error(ErrorKind::Rejected, operation, "it refused a query")
            }));
        }
        answer.data.and_then(|data| data.invoices).ok_or_else(|| {
            let detail = "its answer has neither `errors` nor `data.Invoice`";
            account.error(ErrorKind::BadResponse, operation, detail)
        })
    }
}

fn assumed_operators(value: &Value, used: &mut BTreeSet<&'static str>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                used.extend(ASSUMED_OPERATORS.iter().filter(|known| *known == key));
                assumed_operators(inner, used);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| assumed_operators(item, used)),
        _ => {}
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
    #[serde(borrow)]
    errors: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(rename = "Invoice", borrow)]
    invoices: Option<Vec<&'a RawValue>>,
}

#[cfg(test)]
mod tests;
