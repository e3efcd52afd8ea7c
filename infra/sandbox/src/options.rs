//! What a sandbox is made of.

use serde::{Deserialize, Serialize};

use crate::provider::Resource;

/// The most invoices one connection can hold.
pub const MOST_INVOICES: usize = 150_000;

/// What to simulate, and how much of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Invoices per connection, the samples included; at most 150,000.
    pub invoices: usize,
    /// The population and the faults' chances follow from this alone.
    pub seed: u64,
    /// Each connection's name, which is its first path segment, and its provider.
    pub connections: Vec<(String, ProviderKind)>,
    /// Fusebill's limits when they are to be enforced. `None` sends the live
    /// numbers in the headers, counts, and refuses nobody.
    pub rate_limit: Option<RateLimit>,
    /// How writes are judged, where a provider leaves it open.
    pub rules: Rules,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            invoices: 2_000,
            seed: 1,
            connections: ProviderKind::ALL
                .iter()
                .map(|kind| (kind.name().to_owned(), *kind))
                .collect(),
            rate_limit: None,
            rules: Rules::default(),
        }
    }
}

/// A provider's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// Nue: GraphQL and the newer REST edition.
    Nue,
    /// Nue's Self-Service edition.
    NueSelfService,
    /// SimplePin.
    #[serde(rename = "simplepin")]
    SimplePin,
    /// Fusebill, now Stax Bill.
    Fusebill,
    /// Finexio (payables).
    Finexio,
    /// Stripe Invoicing.
    Stripe,
}

impl ProviderKind {
    /// Every provider.
    pub const ALL: [ProviderKind; 6] = [
        ProviderKind::Nue,
        ProviderKind::NueSelfService,
        ProviderKind::SimplePin,
        ProviderKind::Fusebill,
        ProviderKind::Finexio,
        ProviderKind::Stripe,
    ];

    /// The name used in secrets.
    pub fn name(self) -> &'static str {
        match self {
            ProviderKind::Nue => "nue",
            ProviderKind::NueSelfService => "nue-self-service",
            ProviderKind::SimplePin => "simplepin",
            ProviderKind::Fusebill => "fusebill",
            ProviderKind::Finexio => "finexio",
            ProviderKind::Stripe => "stripe",
        }
    }

    /// The resources that hold its invoices.
    pub(crate) fn resources(self) -> &'static [Resource] {
        match self {
            ProviderKind::Fusebill => &[Resource::Posted, Resource::Draft],
            _ => &[Resource::Invoice],
        }
    }
}

/// How many calls Fusebill accepts (fusebill R6): live 1,000 and 180,000, its
/// sandbox 50 and 5,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimit {
    /// Calls in one clock minute.
    pub per_minute: u32,
    /// Calls in one day.
    pub per_day: u32,
}

impl RateLimit {
    /// The live limits.
    pub const LIVE: RateLimit = RateLimit { per_minute: 1_000, per_day: 180_000 };
}

/// How writes are judged where a provider does not say, or says that it depends
/// on the account. As JSON: `{"bulk":"partial","latestOnly":true}`; what is left
/// out is off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Rules {
    /// What Nue does with a bulk of which some invoices break a rule.
    pub bulk: Bulk,
    /// Nue cancels the latest invoice of a customer only (nue R31).
    pub latest_only: bool,
    /// Fusebill writes off: a 404 unless enabled for the account (fusebill R44).
    pub write_offs: bool,
}

/// A bulk of which some invoices break a rule or do not exist. Nobody states
/// what Nue does: both are assumed (nue R47).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Bulk {
    /// All or nothing: a 400 that names the wrong ones, and no change.
    #[default]
    Atomic,
    /// The sound ones are changed, and a 200 answers these alone.
    Partial,
}
