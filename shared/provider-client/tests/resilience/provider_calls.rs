//! What a request leaves behind.

use std::sync::{Arc, Mutex};

use api::ListQuery;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use engine::Connection;
use engine::listing::list;
use invoice::Scope;
use provider_client::provider::View;
use provider_client::provider_calls::Exchange;
use provider_client::{ErrorKind, Provider, ProviderCalls};
use sandbox::{Fault, FaultKind, Options, ProviderKind, Sandbox};

use crate::rig::{NAME, Rig, provider, serve, soon};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn told(exchange: &Exchange) -> (&'static str, u32, Option<u16>, Option<ErrorKind>) {
    assert_eq!(exchange.connection.as_str(), NAME);
    (exchange.operation, exchange.attempts, exchange.status, exchange.error)
}

#[tokio::test]
async fn every_exchange_is_on_the_trail_of_the_request_it_was_made_for() {
    let rig = Rig::open(ProviderKind::Finexio, 130, |_| ()).await;
    let (sandbox, provider) = (rig.sandbox, Arc::<dyn Provider>::from(rig.provider));
    let id = &sandbox.population(NAME)[0].id;
    let view = View::default();
    let get = || provider.get(id, &view, soon());
    let failing = |kind, times| sandbox.set_fault(NAME, Fault::times(kind, times)).unwrap();
    let provider_calls = Arc::new(ProviderCalls::new(None));
    provider_calls
        .clone()
        .scope(async {
            get().await.unwrap();
            failing(FaultKind::Status { status: 503, retry_after: None }, 2);
            get().await.unwrap();
            failing(FaultKind::Status { status: 401, retry_after: None }, 1);
            get().await.unwrap_err();
            failing(FaultKind::StopMidBody, 3);
            get().await.unwrap_err();
            // Pages are read side by side: what they leave is not lost.
            let connection =
                Connection { name: NAME.parse().unwrap(), provider: Ok(provider.clone()) };
            let query = ListQuery::parse("sort=amount").unwrap();
            list(&[connection], &query, &Scope::All, soon()).await.unwrap();
        })
        .await;
    get().await.unwrap();
    let exchanges: Vec<_> = provider_calls.exchanges().iter().map(told).collect();
    assert_eq!(
        exchanges,
        [
            ("get", 1, Some(200), None),
            ("get", 3, Some(200), None),
            ("get", 1, Some(401), Some(ErrorKind::Credentials)),
            ("get", 3, None, Some(ErrorKind::Unreachable)),
            ("list", 1, Some(200), None),
            ("list", 1, Some(200), None),
        ]
    );
    assert!(provider_calls.exchanges().iter().all(|exchange| !exchange.elapsed.is_zero()));
}

#[tokio::test]
async fn the_trace_goes_on_to_the_provider_and_nothing_does_where_there_is_none() {
    let sandbox = Sandbox::new(Options {
        invoices: 10,
        connections: vec![(NAME.to_owned(), ProviderKind::Nue)],
        ..Options::default()
    });
    let seen: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let watcher = Arc::clone(&seen);
    let watched = from_fn(move |request: Request, next: Next| {
        let trace = request.headers().get("traceparent");
        let trace = trace.map(|value| value.to_str().unwrap().to_owned());
        watcher.lock().unwrap().push(trace);
        next.run(request)
    });
    let origin = serve(sandbox.router().layer(watched)).await;
    let provider = provider(&sandbox.secret(NAME, &origin).unwrap());
    let id = &sandbox.population(NAME)[0].id;
    let get = async || provider.get(id, &View::default(), soon()).await.unwrap();
    get().await;
    Arc::new(ProviderCalls::new(Some(TRACE))).scope(get()).await;
    Arc::new(ProviderCalls::new(Some("no trace"))).scope(get()).await;
    assert_eq!(*seen.lock().unwrap(), [None, Some(TRACE.to_owned()), None]);
}
