//! A stand-in for DynamoDB: one table, in memory, that answers at once. Items
//! are kept as the JSON they came as.
//!
//! It takes every condition for fulfilled: the bench measures calls that nobody
//! competes with.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::http::{Reply, Request, Service};

/// The media type of DynamoDB's answers.
pub const KIND: &str = "application/x-amz-json-1.0";

/// A table whose partition key is `pk`.
#[derive(Debug, Default)]
pub struct Table(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    items: HashMap<String, String>,
    calls: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct KeyOf {
    pk: Text,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "S")]
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One<'a> {
    key: Option<KeyOf>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    update_expression: Option<String>,
    #[serde(default)]
    expression_attribute_names: HashMap<String, String>,
    #[serde(default)]
    expression_attribute_values: HashMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    request_items: HashMap<String, Keys>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Keys {
    keys: Vec<KeyOf>,
}

impl Table {
    /// Puts an item, given as DynamoDB's JSON.
    pub fn put(&self, key: &str, item: &str) {
        self.rows().items.insert(key.to_owned(), item.to_owned());
    }

    /// Removes what begins so.
    pub fn forget(&self, prefix: &str) {
        self.rows().items.retain(|key, _| !key.starts_with(prefix));
    }

    /// The items, by their keys.
    pub fn items(&self) -> Vec<(String, String)> {
        self.rows().items.clone().into_iter().collect()
    }

    /// How often each operation was asked for since this was last asked.
    pub fn take_calls(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.rows().calls)
    }

    /// Counts a call that another answers.
    pub fn note_call(&self, operation: &str) {
        *self.rows().calls.entry(operation.to_owned()).or_default() += 1;
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self, operation: &str, body: &[u8]) -> serde_json::Result<String> {
        self.note_call(operation);
        let mut rows = self.rows();
        if operation == "BatchGetItem" {
            return Ok(rows.batch(serde_json::from_slice(body)?));
        }
        let one: One<'_> = serde_json::from_slice(body)?;
        let key = one.key.as_ref().map(|key| key.pk.text.as_str()).unwrap_or_default();
        match operation {
            "GetItem" => {
                let item = rows.items.get(key);
                return Ok(item.map_or("{}".to_owned(), |item| format!("{{\"Item\":{item}}}")));
            }
            "PutItem" => {
                let item = one.item.map(RawValue::get).unwrap_or_default();
                let key: KeyOf = serde_json::from_str(item)?;
                rows.items.insert(key.pk.text, item.to_owned());
            }
            "UpdateItem" => rows.update(key, &one)?,
            "DeleteItem" => drop(rows.items.remove(key)),
            _ => {}
        }
        Ok("{}".to_owned())
    }
}

impl Rows {
    fn batch(&self, batch: Batch) -> String {
        let tables = batch.request_items.into_iter().map(|(table, wanted)| {
            let keys = wanted.keys.iter();
            let items: Vec<&str> =
                keys.filter_map(|key| self.items.get(&key.pk.text).map(String::as_str)).collect();
            format!("\"{table}\":[{}]", items.join(","))
        });
        let tables: Vec<String> = tables.collect();
        format!("{{\"Responses\":{{{}}},\"UnprocessedKeys\":{{}}}}", tables.join(","))
    }

    /// `ADD #name :number`, or `SET #name = :value, ..`.
    fn update(&mut self, key: &str, one: &One<'_>) -> serde_json::Result<()> {
        let item = self.items.get(key).map(|item| serde_json::from_str(item)).transpose()?;
        let mut item: Map<String, Value> = item.unwrap_or_default();
        item.insert("pk".to_owned(), json!({ "S": key }));
        let expression = one.update_expression.as_deref().unwrap_or_default();
        let (verb, changes) = expression.split_once(' ').unwrap_or_default();
        for change in changes.split(',') {
            let mut words = change.split_whitespace().filter(|word| *word != "=");
            let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
            let name = one.expression_attribute_names.get(name).map_or(name, String::as_str);
            let value = one.expression_attribute_values.get(value).cloned().unwrap_or_default();
            let value = if verb == "ADD" { sum(item.get(name), &value) } else { value };
            item.insert(name.to_owned(), value);
        }
        self.items.insert(key.to_owned(), Value::from(item).to_string());
        Ok(())
    }
}

fn sum(before: Option<&Value>, more: &Value) -> Value {
    let number = |value: &Value| value.get("N")?.as_str()?.parse::<i64>().ok();
    let sum = before.and_then(number).unwrap_or(0) + number(more).unwrap_or(0);
    json!({ "N": sum.to_string() })
}

impl Service for Table {
    fn answer(&self, request: &Request) -> Option<Reply> {
        let operation = request.header("x-amz-target").unwrap_or_default();
        let operation = operation.rsplit('.').next().unwrap_or_default();
        Some(match self.outcome(operation, &request.body) {
            Ok(body) => Reply::json(KIND, body),
            Err(error) => {
                let body = json!({"__type": "ValidationException", "message": error.to_string()});
                Reply { status: 400, ..Reply::json(KIND, body.to_string()) }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(table: &Table, operation: &str, body: Value) -> Value {
        serde_json::from_str(&table.outcome(operation, body.to_string().as_bytes()).unwrap())
            .unwrap()
    }

    #[test]
    fn keeps_what_is_put_and_counts_what_is_added() {
        let table = Table::default();
        let item = json!({"pk": {"S": "a"}, "x": {"N": "1"}});
        asked(&table, "PutItem", json!({"TableName": "t", "Item": item}));
        for _ in 0..2 {
            let add = json!({
                "Key": {"pk": {"S": "b"}}, "UpdateExpression": "ADD #n :n",
                "ExpressionAttributeNames": {"#n": "count"},
                "ExpressionAttributeValues": {":n": {"N": "1"}},
            });
            asked(&table, "UpdateItem", add);
        }
        let keys = json!([{"pk": {"S": "a"}}, {"pk": {"S": "b"}}, {"pk": {"S": "c"}}]);
        let found = asked(&table, "BatchGetItem", json!({"RequestItems": {"t": {"Keys": keys}}}));
        let counted = json!({"pk": {"S": "b"}, "count": {"N": "2"}});
        assert_eq!(found["Responses"]["t"], json!([item, counted]));
        asked(&table, "DeleteItem", json!({"Key": {"pk": {"S": "a"}}}));
        assert_eq!(asked(&table, "GetItem", json!({"Key": {"pk": {"S": "a"}}})), json!({}));
    }
}
