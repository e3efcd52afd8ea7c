//! The document, and answers held to it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::http::Answer;

pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What any server of HTTP says, and API Gateway's own name for a request.
const OF_THE_PROTOCOL: [&str; 5] =
    ["connection", "content-length", "content-type", "date", "apigw-requestid"];

/// The document.
pub struct Document {
    pub json: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// A file at the top of the repository.
pub fn read(path: &str) -> String {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(top.join(path)).unwrap()
}

/// The document as it lies in the repository, closed: an answer is held to the words
/// and the members that there are, whatever clients are told to expect beside them.
pub fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut json = yaml_serde::from_str(&read("infra/openapi.yaml")).unwrap();
        close(&mut json);
        Document { json, validators: Mutex::default() }
    })
}

/// Closes what is open for clients: lists of words, and objects that name members.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            // A member may be called `properties`, or like a keyword: a keyword's value decides.
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

/// Holds an answer to the document: its status, kind of content, body and headers
/// are those of the operation. Gives the operation's name; none where the document
/// has no such route, and the answer says so.
pub fn hold(method: &str, target: &str, answer: &Answer) -> Option<&'static str> {
    let document = document();
    let Some(operation) = document.operation(method, target) else {
        // Of a HEAD nothing more is to be seen.
        let is_nothing = answer.text == r#"{"message":"Not Found"}"# || method == "HEAD";
        let is_none = answer.status == 404 && is_nothing;
        assert!(is_none, "{method} {target} is served, and not in the document: {}", answer.raw);
        return None;
    };
    let name = operation["operationId"].as_str().unwrap();
    let said = format!("{name} ({method} {target}): {} {}", answer.status, answer.text);
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "the document has no such status: {said}");
    let response = document.resolved(response);
    hold_body(document, response, answer, &said);
    hold_headers(document, response, answer, &said);
    Some(name)
}

fn hold_body(document: &Document, response: &Value, answer: &Answer, said: &str) {
    let Some(contents) = response.get("content") else {
        assert_eq!(answer.text, "", "the document has no body there: {said}");
        return;
    };
    let content = &contents[answer.header("content-type").unwrap_or_default()];
    assert!(content.is_object(), "the document has no such kind of content: {said}");
    document.hold(&content["schema"], &answer.json(), said);
}

fn hold_headers(document: &Document, response: &Value, answer: &Answer, said: &str) {
    let headers: HashMap<String, &Value> = response["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, header)| (name.to_ascii_lowercase(), document.resolved(header)))
        .collect();
    for (name, value) in &answer.headers {
        if OF_THE_PROTOCOL.contains(&name.as_str()) {
            continue;
        }
        let Some(header) = headers.get(name) else {
            panic!("the document has no header `{name}` there: {said}");
        };
        let is_number = header["schema"]["type"] == "integer";
        let value = if is_number { json!(value.parse::<u64>().ok()) } else { json!(value) };
        document.hold(&header["schema"], &value, &format!("{name} of {said}"));
    }
    for (name, header) in headers {
        let is_missing = header["required"] == true && answer.header(&name).is_none();
        assert!(!is_missing, "`{name}` is missing: {said}");
    }
}

impl Document {
    /// Every operation: its method, its path, and what it says.
    pub fn operations(&self) -> impl Iterator<Item = (&'static str, &str, &Value)> {
        let paths = self.json["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                Some((*method, path.as_str(), item.get(method.to_ascii_lowercase())?))
            })
        })
    }

    /// The operation of a request, found as API Gateway does: by the decoded
    /// path, a literal segment before a variable one.
    pub fn operation(&self, method: &str, target: &str) -> Option<&Value> {
        let path = target.split('?').next()?;
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let asked: Vec<&str> = path.split('?').next()?.split('/').collect();
        let fits = |known: &str| {
            let known: Vec<&str> = known.split('/').collect();
            let same = |(known, asked): (&&str, &&str)| {
                known == asked || (known.starts_with('{') && !asked.is_empty())
            };
            known.len() == asked.len() && known.iter().zip(&asked).all(same)
        };
        let fitting = self.operations().filter(|(of, path, _)| *of == method && fits(path));
        let (_, _, operation) = fitting.min_by_key(|(_, path, _)| path.contains('{'))?;
        Some(operation)
    }

    /// What stands at a reference, or the value itself where it is none.
    pub fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let there = self.json.pointer(reference.trim_start_matches('#'));
                self.resolved(there.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => value,
        }
    }

    /// The schema of this name among the components.
    pub fn schema(&self, name: &str) -> &Value {
        let schema = &self.json["components"]["schemas"][name];
        assert!(schema.is_object(), "the document has no schema {name}");
        schema
    }

    /// Fails unless `value` is what `schema` says.
    pub fn hold(&self, schema: &Value, value: &Value, said: &str) {
        let faults: Vec<String> = self
            .validator(schema)
            .iter_errors(value)
            .map(|fault| format!("{} at `{}`", fault, fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{faults:#?} in {said}");
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut held = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        let made = held.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({"components": self.json["components"], "allOf": [schema]});
            Arc::new(jsonschema::options().should_validate_formats(true).build(&whole).unwrap())
        });
        Arc::clone(made)
    }
}
