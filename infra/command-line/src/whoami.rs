//! `ib whoami`: whom the API takes the caller for.

use std::io::Write;

use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Terminal, written};
use crate::profile::{Profile, is_loopback};

/// `ib whoami`: what the token says of its bearer, or whose key signs. A token is read and not
/// checked: the API does that.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    profile: &Profile,
) -> Result<Exit, Failure> {
    let mut out = terminal.out();
    let token = client.token();
    let key = match client.signer() {
        Some(signer) => Some(signer.key_id().await),
        None => None,
    };
    let claims = token.and_then(claims);
    let is_known = token.is_some() || key.is_some();
    let mut said = serde_json::json!({
        "profile": profile.name,
        "api": profile.api.as_str(),
        "auth": profile.auth.word(),
        "signedIn": is_known,
        "subject": claims.as_ref().and_then(|claims| claims.get("sub")),
        "scopes": claims.as_ref().and_then(|claims| claims.get("scope")),
        "customers": claims.as_ref().and_then(|claims| claims.get("customers")),
    });
    if let (Some(key), Some(members)) = (key, said.as_object_mut()) {
        members.insert("awsKey".to_owned(), key.into());
    }
    if terminal.format() != Format::Table {
        written(writeln!(out, "{said}"))?;
    } else {
        for (name, value) in said.as_object().into_iter().flatten() {
            let value = match value {
                serde_json::Value::Null => "-".to_owned(),
                value => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            };
            written(writeln!(out, "{name:<10} {value}"))?;
        }
    }
    if !is_known && !is_loopback(&profile.api) {
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
