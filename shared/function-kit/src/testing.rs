//! Stand-ins for tests of handlers: events made by hand, a store of secrets,
//! providers that hold what the test says.

mod dynamo;
mod event;
mod provider;
mod store;

use std::collections::HashMap;
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use invoice::{Invoice, Reference};
use jiff::Timestamp;
use lambda_http::request::LambdaRequest;
use lambda_http::{Body, Context, Request, Response};
use provider_client::{Deadline, SecretFault};
use serde_json::Value;

use crate::configuration::Configuration;
use crate::connections::{Connections, Open};
use crate::entry::{self, MessageHandler};
use crate::gateway;
use crate::writing::WriteApp;
use ::store::table::Table;

pub use ::store::table::FakeTable;
pub use dynamo::{dynamo, dynamo_at, nowhere};
pub use event::Event;
pub use provider::CAPABILITIES;
pub use provider::FakeProvider;
pub use store::FakeStore;

/// What stands in every fake secret; no answer and no log may show it.
pub const SECRET: &str = "s3cr3t-key";

/// A connection of a test: its provider, or what is wrong with its secret.
pub type Fake = Result<FakeProvider, &'static str>;

/// These connections, opened with a secret each, and the configuration that names them.
pub fn connected(
    fakes: impl IntoIterator<Item = (&'static str, Fake)>,
) -> (Configuration, Connections) {
    let fakes: Vec<(&'static str, Fake)> = fakes.into_iter().collect();
    let names: Vec<&str> = fakes.iter().map(|(name, _)| *name).collect();
    let secrets = FakeStore::default();
    for name in &names {
        secrets.put(&format!("invoice-bridge/{name}"), &secret());
    }
    let configuration = configuration(&names.join(","));
    let connections = connections(&configuration, secrets, opener(fakes));
    (configuration, connections)
}

/// The configured connections, whose secrets are these, and which `open` opens.
pub fn connections(configuration: &Configuration, secrets: FakeStore, open: Open) -> Connections {
    let (names, prefix) = (configuration.connections.clone(), configuration.secret_prefix.clone());
    Connections::new(names, prefix, Box::new(secrets), open)
}

/// A function that writes, over these connections, at the time that the test says.
pub fn write_app(
    fakes: impl IntoIterator<Item = (&'static str, Fake)>,
    table: Arc<dyn Table>,
    clock: impl Fn() -> Timestamp + Send + Sync + 'static,
) -> WriteApp {
    let (configuration, connections) = connected(fakes);
    let mut app = WriteApp::new(&configuration, connections, table, None);
    app.writes = app.writes.with_clock(clock);
    app
}

/// The text of a fake secret.
pub fn secret() -> String {
    format!(r#"{{"provider": "fake", "apiKey": "{SECRET}"}}"#)
}

/// Opens each connection with its fake.
pub fn opener(fakes: impl IntoIterator<Item = (&'static str, Fake)>) -> Open {
    let fakes: HashMap<&str, Fake> = fakes.into_iter().collect();
    Box::new(move |secret| {
        let fault = |why: &str| SecretFault {
            connection: secret.connection().clone(),
            faults: vec![why.to_owned()],
        };
        match fakes.get(secret.connection().as_str()) {
            Some(Ok(fake)) => Ok(Box::<FakeProvider>::new(fake.clone())),
            Some(Err(why)) => Err(fault(why)),
            None => Err(fault("no fake of this name")),
        }
    })
}

/// A configuration with these connections, as a comma list.
#[expect(clippy::expect_used, reason = "a test that cannot begin has failed")]
pub fn configuration(connections: &str) -> Configuration {
    Configuration::read(|name| match name {
        "TABLE_NAME" => Some("bridge".to_owned()),
        "CONNECTIONS" => Some(connections.to_owned()),
        _ => None,
    })
    .expect("the connections' names are sound")
}

/// An invoice of `customer`.
#[expect(clippy::expect_used, reason = "a test that cannot begin has failed")]
pub fn invoice(id: &str, customer: &str) -> Invoice {
    let reference = |text: &str| text.parse::<Reference>().expect("a reference");
    let id = reference(id);
    let mut invoice = Invoice::unknown(id, "fake", provider::CAPABILITIES.direction);
    invoice.customer.id = Some(reference(customer));
    invoice
}

/// The request that a function's entry makes of an event of API Gateway.
pub fn request_of(event: LambdaRequest) -> Request {
    gateway::request(event, Context::default())
}

/// Deals with a batch as a function's entry does. Returns which messages are to come back.
pub async fn deal_with<A>(
    app: &A,
    handler: MessageHandler<A>,
    batch: SqsEvent,
    deadline: Deadline,
) -> SqsBatchResponse {
    entry::deal_with(app, handler, batch, deadline).await
}

/// An answer's header, as text.
pub fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

/// An answer's body, read as JSON; null where it is none, or is compressed.
pub fn json(response: &Response<Body>) -> Value {
    match response.body() {
        Body::Text(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        _ => Value::Null,
    }
}
