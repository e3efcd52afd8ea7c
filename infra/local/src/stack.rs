//! Everything put together, and ended together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::response::Redirect;
use axum::routing::get;
use function_kit::configuration::MAX_CONNECTIONS;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::Start;
use crate::events::{self, EventBridge};
use crate::gateway::{self, Authorizer, Gateway, Router};
use crate::issuer::{self, Issuer};
use crate::lambda::{Code, Pool};
use crate::pace::Pace;
use crate::providers::{self, Secrets};
use crate::queues::{self, Queues};
use crate::ready::Ready;
use crate::secrets_manager::SecretsManager;
use crate::template::{Document, Stack};
use crate::{docs, dynamodb, signals, webhooks};

/// The template this program was built with, for when none is at hand.
const BUILT_IN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));

/// The kind of event that people are shown how to put.
const REQUESTED: &str = "Invoice Activation Requested";

/// Runs the stack until it is told to end. The error is a line for the user.
pub async fn run(start: Start) -> Result<(), String> {
    let listener = bind_api(start.port).await?;
    let api = format!("http://{}", listener.local_addr().map_err(|error| error.to_string())?);
    let template = read_template(&start, &api)?;
    let own_secrets = start.secrets.as_deref().map(Secrets::read).transpose()?.unwrap_or_default();
    let real_connections = own_secrets.names();
    let _lock = start.data.as_deref().map(lock).transpose()?;
    let (ending, ended) = watch::channel(());

    // The emulated services, then what the functions are to know of them.
    let database = dynamodb::open(start.data.as_deref(), &template.tables)?;
    let dynamodb_at = serve(&ended, |listener, until| async move {
        let _ = dynoxide::server::serve_with_shutdown(listener, database, until).await;
    })
    .await?;
    let sandbox =
        providers::sandbox(usize::try_from(start.invoices).unwrap_or(usize::MAX), start.seed);
    let served = Arc::clone(&sandbox);
    let sandbox_at = serve(&ended, |listener, until| async move {
        let _ = served.serve(listener, until).await;
    })
    .await?;
    let secrets = providers::secrets(&sandbox, &format!("http://{sandbox_at}"), own_secrets);
    hold_to_limit(&secrets)?;
    let secrets_manager = Arc::new(SecretsManager::default());
    let operator_scope = template.operator_scope();
    let issuer = Issuer::new(api.clone(), template.token_scopes(), start.token_lifetime);
    let mut functions = template.functions;
    connect(&mut functions, &secrets, &secrets_manager);
    let secrets_at = serve(&ended, |listener, until| async move {
        let app = secrets_manager.router();
        let _ = axum::serve(listener, app).with_graceful_shutdown(until).await;
    })
    .await?;

    let messaging = template.messaging;
    let pace = Pace::new(start.time_scale);
    let queues = Arc::new(Queues::new(&messaging.queues, pace)?);
    let bus = Arc::new(EventBridge::new(&messaging, &queues)?);
    let (events_at, queues_at) = serve_messaging(&ended, &bus, &queues).await?;

    let services = BTreeMap::from([
        ("DYNAMODB".to_owned(), dynamodb_at),
        ("EVENTBRIDGE".to_owned(), events_at),
        ("SECRETS_MANAGER".to_owned(), secrets_at),
        ("SQS".to_owned(), queues_at),
    ]);
    let code = start.binaries.map_or(Code::Own, Code::Built);
    let functions = pools(functions, &code, &services)?;
    queues::start(&messaging.mappings, &queues, &functions, &ended)?;
    events::start(&messaging.schedules, &bus, pace)?;
    let has_console = template.routes.iter().any(|route| route.path == console::PATH);
    let gateway = Arc::new(Gateway {
        router: Router::new(template.routes),
        authorizer: Authorizer {
            require_token: start.require_token,
            operator_scope: operator_scope.clone(),
            issuer: api.clone(),
        },
        cors: template.cors,
        functions: functions.clone(),
    });
    let api_at = listener.local_addr().map_err(|error| error.to_string())?;
    if start.webhooks {
        webhooks::send(&sandbox, api_at);
    }
    let ready = Ready {
        docs: format!("{api}{}", docs::PATH),
        console: has_console.then(|| format!("{api}{}", console::PATH)),
        api,
        sandbox: format!("http://{sandbox_at}"),
        dynamodb: format!("http://{dynamodb_at}"),
        secrets_manager: format!("http://{secrets_at}"),
        events: format!("http://{events_at}"),
        event_sources: messaging.sources(REQUESTED),
        event_buses: messaging.buses,
        queue_urls: queues.urls(&format!("http://{queues_at}")),
        queues: format!("http://{queues_at}"),
        pid: std::process::id(),
        real_connections,
        require_token: start.require_token,
        operator_scope,
        data: start.data.map(|folder| folder.display().to_string()),
    };
    let signal =
        signals::ending().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let mut beside = docs::router().merge(issuer.router());
    if has_console {
        beside = beside.route("/", get(|| async { Redirect::temporary(console::PATH) }));
    }
    let api = tokio::spawn(gateway::serve(listener, gateway, beside, until(&ended)));
    ready.announce().map_err(|error| format!("cannot write to standard output: {error}"))?;

    signal.await;
    drop(ending);
    for function in functions.values() {
        function.end().await;
    }
    // Callers still waiting are cut off: whoever ends the stack means it.
    api.abort();
    Ok(())
}

