//! The part of a connection's secret that its webhooks are proved by.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderName;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{Scheme, Webhooks};
use crate::secret::{ConnectionSecret, SecretFault};

/// What the keys of Standard Webhooks begin with.
pub(super) const KEY_PREFIX: &str = "whsec_";

/// The most secrets at once: the one in use, and the ones that take its place.
const MOST_SECRETS: usize = 4;
/// The fewest characters of a secret that nobody guesses.
const LEAST_LENGTH: usize = 16;
const FIELDS: [&str; 4] = ["scheme", "secrets", "username", "header"];

/// How a connection's webhooks are proved, and by what.
pub(super) struct WebhookSecret {
    pub scheme: Scheme,
    pub secrets: Vec<SecretString>,
    /// The user's name, of Basic credentials.
    pub username: SecretString,
    /// The header that the proof stands in, where the scheme has one of its own.
    pub header: String,
}

/// Reads the fields of `webhook`, and remembers what is wrong with each.
struct Reader<'a> {
    fields: &'a Map<String, Value>,
    faults: Vec<String>,
}

impl WebhookSecret {
    /// The `webhook` of a secret; none where it has none.
    ///
    /// # Errors
    /// With every fault, by the field's name and never with a value.
    pub fn parse(
        secret: &ConnectionSecret,
        webhooks: Option<&Webhooks>,
    ) -> Result<Option<Self>, SecretFault> {
        let fault = |faults| SecretFault { connection: secret.connection().clone(), faults };
        let Some(value) = secret.field("webhook") else { return Ok(None) };
        let Some(webhooks) = webhooks else {
            let why = "`webhook`: this provider sends none: leave it out";
            return Err(fault(vec![why.to_owned()]));
        };
        let Value::Object(fields) = value else {
            return Err(fault(vec!["`webhook` is no JSON object".to_owned()]));
        };
        let mut reader = Reader { fields, faults: Vec::new() };
        reader.refuse_unknown();
        let scheme = reader.scheme(webhooks.schemes);
        let secrets = reader.secrets(scheme);
        let username = reader.username(scheme);
        let header = reader.header(scheme, webhooks.header);
        match scheme {
            Some(scheme) if reader.faults.is_empty() => {
                Ok(Some(Self { scheme, secrets, username, header }))
            }
            _ => Err(fault(reader.faults)),
        }
    }
}

impl Reader<'_> {
    fn refuse_unknown(&mut self) {
        let unknown = self.fields.keys().filter(|name| !FIELDS.contains(&name.as_str()));
        let known = FIELDS.join(", ");
        let faults: Vec<String> = unknown
            .map(|name| {
                let name: String = name.chars().take(60).collect();
                format!("`webhook.{name}` is not known: there are {known}")
            })
            .collect();
        self.faults.extend(faults);
    }

    fn scheme(&mut self, schemes: &[Scheme]) -> Option<Scheme> {
        let Some(value) = self.fields.get("scheme") else { return schemes.first().copied() };
        let found = schemes.iter().copied().find(|scheme| value.as_str() == Some(scheme.word()));
        if found.is_none() {
            let known: Vec<&str> = schemes.iter().map(|scheme| scheme.word()).collect();
            self.faults.push(format!("`webhook.scheme` must be one of {}", known.join(", ")));
        }
        found
    }

    fn secrets(&mut self, scheme: Option<Scheme>) -> Vec<SecretString> {
        let texts: Option<Vec<&str>> = match self.fields.get("secrets") {
            Some(Value::Array(texts)) => texts.iter().map(Value::as_str).collect(),
            _ => None,
        };
        let texts = texts.filter(|texts| (1..=MOST_SECRETS).contains(&texts.len()));
        let Some(texts) = texts else {
            let why = format!("`webhook.secrets` must be a list of 1 to {MOST_SECRETS} texts");
            self.faults.push(why);
            return Vec::new();
        };
        if texts.iter().any(|text| text.chars().count() < LEAST_LENGTH) {
            let why = format!("`webhook.secrets`: each needs {LEAST_LENGTH} characters or more");
            self.faults.push(why);
        }
        let is_bad = |text: &&str| match scheme {
            Some(Scheme::StandardWebhooks) => {
                BASE64_STANDARD.decode(text.strip_prefix(KEY_PREFIX).unwrap_or(text)).is_err()
            }
            // What a path holds as it is.
            Some(Scheme::Path) => {
                !text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
            }
            _ => false,
        };
        if texts.iter().any(is_bad) {
            let right = match scheme {
                Some(Scheme::Path) => "letters, digits and -._~ alone, to stand in a path",
                _ => "Base64, perhaps with whsec_ in front",
            };
            self.faults.push(format!("`webhook.secrets`: each must be {right}"));
        }
        texts.into_iter().map(SecretString::from).collect()
    }

    fn username(&mut self, scheme: Option<Scheme>) -> SecretString {
        let value = self.fields.get("username");
        let name = value.and_then(Value::as_str).filter(|name| !name.is_empty());
        match (scheme, value, name) {
            (Some(Scheme::Basic), _, Some(name)) if !name.contains(':') => return name.into(),
            (Some(Scheme::Basic), ..) => {
                let why = "`webhook.username` is missing, no text, or has a colon";
                self.faults.push(why.to_owned());
            }
            (Some(_), Some(_), _) => {
                self.faults.push("`webhook.username` is for the scheme basic alone".to_owned());
            }
            _ => {}
        }
        SecretString::default()
    }

    fn header(&mut self, scheme: Option<Scheme>, usual: Option<&str>) -> String {
        let needs = matches!(scheme, Some(Scheme::HmacTimestamped | Scheme::Hmac | Scheme::Header));
        match (self.fields.get("header"), usual) {
            (None, None) if needs => {
                self.faults.push("`webhook.header` is missing: the header's name".to_owned());
            }
            (None, usual) => return usual.unwrap_or_default().to_owned(),
            (Some(_), _) if !needs && scheme.is_some() => {
                let why = "`webhook.header` is for the schemes with a header of their own";
                self.faults.push(why.to_owned());
            }
            (Some(value), _) => {
                let name = value.as_str().and_then(|name| name.parse::<HeaderName>().ok());
                match name {
                    Some(name) => return name.as_str().to_owned(),
                    None => self.faults.push("`webhook.header` is no header's name".to_owned()),
                }
            }
        }
        String::new()
    }
}
