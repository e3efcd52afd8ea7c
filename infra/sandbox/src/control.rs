//! The control routes: what a test may ask of the sandbox itself.
//!
//! | route, below `/_control` | body or answer |
//! |---|---|
//! | `GET /connections` | `[{"name":"nue","provider":"nue"},..]` |
//! | `GET /{connection}/invoices` | the truth: `[{"resource":"posted","id":"..","customer":"..","invoice":{..},"hidden":{..}},..]` |
//! | `GET /{connection}/invoices/{id}` | one of them as it is now; `?resource=draft` or `posted` where a Fusebill id is both |
//! | `GET /{connection}/writes` | [`Writes`](crate::Writes): how often each write was asked for, and done |
//! | `PUT`, `GET /{connection}/rules` | [`Rules`](crate::Rules): `{"bulk":"partial","latestOnly":true}`, `{"writeOffs":true}` |
//! | `PUT`, `GET /{connection}/refusals` | `["order_by"]`: the assumptions of clients that do not hold here, by name |
//! | `GET /{connection}/calls` | `{"list":3,"get":1}` |
//! | `PUT /{connection}/credentials` | `{"provider":"nue","apiKey":".."}`: the secret without `baseUrl` and `customers` |
//! | `PUT`, `GET`, `DELETE /{connection}/faults` | one [`Fault`] more; those set; none |
//! | `POST /{connection}/webhooks` | `{"id":"..","manner":"flipped","gone":false}`: the webhook itself, to be sent by the caller; with `"send":1000`, sent so often |
//! | `PUT /{connection}/webhooks` | `{"copies":3}`: how often the webhook of a change is sent |
//! | `PUT`, `DELETE /{connection}/rate-limit` | `{"perMinute":50,"perDay":5000}`; Fusebill only |
//!
//! A `PUT` or `DELETE` answers 204; an unknown connection is a 404, a body that
//! makes no sense a 400 whose `message` says what would be right.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::provider::Resource;
use crate::sandbox::{Refused, Sandbox};
use crate::webhook::{Delivery, Manner as WebhookManner};

type Shared = State<Arc<Sandbox>>;

pub(crate) fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/connections", get(connections))
        .route("/{connection}/invoices", get(invoices))
        .route("/{connection}/invoices/{id}", get(invoice))
        .route("/{connection}/writes", get(writes))
        .route("/{connection}/rules", get(rules).put(set_rules))
        .route("/{connection}/refusals", get(refusals).put(set_refusals))
        .route("/{connection}/calls", get(calls))
        .route("/{connection}/credentials", put(credentials))
        .route("/{connection}/rate-limit", put(limit).delete(no_limit))
        .route("/{connection}/webhooks", post(webhook).put(webhook_copies))
        .route("/{connection}/faults", get(faults).put(add_fault).delete(clear_faults))
        .with_state(sandbox)
}

/// Why a control call was refused.
enum Refusal {
    Sandbox(Refused),
    Body(String),
    NotFound(String),
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Refusal::Sandbox(refused)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Refusal::Sandbox(unknown @ Refused::UnknownConnection { .. }) => {
                (StatusCode::NOT_FOUND, unknown.to_string())
            }
            Refusal::Sandbox(refused) => (StatusCode::BAD_REQUEST, refused.to_string()),
            Refusal::Body(message) => (StatusCode::BAD_REQUEST, message),
            Refusal::NotFound(message) => (StatusCode::NOT_FOUND, message),
        };
        (status, Json(json!({ "message": message }))).into_response()
    }
}

type Answer<T> = Result<T, Refusal>;

fn read<T: DeserializeOwned>(body: &str) -> Answer<T> {
    serde_json::from_str(body).map_err(|error| Refusal::Body(error.to_string()))
}

async fn connections(State(sandbox): Shared) -> Json<Value> {
    let rows = sandbox.connections().into_iter();
    let rows: Vec<Value> =
        rows.map(|(name, provider)| json!({ "name": name, "provider": provider })).collect();
    Json(rows.into())
}

async fn invoices(State(sandbox): Shared, Path(name): Path<String>) -> Answer<Response> {
    Ok(Json(sandbox.connection(&name)?.population()).into_response())
}

/// Which of two invoices with one id is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    resource: Option<Resource>,
}

