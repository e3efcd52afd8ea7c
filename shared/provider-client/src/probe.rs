//! Whether what is assumed of a provider is true of one account: asked by reading alone.
//!
//! Each provider's folder has a probe for each of its assumptions, as data: a kind of reading,
//! and this module puts it to the account and holds the answer against what was assumed. A
//! claim that no reading can show is said to be so, with why.

mod readings;

use invoice::{Include, Invoice, SortKey};

use crate::provider::Start;
use crate::registry::kind_named;
use crate::{Assumption, Provider, ProviderError};
use readings::Account;

/// A reading that shows whether an assumption holds.
#[derive(Debug, Clone, Copy)]
pub struct Probe {
    /// The assumption's name.
    pub assumption: &'static str,
    /// How it is asked about.
    pub by: By,
}

/// A kind of reading, and what has to be seen in its answer.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// A listing: it can be read.
    Listing,
    /// A listing: an invoice of it has its number, its total and a known state.
    Shape,
    /// A listing, in the provider's own code: the request that rests on the assumption is
    /// answered, or refused by name.
    Answer,
    /// A listing in this order, both ways: it is in order.
    Sorted(SortKey),
    /// A page of few invoices: it is no larger than any page by default.
    FewInvoices,
    /// A page as large as the client asks for: it has more than this many, or all there are.
    LargePage(usize),
    /// The page after the first: it is another one.
    NextPage,
    /// A listing of one customer's invoices: it has no other's.
    OneCustomer,
    /// A listing of two customers' invoices: it has both customers', and no other's.
    TwoCustomers,
    /// A listing of a customer that there is not: it is empty.
    UnknownCustomer(&'static str),
    /// A listing of one day's invoices: it has those of the day, and no others.
    OneDay,
    /// A listing of invoices from an amount on: none is smaller.
    FromAmount,
    /// A page that begins behind something that is gone; made from an invoice of the account.
    Behind(fn(&Invoice) -> Option<Start>),
    /// A page far past the end: it is empty.
    PastTheEnd,
    /// One invoice by its id: it is that one.
    Get,
    /// A listing with something related: it can be read.
    With(Include),
    /// No reading shows it; why.
    NoReading(&'static str),
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The account answers as assumed.
    Holds,
    /// The account answers otherwise; what came instead.
    Broken(String),
    /// The account has nothing that would show it; what is lacking.
    NotSeen(String),
    /// No reading shows it; why.
    NotProbed(&'static str),
}

/// An assumption, with what was found of it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The assumption.
    pub assumption: &'static Assumption,
    /// What was found.
    pub finding: Finding,
}

/// Asks the account about each of its assumptions, by reading.
///
/// # Errors
/// When it does not answer a plain listing: nothing can be found then.
pub async fn check(provider: &dyn Provider) -> Result<Vec<Checked>, ProviderError> {
    let table = provider.capabilities().assumptions;
    let probes = kind_named(provider.capabilities().provider).map_or(&[][..], |kind| kind.probes);
    let known = Account::open(provider).await?;
    let mut all = Vec::with_capacity(table.len());
    for assumption in table {
        let probe = probes.iter().find(|probe| probe.assumption == assumption.name);
        let finding = match probe {
            Some(probe) => known.finding(assumption, probe.by).await,
            None => Finding::NotProbed("nobody has written a probe for it"),
        };
        all.push(Checked { assumption, finding });
    }
    Ok(all)
}
