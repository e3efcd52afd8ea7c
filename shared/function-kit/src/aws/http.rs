//! The providers' HTTP client, as one of the AWS SDKs.
//!
//! The SDKs' own (`aws-smithy-http-client`) links HTTP/2 whatever its features say,
//! and a second pool and connector beside reqwest's: 0.7 MB of a package. The two
//! crates that put reqwest in its place are at their first version, and take a
//! broken connection for a fault of the caller, or of nobody: neither is retried.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// One HTTP client for all of the SDKs' clients. The connect timeout is the
/// client's own; the SDKs keep the other timeouts above it.
#[derive(Debug, Clone)]
pub struct Https(pub reqwest::Client);

impl HttpClient for Https {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| unsendable(error.into()))?;
            let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap))
                .map_err(|error| unsendable(error.into()))?;
            let answer = client.execute(request).await.map_err(broken)?;
            let answer = http::Response::from(answer).map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// A request that is none: sending it again would not help.
fn unsendable(error: aws_smithy_runtime_api::box_error::BoxError) -> ConnectorError {
    ConnectorError::user(error).never_connected()
}

/// What the SDKs ask again after, all of it, within their attempts: each call of
/// ours is idempotent, or conditional.
fn broken(error: reqwest::Error) -> ConnectorError {
    match (error.is_connect(), error.is_timeout(), error.is_builder()) {
        (_, _, true) => unsendable(error.into()),
        (true, timeout, _) => {
            let kind = if timeout { ConnectorError::timeout } else { ConnectorError::io };
            kind(error.into()).never_connected()
        }
        (false, true, _) => ConnectorError::timeout(error.into()),
        (false, false, _) => ConnectorError::io(error.into()),
    }
}
