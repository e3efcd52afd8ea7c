//! A store of secrets that holds what the test says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::secrets::{SecretStore, StoreError};

/// A store of secrets. Its clones are one store.
#[derive(Debug, Clone, Default)]
pub struct FakeStore(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    secrets: HashMap<String, String>,
    failure: Option<StoreError>,
    hangs: bool,
    read: Vec<String>,
}

impl FakeStore {
    /// Puts a secret.
    pub fn put(&self, name: &str, text: &str) {
        self.contents().secrets.insert(name.to_owned(), text.to_owned());
    }

    /// Takes a secret away.
    pub fn remove(&self, name: &str) {
        self.contents().secrets.remove(name);
    }

    /// Fails every reading from now on, or none.
    pub fn fail(&self, failure: Option<StoreError>) {
        self.contents().failure = failure;
    }

    /// Never answers from now on.
    pub fn hang(&self) {
        self.contents().hangs = true;
    }

    /// The names of the secrets read since last asked, in their order.
    pub fn take_read(&self) -> Vec<String> {
        std::mem::take(&mut self.contents().read)
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SecretStore for FakeStore {
    async fn read(&self, name: &str) -> Result<SecretString, StoreError> {
        let hangs = {
            let mut contents = self.contents();
            contents.read.push(name.to_owned());
            contents.hangs
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        let contents = self.contents();
        match &contents.failure {
            Some(failure) => Err(failure.clone()),
            None => contents
                .secrets
                .get(name)
                .map(|text| text.clone().into())
                .ok_or(StoreError::Missing),
        }
    }
}
