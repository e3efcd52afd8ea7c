//! One connection: a provider's state, its faults and its counters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::credentials::Credentials;
use crate::draw::Draw;
use crate::exchange::{Call, Distortion, Operation, Reply};
use crate::fault::{FaultKind, Faults, Strike};
use crate::options::{Options, ProviderKind, RateLimit, Rules};
use crate::provider::{Manner, Provider, Record, Resource, Written};
use crate::webhook::{Delivery, Told};
use crate::writes::Writes;
use crate::{finexio, fusebill, nue, simplepin, stripe, webhook};

/// What a connection answers, and how it arrives.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) delay: Duration,
    pub(crate) ending: Ending,
    /// How long after the call it is carried out, where it has not been.
    pub(crate) carried_out_after: Option<Duration>,
}

/// How much of an answer arrives before the connection closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All of it, and the connection stays open.
    Whole,
    /// The answer is cut: its head and half of its body are sent.
    Cut,
    /// Not one byte.
    Silent,
}

/// One connection.
pub(crate) struct Connection {
    pub(crate) kind: ProviderKind,
    provider: Mutex<Box<dyn Provider>>,
    credentials: Mutex<Credentials>,
    faults: Mutex<Faults>,
    calls: Mutex<BTreeMap<Operation, u64>>,
    rules: Mutex<Rules>,
    /// The assumptions about the provider that do not hold here.
    refused: Mutex<BTreeSet<String>>,
    writes: Mutex<Writes>,
    name: String,
    /// Where webhooks go, once somebody listens.
    webhooks: OnceLock<UnboundedSender<Delivery>>,
    /// How often each is sent.
    copies: AtomicUsize,
}

impl Connection {
    pub(crate) fn new(name: &str, kind: ProviderKind, options: &Options) -> Self {
        let draw = Draw::new(options.seed, name);
        let invoices = options.invoices.min(crate::options::MOST_INVOICES);
        let provider: Box<dyn Provider> = match kind {
            ProviderKind::Nue => Box::new(nue::Nue::new(draw, invoices, nue::Edition::Current)),
            ProviderKind::NueSelfService => {
                Box::new(nue::Nue::new(draw, invoices, nue::Edition::SelfService))
            }
            ProviderKind::SimplePin => Box::new(simplepin::SimplePin::new(draw, invoices)),
            ProviderKind::Fusebill => {
                Box::new(fusebill::Fusebill::new(draw, invoices, options.rate_limit))
            }
            ProviderKind::Finexio => Box::new(finexio::Finexio::new(draw, invoices)),
            ProviderKind::Stripe => Box::new(stripe::Stripe::new(draw, invoices)),
        };
        Connection {
            kind,
            provider: Mutex::new(provider),
            credentials: Mutex::new(Credentials::initial(kind, name)),
            faults: Mutex::new(Faults::new(Draw::new(options.seed, &format!("faults {name}")))),
            calls: Mutex::new(BTreeMap::new()),
            rules: Mutex::new(options.rules),
            refused: Mutex::default(),
            writes: Mutex::new(Writes::default()),
            name: name.to_owned(),
            webhooks: OnceLock::new(),
            copies: AtomicUsize::new(1),
        }
    }

    /// Counts the call, and answers it or misbehaves.
    pub(crate) fn answer(&self, call: &Call) -> Outcome {
        let mut provider = lock(&self.provider);
        let operation = provider.operation(call);
        *lock(&self.calls).entry(operation).or_default() += 1;
        let strike = lock(&self.faults).strike(operation);
        // Before anything changes: what a filter selects is what it selects now.
        let named = if operation.is_write() { provider.named(call) } else { Vec::new() };
        let written = self.carry_out(provider.as_mut(), call, operation, strike.kind.as_ref());
        lock(&self.writes).note(operation, named, &written);
        self.tell_of(provider.as_ref(), operation, &written);
        outcome(provider.as_ref(), written.reply, strike)
    }

