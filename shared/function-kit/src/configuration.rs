//! The environment, read once: every bad value in one clear line.

use std::fmt;
use std::time::Duration;

use invoice::ConnectionName;
use tracing::Level;

const SECRET_PREFIX: &str = "invoice-bridge/";
const MAX_CONNECTIONS: usize = 50;
/// A cached listing is of no use after a week, and a larger number is a slip.
const MAX_SECONDS: u64 = 7 * 86_400;

/// What the environment says.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// The table (`TABLE_NAME`).
    pub table_name: String,
    /// What the names of the connections' secrets begin with (`SECRET_PREFIX`).
    pub secret_prefix: String,
    /// The owner's connections, in the owner's order (`CONNECTIONS`).
    pub connections: Vec<ConnectionName>,
    /// How long a listing is fresh (`LISTING_TTL_SECONDS`).
    pub listing_ttl: Duration,
    /// How long it is kept for when a provider is down (`LISTING_STALE_SECONDS`).
    pub listing_stale: Duration,
    /// Where writes are published (`EVENT_BUS_NAME`).
    pub event_bus: Option<String>,
    /// The least severe level that is logged (`LOG_LEVEL`).
    pub log_level: Level,
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
        let listing_ttl = reader.seconds("LISTING_TTL_SECONDS", 60);
        let listing_stale = reader.seconds("LISTING_STALE_SECONDS", 86_400);
        if listing_stale < listing_ttl {
            reader.fault("LISTING_STALE_SECONDS must not be less than LISTING_TTL_SECONDS");
        }
        let configuration = Self {
            table_name: reader.table_name(),
            secret_prefix: reader.secret_prefix(),
            connections: reader.connections(),
            listing_ttl,
            listing_stale,
            event_bus: reader.optional("EVENT_BUS_NAME"),
            log_level: reader.log_level(),
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
        if self.faults.is_empty() {
            Ok(read)
        } else {
            Err(ConfigurationError { faults: self.faults })
        }
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

    fn seconds(&mut self, name: &str, default: u64) -> Duration {
        let Some(text) = self.optional(name) else {
            return Duration::from_secs(default);
        };
        let seconds = text.parse().ok().filter(|seconds| *seconds <= MAX_SECONDS);
        if seconds.is_none() {
            self.fault(format!(
                "{name} must be a whole number from 0 to {MAX_SECONDS}, not `{}`",
                shown(&text)
            ));
        }
        Duration::from_secs(seconds.unwrap_or(default))
    }

    /// DynamoDB's own rule for names of tables [vendor].
    fn table_name(&mut self) -> String {
        let name = self.required("TABLE_NAME");
        let sound = (3..=255).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !name.is_empty() && !sound {
            self.fault(format!(
                "TABLE_NAME must be 3 to 255 letters, digits, `_`, `-` and `.`, not `{}`",
                shown(&name)
            ));
        }
        name
    }

    /// Secrets Manager's own rule for names of secrets [vendor].
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
        if names.len() > MAX_CONNECTIONS {
            self.fault(format!("CONNECTIONS has {} names: {MAX_CONNECTIONS} at most", names.len()));
        }
        names
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
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
        Configuration::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn little_need_be_said() {
        let read = read(&[("TABLE_NAME", "bridge"), ("CONNECTIONS", "nue, fusebill-eu")]).unwrap();
        let names: Vec<&str> = read.connections.iter().map(ConnectionName::as_str).collect();
        assert_eq!(names, ["nue", "fusebill-eu"]);
        assert_eq!(read.secret_prefix, "invoice-bridge/");
        assert_eq!(read.listing_ttl, Duration::from_secs(60));
        assert_eq!(read.listing_stale, Duration::from_secs(86_400));
        assert_eq!((read.event_bus, read.log_level), (None, Level::INFO));
    }

    #[test]
    fn what_is_said_counts() {
        let read = read(&[
            ("TABLE_NAME", "bridge"),
            ("CONNECTIONS", "nue"),
            ("SECRET_PREFIX", "team/x-"),
            ("LISTING_TTL_SECONDS", "0"),
            ("LISTING_STALE_SECONDS", "0"),
            ("EVENT_BUS_NAME", "bus"),
            ("LOG_LEVEL", "DEBUG"),
        ])
        .unwrap();
        assert_eq!(read.secret_prefix, "team/x-");
        assert_eq!((read.listing_ttl, read.listing_stale), (Duration::ZERO, Duration::ZERO));
        assert_eq!((read.event_bus.as_deref(), read.log_level), (Some("bus"), Level::DEBUG));
    }

    #[test]
    fn every_bad_value_stands_in_one_line() {
        let line = read(&[
            ("TABLE_NAME", "a b"),
            ("CONNECTIONS", "nue,Nue,nue,"),
            ("SECRET_PREFIX", "a b/"),
            ("LISTING_TTL_SECONDS", "1m"),
            ("LISTING_STALE_SECONDS", "5"),
            ("LOG_LEVEL", "lo\nud"),
        ])
        .unwrap_err()
        .to_string();
        for part in [
            "TABLE_NAME must be 3 to 255",
            "CONNECTIONS: `Nue`: a connection's name is",
            "CONNECTIONS names `nue` twice",
            "CONNECTIONS: ``: a connection's name is",
            "SECRET_PREFIX must be",
            "LISTING_TTL_SECONDS must be a whole number from 0 to 604800, not `1m`",
            "LISTING_STALE_SECONDS must not be less",
            "LOG_LEVEL must be error, warn, info, debug or trace, not `lo\\nud`",
        ] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn nothing_and_not_set_are_the_same() {
        for variables in [&[][..], &[("TABLE_NAME", ""), ("CONNECTIONS", " ")]] {
            let error = read(variables).unwrap_err();
            assert_eq!(error.faults, ["TABLE_NAME is not set", "CONNECTIONS is not set"]);
            assert_eq!(format!("{error:?}"), error.to_string());
        }
    }

    #[test]
    fn there_are_fifty_connections_at_most() {
        let names =
            |count: usize| (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
        let with = |count| read(&[("TABLE_NAME", "bridge"), ("CONNECTIONS", &names(count))]);
        assert_eq!(with(50).unwrap().connections.len(), 50);
        assert_eq!(with(51).unwrap_err().faults, ["CONNECTIONS has 51 names: 50 at most"]);
    }
}
