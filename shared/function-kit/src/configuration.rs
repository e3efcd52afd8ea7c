//! The environment, read once: every bad value in one clear line.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use invoice::ConnectionName;
use tracing::Level;

const SECRET_PREFIX: &str = "invoice-bridge/";
const METRICS_NAMESPACE: &str = "InvoiceBridge";
/// The most connections that one stack has.
pub const MAX_CONNECTIONS: usize = 50;
/// A cached listing is of no use after a week, and a larger number is a slip.
const MAX_SECONDS: u64 = 7 * 86_400;
/// No provider works on one request for longer than a quarter of an hour.
const MAX_UNSETTLED_SECONDS: u64 = 900;
const MAX_AUDIT_DAYS: u64 = 3_650;
const MAX_SYNC_DAYS: u64 = 90;
const SECONDS_OF_A_DAY: u64 = 86_400;

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The table (`TABLE_NAME`).
    pub table_name: String,
    /// What the names of the connections' secrets begin with (`SECRET_PREFIX`).
    pub secret_prefix: String,
    /// The owner's connections, in the owner's order (`CONNECTIONS`).
    pub connections: Vec<ConnectionName>,
    /// What tokens' scopes are called.
    pub scopes: TokenScopes,
    /// How long a listing is fresh (`LISTING_TTL_SECONDS`).
    pub listing_ttl: Duration,
    /// How long it is kept for when a provider is down (`LISTING_STALE_SECONDS`).
    pub listing_stale: Duration,
    /// How long after a lost answer a provider may still be at the write
    /// (`UNSETTLED_SECONDS`): until then nobody else may write to the invoice.
    pub unsettled: Duration,
    /// How long the record of who wrote what is kept (`AUDIT_RETENTION_DAYS`).
    pub audit_retention: Duration,
    /// The connections of which a copy is kept (`SYNCED_CONNECTIONS`), in which table
    /// (`COPIES_TABLE_NAME`), and how long it is told that an invoice is gone
    /// (`SYNC_RETENTION_DAYS`).
    pub copies: Option<CopiesConfiguration>,
    /// Where writes are published (`EVENT_BUS_NAME`).
    pub event_bus: Option<String>,
    /// The least severe level that is logged (`LOG_LEVEL`).
    pub log_level: Level,
    /// What the metrics stand under in CloudWatch (`METRICS_NAMESPACE`).
    pub metrics_namespace: String,
}

/// The connections of which a copy is kept, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiesConfiguration {
    /// The connections.
    pub connections: Vec<ConnectionName>,
    /// The table.
    pub table_name: String,
    /// How long it is told that an invoice is gone.
    pub retention: Duration,
}

/// The scopes of tokens, as the owner's issuer names them: Amazon Cognito, for one,
/// issues custom scopes only as `{resource server}/{scope}` (aws R10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenScopes {
    /// The scope of a token that may see invoices (`READ_SCOPE`).
    pub read: String,
    /// The scope of a token that may change invoices (`WRITE_SCOPE`).
    pub write: String,
    /// The scope of a token that reaches every customer's invoices (`OPERATOR_SCOPE`).
    pub operator: String,
}

impl Default for TokenScopes {
    fn default() -> Self {
        Self {
            read: "invoices/read".to_owned(),
            write: "invoices/write".to_owned(),
            operator: "invoices/all".to_owned(),
        }
    }
}

/// What is wrong with the environment; prints as one line, either way.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment cannot be used: {}", faults.join("; "))]
pub struct ConfigurationError {
    /// Each thing that is wrong, beginning with its variable.
    pub faults: Vec<String>,
}

