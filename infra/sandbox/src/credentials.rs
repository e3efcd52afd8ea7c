//! What a connection accepts of its callers.

use serde::{Deserialize, Serialize};

use crate::options::ProviderKind;

/// What a caller must show. As JSON it has the keys of the secret:
/// `{"provider":"nue","apiKey":".."}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "provider",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Credentials {
    /// Header `nue-api-key`.
    Nue {
        /// The key.
        api_key: String,
    },
    /// Header `nue-api-key`.
    NueSelfService {
        /// The key.
        api_key: String,
    },
    /// Two headers, both needed.
    #[serde(rename = "simplepin")]
    SimplePin {
        /// Header `Authorization`.
        authorization: String,
        /// Header `Token`.
        token: String,
    },
    /// Header `Authorization: Basic <key>`, the key as given.
    Fusebill {
        /// The key.
        api_key: String,
    },
    /// HTTP Basic authentication.
    Finexio {
        /// The user's name.
        username: String,
        /// The user's password.
        password: String,
    },
    /// Header `Authorization: Bearer <key>`.
    Stripe {
        /// The key.
        api_key: String,
    },
}

impl Credentials {
    /// The provider these are for.
    pub fn kind(&self) -> ProviderKind {
        match self {
            Credentials::Nue { .. } => ProviderKind::Nue,
            Credentials::NueSelfService { .. } => ProviderKind::NueSelfService,
            Credentials::SimplePin { .. } => ProviderKind::SimplePin,
            Credentials::Fusebill { .. } => ProviderKind::Fusebill,
            Credentials::Finexio { .. } => ProviderKind::Finexio,
            Credentials::Stripe { .. } => ProviderKind::Stripe,
        }
    }

    /// What a fresh connection accepts.
    pub(crate) fn initial(kind: ProviderKind, connection: &str) -> Self {
        let api_key = format!("sandbox-key-{connection}");
        match kind {
            ProviderKind::Nue => Credentials::Nue { api_key },
            ProviderKind::NueSelfService => Credentials::NueSelfService { api_key },
            ProviderKind::Fusebill => Credentials::Fusebill { api_key },
            ProviderKind::Stripe => Credentials::Stripe { api_key },
            ProviderKind::SimplePin => Credentials::SimplePin {
                authorization: api_key,
                token: format!("sandbox-token-{connection}"),
            },
            ProviderKind::Finexio => Credentials::Finexio {
                username: format!("sandbox-user-{connection}"),
                password: format!("sandbox-password-{connection}"),
            },
        }
    }
}
