//! Signing in as OpenID Connect has it: the code flow with PKCE over a port of this machine,
//! or the device flow where the issuer offers it.

use std::io::Write;
use std::time::Duration;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, DeviceAuthorizationUrl, HttpRequest,
    HttpResponse, PkceCodeChallenge, RedirectUrl, RefreshToken, Scope,
    StandardDeviceAuthorizationResponse, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::args::Login;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;
use crate::profile::{Profile, is_loopback};
use crate::session::Session;

/// How long somebody may take to sign in.
const PATIENCE: Duration = Duration::from_secs(600);

/// What of an issuer's discovery document is read.
#[derive(Debug, Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    device_authorization_endpoint: Option<Url>,
}

type Tokens = StandardTokenResponse<oauth2::EmptyExtraTokenFields, oauth2::basic::BasicTokenType>;

/// `ib login`.
pub(crate) async fn login(
    client: &Client,
    terminal: &Terminal,
    profile: &Profile,
    login: &Login,
) -> Result<Exit, Failure> {
    if !login.insecure_storage {
        return Err(Failure::usage(
            "the token would be kept in a file that every program of this user can read",
        )
        .advise(
            "--insecure-storage says that this will do; else set IB_TOKEN, and nothing is kept",
        ));
    }
    let discovery = discover(client, profile).await?;
    let tokens = match (&discovery.device_authorization_endpoint, login.device) {
        (Some(endpoint), true) => {
            by_device(client, terminal, profile, &discovery, endpoint).await?
        }
        (None, true) => {
            return Err(Failure::usage(format!("{} offers no device flow", discovery.issuer))
                .advise("`ib login` without --device opens a browser on this machine"));
        }
        (_, false) => by_browser(client, terminal, profile, &discovery).await?,
    };
    session(profile, &discovery.issuer, &tokens).keep(&profile.name)?;
    terminal.warn(format_args!("Signed in to {} as profile `{}`.", profile.api, profile.name));
    Ok(Exit::Done)
}

/// `ib logout`.
pub(crate) fn logout(terminal: &Terminal, profile: &Profile) -> Result<Exit, Failure> {
    let was = Session::forget(&profile.name)?;
    terminal.warn(if was { "Signed out." } else { "Nobody was signed in." });
    Ok(Exit::Done)
}

/// The token of a profile's session, made anew where it has ended; none where nobody is
/// signed in to this API.
///
/// # Errors
/// When the session has ended for good.
pub(crate) async fn token(client: &Client, profile: &Profile) -> Result<Option<String>, Failure> {
    let Some(session) = Session::read(&profile.name)? else { return Ok(None) };
    if session.api != profile.api.as_str() {
        return Ok(None);
    }
    if session.is_fresh() {
        return Ok(Some(session.access_token));
    }
    let ended = |why: &str| {
        Failure::here(format!("the session has ended{why}"))
            .exit(Exit::NotAllowed)
            .advise("`ib login` begins another")
    };
    let Some(refresh) = session.refresh_token.clone() else { return Err(ended("")) };
    let discovery = discover(client, profile).await?;
    if discovery.issuer != session.issuer {
        return Err(ended(": the profile has another issuer now"));
    }
    let http = |request| exchange(client, request);
    let asked = oauth(profile, &discovery)?;
    let refresh = RefreshToken::new(refresh);
    let tokens: Tokens = asked
        .exchange_refresh_token(&refresh)
        .request_async(&http)
        .await
        .map_err(|error| ended(&format!(": {error}")))?;
    let mut renewed = self::session(profile, &discovery.issuer, &tokens);
    renewed.refresh_token = renewed.refresh_token.or(session.refresh_token);
    renewed.keep(&profile.name)?;
    Ok(Some(renewed.access_token))
}

fn session(profile: &Profile, issuer: &str, tokens: &Tokens) -> Session {
    let now = jiff::Timestamp::now().as_second();
    let lasts = tokens.expires_in().and_then(|time| i64::try_from(time.as_secs()).ok());
    Session {
        api: profile.api.to_string(),
        issuer: issuer.to_owned(),
        access_token: tokens.access_token().secret().clone(),
        refresh_token: tokens.refresh_token().map(|token| token.secret().clone()),
        expires_at: lasts.map(|lasts| now.saturating_add(lasts)),
    }
}

