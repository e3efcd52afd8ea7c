//! What callers can ask of a listing, and whether an invoice answers it.

mod kind;
mod reading;
mod terms;
pub mod values;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::status::words;
use crate::text::searchable;
use crate::{
    Amount, ConnectionName, Currency, Invoice, PaymentStatus, Range, Reference, Scope, Status,
    TextFilter,
};
pub(crate) use kind::Shape;
use kind::{
    Currencies, Customers, Days, Decimals, ExactTexts, Kind, Moments, Patterns, PaymentStatuses,
    Shown, Statuses, Words, within,
};
pub use terms::{CustomerId, Match, StatusFilter};
use values::Parsed;

/// Declares each parameter of a filter once: its variant and its word, the field that
/// holds what is asked and its kind, and how that is held against an invoice. All that
/// handles parameters comes from here, so that none can be forgotten.
macro_rules! parameters {
    ($(
        $(#[$doc:meta])*
        $variant:ident = $word:literal, $field:ident: $value:ty as $kind:ident, $matches:expr;
    )*) => {
        words! {
            /// The parameters that narrow a listing; each answer says of each of those
            /// asked who applied it.
            Parameter { $($(#[$doc])* $variant = $word,)* }
        }

        /// What a caller asks of invoices. Everything asked must hold.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Filter {
            /// The connections asked for, in the order asked; all that the caller may use
            /// when none.
            pub connections: Option<Vec<ConnectionName>>,
            $($(#[$doc])* pub $field: $value,)*
        }

        impl Filter {
            /// Whether `parameter` was asked.
            pub fn asks(&self, parameter: Parameter) -> bool {
                match parameter {
                    $(Parameter::$variant => <$kind as Kind>::is_asked(&self.$field),)*
                }
            }

            /// Whether `parameter` was asked in a way that tells one invoice from another.
            pub fn narrows(&self, parameter: Parameter) -> bool {
                match parameter {
                    $(Parameter::$variant => <$kind as Kind>::narrows(&self.$field),)*
                }
            }

            /// Reads values of `parameter`, each of which is one item.
            pub(crate) fn read(
                &mut self,
                parameter: Parameter,
                operator: Option<&str>,
                items: &[&str],
            ) -> Parsed<()> {
                match parameter {
                    $(Parameter::$variant => {
                        <$kind as Kind>::read(&mut self.$field, operator, items)
                    })*
                }
            }

            /// The canonical form of what was asked of `parameter`, by operator.
            pub(crate) fn written(
                &self,
                parameter: Parameter,
            ) -> Vec<(Option<&'static str>, String)> {
                match parameter {
                    $(Parameter::$variant => <$kind as Kind>::write(&self.$field),)*
                }
            }

            /// Whether `invoice` matches what was asked of `parameter`. Customers are the
            /// caller's business ([`Filter::customers_at`]), and what is shown of lines is
            /// no question of the invoice: both pass.
            pub fn matches(&self, parameter: Parameter, invoice: &Invoice) -> Match {
                match parameter {
                    $(Parameter::$variant => {
                        let matches: fn(&$value, &Invoice) -> Match = $matches;
                        matches(&self.$field, invoice)
                    })*
                }
            }
        }

        impl Parameter {
            /// How the parameter's values are written.
            pub(crate) const fn shape(self) -> Shape {
                match self { $(Self::$variant => <$kind as Kind>::SHAPE,)* }
            }

            /// Whether the parameter takes an end of a range by its operator (`dueDate[gte]`).
            pub const fn is_range(self) -> bool {
                matches!(self.shape(), Shape::Range)
            }

            /// Whether the parameter says what of an invoice is shown, and selects none.
            pub const fn is_view(self) -> bool {
                matches!(self, Self::ShowZeroDollarCharges | Self::ShowTrackedItems)
            }

            /// Whether the parameter takes several values, any of which may hold.
            pub const fn is_list(self) -> bool {
                matches!(self.shape(), Shape::List)
            }

            /// Whether JSON may write a value of the parameter as a number.
            pub const fn is_number(self) -> bool {
                match self { $(Self::$variant => <$kind as Kind>::IS_NUMBER,)* }
            }

            /// Splits the text of a query string into items.
            pub(crate) fn split(self, text: &str) -> Parsed<Vec<String>> {
                match self { $(Self::$variant => <$kind as Kind>::split(text),)* }
            }
        }
    };
}

parameters! {
    /// Invoices of these customers.
    CustomerIds = "customerIds",
        customer_ids: Option<BTreeSet<CustomerId>> as Customers, |_, _| Match::Pass;
    /// Either status: the life cycle's or the payment's.
    Status = "status", status: Option<StatusFilter> as Statuses, status;
    /// The payment status alone.
    PaymentStatus = "paymentStatus",
        payment_status: Option<BTreeSet<PaymentStatus>> as PaymentStatuses, payment_status;
    /// The date on the invoice.
    InvoiceDate = "invoiceDate",
        invoice_date: Range<Date> as Days, |range, invoice| within(range, invoice.dates.invoice);
    /// The date by which the invoice is to be paid.
    DueDate = "dueDate",
        due_date: Range<Date> as Days, |range, invoice| within(range, invoice.dates.due);
    /// The instant when the invoice came to be.
    CreatedAt = "createdAt", created_at: Range<Timestamp> as Moments,
        |range, invoice| within(range, invoice.timestamps.created);
    /// The instant when the invoice last changed.
    ModifiedAt = "modifiedAt", modified_at: Range<Timestamp> as Moments,
        |range, invoice| within(range, invoice.timestamps.modified);
    /// The instant when the invoice became binding.
    ActivatedAt = "activatedAt", activated_at: Range<Timestamp> as Moments,
        |range, invoice| within(range, invoice.timestamps.activated);
    /// The invoice's total.
    Amount = "amount", amount: Range<Decimal> as Decimals,
        |range, invoice| within(range, invoice.amounts.total.map(Amount::value));
    /// The amount that is still owed.
    Balance = "balance", balance: Range<Decimal> as Decimals,
        |range, invoice| within(range, invoice.amounts.balance.map(Amount::value));
    /// The invoice's number.
    Number = "number", number: Option<TextFilter> as Patterns,
        |filter, invoice| texts(filter, invoice.number.as_deref());
    /// Any of the invoice's purchase orders.
    PoNumber = "poNumber", po_number: Option<TextFilter> as Patterns,
        |filter, invoice| texts(filter, invoice.tracking.po_numbers.iter().map(String::as_str));
    /// Any of the invoice's ids in other systems.
    ExternalId = "externalId", external_id: Option<TextFilter> as ExactTexts, |filter, invoice| {
        texts(filter, invoice.tracking.external_ids.values().map(String::as_str))
    };
    /// The code of the invoice's currency.
    Currency = "currency", currency: Option<TextFilter> as Currencies,
        |filter, invoice| texts(filter, invoice.currency.as_ref().map(Currency::code));
    /// Words in the invoice's number, customer or comments, whatever their case and however
    /// their accents came about.
    Search = "search", search: Option<String> as Words, |words, invoice| {
        words.as_ref().map_or(Match::Pass, |words| Match::of(found(words, invoice)))
    };
    /// Whether lines of nothing are shown, where the provider can hide them.
    ShowZeroDollarCharges = "showZeroDollarCharges",
        show_zero_dollar_charges: Option<bool> as Shown, |_, _| Match::Pass;
    /// Whether tracked items are shown, where the provider has them.
    ShowTrackedItems = "showTrackedItems",
        show_tracked_items: Option<bool> as Shown, |_, _| Match::Pass;
}

impl Filter {
    /// The parameters that were asked.
    pub fn asked(&self) -> Vec<Parameter> {
        Parameter::ALL.iter().copied().filter(|parameter| self.asks(*parameter)).collect()
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
}

fn status(wanted: &Option<StatusFilter>, invoice: &Invoice) -> Match {
    let Some(wanted) = wanted else {
        return Match::Pass;
    };
    if wanted.lifecycle.contains(&invoice.status)
        || wanted.payment.contains(&invoice.payment_status)
    {
        return Match::Pass;
    }
    let is_unknown = (!wanted.lifecycle.is_empty() && invoice.status == Status::Unknown)
        || (!wanted.payment.is_empty() && invoice.payment_status == PaymentStatus::Unknown);
    if is_unknown { Match::Indeterminate } else { Match::Fail }
}

fn payment_status(wanted: &Option<BTreeSet<PaymentStatus>>, invoice: &Invoice) -> Match {
    match (wanted, invoice.payment_status) {
        (None, _) => Match::Pass,
        (Some(wanted), status) if wanted.contains(&status) => Match::Pass,
        (Some(_), PaymentStatus::Unknown) => Match::Indeterminate,
        (Some(_), _) => Match::Fail,
    }
}

fn texts<'a>(filter: &Option<TextFilter>, texts: impl IntoIterator<Item = &'a str>) -> Match {
    filter.as_ref().map_or(Match::Pass, |filter| Match::of(filter.matches(texts)))
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
    fn an_unknown_word_is_indeterminate_rather_than_wrong() {
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
