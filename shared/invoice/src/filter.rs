//! What callers can ask of a listing, and whether an invoice answers it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::status::words;
use crate::text::searchable;
use crate::{
    Amount, ConnectionName, Invoice, PaymentStatus, Range, Reference, Scope, Status, TextFilter,
};

words! {
    /// The parameters that narrow a listing; each answer says of each of those
    /// asked who applied it.
    Parameter {
        /// `customerIds`
        CustomerIds = "customerIds",
        /// `status`
        Status = "status",
        /// `paymentStatus`
        PaymentStatus = "paymentStatus",
        /// `invoiceDate`
        InvoiceDate = "invoiceDate",
        /// `dueDate`
        DueDate = "dueDate",
        /// `createdAt`
        CreatedAt = "createdAt",
        /// `modifiedAt`
        ModifiedAt = "modifiedAt",
        /// `activatedAt`
        ActivatedAt = "activatedAt",
        /// `amount`
        Amount = "amount",
        /// `balance`
        Balance = "balance",
        /// `number`
        Number = "number",
        /// `poNumber`
        PoNumber = "poNumber",
        /// `externalId`
        ExternalId = "externalId",
        /// `currency`
        Currency = "currency",
        /// `search`
        Search = "search",
        /// `showZeroDollarCharges`
        ShowZeroDollarCharges = "showZeroDollarCharges",
        /// `showTrackedItems`
        ShowTrackedItems = "showTrackedItems",
    }
}

/// Whether an invoice answers one parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The invoice matches.
    Pass,
    /// The invoice does not match.
    Fail,
    /// The invoice does not tell: the field is null, or a word that the bridge does not
    /// know. Where the bridge filters, that is a no; where the provider filtered, its
    /// answer stands.
    Indeterminate,
}

impl Match {
    fn of(pass: bool) -> Self {
        if pass { Self::Pass } else { Self::Fail }
    }
}

/// A customer, as a caller names one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CustomerId {
    /// `nue:001KS...`: this connection's.
    At(Reference),
    /// `001KS...`: taken for every selected connection.
    Anywhere(String),
}

/// Any of these words, of either status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusFilter {
    /// Wanted life-cycle words.
    pub lifecycle: BTreeSet<Status>,
    /// Wanted payment words.
    pub payment: BTreeSet<PaymentStatus>,
}

/// What a caller asks of invoices. Everything asked must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The connections asked for, in the order asked; all that the caller may use when
    /// none.
    pub connections: Option<Vec<ConnectionName>>,
    /// Invoices of these customers.
    pub customer_ids: Option<BTreeSet<CustomerId>>,
    /// Either status.
    pub status: Option<StatusFilter>,
    /// Payment status only.
    pub payment_status: Option<BTreeSet<PaymentStatus>>,
    /// The date on the invoice.
    pub invoice_date: Range<Date>,
    /// When it is to be paid.
    pub due_date: Range<Date>,
    /// When it came to be.
    pub created_at: Range<Timestamp>,
    /// When it last changed.
    pub modified_at: Range<Timestamp>,
    /// When it became binding.
    pub activated_at: Range<Timestamp>,
    /// The total.
    pub amount: Range<Decimal>,
    /// What is still owed.
    pub balance: Range<Decimal>,
    /// The invoice's number.
    pub number: Option<TextFilter>,
    /// Any of its purchase orders.
    pub po_number: Option<TextFilter>,
    /// Any of its ids in other systems.
    pub external_id: Option<TextFilter>,
    /// The code of the invoice's currency.
    pub currency: Option<TextFilter>,
    /// Words in its number, customer or comments, whatever their case and however their
    /// accents came about.
    pub search: Option<String>,
    /// Whether lines of nothing are shown, where the provider can hide them.
    pub show_zero_dollar_charges: Option<bool>,
    /// Whether tracked items are shown, where the provider has them.
    pub show_tracked_items: Option<bool>,
}

impl Filter {
    /// The parameters that were asked.
    pub fn asked(&self) -> Vec<Parameter> {
        Parameter::ALL.iter().copied().filter(|parameter| self.asks(*parameter)).collect()
    }

