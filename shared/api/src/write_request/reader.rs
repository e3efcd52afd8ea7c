//! Reading the members of a body one by one, and gathering what is wrong with them.

use invoice::Change;
use invoice::{Code, Fault, Problem};
use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::repeated_members::repeated_members;

/// The longest comment, in characters.
const MAX_COMMENT: usize = 2000;

/// A body that is being read, and what is wrong with it so far.
pub(super) struct Reader {
    pub(super) fields: Map<String, Value>,
    pub(super) faults: Vec<Fault>,
}

pub(super) type Parsed<T> = Result<T, String>;

pub(super) fn date(value: &Value) -> Parsed<Date> {
    let text = value.as_str().filter(|text| text.len() == 10);
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| "expected a date, YYYY-MM-DD, such as \"2025-01-31\"".to_owned())
}

pub(super) fn text(value: &Value) -> Parsed<String> {
    let text = value.as_str().filter(|text| !text.is_empty() && text.chars().count() <= 255);
    text.map(str::to_owned).ok_or_else(|| "expected a text of 1 to 255 characters".to_owned())
}

pub(super) fn comment(value: &Value) -> Parsed<String> {
    let text = value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.chars().count() <= MAX_COMMENT);
    text.map(str::to_owned)
        .ok_or_else(|| format!("expected a text of 1 to {MAX_COMMENT} characters"))
}

pub(super) fn flag(value: &Value) -> Parsed<bool> {
    value.as_bool().ok_or_else(|| "expected true or false".to_owned())
}

pub(super) fn texts(value: &Value) -> Parsed<Vec<String>> {
    let items = value.as_array().filter(|items| !items.is_empty());
    items
        .and_then(|items| items.iter().map(|item| text(item).ok()).collect())
        .ok_or_else(|| "expected a list of texts, or null to clear it".to_owned())
}

impl Reader {
    pub(super) fn open(body: &[u8]) -> Result<Self, Problem> {
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
        match invoice::json::read_slice(body) {
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

    pub(super) fn fault(&mut self, pointer: &str, code: Code, detail: impl Into<String>) {
        self.faults.push(Fault { pointer: pointer.to_owned(), code, detail: detail.into() });
    }

    pub(super) fn option<T>(
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

    pub(super) fn change<T>(
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

    pub(super) fn object(&mut self, name: &str) -> Map<String, Value> {
        match self.fields.remove(name) {
            None => Map::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                self.fault(&format!("/{name}"), Code::InvalidRequest, "expected an object");
                Map::new()
            }
        }
    }

    pub(super) fn no_others(&mut self, parent: &str, fields: Map<String, Value>) {
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
    pub(super) fn close(mut self) -> Result<(), Problem> {
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

    pub(super) fn unprocessable(self) -> Result<(), Problem> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Problem::of_faults(Code::UnsupportedField, self.faults))
        }
    }
}
