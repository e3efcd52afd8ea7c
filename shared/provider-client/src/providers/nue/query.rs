//! How a question is put to Nue: by GraphQL (`graphql.rs`), or by the newer REST edition
//! (`rest.rs`) where GraphQL is not known to have what it asks for.

use invoice::Parameter;

use super::{graphql, rest};
use crate::Assumptions;
use crate::provider::{Part, PartKind, PartOrder, Plan, Question};

/// A part: everybody's invoices, or one customer's.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Everybody,
    Customer(String),
}

/// Its key is `all`, or such as `customer 0018c00002FPmYtAAL`.
impl PartKind for Whose {
    fn key(&self) -> String {
        match self {
            Self::Everybody => "all".to_owned(),
            Self::Customer(id) => format!("customer {id}"),
        }
    }

    fn parse(key: &str) -> Option<Self> {
        match key.strip_prefix("customer ") {
            Some(id) => Some(Self::Customer(id.to_owned())),
            None => (key == "all").then_some(Self::Everybody),
        }
    }
}

/// How `question` is put, by what has been seen: to REST where GraphQL is not
/// known to have what it asks for.
pub(super) fn planned(question: &Question, seen: &Assumptions) -> Plan {
    if by_rest(question, seen) { rest_plan(question) } else { graphql_plan(question, seen) }
}

pub(super) fn by_rest(question: &Question, seen: &Assumptions) -> bool {
    rest::is_needed(&question.view) || !graphql::can_tell(question, seen)
}

/// GraphQL lists everything asked in one part, or in one of each customer where
/// it takes one at a time.
fn graphql_plan(question: &Question, seen: &Assumptions) -> Plan {
    let Some(asked) = graphql::asked(question, question.customers.as_ref(), seen) else {
        return Plan::default();
    };
    let mut by_provider = asked.by_provider;
    let in_order = graphql::is_in_order(question.sort, seen);
    let order = if in_order { PartOrder::RequestedThenId } else { PartOrder::Own };
    let parts = match &question.customers {
        Some(customers) if !by_provider.contains(&Parameter::CustomerIds) => {
            by_provider.insert(Parameter::CustomerIds);
            customers.iter().cloned().map(Whose::Customer).collect()
        }
        _ => vec![Whose::Everybody],
    };
    Plan { parts: parts.iter().map(|whose| Part::of(whose, order)).collect(), by_provider }
}

/// REST takes one customer at a time, and its order is not stated.
fn rest_plan(question: &Question) -> Plan {
    let Some(mut asked) = rest::asked(question) else {
        return Plan::default();
    };
    let part = |whose| Part::of(&whose, PartOrder::Own);
    let Some(customers) = &question.customers else {
        return Plan { parts: vec![part(Whose::Everybody)], by_provider: asked.by_provider };
    };
    asked.by_provider.insert(Parameter::CustomerIds);
    Plan {
        // An id that is not plain is nobody's.
        parts: customers
            .iter()
            .filter(|id| rest::is_plain(id))
            .map(|id| part(Whose::Customer(id.clone())))
            .collect(),
        by_provider: asked.by_provider,
    }
}

#[cfg(test)]
mod tests;
