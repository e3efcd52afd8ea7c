//! The system's keyring, where tokens are kept: the secret service on Linux, the Keychain on
//! macOS, the Credential Manager on Windows.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};

/// The name that entries are found under in the system's own program for the keyring.
const SERVICE: &str = "invoice-bridge";

/// A keyring that can be reached.
#[derive(Clone)]
pub(crate) struct Keyring(Arc<CredentialStore>);

impl Keyring {
    /// The keyring of this user.
    ///
    /// # Errors
    /// With why there is none that can be reached.
    pub(crate) fn of_user() -> Result<Self, String> {
        store().map(Self).map_err(|error| words(&error))
    }

    /// The text that is kept for a profile.
    ///
    /// # Errors
    /// When the keyring does not open.
    pub(crate) fn get(&self, profile: &str) -> Result<Option<String>, String> {
        let got = self.entry(profile).and_then(|entry| entry.get_password());
        found(got)
    }

    /// Keeps a text for a profile, in place of what is kept for it.
    ///
    /// # Errors
    /// When the keyring does not open, or does not take it.
    pub(crate) fn set(&self, profile: &str, text: &str) -> Result<(), String> {
        let set = self.entry(profile).and_then(|entry| entry.set_password(text));
        set.map_err(|error| words(&error))
    }

    /// Removes what is kept for a profile.
    ///
    /// # Errors
    /// When the keyring does not open.
    pub(crate) fn remove(&self, profile: &str) -> Result<(), String> {
        let removed = self.entry(profile).and_then(|entry| entry.delete_credential());
        found(removed).map(|_| ())
    }

    fn entry(&self, profile: &str) -> keyring_core::Result<Entry> {
        Entry::new_in_store(&self.0, SERVICE, profile)
    }

    /// A keyring in memory.
    #[cfg(test)]
    pub(crate) fn mock() -> Self {
        Self(keyring_core::mock::Store::new().unwrap())
    }

    /// Has the next call for a profile fail.
    #[cfg(test)]
    pub(crate) fn fail_next(&self, profile: &str) {
        let entry = self.entry(profile).unwrap();
        let mock: &keyring_core::mock::Cred = entry.as_any().downcast_ref().unwrap();
        mock.set_error(Error::NoStorageAccess("locked".into()));
    }
}

/// Why the keyring does not do what it is asked, in the system's own words where they say it.
/// What was read and is no text is not in them: it may be a secret.
fn words(error: &Error) -> String {
    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what it holds is no text".to_owned(),
        error => error.to_string(),
    }
}

fn found<T>(got: keyring_core::Result<T>) -> Result<Option<T>, String> {
    match got {
        Ok(found) => Ok(Some(found)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(words(&error)),
    }
}

#[cfg(target_os = "linux")]
fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(Error::NoDefaultStore)
}
