//! The console's configuration, as the stack's owner gives it.

use serde_json::json;
use url::Url;

/// The configuration of the console: the issuer that signs people in, and for what.
#[derive(Debug, Clone)]
pub struct Configuration {
    issuer: String,
    client: String,
    scopes: String,
    write_scope: String,
    audience: Option<String>,
    policy: String,
}

/// A variable that cannot be used.
#[derive(Debug)]
pub struct Fault(String);

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl Configuration {
    /// Reads the variables, each by its name.
    ///
    /// # Errors
    /// When one is missing, or is no address where one is needed.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let needed = |name: &str| {
            let value = variable(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| Fault(format!("{name} is missing")))
        };
        let issuer = needed("CONSOLE_ISSUER")?;
        let mut origins = vec![origin(&issuer, "CONSOLE_ISSUER")?];
        for other in items(variable("CONSOLE_CONNECT_ORIGINS")) {
            origins.push(origin(&other, "CONSOLE_CONNECT_ORIGINS")?);
        }
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self' {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            origins.join(" ")
        );
        Ok(Self {
            issuer,
            client: needed("CONSOLE_CLIENT_ID")?,
            scopes: needed("CONSOLE_SCOPES")?,
            write_scope: needed("WRITE_SCOPE")?,
            audience: items(variable("CONSOLE_AUDIENCE")).into_iter().next(),
            policy,
        })
    }

    /// The policy of what a browser lets the page do: its own files, the API, and signing in.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// What the page is told before anybody has signed in. All of it is public.
    pub fn settings(&self) -> String {
        json!({
            "issuer": self.issuer,
            "clientId": self.client,
            "scope": self.scopes,
            "writeScope": self.write_scope,
            "audience": self.audience,
        })
        .to_string()
    }
}

fn items(value: Option<String>) -> Vec<String> {
    let value = value.unwrap_or_default();
    value.split(',').filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// The origin of an address, which alone can stand in a policy.
fn origin(text: &str, name: &str) -> Result<String, Fault> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let url = url.ok_or_else(|| Fault(format!("{name}: `{text}` is no https address")))?;
    Ok(url.origin().ascii_serialization())
}
