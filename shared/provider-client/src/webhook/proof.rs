//! The proofs of a webhook's origin, over the bytes as they came.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::secret::{KEY_PREFIX, WebhookSecret};
use super::{Delivery, FixedForm};

/// How far the time in a signature may be from ours.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

/// How it is proved that a provider sent a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// A header `t=..,v1=..`: HMAC-SHA256 in hexadecimal over the time, a point and
    /// the body.
    HmacTimestamped,
    /// The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, as
    /// <https://www.standardwebhooks.com> has them.
    StandardWebhooks,
    /// A header with HMAC-SHA256 in Base64 over the body alone.
    Hmac,
    /// HTTP's Basic credentials.
    Basic,
    /// A header with a fixed value.
    Header,
    /// A token that the path ends with.
    Path,
}

impl Scheme {
    /// Every scheme there is.
    pub const ALL: &'static [Self] = &[
        Self::HmacTimestamped,
        Self::StandardWebhooks,
        Self::Hmac,
        Self::Basic,
        Self::Header,
        Self::Path,
    ];

    /// The scheme's name in a secret, and in the API's answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::HmacTimestamped => "hmac-timestamped",
            Self::StandardWebhooks => "standard-webhooks",
            Self::Hmac => "hmac",
            Self::Basic => "basic",
            Self::Header => "header",
            Self::Path => "path",
        }
    }
}

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to prove it by.
    #[error("missing")]
    Missing,
    /// What is there cannot be read.
    #[error("malformed")]
    Malformed,
    /// Its time is too far from ours.
    #[error("old")]
    Old,
    /// No secret of the connection proves it.
    #[error("wrong")]
    Wrong,
}

/// What a webhook shows to prove its origin.
pub(super) enum Sent<'a> {
    /// What was signed, in its parts, and the signatures, any of which may be right.
    Signed { parts: Vec<Vec<u8>>, body: &'a [u8], signatures: Vec<Vec<u8>> },
    /// A text that only the provider knows.
    Text(String),
}

impl<'a> Sent<'a> {
    /// Reads what `delivery` shows, by the scheme of `secret`.
    pub fn read(secret: &WebhookSecret, delivery: Delivery<'a>) -> Result<Self, Refusal> {
        let body = delivery.body;
        let header = |name: &str| (delivery.header)(name).ok_or(Refusal::Missing);
        match secret.scheme {
            Scheme::HmacTimestamped => {
                let (time, signatures) = timestamped(&header(&secret.header)?)?;
                is_recent(&time, delivery.at)?;
                let parts = vec![time.into_bytes(), b".".to_vec()];
                Ok(Self::Signed { parts, body, signatures })
            }
            Scheme::StandardWebhooks => {
                let id = header("webhook-id")?;
                let time = header("webhook-timestamp")?;
                let signatures = standard(&header("webhook-signature")?)?;
                is_recent(&time, delivery.at)?;
                let parts = vec![format!("{id}.{time}.").into_bytes()];
                Ok(Self::Signed { parts, body, signatures })
            }
            Scheme::Hmac => {
                let signature = BASE64_STANDARD.decode(header(&secret.header)?.trim());
                let signatures = vec![signature.map_err(|_| Refusal::Malformed)?];
                Ok(Self::Signed { parts: Vec::new(), body, signatures })
            }
            Scheme::Basic => {
                let value = header("authorization")?;
                let given = decoded_basic(&value).ok_or(Refusal::Malformed)?;
                let (user, password) = given.split_once(':').ok_or(Refusal::Malformed)?;
                let is_user = is_same(&secret.username, user);
                // Compared with no password in place of a wrong user's.
                Ok(Self::Text(if is_user { password.to_owned() } else { String::new() }))
            }
            Scheme::Header => Ok(Self::Text(header(&secret.header)?.trim().to_owned())),
            Scheme::Path => {
                let token = delivery.token.filter(|token| !token.is_empty());
                Ok(Self::Text(token.ok_or(Refusal::Missing)?.to_owned()))
            }
        }
    }
}

