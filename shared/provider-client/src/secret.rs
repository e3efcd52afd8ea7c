//! A connection's secret: which provider, and how to sign in there.

use std::collections::BTreeSet;
use std::fmt;

use invoice::ConnectionName;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Host, Url};

/// The fields of one connection's secret. Nothing of it can be printed.
pub struct ConnectionSecret {
    connection: ConnectionName,
    fields: Map<String, Value>,
}

/// What is wrong with a secret: the fields by name, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the secret of connection `{connection}` cannot be used: {}", faults.join("; "))]
pub struct SecretFault {
    /// The connection.
    pub connection: ConnectionName,
    /// Each thing that is wrong, naming its field.
    pub faults: Vec<String>,
}

impl fmt::Debug for ConnectionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionSecret({}, ..)", self.connection)
    }
}

impl ConnectionSecret {
    /// Reads a secret's text: a JSON object with `provider` and that provider's
    /// own fields.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn parse(connection: &ConnectionName, text: &str) -> Result<Self, SecretFault> {
        match invoice::json::read(text) {
            Ok(Value::Object(fields)) => Ok(Self { connection: connection.clone(), fields }),
            _ => Err(SecretFault {
                connection: connection.clone(),
                faults: vec!["expected a JSON object with `provider`".to_owned()],
            }),
        }
    }

    /// The connection it belongs to.
    pub fn connection(&self) -> &ConnectionName {
        &self.connection
    }

    /// Begins to read the fields; every fault is gathered until
    /// [`SecretReader::finish`].
    pub fn reader(&self) -> SecretReader<'_> {
        SecretReader { secret: self, faults: Vec::new() }
    }

    /// The kind of provider that the secret names.
    pub(crate) fn provider(&self) -> Option<&str> {
        self.text("provider")
    }

    /// A field as it is.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }
}

/// Reads fields and remembers what is wrong with each.
pub struct SecretReader<'a> {
    secret: &'a ConnectionSecret,
    faults: Vec<String>,
}

impl SecretReader<'_> {
    /// A text that must be there.
    pub fn text(&mut self, field: &'static str) -> String {
        let found = self.secret.text(field).map(str::to_owned);
        found.unwrap_or_else(|| {
            self.faults.push(format!("`{field}` is missing or no text"));
            String::new()
        })
    }

    /// A secret text that must be there, and that can stand in an HTTP header.
    pub fn secret(&mut self, field: &'static str) -> SecretString {
        let text = self.text(field);
        if !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
            self.faults.push(format!("`{field}` has characters that no HTTP header can carry"));
        }
        text.into()
    }

    /// A secret text that must be there, and that is encoded before it stands in a
    /// header: any character may be in it (RFC 7617 takes it as UTF-8).
    pub fn encoded_secret(&mut self, field: &'static str) -> SecretString {
        match self.secret.fields.get(field).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text.into(),
            _ => {
                self.faults.push(format!("`{field}` is missing or no text"));
                String::new().into()
            }
        }
    }

    /// The user's name of HTTP's Basic credentials: like [`Self::encoded_secret`], but
    /// the first colon ends a name (RFC 7617, 2), so none can be a part of it.
    pub fn basic_user(&mut self, field: &'static str) -> SecretString {
        let name = self.encoded_secret(field);
        if name.expose_secret().contains(':') {
            self.faults.push(format!("`{field}` has a colon, which ends a user's name"));
        }
        name
    }

    /// A secret text that may be left out, and that can stand in an HTTP header.
    pub fn optional_secret(&mut self, field: &'static str) -> Option<SecretString> {
        self.secret.fields.contains_key(field).then(|| self.secret(field))
    }

    /// The address of the provider's API: `baseUrl`, or the provider's own.
    /// https, or http on loopback alone: credentials travel with every call.
    pub fn base_url(&mut self, default: Option<&'static str>) -> Option<Url> {
        let text = match (self.secret.fields.get("baseUrl"), default) {
            (Some(Value::String(text)), _) => text.as_str(),
            (Some(_), _) => {
                self.faults.push("`baseUrl` is no text".to_owned());
                return None;
            }
            (None, Some(default)) => default,
            (None, None) => {
                self.faults
                    .push("`baseUrl` is missing: this provider publishes no address".to_owned());
                return None;
            }
        };
        let url = Url::parse(text).ok().filter(is_safe);
        if url.is_none() {
            self.faults
                .push("`baseUrl` must begin with https:// (http:// on loopback alone)".to_owned());
        }
        url
    }

    /// The roster: who is meant where the provider lists by customer only and
    /// the caller names none. Absent is none.
    pub fn customers(&mut self) -> Option<BTreeSet<String>> {
        let field = self.secret.fields.get("customers")?;
        let ids: Option<BTreeSet<String>> = field.as_array().and_then(|ids| {
            ids.iter()
                .map(|id| id.as_str().filter(|id| !id.is_empty()).map(str::to_owned))
                .collect()
        });
        if ids.is_none() {
            self.faults.push(
                "`customers` must be a list of the provider's customer ids, as texts".to_owned(),
            );
        }
        ids
    }

    /// Ends the reading; `base` is what [`SecretReader::base_url`] gave.
    ///
    /// # Errors
    /// With every fault that was met.
    pub fn finish(self, base: Option<Url>) -> Result<Url, SecretFault> {
        match base {
            Some(base) if self.faults.is_empty() => Ok(base),
            _ => {
                Err(SecretFault { connection: self.secret.connection.clone(), faults: self.faults })
            }
        }
    }

    pub(crate) fn fail(self, fault: String) -> SecretFault {
        SecretFault { connection: self.secret.connection.clone(), faults: vec![fault] }
    }
}

