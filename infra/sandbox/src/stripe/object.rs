//! Stripe's invoice (stripe R53).

use serde_json::{Map, Value, json};

use crate::store::{Keyed, Shown};

/// "The first handful" of lines that the object itself holds (stripe R9).
const HANDFUL: usize = 10;

/// An invoice, its lines apart from it.
#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) object: Map<String, Value>,
    pub(crate) lines: Vec<Value>,
    pub(crate) payments: Vec<Value>,
}

impl Invoice {
    /// An object as Stripe sends it, with the lines that it holds.
    pub(crate) fn read(mut object: Map<String, Value>) -> Self {
        let lines = object
            .remove("lines")
            .and_then(|mut lines| lines.get_mut("data")?.take().as_array().cloned());
        Self { object, lines: lines.unwrap_or_default(), payments: Vec::new() }
    }

    pub(crate) fn text(&self, field: &str) -> &str {
        self.object.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn number(&self, field: &str) -> Option<i64> {
        self.object.get(field).and_then(Value::as_i64)
    }

    pub(crate) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.object.insert(field.to_owned(), value.into());
    }

    /// Sets a moment among the `status_transitions`.
    pub(crate) fn turned(&mut self, moment: &str, at: i64) {
        if let Some(Value::Object(moments)) = self.object.get_mut("status_transitions") {
            moments.insert(moment.to_owned(), at.into());
        }
    }

    /// The object as it is answered.
    pub(crate) fn value(&self) -> Value {
        let mut object = self.object.clone();
        let data: Vec<&Value> = self.lines.iter().take(HANDFUL).collect();
        let url = format!("/v1/invoices/{}/lines", self.id());
        let has_more = self.lines.len() > HANDFUL;
        object.insert(
            "lines".to_owned(),
            json!({ "object": "list", "data": data, "has_more": has_more, "url": url }),
        );
        Value::Object(object)
    }

    pub(crate) fn json(&self) -> String {
        self.value().to_string()
    }
}

impl Keyed for Invoice {
    fn id(&self) -> String {
        self.text("id").to_owned()
    }
    fn customer(&self) -> String {
        self.text("customer").to_owned()
    }
}

impl Shown for Invoice {
    fn shown(&self) -> String {
        self.json()
    }
}
