//! The local stack, as a process of its own, and its control routes.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, Failure};

/// Where the parts of the stack listen.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Addresses {
    /// The API.
    pub api: String,
    /// The simulated providers.
    pub sandbox: String,
    /// DynamoDB itself, behind the proxy that throttles.
    #[serde(rename = "dynamodb")]
    pub dynamodb: String,
    /// Secrets Manager.
    pub secrets_manager: String,
    /// The stack's own process.
    pub pid: u32,
}

/// A stack that is up; it ends with this value.
#[derive(Debug)]
pub struct Stack {
    child: Child,
    /// Where its parts listen.
    pub at: Addresses,
}

impl Stack {
    /// Starts `program` with these arguments, and waits until it is up. Its log goes to
    /// the file `log`, if one is named.
    ///
    /// # Errors
    /// When it does not come up; with what it said.
    pub fn start(
        program: &Path,
        arguments: &[String],
        log: Option<&Path>,
    ) -> Result<Self, Failure> {
        let mut child = Command::new(program)
            .args(["--port", "0", "--log", "json"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut errors = child.stderr.take().ok_or("no standard error")?;
        let mut line = String::new();
        out.read_line(&mut line)?;
        let Ok(at) = serde_json::from_str(&line) else {
            let mut said = String::new();
            errors.read_to_string(&mut said)?;
            return Err(format!("the stack did not come up: {line}{said}").into());
        };
        drain(out, None);
        drain(errors, log.map(File::create).transpose()?);
        Ok(Self { child, at })
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes what is printed from now on, so that whoever prints never waits.
fn drain(mut output: impl Read + Send + 'static, file: Option<File>) {
    thread::spawn(move || {
        // A log that ends early is no fault of the stack's.
        let _ = match file {
            Some(mut file) => std::io::copy(&mut output, &mut file),
            None => std::io::copy(&mut output, &mut std::io::sink()),
        };
    });
}

/// The routes by which the sandbox and Secrets Manager are asked and told.
#[derive(Debug, Clone)]
pub struct Control {
    client: Client,
    at: Addresses,
}

impl Control {
    /// The routes of the stack at these addresses.
    pub fn new(client: Client, at: Addresses) -> Self {
        Self { client, at }
    }

    /// What the sandbox says at `path`; none where it knows no such thing.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn get(&self, path: &str) -> Result<Option<Value>, Failure> {
        let answer = self.client.get(&format!("{}/_control/{path}", self.at.sandbox)).await?;
        match answer.status {
            200 => Ok(Some(serde_json::from_str(&answer.text)?)),
            404 => Ok(None),
            status => Err(format!("{path}: {status} {}", answer.text).into()),
        }
    }

    /// Tells the sandbox something.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn tell(
        &self,
        method: &'static str,
        path: &str,
        body: &Value,
    ) -> Result<(), Failure> {
        let target = format!("{}/_control/{path}", self.at.sandbox);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.client.send(method, &target, &[], body).await?;
        if answer.status >= 300 {
            return Err(format!("{method} {path}: {} {}", answer.status, answer.text).into());
        }
        Ok(())
    }

    /// Gives `connection` another key: first to those who use it, then at the provider, who
    /// knows the old one no more.
    ///
    /// # Errors
    /// When either refuses it.
    pub async fn rotate(&self, connection: &str, turn: usize) -> Result<(), Failure> {
        let name = format!("invoice-bridge/{connection}");
        let secret = self.secret("GetSecretValue", &json!({ "SecretId": name })).await?;
        let text = secret.get("SecretString").and_then(Value::as_str).unwrap_or_default();
        let mut secret: serde_json::Map<String, Value> = serde_json::from_str(text)?;
        for key in ["apiKey", "token", "authorization", "password"] {
            if let Some(key) = secret.get_mut(key) {
                *key = json!(format!("turned-{turn}-{connection}"));
            }
        }
        let text = serde_json::to_string(&secret)?;
        self.secret("PutSecretValue", &json!({ "SecretId": name, "SecretString": text })).await?;
        secret.retain(|name, _| !["baseUrl", "customers", "webhook"].contains(&name.as_str()));
        self.tell("PUT", &format!("{connection}/credentials"), &Value::Object(secret)).await
    }

    async fn secret(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        let headers = [("x-amz-target", format!("secretsmanager.{operation}"))];
        let address = &self.at.secrets_manager;
        let answer = self.client.send("POST", address, &headers, body.to_string()).await?;
        if answer.status != 200 {
            return Err(format!("{operation}: {} {}", answer.status, answer.text).into());
        }
        Ok(serde_json::from_str(&answer.text)?)
    }
}