fn is_safe(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Result<ConnectionSecret, SecretFault> {
        ConnectionSecret::parse(&"acme".parse().unwrap(), text)
    }

    #[test]
    fn names_every_faulty_field_and_no_value() {
        let secret = secret(r#"{"apiKey": 5, "password": "se\ncret", "baseUrl": "http://evil.example/s3cr3t", "customers": "s3cr3t"}"#).unwrap();
        let mut reader = secret.reader();
        let _ = (reader.secret("apiKey"), reader.secret("password"), reader.customers());
        let base = reader.base_url(None);
        let fault = reader.finish(base).unwrap_err().to_string();
        for field in ["acme", "apiKey", "password", "baseUrl", "customers"] {
            assert!(fault.contains(field), "{field}: {fault}");
        }
        assert!(!fault.contains("s3cr3t") && !fault.contains("se\ncret"), "{fault}");
        assert_eq!(format!("{secret:?}"), "ConnectionSecret(acme, ..)");
    }

    #[test]
    fn what_is_encoded_may_hold_any_character() {
        let of = |user: &str, password: &str| {
            let text = serde_json::json!({"user": user, "password": password}).to_string();
            let secret = secret(&text).unwrap();
            let mut reader = secret.reader();
            let (_, read) = (reader.basic_user("user"), reader.encoded_secret("password"));
            assert_eq!(read.expose_secret(), password);
            reader.finish(Url::parse("https://a.example").ok()).map_err(|fault| fault.to_string())
        };
        for password in ["p\u{e4}ssw\u{f6}rd", "a:b", " ", "\u{1f511}", "tab\tand\nline"] {
            assert!(of("us\u{e9}r", password).is_ok(), "{password:?}");
        }
        let fault = of("s3cr3t:name", "p").unwrap_err();
        assert!(fault.contains("`user`") && !fault.contains("s3cr3t"), "{fault}");
        let fault = of("", "").unwrap_err();
        assert!(fault.contains("`user`") && fault.contains("`password`"), "{fault}");
    }

    #[test]
    fn credentials_leave_over_tls_or_stay_on_this_machine() {
        for (url, safe) in [
            ("https://api.nue.io", true),
            ("http://127.0.0.1:4000/nue", true),
            ("http://[::1]:4000", true),
            ("http://localhost:4000", true),
            ("http://api.nue.io", false),
            ("http://127.0.0.1.evil.example", false),
            ("ftp://127.0.0.1", false),
        ] {
            assert_eq!(is_safe(&Url::parse(url).unwrap()), safe, "{url}");
        }
        assert!(secret("[]").is_err());
    }
}