async fn invoice(
    State(sandbox): Shared,
    Path((name, id)): Path<(String, String)>,
    Query(which): Query<Which>,
) -> Answer<Response> {
    let connection = sandbox.connection(&name)?;
    let resources = match which.resource {
        Some(resource) => vec![resource],
        None => connection.kind.resources().to_vec(),
    };
    let found = resources.into_iter().filter_map(|resource| connection.record(resource, &id));
    let found: Vec<_> = found.collect();
    match found.as_slice() {
        [] => Err(Refusal::NotFound(format!("{name} has no invoice {id:?}"))),
        [one] => Ok(Json(one).into_response()),
        _ => Err(Refusal::Body(format!(
            "{id:?} is both a posted invoice and a draft: add resource=posted or resource=draft"
        ))),
    }
}

async fn writes(State(sandbox): Shared, Path(name): Path<String>) -> Answer<Response> {
    Ok(Json(sandbox.connection(&name)?.writes()).into_response())
}

async fn rules(State(sandbox): Shared, Path(name): Path<String>) -> Answer<Response> {
    Ok(Json(sandbox.connection(&name)?.rules()).into_response())
}

async fn set_rules(
    State(sandbox): Shared,
    Path(name): Path<String>,
    body: String,
) -> Answer<StatusCode> {
    sandbox.connection(&name)?;
    sandbox.set_rules(&name, read(&body)?)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn refusals(State(sandbox): Shared, Path(name): Path<String>) -> Answer<Response> {
    Ok(Json(sandbox.connection(&name)?.refused()).into_response())
}

async fn set_refusals(
    State(sandbox): Shared,
    Path(name): Path<String>,
    body: String,
) -> Answer<StatusCode> {
    sandbox.connection(&name)?;
    sandbox.refuse(&name, read::<Vec<String>>(&body)?)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn calls(State(sandbox): Shared, Path(name): Path<String>) -> Answer<Response> {
    Ok(Json(sandbox.connection(&name)?.calls()).into_response())
}

async fn faults(State(sandbox): Shared, Path(name): Path<String>) -> Answer<Json<Value>> {
    Ok(Json(sandbox.connection(&name)?.faults().json()))
}

async fn add_fault(
    State(sandbox): Shared,
    Path(name): Path<String>,
    body: String,
) -> Answer<StatusCode> {
    sandbox.connection(&name)?;
    sandbox.set_fault(&name, Fault::from_json(&body).map_err(Refused::from)?)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(sandbox): Shared, Path(name): Path<String>) -> Answer<StatusCode> {
    sandbox.clear_faults(&name)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn credentials(
    State(sandbox): Shared,
    Path(name): Path<String>,
    body: String,
) -> Answer<StatusCode> {
    sandbox.connection(&name)?;
    sandbox.set_credentials(&name, read(&body)?)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A webhook that is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedWebhook {
    id: String,
    #[serde(default)]
    manner: WebhookManner,
    #[serde(default)]
    gone: bool,
    /// How often it is sent from here; never, where whoever asks sends it.
    #[serde(default)]
    send: usize,
}

async fn webhook(
    State(sandbox): Shared,
    Path(name): Path<String>,
    body: String,
) -> Answer<Json<Delivery>> {
    let connection = sandbox.connection(&name)?;
    let AskedWebhook { id, manner, gone, send } = read(&body)?;
    let none = || Refusal::Body(format!("{name} sends no webhooks of {id:?}"));
    let delivery = connection.webhook(&id, gone, manner).ok_or_else(none)?;
    connection.send(&delivery, send);
    Ok(Json(delivery))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Copies {
    copies: usize,
}

async fn webhook_copies(
    State(sandbox): Shared,
    Path(name): Path<String>,
    body: String,
) -> Answer<StatusCode> {
    let connection = sandbox.connection(&name)?;
    connection.set_copies(read::<Copies>(&body)?.copies);
    Ok(StatusCode::NO_CONTENT)
}

async fn limit(
    State(sandbox): Shared,
    Path(name): Path<String>,
    body: String,
) -> Answer<StatusCode> {
    sandbox.connection(&name)?;
    sandbox.set_rate_limit(&name, Some(read(&body)?))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn no_limit(State(sandbox): Shared, Path(name): Path<String>) -> Answer<StatusCode> {
    sandbox.set_rate_limit(&name, None)?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests;
