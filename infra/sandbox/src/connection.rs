//! One connection: a provider's state, its faults and its counters.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::draw::Draw;
use crate::exchange::{Call, Distortion, Operation, Reply};
use crate::fault::{FaultKind, Faults};
use crate::options::{Options, ProviderKind, RateLimit};
use crate::{finexio, fusebill, nue, simplepin};

/// One invoice as the provider holds it: the truth.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// Which of the provider's resources it belongs to.
    pub resource: Resource,
    /// The provider's id, as text.
    pub id: String,
    /// The customer's id, as text; for Finexio the receiving counterparty.
    pub customer: String,
    /// The provider's own object, as the exact JSON text it answers with.
    #[serde(rename = "invoice", serialize_with = "raw")]
    pub json: String,
    /// What the provider knows, filters by, and never shows, by its own names.
    pub hidden: BTreeMap<String, String>,
}

fn raw<S: serde::Serializer>(json: &str, to: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(json.to_owned()).map_err(serde::ser::Error::custom)?.serialize(to)
}

/// A provider's resource that holds invoices. Ids are unique within one only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// The provider's only resource.
    Invoice,
    /// Fusebill's posted invoices.
    Posted,
    /// Fusebill's draft invoices.
    Draft,
}

/// What a caller must show. As JSON it has the keys of the secret:
/// `{"provider":"nue","apiKey":".."}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "provider",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Credentials {
    /// Header `nue-api-key`.
    Nue {
        /// The key.
        api_key: String,
    },
    /// Header `nue-api-key`.
    NueSelfService {
        /// The key.
        api_key: String,
    },
    /// Two headers, both needed.
    #[serde(rename = "simplepin")]
    SimplePin {
        /// Header `Authorization`.
        authorization: String,
        /// Header `Token`.
        token: String,
    },
    /// Header `Authorization: Basic <key>`, the key as given.
    Fusebill {
        /// The key.
        api_key: String,
    },
    /// HTTP Basic authentication.
    Finexio {
        /// The user's name.
        username: String,
        /// The user's password.
        password: String,
    },
}

impl Credentials {
    /// The provider these are for.
    pub fn kind(&self) -> ProviderKind {
        match self {
            Credentials::Nue { .. } => ProviderKind::Nue,
            Credentials::NueSelfService { .. } => ProviderKind::NueSelfService,
            Credentials::SimplePin { .. } => ProviderKind::SimplePin,
            Credentials::Fusebill { .. } => ProviderKind::Fusebill,
            Credentials::Finexio { .. } => ProviderKind::Finexio,
        }
    }

    /// What a fresh connection accepts.
    fn initial(kind: ProviderKind, connection: &str) -> Self {
        let api_key = format!("sandbox-key-{connection}");
        match kind {
            ProviderKind::Nue => Credentials::Nue { api_key },
            ProviderKind::NueSelfService => Credentials::NueSelfService { api_key },
            ProviderKind::Fusebill => Credentials::Fusebill { api_key },
            ProviderKind::SimplePin => Credentials::SimplePin {
                authorization: api_key,
                token: format!("sandbox-token-{connection}"),
            },
            ProviderKind::Finexio => Credentials::Finexio {
                username: format!("sandbox-user-{connection}"),
                password: format!("sandbox-password-{connection}"),
            },
        }
    }
}

/// A provider's API, below the connection's path.
pub(crate) trait Provider: Send {
    /// What a call is for, whether or not it will be granted.
    fn operation(&self, call: &Call) -> Operation;
    /// Answers a call whose credentials are right.
    fn answer(&mut self, call: &Call, distortion: Distortion) -> Reply;
    /// Whether a call shows the right credentials.
    fn accepts(&self, call: &Call, credentials: &Credentials) -> bool;
    /// The status a call without the right credentials gets.
    fn unauthorized(&self) -> u16 {
        401
    }
    /// A refusal in the provider's own shape.
    fn refusal(&self, status: u16, message: &str) -> Reply;
    /// What an answered call counts towards, if the provider limits its callers.
    fn set_rate_limit(&mut self, _limit: Option<RateLimit>) {}
    /// Keys of the secret beside the provider's name, base URL and credentials.
    fn roster(&self) -> Option<Vec<String>> {
        None
    }
    /// What the base URL has after the connection's name.
    fn base_path(&self) -> &'static str {
        ""
    }
    /// The truth.
    fn population(&self) -> Vec<Record>;
}

/// What a connection answers, and how it arrives.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) delay: Duration,
    /// The body is cut off half way.
    pub(crate) cut: bool,
}

/// One connection.
pub(crate) struct Connection {
    pub(crate) kind: ProviderKind,
    provider: Mutex<Box<dyn Provider>>,
    credentials: Mutex<Credentials>,
    faults: Mutex<Faults>,
    calls: Mutex<BTreeMap<Operation, u64>>,
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
        };
        Connection {
            kind,
            provider: Mutex::new(provider),
            credentials: Mutex::new(Credentials::initial(kind, name)),
            faults: Mutex::new(Faults::new(Draw::new(options.seed, &format!("faults {name}")))),
            calls: Mutex::new(BTreeMap::new()),
        }
    }

    /// Counts the call, and answers it or misbehaves.
    pub(crate) fn answer(&self, call: &Call) -> Outcome {
        let mut provider = lock(&self.provider);
        let operation = provider.operation(call);
        *lock(&self.calls).entry(operation).or_default() += 1;
        let strike = lock(&self.faults).strike(operation);
        let distortion = match &strike.kind {
            Some(FaultKind::UnknownStatus) => Distortion::UnknownStatus,
            Some(FaultKind::NullRequired) => Distortion::NullRequired,
            Some(FaultKind::RepeatedInvoice) => Distortion::Repeat,
            _ => Distortion::None,
        };
        let mut reply = match &strike.kind {
            Some(FaultKind::Status { status, retry_after }) => {
                struck(provider.as_ref(), *status, *retry_after)
            }
            _ if !provider.accepts(call, &lock(&self.credentials)) => provider
                .refusal(provider.unauthorized(), "the credentials are missing or not valid"),
            _ => provider.answer(call, distortion),
        };
        match &strike.kind {
            Some(FaultKind::EmptyBody) => reply.body.clear(),
            Some(FaultKind::InvalidJson) => reply.body = first_half(&reply.body).to_owned(),
            _ => {}
        }
        Outcome { reply, delay: strike.delay, cut: strike.kind == Some(FaultKind::StopMidBody) }
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

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }
}

/// A status fault's answer: from a gateway in front of the API when it is a 502.
fn struck(provider: &dyn Provider, status: u16, retry_after: Option<u32>) -> Reply {
    if status == 502 {
        let page = "<html><head><title>502 Bad Gateway</title></head>\
                    <body><h1>502 Bad Gateway</h1></body></html>";
        return Reply::html(502, page);
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