    /// Carries out a call that was answered before: whoever sent it hears no more
    /// of it.
    pub(crate) fn carry_out_late(&self, call: &Call) {
        let mut provider = lock(&self.provider);
        let operation = provider.operation(call);
        let named = provider.named(call);
        let written = self.carry_out(provider.as_mut(), call, operation, None);
        lock(&self.writes).note_late(operation, named, &written);
        self.tell_of(provider.as_ref(), operation, &written);
    }

    /// Sends the webhooks of what a write changed.
    fn tell_of(&self, provider: &dyn Provider, operation: Operation, written: &Written) {
        for (resource, id) in &written.applied {
            let record = provider.record(*resource, id);
            let told = Told { id, operation: Some(operation), record };
            if let Some(delivery) =
                webhook::delivery(self.kind, &self.name, &told, webhook::Manner::True)
            {
                self.send(&delivery, self.copies.load(Ordering::Relaxed));
            }
        }
    }

    /// The webhook that an invoice was changed, or that it is gone; none where the
    /// provider sends none.
    pub(crate) fn webhook(
        &self,
        id: &str,
        gone: bool,
        manner: webhook::Manner,
    ) -> Option<Delivery> {
        let resources = self.kind.resources().iter();
        let record = resources.filter(|_| !gone).find_map(|resource| self.record(*resource, id));
        let told = Told { id, operation: None, record };
        webhook::delivery(self.kind, &self.name, &told, manner)
    }

    /// Sends a webhook so often, to whoever listens.
    pub(crate) fn send(&self, delivery: &Delivery, copies: usize) {
        let Some(listener) = self.webhooks.get() else { return };
        for _ in 0..copies {
            // Whoever listened may have gone.
            let _ = listener.send(delivery.clone());
        }
    }

    pub(crate) fn set_listener(&self, listener: UnboundedSender<Delivery>) {
        // The first that listens is told.
        let _ = self.webhooks.set(listener);
    }

    pub(crate) fn set_copies(&self, copies: usize) {
        self.copies.store(copies, Ordering::Relaxed);
    }

    fn carry_out(
        &self,
        provider: &mut dyn Provider,
        call: &Call,
        operation: Operation,
        fault: Option<&FaultKind>,
    ) -> Written {
        let distortion = match fault {
            Some(FaultKind::UnknownStatus) => Distortion::UnknownStatus,
            Some(FaultKind::NullRequired) => Distortion::NullRequired,
            Some(FaultKind::RepeatedInvoice) => Distortion::Repeat,
            Some(FaultKind::CappedPages) => Distortion::Capped,
            Some(FaultKind::AnnouncedMore) => Distortion::Announced,
            Some(FaultKind::SamePage) => Distortion::Same,
            _ => Distortion::None,
        };
        match fault {
            Some(FaultKind::Status { status, retry_after }) => {
                Written::nothing(struck(provider, *status, *retry_after))
            }
            Some(FaultKind::StatusThenApply { status, .. }) => {
                Written::nothing(struck(provider, *status, None))
            }
            Some(FaultKind::DropBefore) => Written::nothing(struck(provider, 500, None)),
            _ if !provider.accepts(call, &lock(&self.credentials)) => {
                let status = provider.unauthorized();
                let why = "the credentials are missing or not valid";
                Written::nothing(provider.refusal(status, why))
            }
            _ if let Some(reply) = provider.refuses(call, &lock(&self.refused)) => {
                Written::nothing(reply)
            }
            _ if operation.is_write() => {
                let half = fault.is_some_and(FaultKind::is_of_bulks);
                provider.write(call, Manner { rules: *lock(&self.rules), distortion, half })
            }
            _ => Written::nothing(provider.answer(call, distortion)),
        }
    }

    /// The secret that opens this connection.
    pub(crate) fn secret(&self, base: &str) -> Value {
        let provider = lock(&self.provider);
        let mut secret = serde_json::to_value(&*lock(&self.credentials)).unwrap_or_default();
        if let Some(keys) = secret.as_object_mut() {
            keys.insert("baseUrl".to_owned(), format!("{base}{}", provider.base_path()).into());
            if let Some(customers) = provider.roster() {
                keys.insert("customers".to_owned(), customers.into());
            }
            if let Some(webhook) = webhook::secret(self.kind, &self.name) {
                keys.insert("webhook".to_owned(), webhook);
            }
        }
        secret
    }

