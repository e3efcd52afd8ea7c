//! A rotation in the middle of a load, over real HTTP: every provider is read
//! and written to through it, and no call fails.

use std::sync::atomic::{AtomicUsize, Ordering};

use engine::listing::list;
use engine::lookup;
use futures::future::join_all;
use invoice::{Invoice, Scope, Write};
use provider_client::SendKey;
use provider_client::provider::View;
use provider_client::{Transport, connect};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

const PREFIX: &str = "p/";
/// Each of a connection's callers makes this many requests.
const REQUESTS: usize = 8;
const CALLERS: usize = 4;
/// The keys are turned while this many have been made, and others are under way.
const TURNS: [usize; 3] = [8, 16, 24];

/// The sandbox, and the connections to all that it has.
struct Running {
    sandbox: Arc<Sandbox>,
    origin: String,
    store: FakeStore,
    connections: Connections,
}

impl Running {
    async fn start() -> Self {
        let sandbox = Sandbox::new(Options { invoices: 200, ..Options::default() });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(sandbox.clone().serve(listener, std::future::pending()));
        let (store, transport) = (FakeStore::default(), Transport::new().unwrap());
        let names: Vec<ConnectionName> =
            sandbox.connections().iter().map(|(name, _)| name.parse().unwrap()).collect();
        let open: Open = Box::new(move |secret| connect(secret, &transport));
        let connections =
            Connections::new(names.clone(), PREFIX.into(), Box::new(store.clone()), open);
        let running = Self { sandbox, origin, store, connections };
        for name in names {
            let secret = running.sandbox.secret(name.as_str(), &running.origin).unwrap();
            running.store.put(&format!("{PREFIX}{name}"), &secret.to_string());
        }
        running
    }

    /// Other keys, in the secret and at the provider: the old ones are refused.
    fn rotate(&self, name: &str, turn: usize) {
        let mut secret = self.sandbox.secret(name, &self.origin).unwrap();
        let keys = secret.as_object_mut().unwrap();
        let address: Vec<(&str, Option<Value>)> =
            ["baseUrl", "customers"].map(|field| (field, keys.remove(field))).into();
        for (field, value) in keys.iter_mut().filter(|(field, _)| *field != "provider") {
            *value = json!(format!("{field}-of-turn-{turn}"));
        }
        let accepted = serde_json::from_value(keys.clone().into()).unwrap();
        for (field, value) in address {
            keys.extend(value.map(|value| (field.to_owned(), value)));
        }
        self.store.put(&format!("{PREFIX}{name}"), &secret.to_string());
        self.sandbox.set_credentials(name, accepted).unwrap();
    }

    /// The connection, opened as a request does it.
    async fn opened(&self, name: &str) -> Connection {
        let wanted = [name.parse().unwrap()];
        let deadline = Deadline::after(ROOMY);
        let opened = self.connections.open(&Scope::All, Some(&wanted), deadline).await;
        opened.into_iter().find(|one| one.name == wanted[0]).unwrap()
    }

    /// A listing, one of its invoices, and where it can be done, a write of a
    /// draft of this caller's own.
    async fn request(&self, name: &str, draft: Option<&Invoice>) {
        let connections = [self.opened(name).await];
        let deadline = || Deadline::after(ROOMY);
        let query = api::ListQuery::parse("limit=20").unwrap();
        let listing = list(&connections, &query, &Scope::All, deadline()).await.unwrap();
        let (view, first) = (View::default(), &listing.data[0].id);
        lookup::get(&connections, first, &view, &Scope::All, deadline()).await.unwrap();
        let Some(draft) = draft else { return };
        let provider = connections[0].provider.as_ref().unwrap();
        let write = Write::Activate { invoice_date: None, comment: None };
        let key = SendKey::from(draft.id.to_string());
        provider.write(&write, std::slice::from_ref(draft), &key, deadline()).await.unwrap();
    }

    /// What of a connection can be activated.
    async fn drafts(&self, name: &str) -> Vec<Invoice> {
        let query = api::ListQuery::parse("status=draft&limit=200").unwrap();
        let connections = [self.opened(name).await];
        let deadline = Deadline::after(ROOMY);
        let listed = list(&connections, &query, &Scope::All, deadline).await.unwrap().data;
        let able = |it: &Invoice| it.available_actions.contains_key(&invoice::Action::Activate);
        let invoices = listed.into_iter().map(|one| one.into_invoice());
        invoices.filter(able).take(CALLERS * REQUESTS).collect()
    }
}

#[tokio::test]
async fn a_rotation_in_the_middle_of_a_load_fails_no_request() {
    let running = Running::start().await;
    let names = running.sandbox.connections().into_iter().map(|(name, _)| name);
    let connections = names.map(async |name| {
        let drafts = running.drafts(&name).await;
        let begun = AtomicUsize::new(0);
        let callers = (0..CALLERS).map(|caller| {
            let own = drafts.iter().skip(caller).step_by(CALLERS);
            let mut own = own.map(Some).chain(std::iter::repeat(None));
            let (running, name, begun) = (&running, &name, &begun);
            async move {
                for _ in 0..REQUESTS {
                    let before = begun.fetch_add(1, Ordering::SeqCst);
                    if TURNS.contains(&before) {
                        running.rotate(name, before);
                    }
                    running.request(name, own.next().flatten()).await;
                }
            }
        });
        join_all(callers).await;
        let writes = running.sandbox.writes(&name);
        let applied: Vec<u64> = writes.counts().map(|(.., count)| count.applied).collect();
        assert_eq!(applied, vec![1; drafts.len()], "{name}: each once");
        let provider = running.opened(&name).await.provider.unwrap();
        let writes = provider.capabilities().write(invoice::Action::Activate).is_some();
        assert_eq!(!drafts.is_empty(), writes, "{name}");
    });
    join_all(connections).await;
    let reads = running.store.take_read();
    for (name, _) in running.sandbox.connections() {
        let read = reads.iter().filter(|read| **read == format!("{PREFIX}{name}")).count();
        assert_eq!(read, 1 + TURNS.len(), "{name}: at first, and once for each rotation");
    }
}
