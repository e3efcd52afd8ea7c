//! The one HTTP client there is, under every provider and every AWS client alike:
//! reqwest with rustls on ring, HTTP/1.1, and roots that are pinned.
//!
//! HTTP/2 is left out on purpose: neither DynamoDB nor Secrets Manager speaks it
//! in a way that would help a function with one call at a time, no provider asks
//! for it, and it was 0.5 MB of every package.

use std::sync::Arc;
use std::time::Duration;

/// Why a client cannot be built: a fault of ours, there being nothing to configure.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A client that trusts `roots` and nothing else, and follows no redirect:
/// credentials travel in headers, and go nowhere but where they were meant for.
///
/// # Errors
/// When the TLS configuration cannot be built.
pub fn client(
    roots: rustls::RootCertStore,
    connect_timeout: Duration,
) -> Result<reqwest::Client, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("invoice-bridge/", env!("CARGO_PKG_VERSION")));
    Ok(client.build()?)
}
