//! One invoice as it lies in the table.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use invoice::{Currency, Digest, Invoice, Reference, Sort, SortKey};
use jiff::{SignedDuration, Timestamp};

use crate::error::CopyError;
use crate::index::Index;
use crate::key::{of_moment, of_value};
use crate::packed::{pack, unpack};

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The form in which rows are written: a row of another is read from its provider.
pub(crate) const VERSION: &str = "1";
/// How long a row is kept that no run has seen: a copy that nobody keeps up goes by itself.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Names of the attributes, each written once.
pub(crate) mod name {
    pub const CONNECTION: &str = "connection";
    pub const ID: &str = "id";
    /// The reference's id, where the row's own is a shorter name.
    pub const FULL_ID: &str = "fullId";
    pub const VERSION: &str = "version";
    pub const BODY: &str = "body";
    /// What is filtered by: projected into the indexes.
    pub const FIELDS: &str = "fields";
    /// The digest of the body: `ETag` of the invoice.
    pub const HASH: &str = "hash";
    /// When its provider was asked for what the row holds.
    pub const ASKED_AT: &str = "askedAt";
    /// The number of its first change.
    pub const CREATED: &str = "created";
    pub const CAUSE: &str = "cause";
    pub const GONE: &str = "gone";
    pub const EXPIRES_AT: &str = "expiresAt";
}

/// Names of what is filtered by, within [`name::FIELDS`].
pub(crate) mod field {
    pub const STATUS: &str = "st";
    pub const PAYMENT: &str = "ps";
    pub const CURRENCY: &str = "cu";
    pub const CUSTOMER: &str = "cs";
    pub const INVOICE_DATE: &str = "d";
    pub const DUE_DATE: &str = "u";
    pub const CREATED_AT: &str = "c";
    pub const MODIFIED_AT: &str = "m";
    pub const ACTIVATED_AT: &str = "v";
    pub const AMOUNT: &str = "a";
    pub const BALANCE: &str = "b";
    pub const NUMBER: &str = "n";
}

/// Who brought a change about, as far as the bridge can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// A write through the bridge.
    Bridge,
    /// Something else, seen at the provider.
    Provider,
}

impl Cause {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Provider => "provider",
        }
    }
}

/// The id under which the table keeps an invoice: its own, or a shorter name for it.
pub(crate) fn row_id(reference: &Reference) -> String {
    let blank = Invoice::unknown(reference.clone(), "", invoice::Direction::Receivable);
    let sort = Sort { key: SortKey::Number, descending: false };
    sort.position(&blank).reference.id().to_owned()
}

/// An invoice written down: its text, and the digest that its `ETag` shows.
pub(crate) struct Canonical {
    pub text: String,
    pub hash: String,
}

impl Canonical {
    pub fn of(invoice: &Invoice) -> Result<Self, CopyError> {
        let text = serde_json::to_string(invoice).map_err(|_| CopyError::Unwritable)?;
        let hash = format!("{:.32}", Digest::of(&[&text]));
        Ok(Self { text, hash })
    }
}

/// What stands in a row beside the invoice.
pub(crate) struct Mark {
    /// The number of this change.
    pub sequence: i64,
    /// The number of the first change of the same invoice.
    pub created: i64,
    pub asked_at: Timestamp,
    pub cause: Cause,
    pub expires_at: Timestamp,
}

/// The row of an invoice.
pub(crate) fn row(
    invoice: &Invoice,
    canonical: &Canonical,
    mark: &Mark,
) -> Result<Item, CopyError> {
    let id = row_id(&invoice.id);
    let body = pack(&canonical.text).ok_or(CopyError::Unwritable)?;
    let mut item = marked_item(&invoice.id, &id, mark);
    for index in Index::OF_INVOICES {
        if let Some(key) = index.key(invoice, &id) {
            item.insert(index.attribute().to_owned(), text(key));
        }
    }
    item.insert(name::VERSION.to_owned(), text(VERSION));
    item.insert(name::BODY.to_owned(), AttributeValue::B(Blob::new(body)));
    item.insert(name::FIELDS.to_owned(), AttributeValue::M(fields(invoice)));
    item.insert(name::HASH.to_owned(), text(&canonical.hash));
    Ok(item)
}

/// The row of an invoice that is gone: a tombstone.
pub(crate) fn tombstone(reference: &Reference, mark: &Mark) -> Item {
    let mut item = marked_item(reference, &row_id(reference), mark);
    item.insert(name::GONE.to_owned(), AttributeValue::Bool(true));
    item
}

fn marked_item(reference: &Reference, id: &str, mark: &Mark) -> Item {
    let mut item = Item::from([
        (name::CONNECTION.to_owned(), text(reference.connection().as_str())),
        (name::ID.to_owned(), text(id)),
        (Index::Sequence.attribute().to_owned(), text(sequence_key(mark.sequence))),
        (name::CREATED.to_owned(), number(mark.created)),
        (name::ASKED_AT.to_owned(), number(mark.asked_at.as_microsecond())),
        (name::CAUSE.to_owned(), text(mark.cause.word())),
        (name::EXPIRES_AT.to_owned(), number(mark.expires_at.as_second())),
    ]);
    if id != reference.id() {
        item.insert(name::FULL_ID.to_owned(), text(reference.id()));
    }
    item
}

/// The key of a change by its number.
pub(crate) fn sequence_key(sequence: i64) -> String {
    format!("{sequence:019}")
}

fn fields(invoice: &Invoice) -> Item {
    let mut fields = Item::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            fields.insert(name.to_owned(), text(value));
        }
    };
    put(field::STATUS, Some(invoice.status.word().to_owned()));
    put(field::PAYMENT, Some(invoice.payment_status.word().to_owned()));
    put(field::CURRENCY, invoice.currency.as_ref().map(Currency::code).map(str::to_owned));
    put(field::CUSTOMER, invoice.customer.id.as_ref().map(|id| crate::index::customer(id.id())));
    for (name, key) in [
        (field::INVOICE_DATE, SortKey::InvoiceDate),
        (field::DUE_DATE, SortKey::DueDate),
        (field::CREATED_AT, SortKey::CreatedAt),
        (field::MODIFIED_AT, SortKey::ModifiedAt),
        (field::AMOUNT, SortKey::Amount),
        (field::BALANCE, SortKey::Balance),
        (field::NUMBER, SortKey::Number),
    ] {
        let value = Sort { key, descending: false }.position(invoice).value;
        put(name, value.as_ref().map(of_value));
    }
    put(field::ACTIVATED_AT, invoice.timestamps.activated.map(of_moment));
    fields
}

/// The invoice of a row; none where the row is gone, or of another version.
pub(crate) fn invoice_of(item: &Item) -> Option<Invoice> {
    let is_ours =
        item.get(name::VERSION).and_then(|it| it.as_s().ok()).is_some_and(|it| it == VERSION);
    match item.get(name::BODY) {
        Some(AttributeValue::B(body)) if is_ours => unpack(body.as_ref()),
        _ => None,
    }
}

pub(crate) fn is_gone(item: &Item) -> bool {
    item.contains_key(name::GONE)
}

pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(crate) fn number_of(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
