//! Receiving a webhook: proved or refused, and put on the queue before it is answered.
//!
//! Whoever sends one has no token. What cannot be proved is answered 401 without a
//! word, whatever is wrong with it, and touches nothing: neither the queue nor the
//! table, nor the store of secrets, which is read ahead and every few minutes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use invoice::ConnectionName;
use jiff::Timestamp;
use lambda_http::http::{HeaderName, StatusCode};
use lambda_http::{Body, Request, Response};
use provider_client::ConnectionSecret;
use provider_client::webhook::{Delivery, Webhook};
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use super::queue::SqsQueue;
use super::{MessageQueue, WebhookMessage};
use crate::answer::Answer;
use crate::aws::Aws;
use crate::call::Call;
use crate::configuration::{Configuration, ConfigurationError, Reader, TokenScopes};
use crate::connections::{HELD, TRIED_AGAIN};
use crate::reply::Reply;
use crate::secrets::{SecretStore, StoreError};
use crate::telemetry::metrics;

/// A provider may give a webhook two seconds in all before it sends it again.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long it is held that a secret cannot be read where none is held in its place: what is
/// proved is to be taken as soon as it can be again.
const FAILURE_HELD: Duration = Duration::from_secs(1);

/// What receives the webhooks of the owner's connections.
pub struct Receiver {
    connections: Vec<ConnectionName>,
    prefix: String,
    store: Box<dyn SecretStore>,
    queue: Box<dyn MessageQueue>,
    held: Mutex<HashMap<ConnectionName, Held>>,
    clock: fn() -> Timestamp,
}

/// A connection's webhooks as its secret had them; none where it has none that can be
/// used.
#[derive(Clone)]
struct Held {
    /// None where the connection takes no webhooks; or why nobody knows.
    webhook: Result<Option<Arc<Webhook>>, StoreError>,
    until: Instant,
}

impl Receiver {
    /// What the environment, read through `lookup`, says is to be received, and how the
    /// function is to log.
    ///
    /// # Errors
    /// When the environment cannot be used: all that is wrong with it, at once.
    pub fn of_environment(
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<(Self, Configuration), ConfigurationError> {
        let mut reader = Reader::new(&lookup);
        let url = reader.required("WEBHOOK_QUEUE_URL");
        let url = reader.finish(url);
        match (Configuration::read(&lookup), Aws::read(&lookup), url) {
            (Ok(configuration), Ok(aws), Ok(url)) => {
                let receiver = Self::new(
                    configuration.connections.clone(),
                    configuration.secret_prefix.clone(),
                    Box::new(aws.secrets_manager()),
                    Box::new(SqsQueue { client: aws.sqs(), url }),
                );
                Ok((receiver, configuration))
            }
            (configuration, aws, url) => {
                let faults = [configuration.err(), aws.err(), url.err()].into_iter().flatten();
                Err(ConfigurationError { faults: faults.flat_map(|error| error.faults).collect() })
            }
        }
    }

    /// What receives for `connections`, whose secrets are `store`'s, named with `prefix`.
    pub fn new(
        connections: Vec<ConnectionName>,
        prefix: String,
        store: Box<dyn SecretStore>,
        queue: Box<dyn MessageQueue>,
    ) -> Self {
        Self { connections, prefix, store, queue, held: Mutex::default(), clock: Timestamp::now }
    }

    /// At another time.
    #[cfg(test)]
    pub(super) fn at(self, clock: fn() -> Timestamp) -> Self {
        Self { clock, ..self }
    }

    /// Reads every secret ahead of the first webhook.
    pub async fn warm(&self) {
        join_all(self.connections.iter().map(|name| self.webhook(name))).await;
    }

    /// Answers a request, whatever becomes of it.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let call = Call::of(request, &TokenScopes::default());
        let replying = async {
            let name = call.parameter("connection").and_then(|name| name.parse().ok());
            let known = name.filter(|name| self.connections.contains(name));
            // That there is no such connection is not told.
            let Some(name) = known else {
                return Reply::from(Ok(Answer::bare(StatusCode::UNAUTHORIZED)));
            };
            let answer = Answer::bare(self.received(&call, &name).await);
            Reply::from(Ok(answer)).over(vec![name])
        };
        call.answer(replying).await.0
    }

    async fn received(&self, call: &Call, name: &ConnectionName) -> StatusCode {
        let webhook = match self.webhook(name).await {
            Ok(Some(webhook)) => webhook,
            Ok(None) => return refused(name, "not configured"),
            Err(why) => {
                warn!(connection = %name, %why, "a webhook cannot be proved now: its secret cannot be had");
                return StatusCode::SERVICE_UNAVAILABLE;
            }
        };
        let header = |name: &str| {
            let name = HeaderName::try_from(name).ok()?;
            call.header(&name).map(str::to_owned)
        };
        let delivery = Delivery {
            header: &header,
            body: call.body(),
            token: call.parameter("token"),
            at: (self.clock)(),
        };
        if let Err(refusal) = webhook.verify(delivery) {
            return refused(name, &refusal.to_string());
        }
        let message = WebhookMessage::new(name, delivery.at, webhook.named(call.body()));
        match timeout(PATIENCE, self.queue.send(&message)).await {
            Ok(Ok(())) => {
                metrics::webhook_received(name);
                let (changed, gone) = (message.changed.len(), message.gone.len());
                info!(connection = %name, changed, gone, "webhook");
                StatusCode::OK
            }
            Ok(Err(why)) => {
                error!(connection = %name, %why, "a webhook was not kept: its provider is to send it again");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Err(_) => {
                error!(connection = %name, "the queue of webhooks does not answer in time");
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The connection's webhooks, by its secret as it is held or read now. What is held
    /// stays while the secret cannot be read; that it cannot is held, too, so that what is
    /// forged does not have the store asked each time.
    async fn webhook(&self, name: &ConnectionName) -> Result<Option<Arc<Webhook>>, StoreError> {
        let held = self.held().get(name).cloned();
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.until) {
            return held.webhook.clone();
        }
        let secret = format!("{}{name}", self.prefix);
        let read = timeout(PATIENCE, self.store.read(&secret)).await;
        let (webhook, held_for) = match read.unwrap_or(Err(StoreError::Unreachable)) {
            Ok(text) => (Ok(opened(name, text.expose_secret())), HELD),
            Err(StoreError::Missing) => (Ok(None), HELD),
            Err(why) => match held.map(|held| held.webhook) {
                Some(Ok(webhook)) => (Ok(webhook), TRIED_AGAIN),
                _ => (Err(why), FAILURE_HELD),
            },
        };
        let until = Instant::now() + held_for;
        self.held().insert(name.clone(), Held { webhook: webhook.clone(), until });
        webhook
    }

    /// A panic while it was locked left it whole: entries are put in whole.
    fn held(&self) -> MutexGuard<'_, HashMap<ConnectionName, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn opened(name: &ConnectionName, text: &str) -> Option<Arc<Webhook>> {
    let opened = ConnectionSecret::parse(name, text).and_then(|secret| Webhook::open(&secret));
    opened
        .unwrap_or_else(|fault| {
            error!(connection = %name, %fault, "a connection's webhooks are refused");
            None
        })
        .map(Arc::new)
}

/// Why is for the log, and for nobody else.
fn refused(name: &ConnectionName, why: &str) -> StatusCode {
    metrics::webhook_refused(name);
    warn!(connection = %name, why, "a webhook was refused");
    StatusCode::UNAUTHORIZED
}
