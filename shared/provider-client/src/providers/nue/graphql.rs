//! The question in GraphQL. The seed's own form (nue R4) is the foundation: the
//! condition is written into the query. What nobody states of it is in
//! [`super::assumptions`], variables among it, and is left out once it has been
//! refused.
//!
//! A value of a caller stands in a variable or in a string literal and nowhere
//! else, so that it can never become syntax.

mod answer;
mod conditions;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use invoice::{Parameter as P, Sort, SortKey, TextFilter};
use jiff::civil::Date;
use serde_json::{Value, json};

pub(super) use answer::rows;
use conditions::{Pushed, amounts, any_of, days, status, text, texts, within};

use super::assumptions::{self, LARGE_PAGES, LIMIT, OFFSET, ORDER_BY, SEED_FIELDS, VARIABLES};
use super::words::payment_words;
use crate::provider::{Question, Reading};
use crate::{Assumption, Assumptions};

/// The keys of an invoice (nue R17).
pub(super) fn fields() -> impl Iterator<Item = &'static str> {
    SEED_FIELDS.into_iter().chain(assumptions::fields().map(|(name, _)| name))
}

/// The field that a parameter looks into, where that it is there is assumed.
fn field_of(parameter: P) -> Option<&'static str> {
    match parameter {
        P::ModifiedAt => Some("lastModifiedDate"),
        P::ActivatedAt => Some("activatedTime"),
        P::ExternalId => Some("externalInvoiceId"),
        P::Currency => Some("currencyIsoCode"),
        P::PoNumber => Some("poNumbers"),
        P::Search => Some("comments"),
        _ => None,
    }
}

/// Whether every field that the question looks into can be seen by GraphQL.
pub(super) fn can_tell(question: &Question, seen: &Assumptions) -> bool {
    let sorted = question.sort.filter(|sort| sort.key == SortKey::ModifiedAt);
    let filtered = question.filter.asked().into_iter().filter_map(field_of);
    let mut needed = filtered.chain(sorted.map(|_| "lastModifiedDate"));
    needed.all(|field| {
        assumptions::fields().all(|(name, assumption)| name != field || seen.may_use(assumption))
    })
}

/// Whether every field of an invoice is there, as far as is known.
pub(super) fn shows_all(seen: &Assumptions) -> bool {
    assumptions::fields().all(|(_, assumption)| seen.may_use(assumption))
}

/// Whether rows can be had page by page: in a definite order, or not at all.
fn has_pages(seen: &Assumptions) -> bool {
    [&ORDER_BY, &LIMIT, &OFFSET].into_iter().all(|one| seen.may_use(one))
}

/// The largest page. No limit is published; this is the REST edition's (nue R10, R13).
pub(super) const LARGEST: u16 = 500;
/// The page where the largest is refused: the REST edition's default (nue R13).
const PAGE: u16 = 100;

/// What of a question Nue applies.
#[derive(Debug, Default)]
pub(super) struct GraphqlFilter {
    conditions: Vec<Value>,
    /// What the conditions assume.
    used: Vec<&'static Assumption>,
    /// The parameters that the conditions apply exactly.
    pub(super) by_provider: BTreeSet<P>,
}