async fn discover(client: &Client, profile: &Profile) -> Result<Discovery, Failure> {
    let issuer = profile.issuer.as_ref().ok_or_else(|| {
        Failure::usage(format!("profile `{}` names no issuer", profile.name)).advise(
            "set `issuer` and `client-id` in the configuration file, or IB_ISSUER and IB_CLIENT_ID",
        )
    })?;
    let address =
        format!("{}/.well-known/openid-configuration", issuer.as_str().trim_end_matches('/'));
    let request = http::Request::get(&address)
        .body(Vec::new())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let answer = exchange(client, request)
        .await
        .map_err(|error| Failure::here(format!("{issuer} {error}")))?;
    if !answer.status().is_success() {
        return Err(Failure::here(format!(
            "{address} answered {}: is it an OpenID issuer?",
            answer.status()
        )));
    }
    let discovery: Discovery = invoice::json::read_slice(answer.body())
        .map_err(|error| Failure::here(format!("{address} cannot be read: {error}")))?;
    // Another's document would have the code sent elsewhere (OpenID Connect Discovery, 4.3).
    if discovery.issuer.trim_end_matches('/') != issuer.as_str().trim_end_matches('/') {
        return Err(Failure::here(format!("{issuer} says that it is {}", discovery.issuer)));
    }
    let endpoints = [
        Some(&discovery.authorization_endpoint),
        Some(&discovery.token_endpoint),
        discovery.device_authorization_endpoint.as_ref(),
    ];
    let open =
        endpoints.into_iter().flatten().find(|url| url.scheme() != "https" && !is_loopback(url));
    match open {
        Some(url) => Err(Failure::here(format!("{url} is not https: nothing is sent there"))),
        None => Ok(discovery),
    }
}

type Oauth = oauth2::basic::BasicClient<
    oauth2::EndpointSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointSet,
>;

fn oauth(profile: &Profile, discovery: &Discovery) -> Result<Oauth, Failure> {
    let wrong = |error: url::ParseError| Failure::here(error.to_string());
    Ok(BasicClient::new(ClientId::new(profile.client_id.clone()))
        .set_auth_uri(AuthUrl::new(discovery.authorization_endpoint.to_string()).map_err(wrong)?)
        .set_token_uri(TokenUrl::new(discovery.token_endpoint.to_string()).map_err(wrong)?))
}

/// Puts one of the library's requests with the one HTTP client there is.
async fn exchange(client: &Client, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    client.foreign(request).await.map_err(Unanswered)
}

/// Why an issuer did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unanswered(String);

fn scopes(profile: &Profile) -> Vec<Scope> {
    profile.scopes.iter().map(|scope| Scope::new(scope.clone())).collect()
}

async fn by_device(
    client: &Client,
    terminal: &Terminal,
    profile: &Profile,
    discovery: &Discovery,
    endpoint: &Url,
) -> Result<Tokens, Failure> {
    let wrong = |error: url::ParseError| Failure::here(error.to_string());
    let url = DeviceAuthorizationUrl::new(endpoint.to_string()).map_err(wrong)?;
    let oauth = oauth(profile, discovery)?.set_device_authorization_url(url);
    let http = |request| exchange(client, request);
    let asked: StandardDeviceAuthorizationResponse = oauth
        .exchange_device_code()
        .add_scopes(scopes(profile))
        .request_async(&http)
        .await
        .map_err(|error| refused(&error))?;
    terminal.warn(format_args!(
        "Open {} and type the code {}",
        asked.verification_uri().as_str(),
        asked.user_code().secret()
    ));
    oauth
        .exchange_device_access_token(&asked)
        .request_async(&http, tokio::time::sleep, Some(PATIENCE))
        .await
        .map_err(|error| refused(&error))
}

async fn by_browser(
    client: &Client,
    terminal: &Terminal,
    profile: &Profile,
    discovery: &Discovery,
) -> Result<Tokens, Failure> {
    let broken =
        |error: std::io::Error| Failure::here(format!("cannot listen on this machine: {error}"));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(broken)?;
    let back =
        format!("http://127.0.0.1:{}/callback", listener.local_addr().map_err(broken)?.port());
    let redirect = RedirectUrl::new(back).map_err(|error| Failure::here(error.to_string()))?;
    let oauth = oauth(profile, discovery)?.set_redirect_uri(redirect);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut asking = oauth
        .authorize_url(CsrfToken::new_random)
        .add_scopes(scopes(profile))
        .set_pkce_challenge(challenge);
    if let Some(audience) = &profile.audience {
        asking = asking.add_extra_param("audience", audience);
    }
    let (url, state) = asking.url();
    terminal.warn(format_args!("Sign in with a browser at\n\n  {url}\n"));
    open_browser(terminal, &url);
    let code =
        tokio::time::timeout(PATIENCE, came_back(&listener, state.secret())).await.map_err(
            |_| Failure::here("nobody has signed in: the time is up").exit(Exit::NotAllowed),
        )??;
    let http = |request| exchange(client, request);
    oauth
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .map_err(|error| refused(&error))
}

