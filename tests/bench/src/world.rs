//! What stands around a function: a table, its secrets, and one provider.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sandbox::ProviderKind;
use serde_json::{Value, json};

use crate::building::Binaries;
use crate::copied::{COPIES, Tables};
use crate::event::Call;
use crate::http::{Caller, Service, serve};
use crate::process::{Sample, Work, measure, median};
use crate::provider::{Provider, Queue, Secrets};
use crate::share::Share;
use crate::table::Table;
use crate::tls::Certificate;

/// Calls that one target's process is given.
const TIMED: usize = 400;

/// What proves a webhook of the connection: it ends the webhook's path.
pub const WEBHOOK_TOKEN: &str = "cGF0aC10b2tlbi1vZi10aGUtYmVuY2gtMDAwMDAwMDA";

/// The stand-ins, and the environment that leads to them.
pub struct World {
    /// DynamoDB's table.
    pub table: Arc<Table>,
    /// The provider.
    pub provider: Arc<Provider>,
    provider_at: SocketAddr,
    variables: Vec<(String, String)>,
}

impl World {
    /// With one connection that holds so many invoices.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn new(
        certificate: &Certificate,
        kind: ProviderKind,
        invoices: usize,
    ) -> Result<Self, Box<dyn Error>> {
        Self::of(certificate, Provider::new(kind, invoices), |table, _| Ok(table))
    }

    /// With one connection that holds so many invoices, and a whole copy of it.
    ///
    /// # Errors
    /// When no port can be had, or the connection cannot be copied.
    pub fn with_copy(
        certificate: &Certificate,
        kind: ProviderKind,
        invoices: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let provider = Provider::new(kind, invoices);
        let name = provider.connection().to_owned();
        let mut world = Self::of(certificate, provider, |table, secret| {
            Ok(Arc::new(Tables::copying(table, &name, secret)?))
        })?;
        let synced = [("SYNCED_CONNECTIONS", name.as_str()), ("COPIES_TABLE_NAME", COPIES)];
        let synced = synced.map(|(name, value)| (name.to_owned(), value.to_owned()));
        world.variables.extend(synced);
        Ok(world)
    }

    /// With `provider`'s connection; its table is served as `tables` makes it of the table and
    /// the connection's secret.
    fn of(
        certificate: &Certificate,
        provider: Provider,
        tables: impl FnOnce(Arc<Table>, &str) -> Result<Arc<dyn Service>, Box<dyn Error>>,
    ) -> Result<Self, Box<dyn Error>> {
        let (table, provider) = (Arc::<Table>::default(), Arc::new(provider));
        let tls = || Some(certificate.server.clone());
        let provider_at = serve(provider.clone(), None)?;
        let mut secret = provider.secret(&format!("http://{provider_at}"));
        if let Value::Object(secret) = &mut secret {
            let webhook = json!({"scheme": "path", "secrets": [WEBHOOK_TOKEN]});
            secret.insert("webhook".to_owned(), webhook);
        }
        let secret = secret.to_string();
        let dynamodb = serve(tables(table.clone(), &secret)?, tls())?;
        let secrets = serve(Arc::new(Secrets(secret)), tls())?;
        let queue = serve(Arc::new(Queue), tls())?;
        let variables = [
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjEXAMPLETOKEN".repeat(24)),
            ("AWS_CA_BUNDLE", certificate.bundle.display().to_string()),
            ("AWS_ENDPOINT_URL_DYNAMODB", format!("https://{dynamodb}")),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", format!("https://{secrets}")),
            ("AWS_ENDPOINT_URL_SQS", format!("https://{queue}")),
            ("WEBHOOK_QUEUE_URL", format!("https://{queue}/000000000000/webhooks")),
            ("TABLE_NAME", "invoice-bridge".to_owned()),
            ("CONNECTIONS", provider.connection().to_owned()),
            // A run takes longer than the minute that a listing is fresh for.
            ("LISTING_TTL_SECONDS", "604800".to_owned()),
            ("LISTING_STALE_SECONDS", "604800".to_owned()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
        Ok(Self { table, provider, provider_at, variables: variables.collect() })
    }

    /// Puts an item that `get-item` reads.
    pub fn put(&self, key: &str, text: &str) {
        let item = json!({
            "pk": {"S": key}, "name": {"S": "A product"}, "price": {"N": "12.5"},
            "text": {"S": text},
        });
        self.table.put(key, &item.to_string());
    }

    /// What the exchange takes that the last new request to the provider was:
    /// the provider's own time, as the simplest caller sees it.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn provider_time(&self) -> Result<Duration, Box<dyn Error>> {
        let request = self.provider.take_last().ok_or("the provider was never asked")?;
        let mut caller = Caller::new(self.provider_at)?;
        let mut times = Vec::with_capacity(TIMED);
        for _ in 0..TIMED {
            let begun = Instant::now();
            caller.call(&request)?;
            times.push(begun.elapsed());
        }
        Ok(median(times))
    }
}

/// A function, and what it is asked.
pub struct Target {
    /// The function's name in the results.
    pub name: String,
    /// The name of the binary.
    pub binary: &'static str,
    /// What stands around it.
    pub world: Arc<World>,
    work: Work,
}

impl Target {
    /// A function that is asked the same, again and again.
    pub fn new(name: &str, binary: &'static str, world: &Arc<World>, call: &Call<'_>) -> Self {
        let work =
            Work { event: call.event(), calls: TIMED + 1, expected: 200, before: Arc::new(|| {}) };
        Self { name: name.to_owned(), binary, world: world.clone(), work }
    }

    /// With this done before each event.
    #[must_use]
    pub fn before(mut self, before: impl Fn(&World) + Send + Sync + 'static) -> Self {
        let world = self.world.clone();
        self.work.before = Arc::new(move || before(&world));
        self
    }

    /// Whose answers have this status.
    #[must_use]
    pub fn expecting(mut self, expected: u16) -> Self {
        self.work.expected = expected;
        self
    }

    /// Runs it once.
    ///
    /// # Errors
    /// When it fails or answers otherwise than expected.
    pub fn run(
        &self,
        binaries: &Binaries,
        share: Option<&Share>,
    ) -> Result<Sample, Box<dyn Error>> {
        self.measured(binaries, self.work.clone(), share)
    }

    /// Runs it once for so many calls.
    ///
    /// # Errors
    /// As [`Target::run`].
    pub fn run_for(&self, binaries: &Binaries, calls: usize) -> Result<Sample, Box<dyn Error>> {
        self.measured(binaries, Work { calls, ..self.work.clone() }, None)
    }

    fn measured(
        &self,
        binaries: &Binaries,
        work: Work,
        share: Option<&Share>,
    ) -> Result<Sample, Box<dyn Error>> {
        let binary = binaries.path(self.binary);
        let sample = measure(&binary, &self.world.variables, work, share.cloned());
        sample.map_err(|error| format!("{}: {error}", self.name).into())
    }
}

/// A header of an answer.
pub fn header(sample: &Sample, name: &str) -> Option<String> {
    let headers = sample.answer.get("headers").and_then(Value::as_object)?;
    Some(headers.get(name)?.as_str()?.to_owned())
}
