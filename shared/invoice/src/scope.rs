//! Whose invoices a caller may see.

use std::collections::BTreeSet;

use crate::{Code, ConnectionName, Include, Invoice, Problem, Reference};

/// Whose invoices a caller may see and touch, by every route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's: the company's own people and systems.
    All,
    /// The invoices of these customers only: a self-service customer.
    Customers(BTreeSet<Reference>),
}

impl Scope {
    /// Whether an invoice of `customer` may be seen. An invoice whose customer
    /// is not known is nobody's but the company's.
    pub fn allows(&self, customer: Option<&Reference>) -> bool {
        match self {
            Self::All => true,
            Self::Customers(own) => customer.is_some_and(|customer| own.contains(customer)),
        }
    }

    /// Takes out of `invoice` what is the company's own: a customer is not shown
    /// its people's comments.
    pub fn redact(&self, invoice: &mut Invoice) {
        if *self != Self::All {
            invoice.comments.clear();
        }
    }

    /// Whether all of `includes` may be shown.
    ///
    /// # Errors
    /// `forbidden`, for the provider's own object: it holds what the company
    /// keeps for itself.
    pub fn admits(&self, includes: &[Include]) -> Result<(), Problem> {
        if *self == Self::All || !includes.contains(&Include::Raw) {
            return Ok(());
        }
        let detail = "`includes=raw` shows the provider's own object, which is for operators: \
                      leave `raw` out";
        Err(Problem::new(Code::Forbidden, detail))
    }

    /// Whether anything behind `connection` may be seen.
    pub fn reaches(&self, connection: &ConnectionName) -> bool {
        match self {
            Self::All => true,
            Self::Customers(own) => own.iter().any(|customer| customer.connection() == connection),
        }
    }

    /// A text that is the same for two scopes exactly when they see the same;
    /// what is kept for one caller is bound to it.
    pub fn canonical(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Customers(own) => {
                let own: Vec<String> = own.iter().map(Reference::to_string).collect();
                // Ids have no control characters, so the joint cannot be forged.
                format!("customers\n{}", own.join("\n"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_sees_its_own_and_nothing_nameless() {
        let own: Reference = "nue:a".parse().unwrap();
        let scope = Scope::Customers([own.clone()].into());
        assert!(scope.allows(Some(&own)));
        assert!(!scope.allows(Some(&"nue:b".parse().unwrap())));
        assert!(!scope.allows(Some(&"fusebill:a".parse().unwrap())));
        assert!(!scope.allows(None));
        assert!(scope.reaches(own.connection()));
        assert!(!scope.reaches(&"fusebill".parse().unwrap()));
    }
}
