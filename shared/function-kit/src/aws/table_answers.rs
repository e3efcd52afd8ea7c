//! What DynamoDB answers to reads, read in one pass.
//!
//! The SDK's own reader looks at each byte of a text by itself, and again to unescape it: of
//! a listing that is kept, whose item is bytes in base64, a seventh of the whole work
//! (tests/bench/RESULTS.md). This one stands in for it where items are read, and gives the
//! SDK's own types; whatever is refused is left to the SDK.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, Error, Output,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::base64;
use aws_smithy_types::config_bag::ConfigBag;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};

/// Has the answers of `GetItem`, `BatchGetItem` and `Query` read by this module.
#[derive(Debug)]
pub struct TableAnswers;

#[dyn_dispatch_hint]
impl Intercept for TableAnswers {
    fn name(&self) -> &'static str {
        "TableAnswers"
    }

    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reader = match config.load::<Metadata>().map(Metadata::name) {
            _ if !context.response().status().is_success() => None,
            Some("GetItem") => Some(Reader(read::<GetItem>)),
            Some("BatchGetItem") => Some(Reader(read::<BatchGetItem>)),
            Some("Query") => Some(Reader(read::<Query>)),
            _ => None,
        };
        if let Some(reader) = reader {
            config.interceptor_state().store_put(SharedResponseDeserializer::new(reader));
        }
        Ok(())
    }
}

/// The reader of one operation's answers.
struct Reader(fn(&[u8]) -> serde_json::Result<Output>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl DeserializeResponse for Reader {
    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        // What was read as no answer is asked for again, and may be refused then.
        if !response.status().is_success() {
            let status = response.status().as_u16();
            return Err(OrchestratorError::response(format!("status {status}").into()));
        }
        let Self(read) = self;
        let body = response.body().bytes().unwrap_or_default();
        read(body).map_err(|error| OrchestratorError::response(error.into()))
    }
}

fn read<A: DeserializeOwned + Into<Output>>(body: &[u8]) -> serde_json::Result<Output> {
    serde_json::from_slice::<A>(body).map(Into::into)
}

/// The answer of `GetItem`, without what it consumed: that is not asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetItem {
    item: Option<Item>,
}

/// The answer of `BatchGetItem`, without what it consumed: that is not asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchGetItem {
    responses: HashMap<String, Vec<Item>>,
    #[serde(default)]
    unprocessed_keys: HashMap<String, Unprocessed>,
}

/// What `BatchGetItem` could not give at once of one table, as it was asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Unprocessed {
    keys: Vec<Item>,
    consistent_read: Option<bool>,
    projection_expression: Option<String>,
    expression_attribute_names: Option<HashMap<String, String>>,
}

/// The answer of `Query`, without what it consumed: that is not asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Query {
    items: Option<Vec<Item>>,
    count: i32,
    scanned_count: i32,
    last_evaluated_key: Option<Item>,
}

impl From<GetItem> for Output {
    fn from(answer: GetItem) -> Self {
        let item = answer.item.map(Item::into);
        Self::erase(GetItemOutput::builder().set_item(item).build())
    }
}

impl From<BatchGetItem> for Output {
    fn from(answer: BatchGetItem) -> Self {
        let responses = answer.responses.into_iter().map(|(table, found)| (table, items(found)));
        let left = answer.unprocessed_keys.into_iter().filter_map(|(table, left)| {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(items(left.keys)))
                .set_consistent_read(left.consistent_read)
                .set_projection_expression(left.projection_expression)
                .set_expression_attribute_names(left.expression_attribute_names);
            // It asks for keys, and has them.
            Some((table, keys.build().ok()?))
        });
        let answer = BatchGetItemOutput::builder()
            .set_responses(Some(responses.collect()))
            .set_unprocessed_keys(Some(left.collect()));
        Self::erase(answer.build())
    }
}

impl From<Query> for Output {
    fn from(answer: Query) -> Self {
        let answer = QueryOutput::builder()
            .set_items(answer.items.map(items))
            .count(answer.count)
            .scanned_count(answer.scanned_count)
            .set_last_evaluated_key(answer.last_evaluated_key.map(Item::into));
        Self::erase(answer.build())
    }
}

/// The attributes of an item, by their names.
struct Item(HashMap<String, AttributeValue>);

/// An attribute's value under the name of its type, as DynamoDB writes it.
#[derive(Deserialize)]
enum Attribute {
    S(String),
    N(String),
    B(Bytes),
    #[serde(rename = "SS")]
    Ss(Vec<String>),
    #[serde(rename = "NS")]
    Ns(Vec<String>),
    #[serde(rename = "BS")]
    Bs(Vec<Bytes>),
    M(Item),
    L(Vec<Attribute>),
    #[serde(rename = "NULL")]
    Null(bool),
    #[serde(rename = "BOOL")]
    Bool(bool),
}

/// Bytes, written as base64.
struct Bytes(Blob);

fn items(items: Vec<Item>) -> Vec<HashMap<String, AttributeValue>> {
    items.into_iter().map(Item::into).collect()
}

impl From<Item> for HashMap<String, AttributeValue> {
    fn from(Item(attributes): Item) -> Self {
        attributes
    }
}

impl From<Attribute> for AttributeValue {
    fn from(attribute: Attribute) -> Self {
        match attribute {
            Attribute::S(text) => Self::S(text),
            Attribute::N(number) => Self::N(number),
            Attribute::B(Bytes(bytes)) => Self::B(bytes),
            Attribute::Ss(texts) => Self::Ss(texts),
            Attribute::Ns(numbers) => Self::Ns(numbers),
            Attribute::Bs(all) => Self::Bs(all.into_iter().map(|Bytes(bytes)| bytes).collect()),
            Attribute::M(item) => Self::M(item.into()),
            Attribute::L(all) => Self::L(all.into_iter().map(Self::from).collect()),
            Attribute::Null(is_null) => Self::Null(is_null),
            Attribute::Bool(is_true) => Self::Bool(is_true),
        }
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attributes;

        impl<'de> Visitor<'de> for Attributes {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the attributes of an item")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Item, M::Error> {
                let mut attributes = HashMap::with_capacity(map.size_hint().unwrap_or(8));
                while let Some((name, value)) = map.next_entry::<String, Attribute>()? {
                    attributes.insert(name, value.into());
                }
                Ok(Item(attributes))
            }
        }

        deserializer.deserialize_map(Attributes)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;

        impl Visitor<'_> for Base64 {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes in base64")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bytes, E> {
                base64::decode(text).map(|bytes| Bytes(Blob::new(bytes))).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Base64)
    }
}

#[cfg(test)]
mod tests;
