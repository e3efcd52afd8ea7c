//! A signed-in session on disk: the tokens of a profile, for this user's eyes alone.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use invoice::json;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exit::Failure;
use crate::profile;

/// The tokens of a profile. Nothing of it is printed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// The API that the tokens are for: they go nowhere else.
    pub(crate) api: String,
    /// Who gave them.
    pub(crate) issuer: String,
    /// The token that is sent.
    pub(crate) access_token: String,
    /// What another is got with.
    pub(crate) refresh_token: Option<String>,
    /// Until when the token is good, in seconds of the epoch, where that was said.
    pub(crate) expires_at: Option<i64>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, ..)", self.api)
    }
}

impl Session {
    /// The session of a profile, if it is signed in.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(crate) fn read(profile: &str) -> Result<Option<Self>, Failure> {
        let path = path(profile)?;
        match std::fs::read_to_string(&path) {
            Ok(text) => json::read(&text).map(Some).map_err(|_| {
                Failure::usage(format!("{} cannot be read", path.display()))
                    .advise("`ib logout` takes it away")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::here(format!("cannot read {}: {error}", path.display()))),
        }
    }

    /// Keeps the session, readable by this user alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn keep(&self, profile: &str) -> Result<(), Failure> {
        let path = path(profile)?;
        let broken = |error: std::io::Error| {
            Failure::here(format!("cannot write {}: {error}", path.display()))
        };
        std::fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(broken)?;
        let text = serde_json::to_string(self).map_err(|error| Failure::here(error.to_string()))?;
        let part = path.with_extension("part");
        // What an interrupted writing left has another owner's rights at worst: it is made anew.
        let _ = std::fs::remove_file(&part);
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.write(true).create_new(true).open(&part).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| std::fs::rename(&part, &path)).map_err(broken)
    }

    /// Takes the session away; whether there was one.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub(crate) fn forget(profile: &str) -> Result<bool, Failure> {
        let path = path(profile)?;
        match std::fs::remove_file(&path) {
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

fn path(profile: &str) -> Result<PathBuf, Failure> {
    let plain: String = profile
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .collect();
    Ok(profile::state_folder()?.join("sessions").join(format!("{plain}.json")))
}
