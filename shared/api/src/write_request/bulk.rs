//! The bodies of writes on many invoices, and of those on one that the path names.

use invoice::Write;
use invoice::{Action, Code, Filter, Problem, Reference};
use jiff::civil::Date;
use serde_json::Value;

use super::Reader;
use super::reader::{comment, date, flag};

/// The most invoices one call may name or match.
pub const MAX_WRITES: usize = 500;

/// Which invoices a bulk write means.
#[derive(Debug, Clone)]
pub enum Selection {
    /// Invoices by their references, each once, in the order asked.
    Ids(Vec<Reference>),
    /// The invoices that match a filter, in the listing's own vocabulary.
    Matching(Box<Filter>),
}

/// What can be done to many invoices by one call, and to one by a route of its
/// own. Each action makes its own write, and no path turns one into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Make them binding.
    Activate,
    /// Withdraw them.
    Cancel,
    /// Remove them.
    Delete,
}

/// Whether what is asked is only to be foretold, or to be done. What is asked
/// cannot be taken out without saying which of the two is meant.
#[derive(Debug, Clone)]
pub enum Intent<T> {
    /// The caller asks what would happen: nothing is sent (`dryRun: true`).
    DryRun(T),
    /// The caller asks that it be done.
    Execute(T),
}

/// A write, and the invoices it is meant for: the body of
/// `POST /invoices/activate`, `/cancel` or `/delete`.
#[derive(Debug, Clone)]
pub struct BulkWrite {
    /// What is to be done to each.
    pub write: Write,
    /// The invoices that are meant.
    pub selection: Selection,
}

/// What may be said beside the invoices themselves.
#[derive(Debug, Default)]
struct WriteOptions {
    /// The date to put on them (activation only).
    invoice_date: Option<Date>,
    /// Why (not for deletion).
    comment: Option<String>,
    /// Answer what would happen, and send no write.
    dry_run: bool,
}

impl BulkWrite {
    /// Reads the body of a write on many invoices.
    ///
    /// # Errors
    /// `invalid_request` with every fault.
    pub fn parse(body: &[u8], action: BulkAction) -> Result<Intent<Self>, Problem> {
        let mut reader = Reader::open(body)?;
        let options = reader.options(action);
        let selection = reader.selection();
        reader.close()?;
        // `selection` is none only with a fault, which `close` reports.
        let selection =
            selection.ok_or_else(|| Problem::new(Code::InvalidRequest, "no invoices named"))?;
        Ok(options.intent(action).map(|write| Self { write, selection }))
    }
}

impl BulkAction {
    /// What it is called.
    pub fn action(self) -> Action {
        match self {
            Self::Activate => Action::Activate,
            Self::Cancel => Action::Cancel,
            Self::Delete => Action::Delete,
        }
    }

    /// Reads the body of the action on one invoice that the path names; an empty
    /// body says nothing.
    ///
    /// # Errors
    /// `invalid_request` with every fault.
    pub fn parse_one(self, body: &[u8]) -> Result<Intent<Write>, Problem> {
        let mut reader = Reader::open(if body.is_empty() { b"{}" } else { body })?;
        let options = reader.options(self);
        reader.close()?;
        Ok(options.intent(self))
    }
}

impl WriteOptions {
    fn intent(self, action: BulkAction) -> Intent<Write> {
        let Self { invoice_date, comment, dry_run } = self;
        let write = match action {
            BulkAction::Activate => Write::Activate { invoice_date, comment },
            BulkAction::Cancel => Write::Cancel { comment },
            BulkAction::Delete => Write::Delete,
        };
        if dry_run { Intent::DryRun(write) } else { Intent::Execute(write) }
    }
}

impl<T> Intent<T> {
    /// The intent for what `change` makes of its content.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Intent<U> {
        match self {
            Self::DryRun(asked) => Intent::DryRun(change(asked)),
            Self::Execute(asked) => Intent::Execute(change(asked)),
        }
    }
}

impl Reader {
    fn options(&mut self, action: BulkAction) -> WriteOptions {
        let mut fields = std::mem::take(&mut self.fields);
        let mut options = WriteOptions::default();
        if action == BulkAction::Activate {
            options.invoice_date = self.option(&mut fields, "invoiceDate", date);
        }
        if action != BulkAction::Delete {
            options.comment = self.option(&mut fields, "comment", comment);
        }
        options.dry_run = self.option(&mut fields, "dryRun", flag).unwrap_or_default();
        self.fields = fields;
        options
    }

    fn selection(&mut self) -> Option<Selection> {
        match (self.fields.remove("invoiceIds"), self.fields.remove("filter")) {
            (Some(_), Some(_)) => {
                self.fault(
                    "/filter",
                    Code::InvalidRequest,
                    "name invoices by `invoiceIds` or by `filter`, not by both",
                );
                None
            }
            (None, None) => {
                self.fault(
                    "",
                    Code::InvalidRequest,
                    "name invoices by `invoiceIds` or by `filter`",
                );
                None
            }
            (Some(ids), None) => self.ids(&ids),
            (None, Some(filter)) => self.filter(&filter),
        }
    }

    fn ids(&mut self, ids: &Value) -> Option<Selection> {
        let Some(items) = ids.as_array().filter(|items| !items.is_empty()) else {
            self.fault(
                "/invoiceIds",
                Code::InvalidRequest,
                "expected a list of at least one reference such as \"nue:c52f7158\"",
            );
            return None;
        };
        if items.len() > MAX_WRITES {
            let detail = format!("{} invoices are named: at most {MAX_WRITES} a call", items.len());
            self.fault("/invoiceIds", Code::InvalidRequest, detail);
            return None;
        }
        let mut references: Vec<Reference> = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let parsed = item.as_str().map(str::parse::<Reference>);
            match parsed {
                Some(Ok(reference)) if references.contains(&reference) => {}
                Some(Ok(reference)) => references.push(reference),
                Some(Err(why)) => self.fault(
                    &format!("/invoiceIds/{place}"),
                    Code::InvalidRequest,
                    why.to_string(),
                ),
                None => self.fault(
                    &format!("/invoiceIds/{place}"),
                    Code::InvalidRequest,
                    "expected a text",
                ),
            }
        }
        Some(Selection::Ids(references))
    }
}
