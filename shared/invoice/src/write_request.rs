//! Reading the bodies of writes: every fault at once, nothing half done.

mod filter;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::repeated::repeated_members;
use crate::write::{Change, Patch, Write};
use crate::{Action, Code, Fault, Filter, Problem, Reference};

/// The most invoices one call may name or match.
pub const MAX_WRITES: usize = 500;
/// The longest comment.
const MAX_COMMENT: usize = 2000;

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

struct Reader {
    fields: Map<String, Value>,
    faults: Vec<Fault>,
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

impl Patch {
    /// Reads a JSON merge patch (RFC 7396) over an invoice's writable fields.
    /// Amounts and all else that the bridge cannot change anywhere are faults.
    ///
    /// # Errors
    /// `invalid_request` where it is no JSON object; else `unsupported_field`
    /// with every fault, each with a pointer to its field.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        Self::read(Reader::open(body)?, body)
    }

    /// Reads the body of `PATCH /invoices/{id}`: a merge patch, and beside its fields
    /// `dryRun`, which is none of the invoice's.
    ///
    /// # Errors
    /// As of [`Patch::parse`].
    pub fn parse_intent(body: &[u8]) -> Result<Intent<Self>, Problem> {
        let mut reader = Reader::open(body)?;
        let mut fields = std::mem::take(&mut reader.fields);
        let dry_run = reader.option(&mut fields, "dryRun", flag).unwrap_or_default();
        reader.fields = fields;
        let patch = Self::read(reader, body)?;
        Ok(if dry_run { Intent::DryRun(patch) } else { Intent::Execute(patch) })
    }

    fn read(mut reader: Reader, body: &[u8]) -> Result<Self, Problem> {
        let mut dates = reader.object("dates");
        let mut tracking = reader.object("tracking");
        let mut patch = Self {
            due: reader.change(&mut dates, "/dates", "due", date),
            invoice_date: reader.change(&mut dates, "/dates", "invoice", date),
            po_numbers: reader.change(&mut tracking, "/tracking", "poNumbers", texts),
            ..Self::default()
        };
        let mut fields = std::mem::take(&mut reader.fields);
        patch.bill_to_contact_id = reader.change(&mut fields, "", "billToContactId", text);
        patch.terms = reader.change(&mut fields, "", "terms", text);
        patch.comment = match reader.change(&mut fields, "", "comment", comment) {
            Change::Set(text) => Some(text),
            Change::Keep => None,
            Change::Clear => {
                reader.fault(
                    "/comment",
                    Code::InvalidRequest,
                    "comments are added, never cleared: write a text",
                );
                None
            }
        };
        // From the bytes, not from the tree: numbers keep every digit.
        patch.custom_fields = fields
            .remove("customFields")
            .map(|_| custom_fields(body))
            .unwrap_or_else(|| Some(BTreeMap::new()))
            .unwrap_or_else(|| {
                reader.fault("/customFields", Code::InvalidRequest, "expected an object");
                BTreeMap::new()
            });
        reader.no_others("/dates", dates);
        reader.no_others("/tracking", tracking);
        reader.no_others("", fields);
        if let (Change::Set(due), Change::Set(invoice)) = (&patch.due, &patch.invoice_date)
            && due < invoice
        {
            reader.fault(
                "/dates/due",
                Code::InvalidRequest,
                "the due date must not come before the invoice date",
            );
        }
        if reader.faults.is_empty() && patch.fields().is_empty() {
            reader.fault(
                "",
                Code::InvalidRequest,
                "nothing to change: name at least one writable field",
            );
        }
        reader.unprocessable()?;
        Ok(patch)
    }
}

fn custom_fields(body: &[u8]) -> Option<BTreeMap<String, Box<RawValue>>> {
    let whole: BTreeMap<String, &RawValue> = crate::json::read_slice(body).ok()?;
    crate::json::read(whole.get("customFields")?.get()).ok()
}

type Parsed<T> = Result<T, String>;

fn date(value: &Value) -> Parsed<Date> {
    let text = value.as_str().filter(|text| text.len() == 10);
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| "expected a date, YYYY-MM-DD, such as \"2025-01-31\"".to_owned())
}

fn text(value: &Value) -> Parsed<String> {
    let text = value.as_str().filter(|text| !text.is_empty() && text.chars().count() <= 255);
    text.map(str::to_owned).ok_or_else(|| "expected a text of 1 to 255 characters".to_owned())
}