/// One secret, to prove a webhook by.
pub(super) struct Proof<'a> {
    pub secret: &'a SecretString,
    pub scheme: Scheme,
    pub fixed: FixedForm,
}

impl Proof<'_> {
    /// Whether the secret proves what was sent. How long that takes tells nothing of
    /// the secret.
    pub fn holds(&self, sent: &Sent<'_>) -> bool {
        match sent {
            Sent::Signed { parts, body, signatures } => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key());
                let mut message = parts.concat();
                message.extend_from_slice(body);
                let holds = |signature: &Vec<u8>| hmac::verify(&key, &message, signature).is_ok();
                signatures.iter().fold(false, |any, signature| any | holds(signature))
            }
            Sent::Text(text) => {
                let forms = self.forms();
                forms.iter().fold(false, |any, form| any | is_same(form, text))
            }
        }
    }

    fn key(&self) -> Vec<u8> {
        let text = self.secret.expose_secret();
        match self.scheme {
            // Held to be Base64 when the secret was read.
            Scheme::StandardWebhooks => {
                let text = text.strip_prefix(KEY_PREFIX).unwrap_or(text);
                BASE64_STANDARD.decode(text).unwrap_or_default()
            }
            _ => text.as_bytes().to_vec(),
        }
    }

    fn forms(&self) -> Vec<SecretString> {
        match (self.scheme, self.fixed) {
            (Scheme::Header, FixedForm::Base64) => {
                let encoded = BASE64_STANDARD.encode(self.secret.expose_secret());
                vec![format!("Basic {encoded}").into(), encoded.into()]
            }
            _ => vec![self.secret.clone()],
        }
    }
}

/// Whether two texts are the same, in a time that depends on neither: what is compared
/// are their tags under a key.
fn is_same(known: &SecretString, given: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"invoice-bridge webhook");
    let tag = hmac::sign(&key, known.expose_secret().as_bytes());
    hmac::verify(&key, given.as_bytes(), tag.as_ref()).is_ok()
}

/// The time and the signatures of `t=..,v1=..,v1=..`; other versions are passed over.
fn timestamped(value: &str) -> Result<(String, Vec<Vec<u8>>), Refusal> {
    let (mut times, mut signatures) = (Vec::new(), Vec::new());
    for item in value.split(',') {
        match item.trim().split_once('=') {
            Some(("t", time)) => times.push(time.to_owned()),
            Some(("v1", signature)) => {
                signatures.push(hexadecimal(signature).ok_or(Refusal::Malformed)?);
            }
            // Whatever else is said there proves nothing, and takes nothing from what does.
            _ => {}
        }
    }
    match times.as_slice() {
        [time] if !signatures.is_empty() => Ok((time.clone(), signatures)),
        _ => Err(Refusal::Malformed),
    }
}

/// The signatures of `v1,.. v1,..`; other versions are passed over.
fn standard(value: &str) -> Result<Vec<Vec<u8>>, Refusal> {
    let signatures = value.split_whitespace().filter_map(|item| item.strip_prefix("v1,"));
    let decoded = signatures.map(|text| BASE64_STANDARD.decode(text));
    let decoded: Vec<Vec<u8>> =
        decoded.collect::<Result<_, _>>().map_err(|_| Refusal::Malformed)?;
    if decoded.is_empty() { Err(Refusal::Malformed) } else { Ok(decoded) }
}

fn is_recent(time: &str, now: Timestamp) -> Result<(), Refusal> {
    let is_digits = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = time.parse().ok().filter(|_| is_digits).ok_or(Refusal::Malformed)?;
    let then = Timestamp::from_second(seconds).map_err(|_| Refusal::Malformed)?;
    if now.duration_since(then).abs() <= TOLERANCE { Ok(()) } else { Err(Refusal::Old) }
}

fn decoded_basic(value: &str) -> Option<String> {
    let (scheme, encoded) = value.trim().split_once(' ')?;
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    let bytes = BASE64_STANDARD.decode(encoded.trim()).ok().filter(|_| is_basic)?;
    String::from_utf8(bytes).ok()
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

impl fmt::Debug for Sent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent(..)")
    }
}
