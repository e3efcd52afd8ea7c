//! What is held of one connection: its secret, and the provider it opened.

use std::sync::{Arc, Mutex, PoisonError};

use invoice::{Code, ConnectionName, Problem};
use provider_client::webhook::{Scheme, Webhook};
use provider_client::{ConnectionSecret, Deadline, Provider, SecretFault};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use super::renewing::Renewing;
use super::{HELD, Open, REFUSAL_STANDS, TRIED_AGAIN};
use crate::secrets::{SecretStore, StoreError};

/// Where secrets come from, and what they open.
pub(super) struct Source {
    pub prefix: String,
    pub store: Box<dyn SecretStore>,
    pub open: Open,
}

/// One connection.
pub(super) struct ConnectionSlot {
    pub name: ConnectionName,
    source: Arc<Source>,
    held: Mutex<Option<SlotState>>,
    /// Held by whoever reads the secret: many who need it read it once, and what
    /// was read earlier never takes the place of what was read later.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct SlotState {
    opened: Result<OpenConnection, Problem>,
    until: Instant,
    /// When it was read for a refusal, and had not changed.
    unchanged: Option<Instant>,
}

#[derive(Clone)]
struct OpenConnection {
    text: SecretString,
    provider: Arc<dyn Provider>,
    /// The provider as it is handed out.
    renewing: Arc<Renewing>,
    /// What the provider took the place of, until the secret is next read: where
    /// the secret is changed before the provider knows of it, the old one is
    /// still the one that is accepted.
    before: Option<Arc<dyn Provider>>,
}

impl SlotState {
    fn new(opened: Result<OpenConnection, Problem>, until: Instant) -> Self {
        Self { opened, until, unchanged: None }
    }

    fn provider(&self) -> Result<Arc<dyn Provider>, Problem> {
        match &self.opened {
            Ok(opened) => Ok(opened.renewing.clone()),
            Err(problem) => Err(problem.clone()),
        }
    }
}

impl ConnectionSlot {
    pub fn new(name: ConnectionName, source: Arc<Source>) -> Self {
        Self { name, source, held: Mutex::default(), reading: tokio::sync::Mutex::default() }
    }

    /// The provider, by its secret as it is held or read now.
    pub async fn provider(
        self: &Arc<Self>,
        deadline: Deadline,
    ) -> Result<Arc<dyn Provider>, Problem> {
        if let Some(held) = self.fresh() {
            return held.provider();
        }
        let reading = timeout(deadline.left(), self.reading.lock()).await;
        if let Some(held) = self.fresh() {
            return held.provider();
        }
        let read = match reading {
            Ok(_) => self.read(deadline).await,
            Err(_) => Err(StoreError::Unreachable),
        };
        let held = self.held();
        let now = self.opened(read, held.as_ref());
        let now = now.unwrap_or_else(|failure| failure.holds(&self.name, held));
        self.hold(now.clone());
        now.provider()
    }