    /// Whether `parameter` was asked.
    pub fn asks(&self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::CustomerIds => self.customer_ids.is_some(),
            Parameter::Status => self.status.is_some(),
            Parameter::PaymentStatus => self.payment_status.is_some(),
            Parameter::InvoiceDate => !self.invoice_date.is_unbounded(),
            Parameter::DueDate => !self.due_date.is_unbounded(),
            Parameter::CreatedAt => !self.created_at.is_unbounded(),
            Parameter::ModifiedAt => !self.modified_at.is_unbounded(),
            Parameter::ActivatedAt => !self.activated_at.is_unbounded(),
            Parameter::Amount => !self.amount.is_unbounded(),
            Parameter::Balance => !self.balance.is_unbounded(),
            Parameter::Number => self.number.is_some(),
            Parameter::PoNumber => self.po_number.is_some(),
            Parameter::ExternalId => self.external_id.is_some(),
            Parameter::Currency => self.currency.is_some(),
            Parameter::Search => self.search.is_some(),
            Parameter::ShowZeroDollarCharges => self.show_zero_dollar_charges.is_some(),
            Parameter::ShowTrackedItems => self.show_tracked_items.is_some(),
        }
    }

    /// The provider's ids of the customers meant at `connection`: what was
    /// asked, within what the caller may see. None is "no restriction"; an
    /// empty set is "nothing at all".
    pub fn customers_at(
        &self,
        connection: &ConnectionName,
        scope: &Scope,
    ) -> Option<BTreeSet<String>> {
        let asked = self.customer_ids.as_ref().map(|ids| {
            ids.iter()
                .filter_map(|id| match id {
                    CustomerId::At(reference) => {
                        (reference.connection() == connection).then(|| reference.id().to_owned())
                    }
                    CustomerId::Anywhere(id) => Some(id.clone()),
                })
                .collect::<BTreeSet<String>>()
        });
        match scope {
            Scope::All => asked,
            Scope::Customers(own) => Some(
                own.iter()
                    .filter(|customer| customer.connection() == connection)
                    .map(|customer| customer.id().to_owned())
                    .filter(|id| asked.as_ref().is_none_or(|asked| asked.contains(id)))
                    .collect(),
            ),
        }
    }

    /// Whether `invoice` answers `parameter`. Customers are the caller's
    /// business ([`Filter::customers_at`]), and what is shown of lines is no
    /// question of the invoice: both pass here.
    pub fn matches(&self, parameter: Parameter, invoice: &Invoice) -> Match {
        match parameter {
            Parameter::CustomerIds
            | Parameter::ShowZeroDollarCharges
            | Parameter::ShowTrackedItems => Match::Pass,
            Parameter::Status => self.status.as_ref().map_or(Match::Pass, |f| status(f, invoice)),
            Parameter::PaymentStatus => self
                .payment_status
                .as_ref()
                .map_or(Match::Pass, |wanted| payment_status(wanted, invoice.payment_status)),
            Parameter::InvoiceDate => within(&self.invoice_date, invoice.dates.invoice.as_ref()),
            Parameter::DueDate => within(&self.due_date, invoice.dates.due.as_ref()),
            Parameter::CreatedAt => within(&self.created_at, invoice.timestamps.created.as_ref()),
            Parameter::ModifiedAt => {
                within(&self.modified_at, invoice.timestamps.modified.as_ref())
            }
            Parameter::ActivatedAt => {
                within(&self.activated_at, invoice.timestamps.activated.as_ref())
            }
            Parameter::Amount => within_amount(&self.amount, invoice.amounts.total),
            Parameter::Balance => within_amount(&self.balance, invoice.amounts.balance),
            Parameter::Number => texts(self.number.as_ref(), invoice.number.as_deref()),
            Parameter::PoNumber => texts(
                self.po_number.as_ref(),
                invoice.tracking.po_numbers.iter().map(String::as_str),
            ),
            Parameter::ExternalId => texts(
                self.external_id.as_ref(),
                invoice.tracking.external_ids.values().map(String::as_str),
            ),
            Parameter::Currency => {
                texts(self.currency.as_ref(), invoice.currency.as_ref().map(crate::Currency::code))
            }
            Parameter::Search => {
                self.search.as_ref().map_or(Match::Pass, |words| Match::of(found(words, invoice)))
            }
        }
    }
}