/// How `question` is put, of these customers; nothing where no invoice can
/// answer it. Not put at all are purchase orders and free text.
pub(super) fn asked(
    question: &Question,
    customers: Option<&BTreeSet<String>>,
    seen: &Assumptions,
) -> Option<GraphqlFilter> {
    let filter = &question.filter;
    let day = Date::to_string;
    let of_texts = |field: &str, filter: &Option<TextFilter>| {
        filter.as_ref().map_or(Pushed::Not, |filter| texts(field, filter, seen))
    };
    let pushed = [
        (
            P::CustomerIds,
            customers.map_or(Pushed::Not, |ids| any_of(&["customer", "id"], ids, seen)),
        ),
        (P::Status, filter.status.as_ref().map_or(Pushed::Not, |wanted| status(wanted, seen))),
        (
            P::PaymentStatus,
            filter
                .payment_status
                .as_ref()
                .and_then(payment_words)
                .map_or(Pushed::Not, |words| any_of(&["paymentStatus"], words, seen)),
        ),
        (P::InvoiceDate, within("invoiceDate", &days(filter.invoice_date), day)),
        (P::DueDate, within("dueDate", &days(filter.due_date), day)),
        (P::CreatedAt, within("createdDate", &filter.created_at, text)),
        (P::ModifiedAt, within("lastModifiedDate", &filter.modified_at, text)),
        (P::ActivatedAt, within("activatedTime", &filter.activated_at, text)),
        (P::Amount, amounts("amount", &filter.amount, seen)),
        (P::Balance, amounts("balance", &filter.balance, seen)),
        (P::Number, of_texts("name", &filter.number)),
        (P::ExternalId, of_texts("externalInvoiceId", &filter.external_id)),
        (P::Currency, of_texts("currencyIsoCode", &filter.currency)),
    ];
    let mut asked = GraphqlFilter::default();
    for (parameter, pushed) in pushed {
        match pushed {
            Pushed::Not => {}
            Pushed::Never => return None,
            Pushed::As { condition, is_exact, used } => {
                asked.conditions.push(condition);
                asked.used.extend(used);
                if is_exact {
                    asked.by_provider.insert(parameter);
                }
            }
        }
    }
    Some(asked)
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
fn order_by(sort: Option<Sort>) -> String {
    let asked = sort.and_then(|sort| Some((sorted_by(sort)?, sort.descending)));
    let (field, descending) = asked.unwrap_or(("createdDate", false));
    let direction = if descending { "desc_nulls_last" } else { "asc_nulls_last" };
    format!("[{{{field}: {direction}}}, {{id: asc}}]")
}

/// Whether rows come in the order asked, and equals by their ids.
pub(super) fn is_in_order(sort: Option<Sort>, seen: &Assumptions) -> bool {
    sort.and_then(sorted_by).is_some() && seen.may_use(&ORDER_BY)
}

/// The query for these invoices, at most [`LARGEST`] of them; none where there is
/// no such query.
pub(super) fn by_id(ids: &[&str], seen: &Assumptions) -> Option<Query> {
    match any_of(&["id"], ids, seen) {
        Pushed::As { condition, used, .. } => {
            let used = used.into_iter().collect();
            let asked =
                GraphqlFilter { conditions: vec![condition], used, ..GraphqlFilter::default() };
            let page = has_pages(seen).then_some((ids.len(), 0));
            Some(asked.query(None, page, seen))
        }
        Pushed::Not | Pushed::Never => None,
    }
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
pub(super) fn page_size(reading: Reading, seen: &Assumptions) -> usize {
    let wanted = match reading {
        Reading::Few(wanted) => wanted.max(1),
        Reading::Whole => LARGEST,
    };
    let most = if seen.may_use(&LARGE_PAGES) { LARGEST } else { PAGE };
    // One row more is asked for than a page has, and the row before it.
    usize::from(wanted.min(most - 2))
}

/// One query, ready to be sent.
#[derive(Debug)]
pub(super) struct Query {
    /// The request's body.
    pub(super) body: Value,
    /// What the query assumes.
    pub(super) used: Vec<&'static Assumption>,
    /// How many rows it asks for; none where it asks for all.
    pub(super) limit: Option<usize>,
}

impl GraphqlFilter {
    /// The query for `limit` rows from `offset` on, or for all rows where there
    /// are no pages.
    pub(super) fn rows(
        &self,
        sort: Option<Sort>,
        offset: u64,
        limit: usize,
        seen: &Assumptions,
    ) -> Query {
        let order = seen.may_use(&ORDER_BY).then(|| order_by(sort));
        let page = has_pages(seen).then_some((limit, offset));
        self.query(order, page, seen)
    }

    /// The query in this order, for a page of this many rows from a place on; for
    /// all rows without one.
    fn query(
        &self,
        order: Option<String>,
        page: Option<(usize, u64)>,
        seen: &Assumptions,
    ) -> Query {
        let mut used = self.used.clone();
        let condition = match self.conditions.as_slice() {
            [] => json!({}),
            conditions => json!({ "_and": conditions }),
        };
        let mut fields = SEED_FIELDS.to_vec();
        for (name, assumption) in assumptions::fields() {
            if seen.may_use(assumption) {
                fields.push(name);
                used.push(assumption);
            }
        }
        let fields = fields.join(" ");
        let mut order_argument = String::new();
        if let Some(order) = order {
            used.push(&ORDER_BY);
            let _ = write!(order_argument, ", order_by: {order}");
        }
        if let Some((limit, _)) = page {
            used.extend([&LIMIT, &OFFSET]);
            used.extend((limit > usize::from(PAGE)).then_some(&LARGE_PAGES));
        }
        let body = if seen.may_use(&VARIABLES) {
            used.push(&VARIABLES);
            with_variables(condition, page, &order_argument, &fields)
        } else {
            let condition = literal(&condition);
            let page = page.map(|(limit, offset)| format!(", limit: {limit}, offset: {offset}"));
            let arguments =
                format!("where: {condition}{order_argument}{}", page.unwrap_or_default());
            json!({ "query": format!("query {{ Invoice({arguments}) {{ {fields} }} }}") })
        };
        Query { body, used, limit: page.map(|(limit, _)| limit) }
    }
}

/// The query's body with its values beside it.
fn with_variables(
    condition: Value,
    page: Option<(usize, u64)>,
    order: &str,
    fields: &str,
) -> Value {
    let (mut declared, mut arguments) =
        ("$where: Invoice_bool_exp!".to_owned(), format!("where: $where{order}"));
    let mut variables = json!({ "where": condition });
    if let (Some((limit, offset)), Some(values)) = (page, variables.as_object_mut()) {
        declared.push_str(", $limit: Int, $offset: Int");
        arguments.push_str(", limit: $limit, offset: $offset");
        values.insert("limit".to_owned(), limit.into());
        values.insert("offset".to_owned(), offset.into());
    }
    let text = format!("query ({declared}) {{ Invoice({arguments}) {{ {fields} }} }}");
    json!({ "query": text, "variables": variables })
}

/// A value as GraphQL writes it: like JSON, but for the keys, which are names of
/// ours. A string literal has JSON's escapes.
fn literal(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{name}: {}", literal(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests;