/// A main that returns an error prints it so.
impl fmt::Debug for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Configuration {
    /// Reads the environment through `lookup`. A variable that is set to
    /// nothing counts as not set: CloudFormation has no other way to say so.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(&lookup);
        let seconds = |reader: &mut Reader<'_>, name: &str, default| {
            Duration::from_secs(reader.number(name, default, 0..=MAX_SECONDS))
        };
        let listing_ttl = seconds(&mut reader, "LISTING_TTL_SECONDS", 60);
        let listing_stale = seconds(&mut reader, "LISTING_STALE_SECONDS", 86_400);
        let unsettled = reader.number("UNSETTLED_SECONDS", 60, 1..=MAX_UNSETTLED_SECONDS);
        let audit_days = reader.number("AUDIT_RETENTION_DAYS", 365, 1..=MAX_AUDIT_DAYS);
        if listing_stale < listing_ttl {
            reader.fault("LISTING_STALE_SECONDS must not be less than LISTING_TTL_SECONDS");
        }
        let table_name = reader.table_name();
        let connections = reader.connections();
        let copies = reader.copies(&connections);
        let configuration = Self {
            table_name,
            secret_prefix: reader.secret_prefix(),
            connections,
            copies,
            scopes: reader.scopes(),
            listing_ttl,
            listing_stale,
            unsettled: Duration::from_secs(unsettled),
            audit_retention: Duration::from_secs(audit_days * SECONDS_OF_A_DAY),
            event_bus: reader.optional("EVENT_BUS_NAME"),
            log_level: reader.log_level(),
            metrics_namespace: reader.metrics_namespace(),
        };
        reader.finish(configuration)
    }
}