fn status(wanted: &StatusFilter, invoice: &Invoice) -> Match {
    if wanted.lifecycle.contains(&invoice.status)
        || wanted.payment.contains(&invoice.payment_status)
    {
        return Match::Pass;
    }
    let unsaid = (!wanted.lifecycle.is_empty() && invoice.status == Status::Unknown)
        || (!wanted.payment.is_empty() && invoice.payment_status == PaymentStatus::Unknown);
    if unsaid { Match::Indeterminate } else { Match::Fail }
}

fn payment_status(wanted: &BTreeSet<PaymentStatus>, is: PaymentStatus) -> Match {
    match is {
        _ if wanted.contains(&is) => Match::Pass,
        PaymentStatus::Unknown => Match::Indeterminate,
        _ => Match::Fail,
    }
}

fn within<T: PartialOrd>(range: &Range<T>, value: Option<&T>) -> Match {
    match value {
        _ if range.is_unbounded() => Match::Pass,
        Some(value) => Match::of(range.contains(value)),
        None => Match::Indeterminate,
    }
}

fn within_amount(range: &Range<Decimal>, amount: Option<Amount>) -> Match {
    within(range, amount.map(Amount::value).as_ref())
}

fn texts<'a>(filter: Option<&TextFilter>, texts: impl IntoIterator<Item = &'a str>) -> Match {
    filter.map_or(Match::Pass, |filter| Match::of(filter.matches(texts)))
}

/// Free text over number, customer and comments (a provider's note is one).
fn found(words: &str, invoice: &Invoice) -> bool {
    let words = searchable(words);
    let customer = &invoice.customer;
    [
        invoice.number.as_deref(),
        customer.id.as_ref().map(Reference::id),
        customer.name.as_deref(),
        customer.email.as_deref(),
    ]
    .into_iter()
    .flatten()
    .chain(invoice.comments.iter().map(|comment| comment.text.as_str()))
    .any(|text| searchable(text).contains(&words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(ids: &[&str]) -> Scope {
        Scope::Customers(ids.iter().map(|id| id.parse().unwrap()).collect())
    }

    fn asked(ids: &[CustomerId]) -> Filter {
        Filter { customer_ids: Some(ids.iter().cloned().collect()), ..Filter::default() }
    }

    #[test]
    fn a_callers_scope_bounds_what_was_asked() {
        let nue: ConnectionName = "nue".parse().unwrap();
        let anywhere = |id: &str| CustomerId::Anywhere(id.into());
        let all = Filter::default();
        assert_eq!(all.customers_at(&nue, &Scope::All), None);
        assert_eq!(
            all.customers_at(&nue, &scope(&["nue:a", "fusebill:b"])),
            Some(["a".into()].into())
        );
        let both = asked(&[anywhere("b"), CustomerId::At("nue:a".parse().unwrap())]);
        assert_eq!(both.customers_at(&nue, &Scope::All), Some(["a".into(), "b".into()].into()));
        assert_eq!(both.customers_at(&nue, &scope(&["nue:b", "nue:c"])), Some(["b".into()].into()));
        let elsewhere = asked(&[CustomerId::At("fusebill:1".parse().unwrap())]);
        assert_eq!(elsewhere.customers_at(&nue, &Scope::All), Some(BTreeSet::new()));
    }

    #[test]
    fn an_unknown_word_is_unsaid_rather_than_wrong() {
        let id = "nue:a".parse().unwrap();
        let mut invoice = Invoice::unknown(id, "nue", crate::Direction::Receivable);
        let filter = Filter {
            status: Some(StatusFilter {
                lifecycle: [Status::Draft].into(),
                ..StatusFilter::default()
            }),
            ..Filter::default()
        };
        assert_eq!(filter.matches(Parameter::Status, &invoice), Match::Indeterminate);
        invoice.status = Status::Active;
        assert_eq!(filter.matches(Parameter::Status, &invoice), Match::Fail);
        invoice.status = Status::Draft;
        assert_eq!(filter.matches(Parameter::Status, &invoice), Match::Pass);
    }
}
