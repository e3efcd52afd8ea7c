//! A signed-in session: whose it is in a file, and its tokens in the system's keyring, or in
//! the same file where that was asked for.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use invoice::json;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exit::{Exit, Failure};
use crate::keyring::Keyring;
use crate::{private, profile};

/// The tokens of a profile. Nothing of it is printed.
#[derive(Clone)]
pub(crate) struct Session {
    /// The API that the tokens are for: they go nowhere else.
    pub(crate) api: String,
    /// Who gave them.
    pub(crate) issuer: String,
    /// The token that is sent, and what another is got with.
    pub(crate) tokens: Tokens,
    /// Until when the token is good, in seconds of the epoch, where that was said.
    pub(crate) expires_at: Option<i64>,
}

/// What nobody else may see.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tokens {
    /// The token that is sent.
    pub(crate) access_token: String,
    /// What another is got with.
    pub(crate) refresh_token: Option<String>,
}

/// The file of a session. Without tokens, the keyring has them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    api: String,
    issuer: String,
    expires_at: Option<i64>,
    tokens: Option<Tokens>,
}

/// Where the tokens of a session are kept.
#[derive(Clone)]
pub(crate) enum Place {
    /// In the system's keyring.
    Keyring(Keyring),
    /// In the session's file.
    File,
}

/// What is found of a session.
pub(crate) struct Found {
    /// The session.
    pub(crate) session: Session,
    /// Where its tokens are kept.
    pub(crate) place: Place,
    /// Whether other users could read its file, which they can no longer.
    pub(crate) was_open: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, ..)", self.api)
    }
}

impl Session {
    /// The session of a profile, if it is signed in; the keyring is asked for where the
    /// tokens are in it.
    ///
    /// # Errors
    /// When it is there and cannot be read, or its tokens cannot.
    pub(crate) fn read(
        profile: &str,
        keyring: impl FnOnce() -> Result<Keyring, String>,
    ) -> Result<Option<Found>, Failure> {
        Self::read_at(&path(profile)?, profile, keyring)
    }

    fn read_at(
        path: &Path,
        profile: &str,
        keyring: impl FnOnce() -> Result<Keyring, String>,
    ) -> Result<Option<Found>, Failure> {
        let broken = |error: std::io::Error| {
            Failure::here(format!("cannot read {}: {error}", path.display()))
        };
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(broken(error)),
        };
        let was_open = private::mend(&file).map_err(|error| {
            Failure::here(format!(
                "others can read the session in {}, and it cannot be put right: {error}",
                path.display()
            ))
            .exit(Exit::NotAllowed)
            .advise("take the file away, and sign in anew with `ib login`")
        })?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(broken)?;
        let Kept { api, issuer, expires_at, tokens } = json::read(&text).map_err(|_| {
            Failure::usage(format!("{} cannot be read", path.display()))
                .advise("`ib logout` takes it away")
        })?;
        let (tokens, place) = match tokens {
            Some(tokens) => (tokens, Place::File),
            None => {
                let keyring = keyring().map_err(|why| unreachable(profile, &why))?;
                let text = keyring.get(profile).map_err(|why| unreachable(profile, &why))?;
                // Somebody has taken it out of the keyring: nobody is signed in.
                let Some(text) = text else { return Ok(None) };
                let tokens = json::read(&text).map_err(|_| {
                    Failure::usage("what the keyring holds for ib cannot be read")
                        .advise("`ib logout` takes it away")
                })?;
                (tokens, Place::Keyring(keyring))
            }
        };
        let session = Self { api, issuer, tokens, expires_at };
        Ok(Some(Found { session, place, was_open }))
    }

    /// Keeps the session, its tokens in the keyring or else in a file that this user alone
    /// can read.
    ///
    /// # Errors
    /// When it cannot be written, or the keyring does not take the tokens.
    pub(crate) fn keep(&self, profile: &str, place: &Place) -> Result<(), Failure> {
        self.keep_at(&path(profile)?, profile, place)
    }

    fn keep_at(&self, path: &Path, profile: &str, place: &Place) -> Result<(), Failure> {
        let shown = path.display();
        let broken =
            |error: std::io::Error| Failure::here(format!("cannot write {shown}: {error}"));
        let written = |error: serde_json::Error| Failure::here(error.to_string());
        if let Place::Keyring(keyring) = place {
            let text = serde_json::to_string(&self.tokens).map_err(written)?;
            keyring.set(profile, &text).map_err(|why| {
                Failure::here(format!("the keyring does not take the tokens: {why}"))
                    .advise("--insecure-storage keeps them in a file that every program of this user can read")
            })?;
        }
        let kept = Kept {
            api: self.api.clone(),
            issuer: self.issuer.clone(),
            expires_at: self.expires_at,
            tokens: matches!(place, Place::File).then(|| self.tokens.clone()),
        };
        private::folder(path.parent().unwrap_or(path)).map_err(broken)?;
        let text = serde_json::to_string(&kept).map_err(written)?;
        let part = path.with_extension("part");
        // What an interrupted writing left has another owner's rights at worst: it is made anew.
        let _ = std::fs::remove_file(&part);
        let opened = private::options().write(true).create_new(true).open(&part);
        let done = opened.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        done.and_then(|()| std::fs::rename(&part, path)).map_err(broken)
    }

    /// Takes the session away, and its tokens out of the keyring; whether there was one.
    ///
    /// # Errors
    /// When it cannot be taken away, or the keyring with its tokens cannot be reached.
    pub(crate) fn forget(
        profile: &str,
        keyring: impl FnOnce() -> Result<Keyring, String>,
    ) -> Result<bool, Failure> {
        Self::forget_at(&path(profile)?, profile, keyring)
    }

    fn forget_at(
        path: &Path,
        profile: &str,
        keyring: impl FnOnce() -> Result<Keyring, String>,
    ) -> Result<bool, Failure> {
        let kept = std::fs::read_to_string(path).ok();
        let kept = kept.and_then(|text| json::read::<Kept>(&text).ok());
        if kept.is_some_and(|kept| kept.tokens.is_none()) {
            // The file goes last: it alone knows that there is something in the keyring.
            keyring()
                .and_then(|keyring| keyring.remove(profile))
                .map_err(|why| unreachable(profile, &why))?;
        }
        match std::fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Failure::here(format!("cannot remove {}: {error}", path.display()))),
        }
    }

    /// Whether the token is good for a while yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.expires_at.is_none_or(|end| end.saturating_sub(30) > Timestamp::now().as_second())
    }
}

fn unreachable(profile: &str, why: &str) -> Failure {
    Failure::here(format!(
        "the tokens of profile `{profile}` are in the keyring, which cannot be reached: {why}"
    ))
    .exit(Exit::NotAllowed)
    .advise("unlock it, or run ib in the session of a desktop that has it")
    .advise("or set IB_TOKEN, or sign in by `ib login --insecure-storage`")
}

fn path(profile: &str) -> Result<PathBuf, Failure> {
    let plain: String = profile
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .collect();
    Ok(profile::state_folder()?.join("sessions").join(format!("{plain}.json")))
}

#[cfg(test)]
mod tests;
