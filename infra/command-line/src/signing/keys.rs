//! Where AWS keys come from.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::section::EnvConfigSections;
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env, Fs};
use serde::Deserialize;

/// Keys are found anew when they have less than this left.
const MARGIN: Duration = Duration::from_secs(120);
/// How long the AWS CLI may take: it may ask an identity provider.
const PATIENCE: Duration = Duration::from_secs(60);

/// The keys of an AWS account's principal.
#[derive(Clone)]
pub(super) struct Keys {
    /// The id of the key.
    pub(super) id: String,
    secret: String,
    session: Option<String>,
    until: Option<SystemTime>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({}, ..)", self.id)
    }
}

impl Keys {
    /// Keys of which none is empty.
    fn of(
        id: Option<String>,
        secret: Option<String>,
        session: Option<String>,
        until: Option<SystemTime>,
    ) -> Option<Self> {
        let text = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Some(Self { id: text(id)?, secret: text(secret)?, session: text(session), until })
    }

    /// Whether they are good for a while yet.
    pub(super) fn last(&self) -> bool {
        self.until.is_none_or(|until| until > SystemTime::now() + MARGIN)
    }

    /// The same for who signs.
    pub(super) fn credentials(&self) -> Credentials {
        let Self { id, secret, session, until } = self.clone();
        Credentials::new(id, secret, session, until, "ib")
    }
}

/// What AWS's shared files say: `~/.aws/config` and `~/.aws/credentials`, or those that
/// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name.
pub(super) struct Files(Result<EnvConfigSections, String>, Option<String>);

impl Files {
    /// Reads them for a profile, or for the one that AWS_PROFILE names.
    pub(super) async fn read(profile: Option<&str>) -> Self {
        let loaded = source::load(&Env::real(), &Fs::real(), &EnvConfigFiles::default()).await;
        let read = match loaded.map(EnvConfigSections::parse) {
            Ok(Ok(sections)) => Ok(sections),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        Self(read, profile.map(str::to_owned))
    }

    fn get(&self, name: &str) -> Option<String> {
        let sections = self.0.as_ref().ok()?;
        let profile = sections.get_profile(self.profile())?;
        profile.get(name).map(str::to_owned)
    }

    fn profile(&self) -> &str {
        let selected = || self.0.as_ref().map_or("default", EnvConfigSections::selected_profile);
        self.1.as_deref().unwrap_or_else(selected)
    }

    /// The region: the environment's, else the files'.
    pub(super) fn region(&self) -> Option<String> {
        variable("AWS_REGION")
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .or_else(|| self.get("region"))
    }

    fn keys(&self) -> Option<Keys> {
        let (id, secret) = (self.get("aws_access_key_id"), self.get("aws_secret_access_key"));
        Keys::of(id, secret, self.get("aws_session_token"), None)
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}

/// The keys of this user. A profile that is named wins over the environment's keys.
///
/// # Errors
/// With what was tried, a line each.
pub(super) async fn find(files: &Files, profile: Option<&str>) -> Result<Keys, Vec<String>> {
    let of_environment = || {
        let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
        Keys::of(id, secret, variable("AWS_SESSION_TOKEN"), None)
    };
    if let Some(keys) = profile.is_none().then(of_environment).flatten().or_else(|| files.keys()) {
        return Ok(keys);
    }
    let named = files.profile();
    exported(named).await.map_err(|why| {
        let environment = match profile {
            Some(_) => None,
            None => Some("the environment has no AWS_ACCESS_KEY_ID".to_owned()),
        };
        let in_files = match &files.0 {
            Ok(_) => format!("AWS's files have no keys for its profile `{named}`"),
            Err(why) => format!("AWS's files cannot be read: {why}"),
        };
        let lines = [environment, Some(in_files), Some(why)];
        lines.into_iter().flatten().collect()
    })
}

/// What the AWS CLI writes of keys, in the form that processes give them in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Exported {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    expiration: Option<jiff::Timestamp>,
}

/// Asks the AWS CLI.
async fn exported(profile: &str) -> Result<Keys, String> {
    let mut command = tokio::process::Command::new("aws");
    command
        .args(["configure", "export-credentials", "--format", "process", "--profile", profile])
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .map_err(|_| "the AWS CLI did not answer in time".to_owned())?
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                "the AWS CLI, which knows single sign-on and roles, is not installed".to_owned()
            }
            _ => format!("the AWS CLI cannot be started: {error}"),
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        return Err(format!("the AWS CLI has none either: {said}"));
    }
    // The output holds secrets: an error does not repeat it.
    let unreadable = || "what the AWS CLI writes cannot be read".to_owned();
    let told: Exported = invoice::json::read_slice(&output.stdout).map_err(|_| unreadable())?;
    let until = told.expiration.map(SystemTime::from);
    Keys::of(told.access_key_id, told.secret_access_key, told.session_token, until)
        .ok_or_else(unreadable)
}
