//! The providers behind the functions: the sandbox's, and the real ones that
//! the user gave keys for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sandbox::Sandbox;
use serde_json::Value;

/// Where the sandbox takes faults and shows what it was asked.
pub const CONTROL_PATH: &str = "/_control";

/// An invoice that the sandbox always has: the sample of its connection `nue`.
pub const SAMPLE_INVOICE: (&str, &str) = ("nue", "c52f7158-b164-44fa-93c5-e4b16420c371");

/// The sandbox, holding `invoices` invoices.
pub fn sandbox(invoices: usize, seed: u64) -> Arc<Sandbox> {
    let options = sandbox::Options { invoices, seed, ..sandbox::Options::default() };
    Sandbox::new(options)
}

/// One secret per connection: the sandbox's own, replaced and added to by
/// the user's.
pub fn secrets(sandbox: &Sandbox, origin: &str, own: Secrets) -> Vec<(String, Value)> {
    let mut own = own.0;
    let mut secrets: Vec<(String, Value)> = sandbox
        .connections()
        .into_iter()
        .filter_map(|(name, _)| {
            let secret = own.remove(&name).or_else(|| sandboxed(sandbox, &name, origin))?;
            Some((name, secret))
        })
        .collect();
    secrets.extend(own);
    secrets
}

/// The secret of a connection of the sandbox, with what its webhooks are proved by.
fn sandboxed(sandbox: &Sandbox, name: &str, origin: &str) -> Option<Value> {
    let mut secret = sandbox.secret(name, origin)?;
    if let (Some(fields), Some(webhook)) = (secret.as_object_mut(), sandbox.webhook_secret(name)) {
        fields.insert("webhook".to_owned(), webhook);
    }
    Some(secret)
}

/// The secrets of a `--secrets` file.
#[derive(Debug, Default)]
pub struct Secrets(BTreeMap<String, Value>);

impl Secrets {
    /// Reads the file. What is in it is never repeated in an error.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {shown}: {error}"))?;
        let secrets: BTreeMap<String, Value> = serde_json::from_str(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            format!("{shown} is not a JSON object of connection to secret (line {line}, column {column})")
        })?;
        for (name, secret) in &secrets {
            let has_provider = secret.get("provider").is_some_and(Value::is_string);
            if !has_provider {
                return Err(format!("{shown}: {name} is not an object with a \"provider\""));
            }
            let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(format!(
                    "{shown}: {name:?} is no connection's name (lower-case letters, digits, hyphens)"
                ));
            }
        }
        Ok(Self(secrets))
    }

    /// The connections that it names.
    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}