fn comment(value: &Value) -> Parsed<String> {
    let text = value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.chars().count() <= MAX_COMMENT);
    text.map(str::to_owned)
        .ok_or_else(|| format!("expected a text of 1 to {MAX_COMMENT} characters"))
}

fn flag(value: &Value) -> Parsed<bool> {
    value.as_bool().ok_or_else(|| "expected true or false".to_owned())
}

fn texts(value: &Value) -> Parsed<Vec<String>> {
    let items = value.as_array().filter(|items| !items.is_empty());
    items
        .and_then(|items| items.iter().map(|item| text(item).ok()).collect())
        .ok_or_else(|| "expected a list of texts, or null to clear it".to_owned())
}

impl Reader {
    fn open(body: &[u8]) -> Result<Self, Problem> {
        let repeated = repeated_members(body).unwrap_or_default();
        if !repeated.is_empty() {
            // Which of the two is meant cannot be known, nor what else is wrong with it.
            let fault = |pointer: String| {
                let detail = format!("`{pointer}` stands twice in the body: name it once");
                Fault { pointer, code: Code::InvalidRequest, detail }
            };
            let faults = repeated.into_iter().map(fault).collect();
            return Err(Problem::of_faults(Code::InvalidRequest, faults));
        }
        match crate::json::read_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self { fields, faults: Vec::new() }),
            Ok(_) => Err(Problem::new(Code::InvalidRequest, "the body must be a JSON object")),
            Err(error) => Err(Problem::new(
                Code::InvalidRequest,
                format!(
                    "the body is no JSON from line {} column {} on",
                    error.line(),
                    error.column()
                ),
            )),
        }
    }

    fn fault(&mut self, pointer: &str, code: Code, detail: impl Into<String>) {
        self.faults.push(Fault { pointer: pointer.to_owned(), code, detail: detail.into() });
    }

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

    fn option<T>(
        &mut self,
        fields: &mut Map<String, Value>,
        name: &str,
        read: fn(&Value) -> Parsed<T>,
    ) -> Option<T> {
        match self.change(fields, "", name, read) {
            Change::Set(value) => Some(value),
            Change::Keep | Change::Clear => None,
        }
    }

    fn change<T>(
        &mut self,
        fields: &mut Map<String, Value>,
        parent: &str,
        name: &str,
        read: fn(&Value) -> Parsed<T>,
    ) -> Change<T> {
        match fields.remove(name) {
            None => Change::Keep,
            Some(Value::Null) => Change::Clear,
            Some(value) => match read(&value) {
                Ok(value) => Change::Set(value),
                Err(why) => {
                    self.fault(&format!("{parent}/{name}"), Code::InvalidRequest, why);
                    Change::Keep
                }
            },
        }
    }

    fn object(&mut self, name: &str) -> Map<String, Value> {
        match self.fields.remove(name) {
            None => Map::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                self.fault(&format!("/{name}"), Code::InvalidRequest, "expected an object");
                Map::new()
            }
        }
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

    fn no_others(&mut self, parent: &str, fields: Map<String, Value>) {
        for name in fields.keys() {
            let name: String = name.chars().take(60).collect();
            self.fault(
                &format!("{parent}/{name}"),
                Code::UnsupportedField,
                "is no writable field of an invoice",
            );
        }
    }

    /// Ends a reading in which only what was asked for may stand.
    fn close(mut self) -> Result<(), Problem> {
        let others = std::mem::take(&mut self.fields);
        for name in others.keys() {
            let name: String = name.chars().take(60).collect();
            self.fault(&format!("/{name}"), Code::InvalidRequest, "there is no such member");
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::of_faults(Code::InvalidRequest, self.faults))
        }
    }

    fn unprocessable(self) -> Result<(), Problem> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::of_faults(Code::UnsupportedField, self.faults))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIVATE: BulkAction = BulkAction::Activate;
    const DELETE: BulkAction = BulkAction::Delete;

    /// What is to be done.
    fn executed(body: &str) -> BulkWrite {
        match BulkWrite::parse(body.as_bytes(), ACTIVATE).unwrap() {
            Intent::Execute(asked) => asked,
            Intent::DryRun(asked) => panic!("not a dry run: {asked:?}"),
        }
    }

    fn pointers(problem: &Problem) -> Vec<&str> {
        problem.errors.iter().map(|fault| fault.pointer.as_str()).collect()
    }

    fn refused(body: &str, action: BulkAction) -> Problem {
        BulkWrite::parse(body.as_bytes(), action).unwrap_err()
    }

    #[test]
    fn reads_the_activation_of_the_documentation() {
        let body = r#"{"invoiceIds": ["nue:a", "fusebill:draft.7", "nue:a"], "invoiceDate": "2025-07-01", "comment": "approve and activate"}"#;
        let request = executed(body);
        let Selection::Ids(ids) = request.selection else { panic!() };
        assert_eq!(ids.len(), 2, "the same id twice is one");
        let Write::Activate { invoice_date, .. } = request.write else { panic!() };
        assert_eq!(invoice_date, Some(jiff::civil::date(2025, 7, 1)));
        let by_filter = r#"{"filter": {"status": ["draft"], "customerIds": ["nue:a,b"], "amount": {"gte": "1.50", "lt": 10}, "connection": "nue"}}"#;
        let request = executed(by_filter);
        let Selection::Matching(filter) = request.selection else { panic!() };
        let listed = crate::ListQuery::parse(
            "status=draft&customerIds=[\"nue:a,b\"]&amount[gte]=1.50&amount[lt]=10&connection=nue",
        );
        assert_eq!(*filter, listed.unwrap().filter);
    }

    #[test]
    fn each_action_makes_its_own_write_and_a_dry_run_stays_one() {
        for action in [BulkAction::Activate, BulkAction::Cancel, BulkAction::Delete] {
            for (body, dry) in [("{}", false), (r#"{"dryRun": true}"#, true)] {
                let one = action.parse_one(body.as_bytes()).unwrap();
                let is_dry = matches!(one, Intent::DryRun(_));
                let (Intent::DryRun(write) | Intent::Execute(write)) = one;
                assert_eq!((write.action(), is_dry), (action.action(), dry), "{action:?} {body}");
                let ids = body.replace('{', r#"{"invoiceIds": ["nue:a"], "#).replace(", }", "}");
                let many = BulkWrite::parse(ids.as_bytes(), action).unwrap();
                assert_eq!(matches!(many, Intent::DryRun(_)), dry, "{action:?} {ids}");
            }
        }
    }

    #[test]
    fn says_everything_that_is_wrong_with_a_body() {
        assert_eq!(
            pointers(&refused(r#"{"invoiceIds": ["nue:a"], "filter": {}}"#, ACTIVATE)),
            ["/filter"]
        );
        assert_eq!(pointers(&refused(r#"{"invoiceIds": []}"#, ACTIVATE)), ["/invoiceIds"]);
        assert_eq!(
            pointers(&refused(r#"{"invoiceIds": ["a", 5, "nue:b"]}"#, ACTIVATE)),
            ["/invoiceIds/0", "/invoiceIds/1"]
        );
        assert_eq!(pointers(&refused("{}", ACTIVATE)), [""]);
        assert_eq!(pointers(&refused(r#"{"filter": {}}"#, ACTIVATE)), ["/filter"]);
        let no_range = r#"{"filter": {"status": "draft", "amount": {}}}"#;
        assert_eq!(pointers(&refused(no_range, ACTIVATE)), ["/filter/amount"]);
        let several = refused(
            r#"{"filter": {"status": "actve", "amount": {"gt": "x"}, "limit": 5}, "dryRun": 1, "foo": 2}"#,
            ACTIVATE,
        );
        assert_eq!(
            pointers(&several),
            ["/dryRun", "/filter/amount/gt", "/filter/limit", "/filter/status", "/foo"]
        );
        assert_eq!(
            pointers(&refused(r#"{"invoiceIds": ["nue:a"], "comment": "x"}"#, DELETE)),
            ["/comment"]
        );
        assert_eq!(refused("[1]", ACTIVATE).code, Code::InvalidRequest);
        assert_eq!(refused("{", ACTIVATE).code, Code::InvalidRequest);
    }

    #[test]
    fn a_name_that_stands_twice_in_a_body_is_refused() {
        let bulk = |body: &str| refused(body, ACTIVATE);
        let one = |body: &str| ACTIVATE.parse_one(body.as_bytes()).unwrap_err();
        let patch = |body: &str| Patch::parse(body.as_bytes()).unwrap_err();
        for (problem, pointer) in [
            (bulk(r#"{"invoiceIds": ["nue:a"], "dryRun": true, "dryRun": false}"#), "/dryRun"),
            (bulk(r#"{"filter": {"status": ["draft"], "status": ["active"]}}"#), "/filter/status"),
            (bulk(r#"{"filter": {"amount": {"gt": 1, "gt": 2}}}"#), "/filter/amount/gt"),
            (one(r#"{"dryRun": true, "dryRun": true}"#), "/dryRun"),
            (patch(r#"{"dates": {"due": "2025-01-01", "due": "2026-01-01"}}"#), "/dates/due"),
            (patch(r#"{"terms": "x", "terms": null}"#), "/terms"),
            (patch(r#"{"customFields": {"a": 1, "a": 2}}"#), "/customFields/a"),
            (patch(r#"{"customFields": {"a": [{"b": 1, "b": 2}]}}"#), "/customFields/a/0/b"),
        ] {
            assert_eq!(problem.code, Code::InvalidRequest, "{pointer}");
            assert_eq!(pointers(&problem), [pointer]);
            assert!(problem.detail.contains("twice"), "{}", problem.detail);
        }
    }

    #[test]
    fn an_amount_is_what_the_caller_wrote_or_a_fault() {
        let read = |amount: &str| {
            let body = format!(r#"{{"filter": {{"amount": {{"gte": {amount}}}}}}}"#);
            BulkWrite::parse(body.as_bytes(), ACTIVATE)
        };
        for sound in ["1000", "-7", "\"1000\"", "\"0.1\"", "\"-12.50\"", "\"12345678901234567.89\""]
        {
            assert!(read(sound).is_ok(), "{sound}");
        }
        for wrong in [
            "0.1",
            "1000000000001",
            "true",
            "\"1_000\"",
            "\"+1\"",
            "\" 1\"",
            "\"1e3\"",
            "12345678901234567.89",
            "1e300",
        ] {
            let problem = read(wrong).unwrap_err();
            assert!(problem.errors[0].pointer.starts_with("/filter/amount"), "{wrong}");
        }
    }

    #[test]
    fn a_patch_points_at_every_fault() {
        let refused = |body: &str| Patch::parse(body.as_bytes()).unwrap_err();
        let two = refused(r#"{"dates": {"due": "2025-02-30"}, "amounts": {"total": "1.00"}}"#);
        assert_eq!(
            (two.code, pointers(&two)),
            (Code::UnsupportedField, vec!["/dates/due", "/amounts"])
        );
        let order = refused(r#"{"dates": {"due": "2025-01-01", "invoice": "2025-02-01"}}"#);
        assert_eq!(pointers(&order), ["/dates/due"]);
        assert_eq!(pointers(&refused("{}")), [""]);
        assert_eq!(pointers(&refused(r#"{"comment": null, "terms": 5}"#)), ["/terms", "/comment"]);
    }

    #[test]
    fn a_patch_is_foretold_only_where_it_says_so() {
        for (body, dry) in [
            (r#"{"terms": "x", "dryRun": true}"#, true),
            (r#"{"terms": "x", "dryRun": false}"#, false),
            (r#"{"terms": "x", "dryRun": null}"#, false),
            (r#"{"terms": "x"}"#, false),
        ] {
            let intent = Patch::parse_intent(body.as_bytes()).unwrap();
            assert_eq!(matches!(intent, Intent::DryRun(_)), dry, "{body}");
            let (Intent::DryRun(patch) | Intent::Execute(patch)) = intent;
            assert_eq!(patch.fields(), [crate::Field::Terms], "{body}");
        }
        let refused = |body: &str| Patch::parse_intent(body.as_bytes()).unwrap_err();
        assert_eq!(pointers(&refused(r#"{"terms": "x", "dryRun": "true"}"#)), ["/dryRun"]);
        assert_eq!(pointers(&refused(r#"{"dryRun": true}"#)), [""]);
    }

    #[test]
    fn a_patch_keeps_the_digits_of_custom_fields() {
        let body = r#"{"dates": {"due": "2025-08-30"}, "terms": null, "customFields": {"rate": 0.1000, "note": null}}"#;
        let patch = Patch::parse(body.as_bytes()).unwrap();
        assert_eq!(patch.due, Change::Set(jiff::civil::date(2025, 8, 30)));
        assert_eq!(patch.terms, Change::Clear);
        assert_eq!(patch.custom_fields["rate"].get(), "0.1000");
        assert_eq!(patch.custom_fields["note"].get(), "null");
    }
}
