//! A store of secrets that holds what the test says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::secrets::{SecretStore, StoreError};

/// A store of secrets. Its clones are one store.
#[derive(Debug, Clone, Default)]
pub struct FakeStore(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    secrets: HashMap<String, String>,
    failure: Option<StoreError>,
    hangs: bool,
    read: Vec<String>,
}

impl FakeStore {
    /// Puts a secret.
    pub fn put(&self, name: &str, text: &str) {
        self.shelf().secrets.insert(name.to_owned(), text.to_owned());
    }

    /// Takes a secret away.
    pub fn remove(&self, name: &str) {
        self.shelf().secrets.remove(name);
    }

    /// Fails every reading from now on, or none.
    pub fn fail(&self, failure: Option<StoreError>) {
        self.shelf().failure = failure;
    }

    /// Never answers from now on.
    pub fn hang(&self) {
        self.shelf().hangs = true;
    }

    /// The names of the secrets read since last asked, in their order.
    pub fn take_read(&self) -> Vec<String> {
        std::mem::take(&mut self.shelf().read)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SecretStore for FakeStore {
    async fn read(&self, name: &str) -> Result<SecretString, StoreError> {
        let hangs = {
            let mut shelf = self.shelf();
            shelf.read.push(name.to_owned());
            shelf.hangs
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        let shelf = self.shelf();
        match &shelf.failure {
            Some(failure) => Err(failure.clone()),
            None => {
                shelf.secrets.get(name).map(|text| text.clone().into()).ok_or(StoreError::Missing)
            }
        }
    }
}
