//! DynamoDB.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure,
};

use crate::table::{Changed, Condition, Item, Table, TableError, Test, Value};

const KEY: &str = "pk";
/// How often what could not be given at once is asked for again.
const ASKED_AGAIN: usize = 8;

/// A table of DynamoDB, whose partition key is `pk`.
#[derive(Debug)]
pub struct DynamoTable {
    client: Client,
    name: String,
}

impl DynamoTable {
    /// The table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &str) -> Result<Option<Item>, TableError> {
        let get = self.client.get_item().table_name(&self.name).key(KEY, text(key));
        let answer = get.consistent_read(true).send().await.map_err(|error| why(&error))?;
        Ok(answer.item.map(read))
    }

    async fn get_all(&self, keys: &[String]) -> Result<HashMap<String, Item>, TableError> {
        let mut found = HashMap::new();
        let mut wanted: Vec<_> =
            keys.iter().map(|key| HashMap::from([(KEY.to_owned(), text(key))])).collect();
        for _ in 0..ASKED_AGAIN {
            if wanted.is_empty() {
                return Ok(found);
            }
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true);
            // Keys are there, and that is all it asks of us.
            let keys = keys.build().map_err(|_| TableError::Unreachable)?;
            let get = self.client.batch_get_item().request_items(&self.name, keys);
            let answer = get.send().await.map_err(|error| why(&error))?;
            for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                if let Some(AttributeValue::S(key)) = item.get(KEY) {
                    let key = key.clone();
                    found.insert(key, read(item));
                }
            }
            let left = answer.unprocessed_keys.unwrap_or_default().into_values();
            wanted = left.flat_map(|keys| keys.keys).collect();
        }
        Err(TableError::Refused("unprocessed keys".to_owned()))
    }

    async fn put(
        &self,
        key: &str,
        item: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError> {
        let mut expression = Expression::default();
        let condition = expression.condition(condition);
        let item = item.into_values().map(|(name, value)| (name, written(value)));
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.chain([(KEY.to_owned(), text(key))]).collect()))
            .set_condition_expression(condition)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        changed(put.send().await)
    }

    async fn update(
        &self,
        key: &str,
        set: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError> {
        let mut expression = Expression::default();
        let condition = expression.condition(condition);
        let set = expression.set(set);
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .key(KEY, text(key))
            .update_expression(set)
            .set_condition_expression(condition)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        changed(update.send().await)
    }

    async fn add(&self, key: &str, name: &'static str, number: i64) -> Result<(), TableError> {
        let add = self
            .client
            .update_item()
            .table_name(&self.name)
            .key(KEY, text(key))
            .update_expression("ADD #name :number")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":number", written(Value::Number(number)));
        add.send().await.map(drop).map_err(|error| why(&error))
    }

    async fn delete(&self, key: &str, condition: &Condition) -> Result<Changed, TableError> {
        let mut expression = Expression::default();
        let condition = expression.condition(condition);
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key(KEY, text(key))
            .set_condition_expression(condition)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        changed(delete.send().await)
    }
}

/// The names and values of an expression. Every name stands behind a `#`: more
/// than five hundred words are reserved (aws R14).
#[derive(Default)]
struct Expression {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    fn condition(&mut self, condition: &Condition) -> Option<String> {
        let groups: Vec<String> =
            condition.groups().iter().map(|group| format!("({})", self.group(group))).collect();
        (!groups.is_empty()).then(|| groups.join(" OR "))
    }

    fn group(&mut self, tests: &[Test]) -> String {
        let tests: Vec<String> = tests
            .iter()
            .map(|test| match test {
                Test::Absent => format!("attribute_not_exists({})", self.name(KEY)),
                Test::Present => format!("attribute_exists({})", self.name(KEY)),
                Test::Is(name, value) => {
                    format!("{} = {}", self.name(name), self.value(value.clone()))
                }
                Test::AtMost(name, most) => {
                    format!("{} <= {}", self.name(name), self.value(Value::Number(*most)))
                }
            })
            .collect();
        tests.join(" AND ")
    }

    fn set(&mut self, item: Item) -> String {
        let set: Vec<String> = item
            .into_values()
            .map(|(name, value)| format!("{} = {}", self.name(&name), self.value(value)))
            .collect();
        format!("SET {}", set.join(", "))
    }

    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    fn value(&mut self, value: Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), written(value));
        placeholder
    }

    /// DynamoDB refuses an empty map.
    fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn written(value: Value) -> AttributeValue {
    match value {
        Value::Text(text) => AttributeValue::S(text),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::Bytes(bytes) => AttributeValue::B(Blob::new(bytes)),
    }
}

/// What is of no kind that we write is left out: what needs it finds it missing.
fn read(item: HashMap<String, AttributeValue>) -> Item {
    item.into_iter()
        .filter(|(name, _)| name != KEY)
        .filter_map(|(name, value)| {
            let value = match value {
                AttributeValue::S(text) => Value::Text(text),
                AttributeValue::N(number) => Value::Number(number.parse().ok()?),
                AttributeValue::B(bytes) => Value::Bytes(bytes.into_inner()),
                _ => return None,
            };
            Some((name, value))
        })
        .collect()
}

/// An error that may say that the condition does not hold.
trait Conditional {
    fn refused(&self) -> Option<&ConditionalCheckFailedException>;
}

macro_rules! conditional {
    ($($error:ident),*) => {$(
        impl Conditional for $error {
            fn refused(&self) -> Option<&ConditionalCheckFailedException> {
                match self {
                    Self::ConditionalCheckFailedException(refused) => Some(refused),
                    _ => None,
                }
            }
        }
    )*};
}
conditional!(PutItemError, UpdateItemError, DeleteItemError);

fn changed<T, E, R>(answer: Result<T, SdkError<E, R>>) -> Result<Changed, TableError>
where
    E: Conditional + ProvideErrorMetadata,
{
    let error = match answer {
        Ok(_) => return Ok(Changed::Done),
        Err(error) => error,
    };
    match error.as_service_error().and_then(Conditional::refused) {
        Some(refused) => Ok(Changed::Refused(refused.item.clone().map(read))),
        None => Err(why(&error)),
    }
}

fn why<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> TableError {
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some(code) => TableError::Refused(code.chars().take(60).collect()),
        None => TableError::Unreachable,
    }
}
