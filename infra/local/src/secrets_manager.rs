//! Secrets Manager's part: the few calls that reading and rotating a secret
//! take, in memory. (The embedded emulators bring a framework for as much.)

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::template::{ACCOUNT, REGION};

/// The secrets, by name.
#[derive(Debug, Default)]
pub struct SecretsManager {
    secrets: Mutex<BTreeMap<String, Secret>>,
}

#[derive(Debug, Clone)]
struct Secret {
    text: String,
    version: String,
    created: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Call {
    #[serde(alias = "Name")]
    secret_id: Option<String>,
    secret_string: Option<String>,
    version_id: Option<String>,
    version_stage: Option<String>,
}

/// A refusal: the exception's name and its text.
type Refusal = (&'static str, &'static str);

const NOT_FOUND: Refusal =
    ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");

impl SecretsManager {
    /// Stores a secret, in place of the one it had.
    pub fn put(&self, name: &str, text: String) {
        self.secrets().insert(name.to_owned(), Secret::new(text));
    }

    /// The service, as the SDKs and the AWS CLI call it.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new().route("/", post(answer)).with_state(self)
    }

    fn call(&self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        let call: Call = serde_json::from_slice(body).map_err(|_| {
            ("SerializationException", "The body is not the JSON object this call takes.")
        })?;
        if operation == "ListSecrets" {
            let all: Vec<Value> =
                self.secrets().iter().map(|(name, secret)| secret.described(name)).collect();
            return Ok(json!({ "SecretList": all }));
        }
        let id = call
            .secret_id
            .as_deref()
            .ok_or(("InvalidParameterException", "SecretId is missing."))?;
        let name = name_of(id);
        match operation {
            "GetSecretValue" => self.value(name, &call),
            "DescribeSecret" => {
                self.secrets().get(name).map(|secret| secret.described(name)).ok_or(NOT_FOUND)
            }
            "CreateSecret" if self.secrets().contains_key(name) => {
                Err(("ResourceExistsException", "A secret with this name exists already."))
            }
            "PutSecretValue" | "UpdateSecret" if !self.secrets().contains_key(name) => {
                Err(NOT_FOUND)
            }
            "CreateSecret" | "PutSecretValue" | "UpdateSecret" => {
                self.store(name, call.secret_string.clone())
            }
            _ => Err(("UnknownOperationException", "The local stack does not have this call.")),
        }
    }

    fn value(&self, name: &str, call: &Call) -> Result<Value, Refusal> {
        let secrets = self.secrets();
        let secret = secrets.get(name).ok_or(NOT_FOUND)?;
        let is_current = call.version_stage.as_deref().is_none_or(|stage| stage == "AWSCURRENT")
            && call.version_id.as_ref().is_none_or(|version| *version == secret.version);
        if !is_current {
            return Err((
                "ResourceNotFoundException",
                "The local stack keeps the current version alone.",
            ));
        }
        Ok(json!({
            "ARN": arn(name),
            "Name": name,
            "VersionId": secret.version,
            "VersionStages": ["AWSCURRENT"],
            "SecretString": secret.text,
            "CreatedDate": secret.created.as_second(),
        }))
    }

    fn store(&self, name: &str, text: Option<String>) -> Result<Value, Refusal> {
        let text = text.ok_or(("InvalidParameterException", "SecretString is missing."))?;
        let secret = Secret::new(text);
        let answer = json!({
            "ARN": arn(name),
            "Name": name,
            "VersionId": secret.version,
            "VersionStages": ["AWSCURRENT"],
        });
        self.secrets().insert(name.to_owned(), secret);
        Ok(answer)
    }

    fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, Secret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secret {
    fn new(text: String) -> Self {
        Self { text, version: Uuid::new_v4().to_string(), created: Timestamp::now() }
    }

    fn described(&self, name: &str) -> Value {
        json!({
            "ARN": arn(name),
            "Name": name,
            "CreatedDate": self.created.as_second(),
            "LastChangedDate": self.created.as_second(),
            "SecretVersionsToStages": { (self.version.as_str()): ["AWSCURRENT"] },
        })
    }
}

async fn answer(
    State(secrets): State<Arc<SecretsManager>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target =
        headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let operation = target.strip_prefix("secretsmanager.").unwrap_or_default();
    let (status, body) = match secrets.call(operation, &body) {
        Ok(body) => (StatusCode::OK, body),
        Err((kind, text)) => (StatusCode::BAD_REQUEST, json!({"__type": kind, "Message": text})),
    };
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string())
        .into_response()
}

/// An ARN carries six characters after the name, which AWS draws by lot.
fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-local0")
}

/// The name, from a name or an ARN.
fn name_of(id: &str) -> &str {
    match id.split_once(":secret:") {
        Some((_, named)) => named.strip_suffix("-local0").unwrap_or(named),
        None => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(
        secrets: &SecretsManager,
        operation: &str,
        body: &Value,
    ) -> Result<Value, &'static str> {
        secrets.call(operation, body.to_string().as_bytes()).map_err(|(kind, _)| kind)
    }

    #[test]
    fn a_secret_is_read_by_name_and_by_arn_and_can_be_rotated() {
        let secrets = SecretsManager::default();
        secrets.put("invoice-bridge/nue", "one".to_owned());
        let first =
            call(&secrets, "GetSecretValue", &json!({"SecretId": "invoice-bridge/nue"})).unwrap();
        assert_eq!(
            (&first["SecretString"], &first["Name"]),
            (&json!("one"), &json!("invoice-bridge/nue"))
        );
        let put = json!({"SecretId": "invoice-bridge/nue", "SecretString": "two"});
        let put = call(&secrets, "PutSecretValue", &put).unwrap();
        let second = call(
            &secrets,
            "GetSecretValue",
            &json!({"SecretId": first["ARN"], "VersionStage": "AWSCURRENT"}),
        )
        .unwrap();
        assert_eq!(
            (&second["SecretString"], &second["VersionId"]),
            (&json!("two"), &put["VersionId"])
        );
        assert_ne!(first["VersionId"], second["VersionId"]);
    }

    #[test]
    fn secrets_are_created_once_and_listed() {
        let secrets = SecretsManager::default();
        let new = json!({"Name": "a", "SecretString": "x"});
        assert!(call(&secrets, "CreateSecret", &new).is_ok());
        assert_eq!(call(&secrets, "CreateSecret", &new), Err("ResourceExistsException"));
        let list = call(&secrets, "ListSecrets", &json!({})).unwrap();
        assert_eq!(
            (list["SecretList"][0]["Name"].as_str(), list["SecretList"][0].get("SecretString")),
            (Some("a"), None)
        );
    }

    #[test]
    fn refuses_as_the_service_does() {
        let secrets = SecretsManager::default();
        let cases = [
            ("GetSecretValue", json!({"SecretId": "a"}), "ResourceNotFoundException"),
            (
                "PutSecretValue",
                json!({"SecretId": "a", "SecretString": "x"}),
                "ResourceNotFoundException",
            ),
            ("GetSecretValue", json!({}), "InvalidParameterException"),
            ("CreateSecret", json!({"Name": "a"}), "InvalidParameterException"),
            ("GetSecretValue", json!([1]), "SerializationException"),
            ("RotateSecret", json!({"SecretId": "a"}), "UnknownOperationException"),
        ];
        for (operation, body, expected) in cases {
            assert_eq!(call(&secrets, operation, &body), Err(expected), "{operation} {body}");
        }
    }
}
