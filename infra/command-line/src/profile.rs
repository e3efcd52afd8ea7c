//! Which API is spoken to, and how the caller signs in there: a flag, else an environment
//! variable, else the profile of the configuration file, else the local stack.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use etcetera::{BaseStrategy, choose_base_strategy};
use serde::Deserialize;
use url::{Host, Url};

use crate::args::Global;
use crate::exit::Failure;
use crate::private;

/// The local stack, which needs no signing in.
const LOCAL: &str = "http://127.0.0.1:9000";
const FOLDER: &str = "invoice-bridge";

/// Which API, and how to sign in there.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The profile's name.
    pub(crate) name: String,
    /// The address of the API.
    pub(crate) api: Url,
    /// How callers show who they are.
    pub(crate) auth: Auth,
    /// The token of IB_TOKEN.
    pub(crate) token: Option<Token>,
    /// The region that signatures are for, where it is set.
    pub(crate) region: Option<String>,
    /// The profile of AWS's files whose keys sign, where it is set.
    pub(crate) aws_profile: Option<String>,
    /// Who signs callers in.
    pub(crate) issuer: Option<Url>,
    /// As which client of the issuer's.
    pub(crate) client_id: String,
    /// For which audience tokens are asked, where the issuer wants to be told.
    pub(crate) audience: Option<String>,
    /// The scopes that are asked for.
    pub(crate) scopes: Vec<String>,
}

/// How callers show who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Auth {
    /// Not at all.
    None,
    /// By a token, where there is one.
    Jwt,
    /// By signatures with an AWS account's keys.
    Iam,
}

impl Auth {
    /// The word of the configuration file.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Jwt => "jwt",
            Self::Iam => "iam",
        }
    }

    fn named(text: &str) -> Option<Self> {
        [Self::None, Self::Jwt, Self::Iam].into_iter().find(|auth| auth.word() == text)
    }
}

/// The scopes that the template names, and what another token is got with.
const SCOPES: [&str; 5] =
    ["openid", "offline_access", "invoices/read", "invoices/write", "invoices/all"];

/// A token; it is not printed.
#[derive(Clone)]
pub(crate) struct Token(pub(crate) String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The profile that is used where none is named.
    default: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, Section>,
}

/// One profile of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Section {
    api: Option<String>,
    auth: Option<Auth>,
    region: Option<String>,
    aws_profile: Option<String>,
    issuer: Option<String>,
    client_id: Option<String>,
    audience: Option<String>,
    scopes: Option<Vec<String>>,
}

impl Section {
    /// The section, where the environment says nothing else.
    fn or_environment(self) -> Result<Self, Failure> {
        let of = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let scopes =
            of("IB_SCOPES").map(|text| text.split_whitespace().map(str::to_owned).collect());
        let auth = of("IB_AUTH").map(|text| {
            Auth::named(&text).ok_or_else(|| {
                Failure::usage(format!("IB_AUTH is `{text}`: expected none, jwt or iam"))
            })
        });
        Ok(Self {
            api: self.api,
            auth: auth.transpose()?.or(self.auth),
            region: self.region,
            aws_profile: self.aws_profile,
            issuer: of("IB_ISSUER").or(self.issuer),
            client_id: of("IB_CLIENT_ID").or(self.client_id),
            audience: of("IB_AUDIENCE").or(self.audience),
            scopes: scopes.or(self.scopes),
        })
    }
}

/// Reads the profile that the arguments and the environment name.
///
/// # Errors
/// When there is no such profile, or what it says makes no sense.
pub(crate) fn read(global: &Global) -> Result<Profile, Failure> {
    let path = config_file()?;
    let file = match text(&path) {
        Ok(text) => toml::from_str::<File>(&text)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => File::default(),
        Err(error) => {
            return Err(Failure::usage(format!("cannot read {}: {error}", path.display())));
        }
    };
    let token = std::env::var("IB_TOKEN").ok().filter(|token| !token.trim().is_empty());
    of_file(file, global, &path.display().to_string(), token)
}

