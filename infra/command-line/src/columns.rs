//! The columns of tables and files: what of an invoice stands in each.

use invoice::json;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::exit::Failure;

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A decimal.
    Amount,
    /// A civil date.
    Date,
    /// An instant in UTC.
    Instant,
}

/// A column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The name that it is asked for by; the head of a file.
    pub(crate) name: &'static str,
    /// The head of a table.
    pub(crate) title: &'static str,
    /// Where its value stands in an invoice; of several, the first that is there.
    pointers: &'static [&'static str],
    /// What its values are.
    pub(crate) kind: Kind,
    /// Of the columns that a table has by default, which stays longest where the terminal is
    /// narrow: the greatest.
    pub(crate) rank: u8,
}

const fn column(
    name: &'static str,
    title: &'static str,
    pointers: &'static [&'static str],
    kind: Kind,
    rank: u8,
) -> Column {
    Column { name, title, pointers, kind, rank }
}

/// All columns, in the order of a file.
pub(crate) const ALL: &[Column] = &[
    column("id", "ID", &["/id"], Kind::Text, 9),
    column("number", "NUMBER", &["/number"], Kind::Text, 6),
    column("connection", "CONNECTION", &["/connection"], Kind::Text, 0),
    column("provider", "PROVIDER", &["/provider"], Kind::Text, 0),
    column("direction", "DIRECTION", &["/direction"], Kind::Text, 0),
    column("customer", "CUSTOMER", &["/customer/name", "/customer/id"], Kind::Text, 3),
    column("customerId", "CUSTOMER ID", &["/customer/id"], Kind::Text, 0),
    column("customerEmail", "EMAIL", &["/customer/email"], Kind::Text, 0),
    column("supplierId", "SUPPLIER", &["/supplier/id"], Kind::Text, 0),
    column("status", "STATUS", &["/status"], Kind::Text, 7),
    column("providerStatus", "PROVIDER STATUS", &["/providerStatus"], Kind::Text, 0),
    column("paymentStatus", "PAYMENT", &["/paymentStatus"], Kind::Text, 2),
    column("providerPaymentStatus", "PROVIDER PAYMENT", &["/providerPaymentStatus"], Kind::Text, 0),
    column("invoiceDate", "DATE", &["/dates/invoice"], Kind::Date, 0),
    column("dueDate", "DUE", &["/dates/due"], Kind::Date, 4),
    column("periodStart", "FROM", &["/dates/periodStart"], Kind::Date, 0),
    column("periodEnd", "TO", &["/dates/periodEnd"], Kind::Date, 0),
    column("total", "TOTAL", &["/amounts/total"], Kind::Amount, 8),
    column("withoutTax", "NET", &["/amounts/withoutTax"], Kind::Amount, 0),
    column("tax", "TAX", &["/amounts/tax"], Kind::Amount, 0),
    column("discount", "DISCOUNT", &["/amounts/discount"], Kind::Amount, 0),
    column("shipping", "SHIPPING", &["/amounts/shipping"], Kind::Amount, 0),
    column("paid", "PAID", &["/amounts/paid"], Kind::Amount, 0),
    column("credited", "CREDITED", &["/amounts/credited"], Kind::Amount, 0),
    column("writtenOff", "WRITTEN OFF", &["/amounts/writtenOff"], Kind::Amount, 0),
    column("balance", "BALANCE", &["/amounts/balance"], Kind::Amount, 1),
    column("currency", "CUR", &["/currency"], Kind::Text, 8),
    column("created", "CREATED", &["/timestamps/created"], Kind::Instant, 0),
    column("modified", "MODIFIED", &["/timestamps/modified"], Kind::Instant, 0),
    column("activated", "ACTIVATED", &["/timestamps/activated"], Kind::Instant, 0),
    column("canceled", "CANCELED", &["/timestamps/canceled"], Kind::Instant, 0),
    column("terms", "TERMS", &["/terms"], Kind::Text, 0),
    column("poNumbers", "PO", &["/tracking/poNumbers"], Kind::Text, 0),
    column("accountNumber", "ACCOUNT", &["/tracking/accountNumber"], Kind::Text, 0),
    column("pdfUrl", "PDF", &["/documents/pdfUrl"], Kind::Text, 0),
];

impl Column {
    /// What of `invoice` stands in the column; nothing where the provider does not say.
    pub(crate) fn of(&self, invoice: &Value) -> Option<String> {
        self.pointers.iter().find_map(|pointer| text(invoice.pointer(pointer)?))
    }
}

/// A value as a text; a list is its items with commas between.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(items) if !items.is_empty() => {
            Some(items.iter().filter_map(text).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}

/// The columns of these names; all that a table has by default where none is named.
///
/// # Errors
/// When there is no column of a name.
pub(crate) fn named(names: &[String]) -> Result<Vec<&'static Column>, Failure> {
    if names.is_empty() {
        return Ok(ALL.iter().filter(|column| column.rank > 0).collect());
    }
    names
        .iter()
        .map(|name| {
            let same = |column: &&Column| column.name.eq_ignore_ascii_case(name.trim());
            ALL.iter().find(same).ok_or_else(|| {
                let known: Vec<&str> = ALL.iter().map(|column| column.name).collect();
                Failure::usage(format!("--columns: there is no column `{name}`"))
                    .advise(format!("the columns are {}", known.join(", ")))
            })
        })
        .collect()
}

/// An invoice as a tree.
///
/// # Errors
/// When it is no object.
pub(crate) fn tree(invoice: &RawValue) -> Result<Value, Failure> {
    json::read(invoice.get())
        .map_err(|error| Failure::here(format!("an invoice cannot be read: {error}")))
}
