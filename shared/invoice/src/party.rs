//! Who pays, and who is paid.

use serde::{Deserialize, Serialize};

use crate::Reference;

/// Who owes the invoice. For a payable that is the company itself: the payer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The provider's id, as a reference.
    pub id: Option<Reference>,
    /// The name, where the provider sends one.
    pub name: Option<String>,
    /// The address invoices are sent to.
    pub email: Option<String>,
}

/// Who is paid, on a payable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplier {
    /// The provider's id, as a reference.
    pub id: Reference,
}