    pub(crate) fn set_credentials(&self, credentials: Credentials) {
        *lock(&self.credentials) = credentials;
    }

    pub(crate) fn set_rate_limit(&self, limit: Option<RateLimit>) {
        lock(&self.provider).set_rate_limit(limit);
    }

    pub(crate) fn population(&self) -> Vec<Record> {
        lock(&self.provider).population()
    }

    pub(crate) fn calls(&self) -> BTreeMap<Operation, u64> {
        lock(&self.calls).clone()
    }

    pub(crate) fn record(&self, resource: Resource, id: &str) -> Option<Record> {
        lock(&self.provider).record(resource, id)
    }

    pub(crate) fn writes(&self) -> Writes {
        lock(&self.writes).clone()
    }

    pub(crate) fn rules(&self) -> Rules {
        *lock(&self.rules)
    }

    pub(crate) fn set_rules(&self, rules: Rules) {
        *lock(&self.rules) = rules;
    }

    pub(crate) fn refused(&self) -> BTreeSet<String> {
        lock(&self.refused).clone()
    }

    pub(crate) fn set_refused(&self, assumptions: BTreeSet<String>) {
        *lock(&self.refused) = assumptions;
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }
}

/// An answer as the fault has it arrive.
fn outcome(provider: &dyn Provider, mut reply: Reply, strike: Strike) -> Outcome {
    let mut delay = strike.delay;
    let mut ending = Ending::Whole;
    let mut carried_out_after = None;
    match strike.kind {
        Some(FaultKind::EmptyBody) => reply.body.clear(),
        Some(FaultKind::InvalidJson) => reply.body = first_half(&reply.body).to_owned(),
        Some(FaultKind::ApplyThenStatus { status }) => reply = struck(provider, status, None),
        // A bulk that would have been refused is refused.
        Some(FaultKind::HalfBulk) if reply.status < 400 => reply = struck(provider, 500, None),
        Some(FaultKind::HalfBulkRefused) if reply.status < 400 => {
            reply = struck(provider, 409, None);
        }
        // An answer without a body has no middle to be cut in.
        Some(FaultKind::StopMidBody | FaultKind::ApplyThenCut) => {
            ending = if reply.body.is_empty() { Ending::Silent } else { Ending::Cut };
        }
        Some(FaultKind::ApplyThenDrop | FaultKind::DropBefore) => ending = Ending::Silent,
        Some(FaultKind::ApplyThenHang { delay_ms }) => {
            delay += Duration::from_millis(delay_ms);
            ending = Ending::Silent;
        }
        Some(FaultKind::StatusThenApply { delay_ms, .. }) => {
            carried_out_after = Some(Duration::from_millis(delay_ms));
        }
        _ => {}
    }
    Outcome { reply, delay, ending, carried_out_after }
}

/// A status fault's answer: from a gateway in front of the API when it is a 502
/// or a 504.
fn struck(provider: &dyn Provider, status: u16, retry_after: Option<u32>) -> Reply {
    let gateway = match status {
        502 => Some("502 Bad Gateway"),
        504 => Some("504 Gateway Timeout"),
        _ => None,
    };
    if let Some(title) = gateway {
        let page = format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        );
        return Reply::html(status, &page);
    }
    let reply = provider.refusal(status, "a fault set on the sandbox");
    match retry_after {
        Some(seconds) => reply.with("retry-after", seconds),
        None => reply,
    }
}

/// The first half of a text, to the nearest character.
pub(crate) fn first_half(text: &str) -> &str {
    text.get(..text.floor_char_boundary(text.len() / 2)).unwrap_or("")
}

/// A sandbox goes on after a panic in one call: the state is still the truth.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
