//! Reads the item that the path names and answers it: one round trip to
//! DynamoDB, and no rules. Tuned as our functions are: ring, pinned roots, the
//! connection opened in init, no default features, one thread.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedAsyncSleep, SharedHttpClient,
};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
use serde_json::{Map, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (client, table) = (client()?, std::env::var("TABLE_NAME")?);
    let (client, table) = (&client, table.as_str());
    item(client, table, "warm").await?;
    run(service_fn(move |request: Request| async move {
        let key = request.path_parameters().first("id").unwrap_or_default().to_owned();
        let found = item(client, table, &key).await?.unwrap_or_default();
        let answer = Response::builder().header(CONTENT_TYPE, "application/json");
        Ok::<_, Error>(answer.body(Body::Text(written(found)))?)
    }))
    .await
}

fn client() -> Result<Client, Error> {
    let variable = |name| std::env::var(name);
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        variable("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(credentials)
        .endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB")?)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .http_client(http_client(std::fs::read(variable("AWS_CA_BUNDLE")?)?)?);
    Ok(Client::from_conf(config.build()))
}

fn http_client(roots: Vec<u8>) -> Result<SharedHttpClient, Error> {
    let trusted = TrustStore::empty().with_pem_certificate(roots);
    let tls = TlsContext::builder().with_trust_store(trusted).build()?;
    let ring = Provider::Rustls(CryptoMode::Ring);
    Ok(Builder::new().tls_provider(ring).tls_context(tls).build_https())
}

async fn item(
    client: &Client,
    table: &str,
    key: &str,
) -> Result<Option<HashMap<String, AttributeValue>>, Error> {
    let get = client.get_item().table_name(table).key("pk", AttributeValue::S(key.to_owned()));
    Ok(get.consistent_read(true).send().await?.item)
}

fn written(item: HashMap<String, AttributeValue>) -> String {
    let values = item.into_iter().filter_map(|(name, value)| match value {
        AttributeValue::S(text) => Some((name, Value::from(text))),
        AttributeValue::N(number) => Some((name, Value::from(number))),
        _ => None,
    });
    Value::from(values.collect::<Map<_, _>>()).to_string()
}
