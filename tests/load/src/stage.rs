//! Where an invoice is in its life, read from the providers' own words by this crate's own
//! reading: the bridge's is what is tested.

use serde::Deserialize;
use serde_json::Value;

/// A place in an invoice's life, which leads from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Not there yet: what a draft of Fusebill's becomes when it is posted.
    Absent,
    /// A draft.
    Draft,
    /// A state that nobody writes to here.
    Other,
    /// Binding.
    Active,
    /// Canceled, and there.
    Canceled,
    /// Not there any more.
    Gone,
}

impl Stage {
    /// The stage that the bridge's word for a status is.
    pub fn shown(word: &str) -> Self {
        match word {
            "draft" => Self::Draft,
            "active" => Self::Active,
            "canceled" => Self::Canceled,
            _ => Self::Other,
        }
    }

    /// The stage of a record of the sandbox's, by the provider's words.
    pub fn recorded(connection: &str, record: &Record) -> Self {
        let word = |name: &str| record.invoice.get(name).and_then(Value::as_str);
        match (connection, record.resource.as_str()) {
            ("fusebill", "posted") => Self::Active,
            ("fusebill", _) => match word("status") {
                Some("Ready" | "Pending" | "Projected") => Self::Draft,
                _ => Self::Other,
            },
            // The status of a payable is its payment's.
            ("finexio", _) if word("status") == Some("canceled") => Self::Canceled,
            ("finexio", _) => Self::Active,
            ("simplepin", _) => match word("invoice_state") {
                Some("DRAFT") => Self::Draft,
                Some("SENT" | "PAID") => Self::Active,
                Some("CANCELLED") => Self::Canceled,
                _ => Self::Other,
            },
            ("stripe", _) => match word("status") {
                Some("draft") => Self::Draft,
                Some("open" | "paid" | "uncollectible") => Self::Active,
                Some("void") => Self::Canceled,
                _ => Self::Other,
            },
            _ => match word("status") {
                Some("Draft") => Self::Draft,
                Some("Active") => Self::Active,
                Some("Canceled") => Self::Canceled,
                _ => Self::Other,
            },
        }
    }

    /// Whether a listing shows an invoice in this stage.
    pub fn is_listed(self) -> bool {
        !matches!(self, Self::Absent | Self::Gone)
    }
}

/// An invoice as the sandbox holds it.
#[derive(Debug, Deserialize)]
pub struct Record {
    /// The resource of the provider that it belongs to.
    pub resource: String,
    /// The provider's id.
    pub id: String,
    /// The customer's id; for Finexio the supplier's.
    pub customer: String,
    /// The provider's own object.
    pub invoice: Value,
}

impl Record {
    /// The reference that the bridge has for it.
    pub fn reference(&self, connection: &str) -> String {
        reference(connection, &self.resource, &self.id)
    }
}

/// The reference that the bridge has for an invoice of `resource`.
pub fn reference(connection: &str, resource: &str, id: &str) -> String {
    let draft = if resource == "draft" { "draft." } else { "" };
    format!("{connection}:{draft}{id}")
}

/// The path at which the sandbox tells of an invoice.
pub fn control_path(reference: &str) -> String {
    let (connection, id) = reference.split_once(':').unwrap_or((reference, ""));
    match (connection, id.strip_prefix("draft.")) {
        ("fusebill", Some(id)) => format!("fusebill/invoices/{id}?resource=draft"),
        ("fusebill", None) => format!("fusebill/invoices/{id}?resource=posted"),
        _ => format!("{connection}/invoices/{id}"),
    }
}

/// A change of an invoice's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// From a draft to binding.
    Activate,
    /// Other fields.
    Update,
    /// To canceled.
    Cancel,
    /// To nothing.
    Delete,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Activate, Self::Update, Self::Cancel, Self::Delete];

    /// The action's name, in addresses and in the sandbox's counts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Update => "update",
            Self::Cancel => "cancel",
            Self::Delete => "delete",
        }
    }

    /// The stage that it leads an invoice of `connection` to; none where it leaves it where it
    /// is. Fusebill's drafts are gone once they are posted or canceled (fusebill R39, R43).
    pub fn leads_to(self, connection: &str) -> Option<Stage> {
        match (self, connection) {
            (Self::Update, _) => None,
            (Self::Delete, _) | (Self::Activate | Self::Cancel, "fusebill") => Some(Stage::Gone),
            (Self::Activate, _) => Some(Stage::Active),
            (Self::Cancel, _) => Some(Stage::Canceled),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_providers_own_words_say_where_an_invoice_is() {
        let stage = |connection: &str, resource: &str, invoice: Value| {
            let (id, customer) = ("1".to_owned(), "2".to_owned());
            let record = Record { resource: resource.to_owned(), id, customer, invoice };
            Stage::recorded(connection, &record)
        };
        for (connection, resource, invoice, expected) in [
            ("nue", "invoice", json!({"status": "Draft"}), Stage::Draft),
            ("nue", "invoice", json!({"status": "Pending Activation"}), Stage::Other),
            ("simplepin", "invoice", json!({"invoice_state": "PAID"}), Stage::Active),
            ("stripe", "invoice", json!({"status": "void"}), Stage::Canceled),
            ("fusebill", "posted", json!({"status": null}), Stage::Active),
            ("fusebill", "draft", json!({"status": "Ready"}), Stage::Draft),
            ("finexio", "invoice", json!({"status": "canceled"}), Stage::Canceled),
            ("finexio", "invoice", json!({}), Stage::Active),
        ] {
            assert_eq!(stage(connection, resource, invoice), expected, "{connection} {resource}");
        }
    }

    #[test]
    fn references_lead_to_the_sandboxs_records() {
        assert_eq!(control_path("fusebill:draft.7"), "fusebill/invoices/7?resource=draft");
        assert_eq!(control_path("fusebill:7"), "fusebill/invoices/7?resource=posted");
        assert_eq!(control_path("nue:a"), "nue/invoices/a");
        assert_eq!(reference("fusebill", "draft", "7"), "fusebill:draft.7");
    }
}
