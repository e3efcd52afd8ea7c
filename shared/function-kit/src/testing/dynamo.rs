//! Tables behind DynamoDB's own API, over the real client.

use std::sync::Arc;

use serde_json::json;
use store::table::{DynamoTable, Table};
use tokio::net::TcpListener;

use crate::aws::Aws;

/// The real client, over a DynamoDB of its own (dynoxide's, by HTTP).
#[expect(clippy::expect_used, reason = "a test that cannot begin has failed")]
pub async fn dynamo() -> Arc<dyn Table> {
    let database = dynoxide::Database::memory().expect("a database in memory");
    let table = json!({
        "TableName": "bridge",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    });
    let table = invoice::json::read_value(table).expect("a request for a table");
    database.create_table(table).expect("a table");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a port").port();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    dynamo_at(port)
}

/// The real client, of whatever listens at this port.
#[expect(clippy::expect_used, reason = "a test that cannot begin has failed")]
pub fn dynamo_at(port: u16) -> Arc<dyn Table> {
    let aws = Aws::read(|name| match name {
        "AWS_REGION" => Some("eu-central-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        "AWS_ENDPOINT_URL_DYNAMODB" => Some(format!("http://127.0.0.1:{port}")),
        _ => None,
    });
    let aws = aws.expect("an environment");
    Arc::new(DynamoTable::new(aws.dynamodb(), "bridge".to_owned()))
}

/// A table where nobody listens.
#[expect(clippy::expect_used, reason = "a test that cannot begin has failed")]
pub async fn nowhere() -> Arc<dyn Table> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    dynamo_at(listener.local_addr().expect("a port").port())
}
