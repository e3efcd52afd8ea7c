//! Requests signed with an AWS account's keys (Signature Version 4), for stacks in IAM mode.
//!
//! Keys come from the environment, else from the shared files of AWS, else from the AWS CLI,
//! which knows every other way: single sign-on, assumed roles, processes.

mod keys;

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::{HeaderMap, Method};
use tokio::sync::Mutex;
use url::Url;

use crate::exit::{Exit, Failure};
use keys::Keys;

/// What API Gateway is called in a signature.
const SERVICE: &str = "execute-api";

/// What signs requests.
#[derive(Debug)]
pub(crate) struct Signer {
    region: String,
    /// The profile of AWS's files to take keys from, where one is named.
    aws_profile: Option<String>,
    keys: Mutex<Keys>,
}

impl Signer {
    /// A signer for the API at `api`, with keys that are good now.
    ///
    /// # Errors
    /// When no keys are found, or the region cannot be told.
    pub(crate) async fn new(
        api: &Url,
        region: Option<&str>,
        aws_profile: Option<&str>,
    ) -> Result<Self, Failure> {
        let files = keys::Files::read(aws_profile).await;
        let region = region
            .map(str::to_owned)
            .or_else(|| region_of(api))
            .or_else(|| files.region())
            .ok_or_else(|| {
                Failure::usage(format!("the region of {api} is not known"))
                    .advise("set `region` in the profile, or AWS_REGION")
            })?;
        let keys = keys::find(&files, aws_profile).await.map_err(|tried| {
            let failure = Failure::here("no AWS keys are found to sign with");
            let failure = tried.into_iter().fold(failure, Failure::advise);
            failure.exit(Exit::NotAllowed)
        })?;
        let aws_profile = aws_profile.map(str::to_owned);
        Ok(Self { region, aws_profile, keys: Mutex::new(keys) })
    }

    /// The id of the key that signs, which is no secret.
    pub(crate) async fn key_id(&self) -> String {
        self.keys.lock().await.id.clone()
    }

    /// The headers that sign a request: its method, address, headers and body.
    ///
    /// # Errors
    /// When the keys have run out and there are no others, or the request cannot be signed.
    pub(crate) async fn sign(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<HeaderMap, String> {
        let keys = {
            let mut keys = self.keys.lock().await;
            if !keys.last() {
                let files = keys::Files::read(self.aws_profile.as_deref()).await;
                *keys = keys::find(&files, self.aws_profile.as_deref())
                    .await
                    .map_err(|_| "cannot be asked: the AWS keys have run out".to_owned())?;
            }
            keys.clone()
        };
        signed(&keys, &self.region, SystemTime::now(), (method, url, headers, body))
            .ok_or_else(|| "cannot be asked: the request cannot be signed".to_owned())
    }
}

/// The errors of the crate may hold what is signed: they are not passed on.
fn signed(
    keys: &Keys,
    region: &str,
    now: SystemTime,
    (method, url, headers, body): (&Method, &Url, &HeaderMap, &[u8]),
) -> Option<HeaderMap> {
    let identity = keys.credentials().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let texts: Option<Vec<(&str, &str)>> =
        headers.iter().map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let request = SignableRequest::new(
        method.as_str(),
        url.as_str(),
        texts?.into_iter(),
        SignableBody::Bytes(body),
    )
    .ok()?;
    let (instructions, _) = sign(request, &parameters).ok()?.into_parts();
    let mut request = http::Request::builder().uri("/").body(()).ok()?;
    instructions.apply_to_request_http1x(&mut request);
    Some(request.into_parts().0.headers)
}

/// The region that an API's own address names.
fn region_of(api: &Url) -> Option<String> {
    let mut parts = api.host_str()?.split('.').skip(1);
    (parts.next()? == SERVICE).then(|| parts.next().map(str::to_owned)).flatten()
}

/// The address as it is signed and sent: a blank is `%20`, since what `+` stands for is not
/// the same to whoever checks the signature and to whoever reads the query.
pub(crate) fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    if let Some(query) = url.query().map(|query| query.replace('+', "%20")) {
        url.set_query(Some(&query));
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apis_own_address_names_its_region() {
        let region = |text: &str| region_of(&Url::parse(text).unwrap());
        let named = region("https://a1b2.execute-api.eu-central-1.amazonaws.com/stage");
        assert_eq!(named.as_deref(), Some("eu-central-1"));
        assert_eq!(region("https://billing.example.com"), None);
        assert_eq!(region("http://127.0.0.1:9000"), None);
    }

    #[test]
    fn a_blank_is_never_a_plus() {
        let url = address("https://api.example/invoices?search=a+b&x=%2B").unwrap();
        assert_eq!(url.query(), Some("search=a%20b&x=%2B"));
    }
}
