//! How a question is put to Fusebill: which listings, and with what parameters.

use std::collections::BTreeSet;

use invoice::{Filter, Parameter, PaymentStatus, Sort, SortKey, Status, StatusFilter, TextPattern};

use super::language::{self, Query};
use super::payment_status;
use super::resource::{Listing, Resource};
use crate::provider::{Part, PartOrder, Plan, Question};

/// The listings that make up the answer.
pub(super) fn plan(question: &Question) -> Plan {
    let filter = &question.filter;
    let asked: Vec<(Resource, Query)> = [Resource::Posted, Resource::Drafts]
        .into_iter()
        .filter_map(|resource| Some((resource, query(resource, filter)?)))
        .collect();
    let listings: Vec<Listing> = customers(question)
        .into_iter()
        .flat_map(|customer| {
            asked.iter().map(move |(resource, _)| Listing {
                resource: *resource,
                customer: customer.clone(),
            })
        })
        .collect();
    let exact = |parameter| asked.iter().all(|(_, query)| query.exact.contains(&parameter));
    let by_provider = filter.asked().into_iter().filter(|parameter| match parameter {
        Parameter::CustomerIds => question.customers.is_some(),
        Parameter::Status => filter.status.as_ref().is_some_and(is_by_resource),
        // Sent where a call can hide them, else hidden as the lines are read.
        Parameter::ShowZeroDollarCharges => true,
        // Sent with every call that brings charges, but for those of drafts,
        // which take no such parameter (fusebill R13, R14).
        Parameter::ShowTrackedItems => {
            listings.iter().all(|listing| listing.resource == Resource::Posted)
        }
        _ => exact(*parameter),
    });
    let mut by_provider: BTreeSet<Parameter> = by_provider.collect();
    if question.customers.is_some() {
        by_provider.insert(Parameter::CustomerIds);
    }
    let part = |listing: &Listing| Part::of(listing, order(listing.resource, question.sort));
    Plan { parts: listings.iter().map(part).collect(), by_provider }
}

/// The parameters of `listing`, but for the page.
pub(super) fn parameters(listing: &Listing, question: &Question) -> Vec<(&'static str, String)> {
    let mut parameters = Vec::new();
    if listing.has_charges() {
        let view = &question.view;
        let zero = view.show_zero_dollar_charges;
        parameters.extend(zero.map(|show| ("showZeroDollarCharges", show.to_string())));
        let tracked = view.show_tracked_items;
        parameters.extend(tracked.map(|show| ("showTrackedItems", show.to_string())));
    }
    let query = query(listing.resource, &question.filter);
    let text = query.and_then(|query| query.text());
    parameters.extend(text.map(|text| ("query", text)));
    let (expression, descending) = sorting(listing.resource, question.sort);
    let order = if descending { "Descending" } else { "Ascending" };
    parameters.push(("sortOrder", order.to_owned()));
    parameters.push(("sortExpression", expression.to_owned()));
    parameters
}

/// What to ask of a resource; none where nothing of it can answer.
fn query(resource: Resource, filter: &Filter) -> Option<Query> {
    match resource {
        Resource::Posted => may_be_posted(filter).then(|| language::posted(filter))?,
        Resource::Drafts => may_be_draft(filter).then(|| language::drafts(filter))?,
    }
}

/// Whose invoices; none is everybody's. Ids are integers (fusebill R9): another is
/// no customer's here.
fn customers(question: &Question) -> Vec<Option<String>> {
    match &question.customers {
        None => vec![None],
        Some(ids) => {
            let known = ids.iter().filter(|id| language::digits(id));
            known.cloned().map(Some).collect()
        }
    }
}

fn may_be_posted(filter: &Filter) -> bool {
    let possible = |wanted: &BTreeSet<PaymentStatus>| {
        wanted.iter().any(|status| payment_status::POSSIBLE.contains(status))
    };
    let status = |wanted: &StatusFilter| {
        wanted.lifecycle.contains(&Status::Active) || possible(&wanted.payment)
    };
    filter.status.as_ref().is_none_or(status) && filter.payment_status.as_ref().is_none_or(possible)
}

/// A draft has no number, no balance, no activation and no payment status.
fn may_be_draft(filter: &Filter) -> bool {
    let unknown = |wanted: &BTreeSet<PaymentStatus>| wanted.contains(&PaymentStatus::Unknown);
    let status = |wanted: &StatusFilter| {
        // A word we do not know makes a draft's status unknown.
        let lifecycle = &wanted.lifecycle;
        lifecycle.contains(&Status::Draft)
            || lifecycle.contains(&Status::Unknown)
            || unknown(&wanted.payment)
    };
    filter.status.as_ref().is_none_or(status)
        && filter.payment_status.as_ref().is_none_or(unknown)
        && (filter.number.as_ref()).is_none_or(|number| number.0.contains(&TextPattern::Empty))
        && !filter.asks(Parameter::Balance)
        && !filter.asks(Parameter::ActivatedAt)
}

/// Whether the choice of resources says all that is asked: a draft's own word
/// is not looked at.
fn is_by_resource(wanted: &StatusFilter) -> bool {
    let lifecycle = &wanted.lifecycle;
    wanted.payment.is_empty()
        && (lifecycle.contains(&Status::Draft) || !lifecycle.contains(&Status::Unknown))
}

/// Fusebill's order is the one asked where it follows our value: the day of a timestamp
/// is in its order, and a number is an integer. No draft has a number, so any
/// order of drafts is by number.
fn order(resource: Resource, sort: Option<Sort>) -> PartOrder {
    match (sort.map(|sort| sort.key), resource) {
        (Some(SortKey::Number), _) | (Some(SortKey::InvoiceDate), Resource::Posted) => {
            PartOrder::Requested
        }
        _ => PartOrder::Own,
    }
}

/// What a listing is sorted by, so that its pages hold still; by creation where
/// the order asked is not theirs.
fn sorting(resource: Resource, sort: Option<Sort>) -> (&'static str, bool) {
    match (resource, sort) {
        (Resource::Posted, Some(sort)) if sort.key == SortKey::InvoiceDate => {
            ("effectiveTimestamp", sort.descending)
        }
        (Resource::Posted, Some(sort)) if sort.key == SortKey::Number => {
            ("invoiceNumber", sort.descending)
        }
        (Resource::Posted, _) => ("createdTimestamp", false),
        (Resource::Drafts, _) => ("createdDate", false),
    }
}
