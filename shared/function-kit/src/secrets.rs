//! Where the connections' secrets are kept.

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use secrecy::SecretString;

/// A store of secrets.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The present text of the secret `name`.
    ///
    /// # Errors
    /// When there is none, or it cannot be had.
    async fn read(&self, name: &str) -> Result<SecretString, StoreError>;
}

/// Why a secret cannot be had. Texts read on after "its secret".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such secret, or it is being deleted.
    #[error("does not exist")]
    Missing,
    /// The secret is binary.
    #[error("is binary: expected a JSON text")]
    NotText,
    /// The store refuses: permissions, or the key it is encrypted with.
    #[error("may not be read ({0})")]
    Refused(String),
    /// The store cannot be reached, or fails.
    #[error("could not be read: the store of secrets is out of reach")]
    Unreachable,
}

#[async_trait]
impl SecretStore for Client {
    async fn read(&self, name: &str) -> Result<SecretString, StoreError> {
        let answer = self.get_secret_value().secret_id(name).send().await;
        let answer = answer.map_err(|error| why(&error))?;
        let text = answer.secret_string.ok_or(StoreError::NotText)?;
        Ok(SecretString::from(text))
    }
}

fn why<R>(error: &SdkError<GetSecretValueError, R>) -> StoreError {
    let Some(said) = error.as_service_error() else {
        return StoreError::Unreachable;
    };
    match said.code() {
        // The second is the answer for a secret that is marked for deletion
        // (aws R16).
        Some("ResourceNotFoundException" | "InvalidRequestException") => StoreError::Missing,
        Some("InternalServiceError" | "ThrottlingException") | None => StoreError::Unreachable,
        Some(code) => StoreError::Refused(code.chars().take(60).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_secretsmanager::error::ErrorMetadata;

    #[test]
    fn a_secret_that_is_gone_is_told_from_one_that_may_not_be_read() {
        let refused = |code: &str| StoreError::Refused(code.to_owned());
        for (code, meaning) in [
            ("ResourceNotFoundException", StoreError::Missing),
            ("InvalidRequestException", StoreError::Missing),
            ("InternalServiceError", StoreError::Unreachable),
            ("ThrottlingException", StoreError::Unreachable),
            ("AccessDeniedException", refused("AccessDeniedException")),
            ("DecryptionFailure", refused("DecryptionFailure")),
        ] {
            let said = ErrorMetadata::builder().code(code).message("arn:secret").build();
            let error = SdkError::service_error(GetSecretValueError::generic(said), ());
            assert_eq!(why(&error), meaning, "{code}");
        }
        let late = SdkError::<_, ()>::timeout_error("late");
        assert_eq!(why(&late), StoreError::Unreachable);
    }
}
