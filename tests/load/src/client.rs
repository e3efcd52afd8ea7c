//! Plain HTTP on loopback, and answers with the moments between which they came about.

use std::error::Error;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;

/// Why something could not be done.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What is taken for hanging: far longer than the gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(90);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The answer's status.
    pub status: u16,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The answer's body.
    pub text: String,
    /// The moment before the request was sent.
    pub began: Timestamp,
    /// The moment after the answer had come.
    pub ended: Timestamp,
    /// The time from one to the other.
    pub took: Duration,
}

impl Answer {
    /// A header's value, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A client.
#[derive(Debug, Clone)]
pub struct Client(reqwest::Client);

impl Client {
    /// A client without proxies.
    ///
    /// # Errors
    /// When none can be had.
    pub fn new() -> Result<Self, Failure> {
        // reqwest needs a TLS provider even where nothing is encrypted; it may be set already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self(reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?))
    }

    /// What GET is answered.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, url: &str) -> Result<Answer, Failure> {
        self.send("GET", url, &[], String::new()).await
    }

    /// What a request is answered.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<Answer, Failure> {
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            sent.insert(HeaderName::from_bytes(name.as_bytes())?, HeaderValue::from_str(value)?);
        }
        let request = self.0.request(Method::from_bytes(method.as_bytes())?, url).headers(sent);
        let (began, clock) = (Timestamp::now(), Instant::now());
        let answer = request.body(body).send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let (took, ended) = (clock.elapsed(), Timestamp::now());
        Ok(Answer { status, headers, text, began, ended, took })
    }
}