/// Reads variables and remembers what is wrong with each.
pub(crate) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, faults: Vec::new() }
    }

    pub(crate) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    pub(crate) fn finish<T>(self, read: T) -> Result<T, ConfigurationError> {
        if self.faults.is_empty() { Ok(read) } else { Err(self.refusal()) }
    }

    /// All that is wrong, where there is nothing to be had of it.
    pub(crate) fn refusal(self) -> ConfigurationError {
        ConfigurationError { faults: self.faults }
    }

    pub(crate) fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    pub(crate) fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.fault(format!("{name} is not set"));
            String::new()
        })
    }

    fn number(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> u64 {
        let Some(text) = self.optional(name) else {
            return default;
        };
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.fault(format!(
                "{name} must be a whole number from {} to {}, not `{}`",
                range.start(),
                range.end(),
                shown(&text)
            ));
        }
        number.unwrap_or(default)
    }

    /// What is kept copies of: nothing, unless connections are named.
    fn copies(&mut self, known: &[ConnectionName]) -> Option<CopiesConfiguration> {
        let days = self.number("SYNC_RETENTION_DAYS", 7, 1..=MAX_SYNC_DAYS);
        let text = self.optional("SYNCED_CONNECTIONS");
        let table_name = text.is_some().then(|| self.table_named("COPIES_TABLE_NAME"));
        let (text, table_name) =
            text.zip(table_name.or_else(|| self.optional("COPIES_TABLE_NAME")))?;
        let mut connections: Vec<ConnectionName> = Vec::new();
        for item in text.split(',').map(str::trim) {
            match item.parse() {
                Ok(name) if connections.contains(&name) => {
                    self.fault(format!("SYNCED_CONNECTIONS names `{name}` twice"));
                }
                Ok(name) if known.contains(&name) => connections.push(name),
                Ok(_) => self.fault(format!(
                    "SYNCED_CONNECTIONS names `{}`, which is not among CONNECTIONS",
                    shown(item)
                )),
                Err(why) => self.fault(format!("SYNCED_CONNECTIONS: `{}`: {why}", shown(item))),
            }
        }
        let retention = Duration::from_secs(days * SECONDS_OF_A_DAY);
        Some(CopiesConfiguration { connections, table_name, retention })
    }

    fn table_name(&mut self) -> String {
        self.table_named("TABLE_NAME")
    }

    /// DynamoDB's own rule for names of tables (aws R11).
    fn table_named(&mut self, variable: &str) -> String {
        let name = self.required(variable);
        let sound = (3..=255).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !name.is_empty() && !sound {
            self.fault(format!(
                "{variable} must be 3 to 255 letters, digits, `_`, `-` and `.`, not `{}`",
                shown(&name)
            ));
        }
        name
    }

    /// Secrets Manager's own rule for names of secrets (aws R15).
    fn secret_prefix(&mut self) -> String {
        let prefix = self.optional("SECRET_PREFIX").unwrap_or_else(|| SECRET_PREFIX.to_owned());
        let sound = prefix.len() <= 400
            && prefix.chars().all(|c| {
                c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '=' | '.' | '@' | '-')
            });
        if !sound {
            self.fault(format!(
                "SECRET_PREFIX must be at most 400 letters, digits and `/_+=.@-`, not `{}`",
                shown(&prefix)
            ));
        }
        prefix
    }

    fn connections(&mut self) -> Vec<ConnectionName> {
        let text = self.required("CONNECTIONS");
        let mut names: Vec<ConnectionName> = Vec::new();
        for item in text.split(',').map(str::trim).filter(|_| !text.is_empty()) {
            match item.parse() {
                Ok(name) if names.contains(&name) => {
                    self.fault(format!("CONNECTIONS names `{name}` twice"));
                }
                Ok(name) => names.push(name),
                Err(why) => self.fault(format!("CONNECTIONS: `{}`: {why}", shown(item))),
            }
        }
        if let Some(beyond) = names.get(MAX_CONNECTIONS) {
            self.fault(format!(
                "CONNECTIONS has {} names, and {MAX_CONNECTIONS} are allowed: `{beyond}` is the first beyond",
                names.len()
            ));
        }
        names
    }

    /// What a scope may hold is less than RFC 6749, section 3.3, allows: a claim that is
    /// a list arrives with brackets, quotes and commas of API Gateway's and issuers' own.
    fn scopes(&mut self) -> TokenScopes {
        let usual = TokenScopes::default();
        let scopes = TokenScopes {
            read: self.scope("READ_SCOPE", usual.read),
            write: self.scope("WRITE_SCOPE", usual.write),
            operator: self.scope("OPERATOR_SCOPE", usual.operator),
        };
        if [&scopes.read, &scopes.write].contains(&&scopes.operator) {
            self.fault(
                "OPERATOR_SCOPE must be another than READ_SCOPE and WRITE_SCOPE: who has those would be an operator",
            );
        }
        scopes
    }

    fn scope(&mut self, name: &str, usual: String) -> String {
        let scope = self.optional(name).unwrap_or(usual);
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._~:/+*-".contains(&byte);
        if scope.len() > 128 || !scope.bytes().all(fits) {
            self.fault(format!(
                "{name} must be 1 to 128 letters, digits and `._~:/+*-`, not `{}`",
                shown(&scope)
            ));
        }
        scope
    }

    /// Characters and length are CloudWatch's (aws R17).
    fn metrics_namespace(&mut self) -> String {
        let Some(name) = self.optional("METRICS_NAMESPACE") else {
            return METRICS_NAMESPACE.to_owned();
        };
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#:".contains(&byte);
        if name.len() > 255 || !name.bytes().all(fits) || name.starts_with("AWS/") {
            self.fault(format!(
                "METRICS_NAMESPACE must be 1 to 255 of A-Z a-z 0-9 . - _ / # :, and not AWS's own, not `{}`",
                shown(&name)
            ));
        }
        name
    }

    fn log_level(&mut self) -> Level {
        let Some(text) = self.optional("LOG_LEVEL") else {
            return Level::INFO;
        };
        match text.to_ascii_lowercase().as_str() {
            "error" => Level::ERROR,
            "warn" => Level::WARN,
            "info" => Level::INFO,
            "debug" => Level::DEBUG,
            "trace" => Level::TRACE,
            _ => {
                self.fault(format!(
                    "LOG_LEVEL must be error, warn, info, debug or trace, not `{}`",
                    shown(&text)
                ));
                Level::INFO
            }
        }
    }
}

/// As much of a value as a line holds; control characters would break it.
fn shown(value: &str) -> String {
    value.chars().take(60).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;
