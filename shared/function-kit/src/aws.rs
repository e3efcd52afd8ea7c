//! What every AWS client stands on: region, credentials, endpoints and the one
//! HTTP client, all from the environment.
//!
//! Read by hand rather than with `aws-config`: on Lambda the credentials are in
//! the environment, and the chain of other places to look for them (profiles,
//! SSO, STS, instance metadata) would be linked and tried for nothing.

mod http;

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::config::{
    BehaviorVersion, Credentials, Region, SharedAsyncSleep, SharedHttpClient,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use provider_client::https;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use self::http::Https;
use crate::configuration::{ConfigurationError, Reader};

/// The roots of Amazon Trust Services, which sign every AWS endpoint: parsing
/// these five is a fraction of loading a system's 150 at every cold start.
/// `AWS_CA_BUNDLE`, the SDKs' own variable, replaces them.
const ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// The SDK sets a connect timeout only: an answer that never comes would cost
/// the whole request.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);
/// What sends a webhook waits two seconds at most.
const QUEUE_ATTEMPT_TIMEOUT: Duration = Duration::from_millis(400);
/// DynamoDB answers in milliseconds: what takes longer is lost, and is asked
/// again while the request still has time.
const TABLE_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
const TABLE_ATTEMPTS: u32 = 3;
const TABLE_BACKOFF: Duration = Duration::from_millis(50);
const TABLE_LONGEST_BACKOFF: Duration = Duration::from_millis(500);

/// A client of one service: the SDKs' types are alike, and have nothing in common.
macro_rules! client {
    ($sdk:ident, $aws:expr, $endpoint:expr, $attempt:expr, $retries:expr) => {{
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout($attempt)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region($aws.region.clone())
            .credentials_provider($aws.credentials.clone())
            .http_client($aws.http.clone())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .timeout_config(timeouts)
            .retry_config($retries);
        config.set_endpoint_url($endpoint);
        $sdk::Client::from_conf(config.build())
    }};
}

/// The account the function runs in, as its environment names it.
pub struct Aws {
    region: Region,
    credentials: Credentials,
    secrets_manager_endpoint: Option<String>,
    dynamodb_endpoint: Option<String>,
    event_bridge_endpoint: Option<String>,
    sqs_endpoint: Option<String>,
    http: SharedHttpClient,
}

impl Aws {
    /// Reads the SDKs' own variables through `lookup`.
    ///
    /// # Errors
    /// With everything that is missing, or the faulty `AWS_CA_BUNDLE`.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigurationError> {
        let mut reader = Reader::new(&lookup);
        let region = reader.optional("AWS_REGION");
        let region = region.or_else(|| reader.optional("AWS_DEFAULT_REGION"));
        if region.is_none() {
            reader.fault("AWS_REGION is not set");
        }
        let credentials = Credentials::new(
            reader.required("AWS_ACCESS_KEY_ID"),
            reader.required("AWS_SECRET_ACCESS_KEY"),
            reader.optional("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let endpoint = |service: &str| {
            let own = reader.optional(&format!("AWS_ENDPOINT_URL_{service}"));
            own.or_else(|| reader.optional("AWS_ENDPOINT_URL"))
        };
        let secrets_manager_endpoint = endpoint("SECRETS_MANAGER");
        let dynamodb_endpoint = endpoint("DYNAMODB");
        let event_bridge_endpoint = endpoint("EVENTBRIDGE");
        let sqs_endpoint = endpoint("SQS");
        let http = http_client(&mut reader);
        let (Some(region), Some(http)) = (region, http) else {
            return Err(reader.refusal());
        };
        reader.finish(Self {
            region: Region::new(region),
            credentials,
            secrets_manager_endpoint,
            dynamodb_endpoint,
            event_bridge_endpoint,
            sqs_endpoint,
            http,
        })
    }

    /// A client of Secrets Manager.
    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        let endpoint = self.secrets_manager_endpoint.clone();
        client!(aws_sdk_secretsmanager, self, endpoint, ATTEMPT_TIMEOUT, RetryConfig::standard())
    }

    /// A client of EventBridge.
    pub fn event_bridge(&self) -> aws_sdk_eventbridge::Client {
        let endpoint = self.event_bridge_endpoint.clone();
        client!(aws_sdk_eventbridge, self, endpoint, ATTEMPT_TIMEOUT, RetryConfig::standard())
    }

    /// A client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let endpoint = self.sqs_endpoint.clone();
        client!(aws_sdk_sqs, self, endpoint, QUEUE_ATTEMPT_TIMEOUT, RetryConfig::standard())
    }

    /// A client of DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let retries = RetryConfig::standard()
            .with_max_attempts(TABLE_ATTEMPTS)
            .with_initial_backoff(TABLE_BACKOFF)
            .with_max_backoff(TABLE_LONGEST_BACKOFF);
        let endpoint = self.dynamodb_endpoint.clone();
        client!(aws_sdk_dynamodb, self, endpoint, TABLE_ATTEMPT_TIMEOUT, retries)
    }
}

/// The client of them all; without one, the reader has the fault.
fn http_client(reader: &mut Reader<'_>) -> Option<SharedHttpClient> {
    let client = match reader.optional("AWS_CA_BUNDLE") {
        Some(path) => std::fs::read(path).ok().and_then(|bundle| trusting(&bundle)),
        None => trusting(ROOTS),
    };
    if client.is_none() {
        reader.fault("AWS_CA_BUNDLE names no readable file of PEM certificates");
    }
    client
}

/// A client that trusts the certificates of `bundle` alone; none without any.
fn trusting(bundle: &[u8]) -> Option<SharedHttpClient> {
    let certificates = CertificateDer::pem_slice_iter(bundle).flatten();
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(certificates);
    let client = (trusted > 0).then(|| https::client(roots, CONNECT_TIMEOUT));
    Some(SharedHttpClient::new(Https(client?.ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Aws, ConfigurationError> {
        Aws::read(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const SIGNED_IN: [(&str, &str); 3] = [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
    ];

    #[test]
    fn says_all_that_is_missing() {
        let faults = read(&[]).map(|_| ()).unwrap_err().faults;
        assert_eq!(
            faults,
            [
                "AWS_REGION is not set",
                "AWS_ACCESS_KEY_ID is not set",
                "AWS_SECRET_ACCESS_KEY is not set"
            ]
        );
    }

    #[test]
    fn the_endpoint_of_the_service_goes_before_the_endpoint_of_all() {
        let endpoint = |more: &[(&str, &str)]| {
            let all: Vec<_> = SIGNED_IN.iter().chain(more).copied().collect();
            let aws = read(&all).unwrap();
            (aws.secrets_manager_endpoint, aws.dynamodb_endpoint)
        };
        let (all, one) = (
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:2"),
        );
        let at = |port: u16| Some(format!("http://127.0.0.1:{port}"));
        assert_eq!(endpoint(&[]), (None, None));
        assert_eq!(endpoint(&[all]), (at(1), at(1)));
        assert_eq!(endpoint(&[all, one]), (at(2), at(1)));
    }

    #[test]
    fn a_bundle_that_is_none_is_refused_at_start() {
        let all = [&SIGNED_IN[..], &[("AWS_CA_BUNDLE", "/dev/null")]].concat();
        let faults = read(&all).map(|_| ()).unwrap_err().faults;
        assert_eq!(faults, ["AWS_CA_BUNDLE names no readable file of PEM certificates"]);
    }
}
