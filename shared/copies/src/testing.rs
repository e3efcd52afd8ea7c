//! A table of copies in an embedded DynamoDB, and accounts to copy, for tests.

pub mod account;
pub mod items;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region, RuntimeComponents, SharedAsyncSleep,
};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_async::rt::sleep::TokioSleep;
use serde_json::{Value, json};

use crate::CopyStore;

/// The table as the template has it.
pub fn definition(name: &str) -> Value {
    let key = |attribute: &str| json!([{"AttributeName": "connection", "KeyType": "HASH"}, {"AttributeName": attribute, "KeyType": "RANGE"}]);
    let index = |name: &str, attribute: &str| {
        let projected = match name {
            "sequence" => {
                json!(["hash", "created", "cause", "gone", "askedAt", "fullId", "expiresAt"])
            }
            _ => json!(["fields"]),
        };
        json!({"IndexName": name, "KeySchema": key(attribute), "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": projected}})
    };
    let local = [
        ("sequence", "bySequence"),
        ("status", "byStatus"),
        ("customer", "byCustomer"),
        ("invoiceDate", "byInvoiceDate"),
        ("dueDate", "byDueDate"),
    ];
    let global = [
        ("amount", "byAmount"),
        ("balance", "byBalance"),
        ("createdAt", "byCreatedAt"),
        ("modifiedAt", "byModifiedAt"),
        ("number", "byNumber"),
    ];
    let attributes = ["connection", "id"]
        .into_iter()
        .chain(local.iter().chain(&global).map(|(_, attribute)| *attribute));
    json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes.map(|it| json!({"AttributeName": it, "AttributeType": "S"})).collect::<Vec<_>>(),
        "KeySchema": key("id"),
        "LocalSecondaryIndexes": local.map(|(name, attribute)| index(name, attribute)),
        "GlobalSecondaryIndexes": global.map(|(name, attribute)| index(name, attribute)),
    })
}

/// A store over a table of its own, in memory.
///
/// # Panics
/// When the embedded DynamoDB cannot be had.
pub async fn store() -> CopyStore {
    failing_store(&Faults::default()).await
}

/// A store over a table of its own, in memory, whose calls fail as these faults say.
///
/// # Panics
/// When the embedded DynamoDB cannot be had.
pub async fn failing_store(faults: &Faults) -> CopyStore {
    store_over(serve().await, faults)
}

/// Serves a DynamoDB of its own, in memory, with an empty table `copies`, for as long as the
/// runtime lives; the port of loopback that it is served at.
///
/// # Panics
/// When the embedded DynamoDB cannot be had.
#[expect(clippy::unwrap_used, reason = "a test without its table fails")]
pub async fn serve() -> u16 {
    let database = dynoxide::Database::memory().unwrap();
    database.create_table(serde_json::from_value(definition("copies")).unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    port
}

/// A store over the table of the DynamoDB at this port of loopback.
pub fn store_at(port: u16) -> CopyStore {
    store_over(port, &Faults::default())
}

fn store_over(port: u16, faults: &Faults) -> CopyStore {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .timeout_config(TimeoutConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .interceptor(faults.clone())
        .endpoint_url(format!("http://127.0.0.1:{port}"));
    CopyStore::new(Client::from_conf(config.build()), "copies")
}

/// The calls of DynamoDB that fail before they are sent, by their operation; each with how many
/// are let through before. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<BTreeMap<&'static str, usize>>>);

impl Faults {
    /// Lets `first` calls of the operation through, and none after them.
    pub fn refuse(&self, operation: &'static str, first: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(operation, first);
    }

    /// Lets all calls through.
    pub fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Intercept for Faults {
    fn name(&self) -> &'static str {
        "faults of a test"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match faults.get_mut(operation) {
            Some(0) => Err("as the test says".into()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}
