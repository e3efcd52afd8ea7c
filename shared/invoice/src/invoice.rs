//! The invoice.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::status::words;
use crate::{
    Amount, ConnectionName, Currency, Customer, Line, PaymentStatus, Reference, Status, Supplier,
};

/// An invoice, whatever provider it came from.
///
/// Null is "the provider does not say": nothing here is guessed. The keys
/// marked *(asked for)* are present only when the caller's `includes` names them,
/// and null where the provider has no such thing.
///
/// It is read back from what was written of it, by `serde_json` alone, and is
/// then written the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    /// Names the invoice in every route.
    pub id: Reference,
    /// The account it came from.
    pub connection: ConnectionName,
    /// The kind of provider (`nue`, `fusebill`, ..).
    pub provider: Cow<'static, str>,
    /// Who owes whom.
    pub direction: Direction,
    /// The number people know it by.
    pub number: Option<String>,
    /// Who pays.
    pub customer: Customer,
    /// Who is paid; null on a receivable.
    pub supplier: Option<Supplier>,
    /// Where it is in its life.
    pub status: Status,
    /// The life-cycle status in the provider's own word.
    pub provider_status: Option<String>,
    /// How far it is paid.
    pub payment_status: PaymentStatus,
    /// The payment status in the provider's own word.
    pub provider_payment_status: Option<String>,
    /// Of every amount on it.
    pub currency: Option<Currency>,
    /// What it comes to.
    pub amounts: Amounts,
    /// Civil dates: no time, no zone.
    pub dates: Dates,
    /// Instants, UTC.
    pub timestamps: Timestamps,
    /// Terms of payment, in the provider's word (`Net10`).
    pub terms: Option<String>,
    /// The provider's id of the contact it is sent to.
    pub bill_to_contact_id: Option<String>,
    /// How it is, was and will be paid.
    pub payment: Payment,
    /// Where to see it.
    pub documents: Documents,
    /// Other systems' names for it.
    pub tracking: Tracking,
    /// What people wrote on it, oldest first.
    pub comments: Vec<Comment>,
    /// The account's own fields, as the provider sends them.
    #[serde(serialize_with = "object_or_empty")]
    pub custom_fields: Option<Box<RawValue>>,
    /// What may be done now, by the provider's rules.
    pub available_actions: BTreeMap<Action, AvailableAction>,
    /// *(asked for)* What it is made of.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "asked_for")]
    pub lines: Option<Option<Vec<Line>>>,
    /// *(asked for)* The assets it bills, as the provider sends them.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "asked_for")]
    pub assets: Option<Option<Vec<Box<RawValue>>>>,
    /// *(asked for)* The orders it bills, as the provider sends them.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "asked_for")]
    pub orders: Option<Option<Vec<Box<RawValue>>>>,
    /// *(asked for)* The payments applied to it, as the provider sends them.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "asked_for")]
    pub payments: Option<Option<Vec<Box<RawValue>>>>,
    /// *(asked for)* The provider's own object, byte for byte.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub raw: Option<Box<RawValue>>,
}

impl Invoice {
    /// An invoice of which nothing is known but where it came from. Mappings
    /// start here and fill in what the provider says.
    pub fn unknown(id: Reference, provider: &'static str, direction: Direction) -> Self {
        Self {
            connection: id.connection().clone(),
            id,
            provider: Cow::Borrowed(provider),
            direction,
            number: None,
            customer: Customer::default(),
            supplier: None,
            status: Status::Unknown,
            provider_status: None,
            payment_status: PaymentStatus::Unknown,
            provider_payment_status: None,
            currency: None,
            amounts: Amounts::default(),
            dates: Dates::default(),
            timestamps: Timestamps::default(),
            terms: None,
            bill_to_contact_id: None,
            payment: Payment::default(),
            documents: Documents::default(),
            tracking: Tracking::default(),
            comments: Vec::new(),
            custom_fields: None,
            available_actions: BTreeMap::new(),
            lines: None,
            assets: None,
            orders: None,
            payments: None,
            raw: None,
        }
    }
}

fn object_or_empty<S: serde::Serializer>(
    value: &Option<Box<RawValue>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(object) => object.serialize(serializer),
        None => BTreeMap::<(), ()>::new().serialize(serializer),
    }
}