    /// Whether the secret was gone when it was last read.
    pub fn is_closed(&self) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = held.as_ref().map(|held| &held.opened);
        matches!(opened, Some(Err(problem)) if problem.code == Code::ConnectionClosed)
    }

    /// How the connection's webhooks are proved, by its secret as it is held; none where it
    /// has none.
    pub fn webhook_scheme(&self) -> Option<Scheme> {
        let opened = self.held()?.opened.ok()?;
        let secret = ConnectionSecret::parse(&self.name, opened.text.expose_secret()).ok()?;
        Some(Webhook::open(&secret).ok()??.scheme())
    }

    /// The provider that the secret opens, as far as it is known.
    pub fn current(&self) -> Option<Arc<dyn Provider>> {
        Some(self.held()?.opened.ok()?.provider)
    }

    /// Whom to ask after `refused` refused its credentials: the provider that
    /// the secret opens by now, or else the one before. None where the refusal
    /// stands.
    pub async fn instead_of(
        self: &Arc<Self>,
        refused: &Arc<dyn Provider>,
        deadline: Deadline,
    ) -> Option<Arc<dyn Provider>> {
        let _reading = timeout(deadline.left(), self.reading.lock()).await.ok()?;
        let held = self.held()?;
        let opened = held.opened.as_ref().ok()?;
        if !Arc::ptr_eq(&opened.provider, refused) {
            return Some(opened.provider.clone());
        }
        if held.unchanged.is_none_or(|at| at.elapsed() >= REFUSAL_STANDS)
            && let Some(renewed) = self.renewed(&held, opened, deadline).await
        {
            return Some(renewed);
        }
        opened.before.clone()
    }

    /// Reads the secret ahead of its time; what it opens, if it has changed.
    async fn renewed(
        self: &Arc<Self>,
        held: &SlotState,
        opened: &OpenConnection,
        deadline: Deadline,
    ) -> Option<Arc<dyn Provider>> {
        let renewed = match self.read(deadline).await {
            Ok(text) if opened.is_by(&text) => {
                warn!(connection = %self.name, "the provider refuses a secret that has not changed");
                None
            }
            read => match self.opened(read, Some(held)) {
                Ok(renewed) => Some(renewed),
                Err(failure) if !failure.keeps_held => {
                    self.hold(failure.holds(&self.name, None));
                    return None;
                }
                Err(failure) => {
                    failure.log(&self.name, true);
                    None
                }
            },
        };
        let Some(renewed) = renewed else {
            self.hold(SlotState { unchanged: Some(Instant::now()), ..held.clone() });
            return None;
        };
        info!(connection = %self.name, "a secret was rotated and is used from now on");
        self.hold(renewed);
        self.current()
    }

    async fn read(&self, deadline: Deadline) -> Result<SecretString, StoreError> {
        let secret = format!("{}{}", self.source.prefix, self.name);
        let read = timeout(deadline.left(), self.source.store.read(&secret)).await;
        read.unwrap_or(Err(StoreError::Unreachable))
    }

    /// What was read, opened; the same text as before keeps its provider, and
    /// with it the provider's connections.
    fn opened(
        self: &Arc<Self>,
        read: Result<SecretString, StoreError>,
        held: Option<&SlotState>,
    ) -> Result<SlotState, Failure> {
        let text = read.map_err(|error| Failure::of_store(&self.name, &error))?;
        let before = held.and_then(|held| held.opened.as_ref().ok());
        let until = Instant::now() + HELD;
        if let Some(same) = before.filter(|opened| opened.is_by(&text)) {
            return Ok(SlotState::new(Ok(OpenConnection { before: None, ..same.clone() }), until));
        }
        let provider: Arc<dyn Provider> = ConnectionSecret::parse(&self.name, text.expose_secret())
            .and_then(|secret| (self.source.open)(&secret))
            .map_err(|fault| Failure::of_text(&fault))?
            .into();
        let renewing = Arc::new(Renewing::new(Arc::downgrade(self), provider.clone()));
        let before = before.map(|opened| opened.provider.clone());
        Ok(SlotState::new(Ok(OpenConnection { text, provider, renewing, before }), until))
    }

    fn fresh(&self) -> Option<SlotState> {
        self.held().filter(|held| Instant::now() < held.until)
    }

    /// A panic while it was locked left it whole: it is put in whole.
    fn held(&self) -> Option<SlotState> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn hold(&self, held: SlotState) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }
}

impl OpenConnection {
    fn is_by(&self, text: &SecretString) -> bool {
        self.text.expose_secret() == text.expose_secret()
    }
}

struct Failure {
    problem: Problem,
    keeps_held: bool,
}

impl Failure {
    fn of_store(name: &ConnectionName, error: &StoreError) -> Self {
        let code = match error {
            // Ours, and it passes: the caller may try again.
            StoreError::Unreachable => Code::Unavailable,
            StoreError::Missing => Code::ConnectionClosed,
            StoreError::NotText | StoreError::Refused(_) => Code::ProviderCredentials,
        };
        let mut problem = Problem::new(code, format!("connection `{name}`: its secret {error}"));
        problem.retry_after = problem.code.retryable().then_some(TRIED_AGAIN.as_secs());
        Self { problem, keeps_held: *error != StoreError::Missing }
    }

    fn of_text(fault: &SecretFault) -> Self {
        Self {
            problem: Problem::new(Code::ProviderCredentials, fault.to_string()),
            keeps_held: true,
        }
    }

    /// What is held from now on.
    fn holds(self, name: &ConnectionName, held: Option<SlotState>) -> SlotState {
        let until = Instant::now() + TRIED_AGAIN;
        let kept = held.filter(|held| self.keeps_held && held.opened.is_ok());
        self.log(name, kept.is_some());
        match kept {
            Some(kept) => SlotState { until, ..kept },
            None => SlotState::new(Err(self.problem), until),
        }
    }

    fn log(&self, connection: &ConnectionName, kept: bool) {
        warn!(%connection, problem = %self.problem, kept, "a connection's secret cannot be used");
    }
}