async fn bind_api(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {port} is taken by another program: choose one with --port, or --port 0 for any that is free")
        }
        _ => format!("cannot listen on 127.0.0.1:{port}: {error}"),
    })
}

/// Binds a free port of loopback and serves on it until the stack ends.
async fn serve<F, S>(ended: &watch::Receiver<()>, service: F) -> Result<SocketAddr, String>
where
    F: FnOnce(TcpListener, Until) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    let broken = |error: std::io::Error| format!("cannot listen on 127.0.0.1: {error}");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(broken)?;
    let address = listener.local_addr().map_err(broken)?;
    tokio::spawn(service(listener, until(ended)));
    Ok(address)
}

/// Serves the event buses and the queues, each at an address of its own.
async fn serve_messaging(
    ended: &watch::Receiver<()>,
    bus: &Arc<EventBridge>,
    queues: &Arc<Queues>,
) -> Result<(SocketAddr, SocketAddr), String> {
    let (bus, queues) = (Arc::clone(bus), Arc::clone(queues));
    let events_at = serve(ended, |listener, until| async move {
        let _ = axum::serve(listener, bus.router()).with_graceful_shutdown(until).await;
    })
    .await?;
    let queues_at = serve(ended, |listener, until| async move {
        // Bound as it is, it has an address.
        let Ok(address) = listener.local_addr() else { return };
        let app = queues.router(format!("http://{address}"));
        let _ = axum::serve(listener, app).with_graceful_shutdown(until).await;
    })
    .await?;
    Ok((events_at, queues_at))
}

type Until = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Waits for the stack's end: for the sender to be dropped.
fn until(ended: &watch::Receiver<()>) -> Until {
    let mut ended = ended.clone();
    Box::pin(async move { while ended.changed().await.is_ok() {} })
}

/// Reads the template. What it leaves open of who signs in, and where, is this stack's own
/// issuer, at `api`.
fn read_template(start: &Start, api: &str) -> Result<Stack, String> {
    let here = Path::new("template.yaml");
    let path = start.template.as_deref().or_else(|| here.is_file().then_some(here));
    let (name, text) = match path {
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read {name}: {error}"))?;
            (name, text)
        }
        None => ("template.yaml".to_owned(), BUILT_IN.to_owned()),
    };
    let parameters = start.template_parameters().into_iter().collect();
    Document::parse(&text, parameters)
        .and_then(|mut document| {
            document.suppose("JwtIssuer", api);
            document.suppose("JwtAudience", issuer::AUDIENCE);
            document.suppose("ConsoleClientId", issuer::CONSOLE_CLIENT);
            Stack::read(&document)
        })
        .map_err(|fault| format!("{name}: {fault}"))
}

/// Keeps a second stack from the same folder for as long as the file is open.
fn lock(folder: &Path) -> Result<File, String> {
    let shown = folder.display();
    let broken = |error: std::io::Error| format!("cannot use {shown} for the table: {error}");
    std::fs::create_dir_all(folder).map_err(broken)?;
    let file = File::create(folder.join("lock")).map_err(broken)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(format!("{shown} is in use by another running stack"))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(broken(error)),
    }
}

/// As in the cloud, where the template's parameter and the functions refuse more: before
/// anything is started, rather than by every function for itself.
fn hold_to_limit(secrets: &[(String, serde_json::Value)]) -> Result<(), String> {
    match secrets.get(MAX_CONNECTIONS) {
        None => Ok(()),
        Some((beyond, _)) => Err(format!(
            "there are {} connections, and {MAX_CONNECTIONS} are allowed: {beyond} is the first beyond",
            secrets.len()
        )),
    }
}

/// Stores every connection's secret under the name by which each function will
/// ask for it, and tells the functions of all connections: those of the
/// sandbox are not in the template.
fn connect(
    functions: &mut [crate::template::Function],
    secrets: &[(String, serde_json::Value)],
    store: &SecretsManager,
) {
    let names: Vec<&str> = secrets.iter().map(|(name, _)| name.as_str()).collect();
    let mut prefixes = BTreeSet::new();
    for function in functions {
        if let Some(prefix) = function.environment.get("SECRET_PREFIX") {
            prefixes.insert(prefix.clone());
        }
        if let Some(connections) = function.environment.get_mut("CONNECTIONS") {
            *connections = names.join(",");
        }
    }
    for prefix in prefixes {
        for (name, secret) in secrets {
            store.put(&format!("{prefix}{name}"), secret.to_string());
        }
    }
}

fn pools(
    functions: Vec<crate::template::Function>,
    code: &Code,
    services: &BTreeMap<String, SocketAddr>,
) -> Result<BTreeMap<String, Arc<Pool>>, String> {
    functions
        .into_iter()
        .map(|function| {
            let name = function.name.clone();
            Ok((name, Arc::new(Pool::new(function, code.clone(), services)?)))
        })
        .collect()
}
