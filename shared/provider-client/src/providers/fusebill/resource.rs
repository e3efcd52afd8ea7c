//! Where invoices stand at Fusebill: posted ones and drafts are two resources,
//! and their ids overlap (fusebill R8). A draft's id is `draft.77` to us.

use crate::provider::PartKind;

/// One of the two resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Posted,
    Drafts,
}

impl Resource {
    /// Our id of its invoice `theirs`.
    pub(super) fn id(self, theirs: &str) -> String {
        match self {
            Self::Posted => theirs.to_owned(),
            Self::Drafts => format!("draft.{theirs}"),
        }
    }

    /// The address of the invoice we call `id`, and its resource; none where that is no
    /// id at all. That ids are integers (fusebill R9) is for Fusebill to hold to: what it
    /// lists can be read, whatever it is called.
    pub(super) fn find(id: &str) -> Option<(Self, [&str; 2])> {
        let (resource, theirs) = match id.strip_prefix("draft.") {
            Some(theirs) => (Self::Drafts, theirs),
            None => (Self::Posted, id),
        };
        (!theirs.is_empty()).then_some((resource, [resource.segment(), theirs]))
    }

    fn segment(self) -> &'static str {
        match self {
            Self::Posted => "Invoices",
            Self::Drafts => "DraftInvoices",
        }
    }
}

/// One listing of theirs: a part of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) resource: Resource,
    /// Everybody's where none is named.
    pub(super) customer: Option<String>,
}

impl Listing {
    /// The resource's address; the one of a customer's posted invoices ends in a slash
    /// (fusebill R10).
    pub(super) fn path(&self) -> Vec<&str> {
        let segment = self.resource.segment();
        match (&self.customer, self.resource) {
            (None, _) => vec![segment],
            (Some(customer), Resource::Posted) => vec!["Customers", customer, segment, ""],
            (Some(customer), Resource::Drafts) => vec!["customers", customer, segment],
        }
    }

    /// Whether its invoices come with their charges (fusebill R10, R11, R13).
    pub(super) fn has_charges(&self) -> bool {
        self.resource == Resource::Posted && self.customer.is_some()
    }
}

/// Its key is such as `posted:123456`.
impl PartKind for Listing {
    fn key(&self) -> String {
        let name = match self.resource {
            Resource::Posted => "posted",
            Resource::Drafts => "drafts",
        };
        match &self.customer {
            Some(customer) => format!("{name}:{customer}"),
            None => name.to_owned(),
        }
    }

    fn parse(key: &str) -> Option<Self> {
        let (name, customer) = match key.split_once(':') {
            Some((name, customer)) => (name, Some(customer.to_owned())),
            None => (key, None),
        };
        let resource = match name {
            "posted" => Resource::Posted,
            "drafts" => Resource::Drafts,
            _ => return None,
        };
        Some(Self { resource, customer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_resource_or_nowhere() {
        assert_eq!(Resource::find("162281"), Some((Resource::Posted, ["Invoices", "162281"])));
        let draft = Resource::Drafts.id("77");
        assert_eq!(draft, "draft.77");
        assert_eq!(Resource::find(&draft), Some((Resource::Drafts, ["DraftInvoices", "77"])));
        for id in ["", "draft."] {
            assert_eq!(Resource::find(id), None, "{id}");
        }
    }

    #[test]
    fn a_listing_is_found_by_its_key() {
        for key in ["posted", "drafts", "posted:123456", "drafts:7"] {
            assert_eq!(Listing::parse(key).unwrap().key(), key);
        }
        assert_eq!(Listing::parse("summaries"), None);
    }
}