/// The text of the configuration file, unless somebody else may have written it: it says where
/// tokens are got and sent.
fn text(path: &std::path::Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    if private::is_writable_by_others(&file)? {
        return Err(std::io::Error::other(
            "other users may write to it, and it says where tokens are sent: chmod go-w it",
        ));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

fn of_file(
    mut file: File,
    global: &Global,
    path: &str,
    token: Option<String>,
) -> Result<Profile, Failure> {
    let name = global.profile.clone().or(file.default.take());
    let section = match &name {
        Some(name) if name == "local" && !file.profile.contains_key(name) => Section::default(),
        Some(name) => file.profile.remove(name).ok_or_else(|| {
            let known: Vec<&str> = file.profile.keys().map(String::as_str).collect();
            Failure::usage(format!("there is no profile `{name}` in {path}")).advise(format!(
                "the profiles are: local{}",
                known.iter().map(|one| format!(", {one}")).collect::<String>()
            ))
        })?,
        None => Section::default(),
    };
    let section = section.or_environment()?;
    let is_local = section.api.is_none() && section.issuer.is_none();
    let api = global.api.clone().or(section.api).unwrap_or_else(|| LOCAL.to_owned());
    let url = Url::parse(&api)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let api = url.ok_or_else(|| {
        Failure::usage(format!(
            "`{api}` is no address of an API: expected https://.., or http:// on this machine"
        ))
    })?;
    let auth = section.auth.unwrap_or(Auth::Jwt);
    let token = token.filter(|_| auth == Auth::Jwt);
    if token.is_some() || auth == Auth::Iam {
        require_tls(&api)?;
    }
    // The local stack is its own issuer.
    let issuer = match section.issuer {
        Some(text) => Some(secure(&text)?),
        None => Some(api.clone()).filter(|api| is_local && is_loopback(api)),
    };
    Ok(Profile {
        auth,
        region: section.region,
        aws_profile: section.aws_profile,
        issuer,
        client_id: section.client_id.unwrap_or_else(|| "ib".to_owned()),
        audience: section.audience,
        scopes: section.scopes.unwrap_or_else(|| SCOPES.map(str::to_owned).to_vec()),
        name: name.unwrap_or_else(|| "local".to_owned()),
        api,
        token: token.map(|token| Token(token.trim().to_owned())),
    })
}

/// The address of an issuer.
fn secure(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https" || is_loopback(url));
    url.ok_or_else(|| {
        Failure::usage(format!("`{text}` is no address of an issuer: expected https://.."))
    })
}

/// Refuses an API to which what shows who the caller is would go for all on the way to read.
///
/// # Errors
/// When it is on another machine, and without TLS.
pub(crate) fn require_tls(api: &Url) -> Result<(), Failure> {
    if api.scheme() == "https" || is_loopback(api) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "neither a token nor a signature is sent to {api} without TLS: use https://"
    )))
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The folder of what outlives a process, such as runs.
pub(crate) fn state_folder() -> Result<PathBuf, Failure> {
    let dirs = strategy()?;
    Ok(dirs.state_dir().unwrap_or_else(|| dirs.data_dir()).join(FOLDER))
}

fn config_file() -> Result<PathBuf, Failure> {
    Ok(strategy()?.config_dir().join(FOLDER).join("config.toml"))
}

fn strategy() -> Result<impl BaseStrategy, Failure> {
    choose_base_strategy().map_err(|_| Failure::usage("there is no home directory: set HOME"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        text: &str,
        profile: Option<&str>,
        api: Option<&str>,
        token: Option<&str>,
    ) -> Result<Profile, Failure> {
        let global = Global {
            profile: profile.map(str::to_owned),
            api: api.map(str::to_owned),
            output: None,
            quiet: false,
            verbose: false,
            no_input: false,
            color: crate::output::Color::Never,
        };
        of_file(toml::from_str(text).unwrap(), &global, "config.toml", token.map(str::to_owned))
    }

    #[test]
    fn the_local_stack_needs_no_configuration() {
        let profile = of("", None, None, None).unwrap();
        assert_eq!(
            (profile.name.as_str(), profile.api.as_str()),
            ("local", "http://127.0.0.1:9000/")
        );
        assert!(profile.token.is_none());
    }

    #[test]
    fn a_flag_wins_over_the_profile() {
        let file = "default = \"prod\"\n[profile.prod]\napi = \"https://prod.example\"";
        assert_eq!(of(file, None, None, None).unwrap().api.as_str(), "https://prod.example/");
        assert_eq!(of(file, Some("local"), None, None).unwrap().api.port(), Some(9000));
        let other = of(file, None, Some("https://x.example"), None).unwrap();
        assert_eq!(other.api.as_str(), "https://x.example/");
    }

    #[test]
    fn who_signs_sends_no_token() {
        let file = "[profile.prod]\napi = \"https://prod.example\"\nauth = \"iam\"\nregion = \"eu-west-1\"\naws-profile = \"billing\"";
        let profile = of(file, Some("prod"), None, Some("secret")).unwrap();
        assert_eq!((profile.auth, profile.token.is_none()), (Auth::Iam, true));
        assert_eq!(profile.region.as_deref(), Some("eu-west-1"));
        assert_eq!(profile.aws_profile.as_deref(), Some("billing"));
        let open = file.replace("https:", "http:");
        assert!(of(&open, Some("prod"), None, None).is_err());
        assert!(toml::from_str::<File>("[profile.prod]\nauth = \"basic\"").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, is_read) in [(0o600, true), (0o644, true), (0o666, false), (0o620, false)] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(file.path(), mode.clone()).unwrap();
            assert_eq!(text(file.path()).is_ok(), is_read, "{mode:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        let file = "[profile.prod]\napi = \"https://prod.example\"";
        let failure = of(file, Some("prd"), None, None).unwrap_err();
        assert!(failure.advice.join(" ").contains("prod"), "{failure:?}");
        assert!(of("", None, Some("prod.example"), None).is_err());
        assert!(of("", None, Some("http://prod.example"), Some("secret")).is_err());
        assert!(of("", None, Some("http://127.0.0.1:1"), Some("secret")).is_ok());
        assert!(toml::from_str::<File>("[profile.prod]\nadress = \"x\"").is_err());
        assert!(!format!("{:?}", Token("secret".to_owned())).contains("secret"));
    }
}
