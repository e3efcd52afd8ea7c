//! What the calls of SQS take, and what they answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::queue::{Received, Sent};

/// Every call's members in one: they never disagree.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Call {
    pub queue_url: Option<String>,
    pub queue_name: Option<String>,
    pub queue_name_prefix: Option<String>,
    pub message_body: Option<String>,
    pub delay_seconds: Option<u64>,
    pub receipt_handle: Option<String>,
    pub visibility_timeout: Option<u64>,
    pub max_number_of_messages: Option<usize>,
    pub wait_time_seconds: Option<u64>,
    #[serde(default)]
    pub attribute_names: Vec<String>,
    #[serde(default)]
    pub message_system_attribute_names: Vec<String>,
    #[serde(default)]
    pub message_attributes: Map<String, Value>,
    #[serde(default)]
    pub entries: Vec<Entry>,
}

/// One entry of a call for several messages.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    pub id: String,
    pub message_body: Option<String>,
    pub delay_seconds: Option<u64>,
    pub receipt_handle: Option<String>,
    #[serde(default)]
    pub message_attributes: Map<String, Value>,
}

impl Call {
    /// A received message, with the attributes that the call asks for.
    pub fn shown(&self, received: &Received) -> Value {
        let mut shown = json!({
            "MessageId": received.id,
            "ReceiptHandle": received.receipt,
            "MD5OfBody": received.md5,
            "Body": received.body,
        });
        let names = [&self.attribute_names[..], &self.message_system_attribute_names[..]].concat();
        let attributes = chosen(&received.attributes, &names);
        if let Some(shown) = shown.as_object_mut().filter(|_| !attributes.is_empty()) {
            shown.insert("Attributes".to_owned(), json!(attributes));
        }
        shown
    }
}

/// The attributes that are named, or `All` of them.
pub fn chosen<'a>(
    attributes: &'a BTreeMap<&'static str, String>,
    names: &[String],
) -> BTreeMap<&'static str, &'a String> {
    let is_named = |name: &str| names.iter().any(|named| named == name || named == "All");
    let named = attributes.iter().filter(|(name, _)| is_named(name));
    named.map(|(name, value)| (*name, value)).collect()
}

/// What SendMessage answers.
pub fn sent(sent: &Sent) -> Value {
    json!({ "MessageId": sent.id, "MD5OfMessageBody": sent.md5 })
}

/// What SendMessageBatch answers for one entry.
pub fn sent_as(entry: &Entry, sent: &Sent) -> Value {
    json!({ "Id": entry.id, "MessageId": sent.id, "MD5OfMessageBody": sent.md5 })
}
