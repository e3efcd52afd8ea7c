//! Signing in as OpenID Connect has it: the code flow with PKCE over a port of this machine,
//! or the device flow where the issuer offers it.

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
use crate::keyring::Keyring;
use crate::output::Terminal;
use crate::profile::{Auth, Profile, is_loopback, require_tls};
use crate::session::{self, Found, Place, Session};

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

type Granted = StandardTokenResponse<oauth2::EmptyExtraTokenFields, oauth2::basic::BasicTokenType>;

/// `ib login`.
pub(crate) async fn login(
    client: &Client,
    terminal: &Terminal,
    profile: &Profile,
    login: &Login,
) -> Result<Exit, Failure> {
    if profile.auth != Auth::Jwt {
        let (name, auth) = (&profile.name, profile.auth.word());
        return Err(Failure::usage(format!(
            "profile `{name}` has auth = \"{auth}\": it needs no signing in"
        )));
    }
    // Refused before anybody signs in: the token would not be sent.
    require_tls(&profile.api)?;
    // The session has to be kept somewhere, which is found before anybody signs in, too.
    let place = if login.insecure_storage { Place::File } else { in_keyring(&profile.name)? };
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
    if matches!(place, Place::File) {
        // What an earlier session left in the keyring is no longer known of: it is taken out
        // where that can be done.
        let _ = Session::forget(&profile.name, Keyring::of_user);
    }
    session(profile, &discovery.issuer, &tokens).keep(&profile.name, &place)?;
    let kept = match place {
        Place::Keyring(_) => "in the keyring",
        Place::File => "in a file that every program of this user can read",
    };
    terminal.warn(format_args!(
        "Signed in to {} as profile `{}`; the token is {kept}.",
        profile.api, profile.name
    ));
    Ok(Exit::Done)
}

/// The keyring, where it is there and open.
fn in_keyring(profile: &str) -> Result<Place, Failure> {
    let keyring = Keyring::of_user().and_then(|keyring| keyring.get(profile).map(|_| keyring));
    keyring.map(Place::Keyring).map_err(|why| {
        Failure::usage("there is no keyring here to keep the token in")
            .advise(format!("the system says: {why}"))
            .advise(
                "--insecure-storage keeps it in a file that every program of this user can read",
            )
            .advise("or set IB_TOKEN to a token of the stack's issuer, and nothing is kept")
    })
}

/// `ib logout`.
pub(crate) fn logout(terminal: &Terminal, profile: &Profile) -> Result<Exit, Failure> {
    let was = Session::forget(&profile.name, Keyring::of_user)?;
    terminal.warn(if was { "Signed out." } else { "Nobody was signed in." });
    Ok(Exit::Done)
}

/// The token of a profile's session, made anew where it has ended; none where nobody is
/// signed in to this API.
///
/// # Errors
/// When the session has ended for good.
pub(crate) async fn token(client: &Client, profile: &Profile) -> Result<Option<String>, Failure> {
    let Some(found) = Session::read(&profile.name, Keyring::of_user)? else { return Ok(None) };
    let Found { session, place, was_open } = found;
    if was_open {
        client.terminal().warn(format_args!(
            "Other users of this machine could read the session of profile `{}`; they no longer can. Was that long so, sign in anew.",
            profile.name
        ));
    }
    if session.api != profile.api.as_str() {
        return Ok(None);
    }
    // The session may be one that was begun when this was not asked for.
    require_tls(&profile.api)?;
    if session.is_fresh() {
        return Ok(Some(session.tokens.access_token));
    }
    let ended = |why: &str| {
        Failure::here(format!("the session has ended{why}"))
            .exit(Exit::NotAllowed)
            .advise("`ib login` begins another")
    };
    let Some(refresh) = session.tokens.refresh_token.clone() else { return Err(ended("")) };
    let discovery = discover(client, profile).await?;
    if discovery.issuer != session.issuer {
        return Err(ended(": the profile has another issuer now"));
    }
    let http = |request| exchange(client, request);
    let asked = oauth(profile, &discovery)?;
    let refresh = RefreshToken::new(refresh);
    let tokens: Granted = asked
        .exchange_refresh_token(&refresh)
        .request_async(&http)
        .await
        .map_err(|error| ended(&format!(": {error}")))?;
    let mut renewed = self::session(profile, &discovery.issuer, &tokens);
    renewed.tokens.refresh_token = renewed.tokens.refresh_token.or(session.tokens.refresh_token);
    renewed.keep(&profile.name, &place)?;
    Ok(Some(renewed.tokens.access_token))
}

fn session(profile: &Profile, issuer: &str, tokens: &Granted) -> Session {
    let now = jiff::Timestamp::now().as_second();
    let lasts = tokens.expires_in().and_then(|time| i64::try_from(time.as_secs()).ok());
    Session {
        api: profile.api.to_string(),
        issuer: issuer.to_owned(),
        tokens: session::Tokens {
            access_token: tokens.access_token().secret().clone(),
            refresh_token: tokens.refresh_token().map(|token| token.secret().clone()),
        },
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
) -> Result<Granted, Failure> {
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
) -> Result<Granted, Failure> {
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
