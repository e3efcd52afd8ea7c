//! What infra/openapi.yaml allows an answer to be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::client::{Answer, Failure};
use crate::truth::lock;

/// The document, closed: an answer is held to the words and members that there are, whatever
/// clients are told to expect beside them.
pub struct Contract {
    document: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    /// Reads the document.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn read() -> Result<Self, Failure> {
        let mut document = yaml_serde::from_str(include_str!("../../../infra/openapi.yaml"))?;
        close(&mut document);
        Ok(Self { document, validators: Mutex::default() })
    }

    /// What is wrong with an answer to `operation`; its body is held to its schema where
    /// `is_whole`, which takes time. Of a success that is not, reading the body is left to whoever
    /// looks at what it says.
    pub fn faults(&self, operation: &str, answer: &Answer, is_whole: bool) -> Vec<String> {
        let status = answer.status;
        let response = self
            .operation(operation)
            .and_then(|operation| operation.get("responses")?.get(status.to_string()));
        let Some(response) = response else {
            return vec![format!("the document has no status {status} of {operation}")];
        };
        let response = self.resolved(response);
        let contents = response.get("content");
        let kind = answer.header("content-type").unwrap_or_default();
        let Some(content) = contents.and_then(|contents| contents.get(kind)) else {
            let is_none = contents.is_none() && answer.text.is_empty();
            let fault = || format!("the document has no content {kind:?} of a {status}");
            return if is_none { Vec::new() } else { vec![fault()] };
        };
        if !is_whole && status < 400 {
            return Vec::new();
        }
        let Ok(body) = serde_json::from_str::<Value>(&answer.text) else {
            return vec!["the body is no JSON".to_owned()];
        };
        let mut faults = of_problem(kind, status, &body);
        if is_whole {
            faults.extend(self.faults_of_body(content, &body));
        }
        faults
    }

    fn faults_of_body(&self, content: &Value, body: &Value) -> Vec<String> {
        let schema = content.get("schema").unwrap_or(&Value::Null);
        match self.validator(schema) {
            Ok(validator) => validator
                .iter_errors(body)
                .map(|fault| format!("{fault} at `{}`", fault.instance_path()))
                .collect(),
            Err(why) => vec![why],
        }
    }

    fn operation(&self, id: &str) -> Option<&Value> {
        let paths = self.document.get("paths")?.as_object()?.values();
        let all = paths.filter_map(Value::as_object).flat_map(|path| path.values());
        all.into_iter().find(|operation| operation.get("operationId") == Some(&json!(id)))
    }

    /// What stands at a reference, or the value itself where it is none.
    fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        let reference = value.get("$ref").and_then(Value::as_str);
        let there = reference.and_then(|to| self.document.pointer(to.trim_start_matches('#')));
        there.map_or(value, |there| self.resolved(there))
    }

    fn validator(&self, schema: &Value) -> Result<Arc<Validator>, String> {
        let key = schema.to_string();
        if let Some(made) = lock(&self.validators).get(&key) {
            return Ok(Arc::clone(made));
        }
        let components = self.document.get("components");
        let whole = json!({ "components": components, "allOf": [schema] });
        let made = jsonschema::options().should_validate_formats(true).build(&whole);
        let made = Arc::new(made.map_err(|error| error.to_string())?);
        lock(&self.validators).insert(key, Arc::clone(&made));
        Ok(made)
    }
}

/// A failure is a problem that says its own status, or the gateway's word.
fn of_problem(kind: &str, status: u16, body: &Value) -> Vec<String> {
    if status < 400 {
        return Vec::new();
    }
    let is_problem =
        kind == "application/problem+json" && body.get("status") == Some(&json!(status));
    let is_gateways = kind == "application/json" && body.get("message").is_some();
    if is_problem || is_gateways { Vec::new() } else { vec!["it is no problem".to_owned()] }
}

/// Closes what is open for clients: lists of words, and objects that name members.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(words) = members.remove("x-extensible-enum") {
                members.insert("enum".to_owned(), words);
            }
            if members.get("type") == Some(&json!("object")) && members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use jiff::Timestamp;

    use super::*;

    fn answer(status: u16, kind: &'static str, text: &str) -> Answer {
        let headers =
            HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let (began, ended) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        Answer { status, headers, text: text.to_owned(), began, ended, took: Default::default() }
    }

    #[test]
    fn what_the_document_does_not_have_is_a_fault() {
        let contract = Contract::read().unwrap();
        let faults = |answer: &Answer| contract.faults("listInvoices", answer, true);
        let gateway = answer(503, "application/json", r#"{"message":"Service Unavailable"}"#);
        assert!(faults(&gateway).is_empty(), "{:?}", faults(&gateway));
        for wrong in [
            answer(418, "application/json", "{}"),
            answer(500, "text/html", "<html>"),
            answer(502, "application/problem+json", r#"{"status":500}"#),
            answer(200, "application/json", r#"{"data":[]}"#),
            answer(200, "application/json", "{"),
        ] {
            assert!(!faults(&wrong).is_empty(), "{wrong:?}");
        }
    }
}