fn refused(error: &dyn std::error::Error) -> Failure {
    let why = error.source().map_or_else(String::new, |source| format!(": {source}"));
    Failure::here(format!("the issuer does not sign in: {error}{why}")).exit(Exit::NotAllowed)
}

/// Opens a browser where there is a person; the address is shown in any case.
fn open_browser(terminal: &Terminal, url: &Url) {
    if terminal.asks {
        let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let quiet = || std::process::Stdio::null();
        let _ = std::process::Command::new(opener)
            .arg(url.as_str())
            .stdin(quiet())
            .stdout(quiet())
            .stderr(quiet())
            .spawn();
    }
}

/// The code that a browser comes back with. What does not bear our state is nobody's.
async fn came_back(listener: &TcpListener, state: &str) -> Result<String, Failure> {
    let broken =
        |error: std::io::Error| Failure::here(format!("cannot listen on this machine: {error}"));
    loop {
        let (mut stream, _) = listener.accept().await.map_err(broken)?;
        let Some(url) = target(&mut stream).await else { continue };
        let of = |name: &str| {
            url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        if url.path() != "/callback" || of("state").as_deref() != Some(state) {
            answer(&mut stream, "404 Not Found", "This is not where you were sent.").await;
            continue;
        }
        if let Some(code) = of("code") {
            answer(&mut stream, "200 OK", "You are signed in. This page can be closed.").await;
            return Ok(code);
        }
        let why = of("error_description").or_else(|| of("error")).unwrap_or_default();
        answer(&mut stream, "200 OK", "You are not signed in. The terminal says why.").await;
        return Err(
            Failure::here(format!("the issuer does not sign in: {why}")).exit(Exit::NotAllowed)
        );
    }
}

/// The address that a browser asks for.
async fn target(stream: &mut TcpStream) -> Option<Url> {
    let mut head = vec![0; 16 * 1024];
    let mut length = 0;
    loop {
        let room = head.get_mut(length..).filter(|room| !room.is_empty())?;
        let reading = tokio::time::timeout(Duration::from_secs(5), stream.read(room));
        length += reading.await.ok()?.ok().filter(|count| *count > 0)?;
        let text = String::from_utf8_lossy(head.get(..length)?).into_owned();
        if text.contains("\r\n\r\n") {
            let path = text.strip_prefix("GET ")?.split(' ').next()?.to_owned();
            return Url::parse(&format!("http://127.0.0.1{path}")).ok();
        }
    }
}

async fn answer(stream: &mut TcpStream, status: &str, words: &str) {
    let length = words.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{words}"
    );
    // The browser may be gone: what it brought is here.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// `ib whoami`: what the token says of its bearer. It is read and not checked: the API does that.
pub(crate) fn whoami(
    terminal: &Terminal,
    profile: &Profile,
    token: Option<&str>,
) -> Result<Exit, Failure> {
    let mut out = terminal.out();
    let claims = token.and_then(claims);
    let said = serde_json::json!({
        "profile": profile.name,
        "api": profile.api.as_str(),
        "signedIn": token.is_some(),
        "subject": claims.as_ref().and_then(|claims| claims.get("sub")),
        "scopes": claims.as_ref().and_then(|claims| claims.get("scope")),
        "customers": claims.as_ref().and_then(|claims| claims.get("customers")),
    });
    if terminal.format() != crate::output::Format::Table {
        crate::output::written(writeln!(out, "{said}"))?;
    } else {
        for (name, value) in said.as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            crate::output::written(writeln!(out, "{name:<10} {value}"))?;
        }
    }
    if token.is_none() && !is_loopback(&profile.api) {
        return Err(Failure::here("nobody is signed in")
            .exit(Exit::NotAllowed)
            .advise("`ib login`, or set IB_TOKEN"));
    }
    Ok(Exit::Done)
}

fn claims(token: &str) -> Option<serde_json::Value> {
    use base64::Engine;
    let body = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    invoice::json::read_slice(&body).ok()
}
