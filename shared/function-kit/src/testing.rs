//! Stand-ins for tests of handlers: events made by hand, a store of secrets,
//! providers that hold what the test says.

mod event;
mod provider;
mod store;

use std::collections::HashMap;
use std::sync::Arc;

use invoice::{Invoice, Reference};
use jiff::Timestamp;
use lambda_http::{Body, Response};
use provider_client::SecretFault;
use serde_json::Value;
use table::Table;

use crate::State;
use crate::configuration::Configuration;
use crate::connections::{Connections, Open};
use crate::state::Stores;

pub use event::Event;
#[cfg(test)]
pub(crate) use provider::CAPABILITIES;
pub use provider::FakeProvider;
pub use store::FakeStore;
pub use table::FakeTable;

/// What stands in every fake secret; no answer and no log may show it.
pub const SECRET: &str = "s3cr3t-key";

/// A connection of a test: its provider, or what is wrong with its secret.
pub type Fake = Result<FakeProvider, &'static str>;

/// A state over these connections.
pub fn state<const N: usize>(fakes: [(&'static str, Fake); N]) -> State {
    state_with_table(fakes, FakeTable::default())
}

/// A state over a table that the test looks into.
pub fn state_with_table<const N: usize>(
    fakes: [(&'static str, Fake); N],
    table: FakeTable,
) -> State {
    state_at(fakes, Arc::new(table), Timestamp::now)
}

/// A state at the time that the test says.
pub fn state_at(
    fakes: impl IntoIterator<Item = (&'static str, Fake)>,
    table: Arc<dyn Table>,
    clock: impl Fn() -> Timestamp + Clone + Send + Sync + 'static,
) -> State {
    let fakes: Vec<(&'static str, Fake)> = fakes.into_iter().collect();
    let names: Vec<&str> = fakes.iter().map(|(name, _)| *name).collect();
    let store = FakeStore::default();
    for name in &names {
        store.put(&format!("invoice-bridge/{name}"), &secret());
    }
    let configuration = configuration(&names.join(","));
    let connections = Connections::new(
        configuration.connections.clone(),
        configuration.secret_prefix.clone(),
        Box::new(store),
        opener(fakes),
    );
    let stores = Stores::of(table, &configuration);
    State::over(configuration, connections, move || Stores {
        writes: stores.writes.with_clock(clock.clone()),
        listings: stores.listings.with_clock(clock.clone()),
        event_work: stores.event_work.with_clock(clock),
        ..stores
    })
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