/// What is there was asked for, even where it is null.
fn asked_for<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

words! {
    /// Who owes whom.
    Direction {
        /// A customer owes the company.
        Receivable = "receivable",
        /// The company owes a supplier.
        Payable = "payable",
    }
}

words! {
    /// What can be done to an invoice.
    Action {
        /// Make it binding.
        Activate = "activate",
        /// Withdraw it.
        Cancel = "cancel",
        /// Remove it.
        Delete = "delete",
        /// Change its writable fields.
        Update = "update",
    }
}

words! {
    /// What a caller can ask for beside the invoice itself.
    Include {
        /// What it is made of.
        Lines = "lines",
        /// The assets it bills.
        Assets = "assets",
        /// The orders it bills.
        Orders = "orders",
        /// The payments applied to it.
        Payments = "payments",
        /// The provider's own object.
        Raw = "raw",
    }
}

/// An action that may be taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailableAction {
    /// The status the invoice has afterwards; null when it is gone.
    pub resulting_status: Option<Status>,
}

/// What an invoice comes to, in its currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// What is to be paid in all, taxes included.
    pub total: Option<Amount>,
    /// The total before taxes.
    pub without_tax: Option<Amount>,
    /// Taxes.
    pub tax: Option<Amount>,
    /// What was taken off.
    pub discount: Option<Amount>,
    /// Shipping and handling.
    pub shipping: Option<Amount>,
    /// What has been paid.
    pub paid: Option<Amount>,
    /// What was credited.
    pub credited: Option<Amount>,
    /// What was given up.
    pub written_off: Option<Amount>,
    /// What is still owed.
    pub balance: Option<Amount>,
}

/// Civil dates of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dates {
    /// The date on the invoice.
    pub invoice: Option<Date>,
    /// When it is to be paid.
    pub due: Option<Date>,
    /// First day it covers.
    pub period_start: Option<Date>,
    /// Last day it covers.
    pub period_end: Option<Date>,
    /// The day up to which the provider billed.
    pub target: Option<Date>,
}

/// Instants in the life of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamps {
    /// When it came to be.
    pub created: Option<Timestamp>,
    /// When it last changed.
    pub modified: Option<Timestamp>,
    /// When it became binding.
    pub activated: Option<Timestamp>,
    /// When it was withdrawn.
    pub canceled: Option<Timestamp>,
}

/// How an invoice is paid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Card, check, .. in the provider's word.
    pub method: Option<String>,
    /// The provider's id of the payment.
    pub payment_id: Option<String>,
    /// Where the customer can pay.
    pub hosted_url: Option<String>,
    /// Payments made.
    pub records: Vec<PaymentRecord>,
    /// When which part falls due.
    pub schedule: Vec<Scheduled>,
}

/// A payment made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRecord {
    /// The provider's id of it.
    pub id: Option<String>,
    /// How much.
    pub amount: Option<Amount>,
    /// When.
    pub at: Option<Timestamp>,
    /// The order's state, in the provider's word.
    pub status: Option<String>,
}

/// One part of a payment schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduled {
    /// When it falls due.
    pub due: Option<Date>,
    /// How much.
    pub amount: Option<Amount>,
    /// What of it is still owed.
    pub balance: Option<Amount>,
    /// The asset's state, in the provider's word.
    pub status: Option<String>,
}

/// Where an invoice can be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Documents {
    /// The printed form.
    pub pdf_url: Option<String>,
}

/// Other systems' names for an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tracking {
    /// The customer's purchase orders.
    pub po_numbers: Vec<String>,
    /// Their dates.
    pub po_dates: Vec<Date>,
    /// The customer's account at the supplier.
    pub account_number: Option<String>,
    /// What ties it to a bank statement.
    pub reconciliation_id: Option<String>,
    /// Ids in other systems, by the system's name.
    pub external_ids: BTreeMap<Cow<'static, str>, String>,
    /// Whether it reached the books, in the provider's word.
    pub accounting_status: Option<String>,
    /// Whether taxes were worked out, in the provider's word.
    pub tax_status: Option<String>,
}

/// What somebody wrote on an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// The words.
    pub text: String,
    /// When, where the provider says.
    pub created_at: Option<Timestamp>,
    /// By whom, where the provider says.
    pub author: Option<String>,
}
