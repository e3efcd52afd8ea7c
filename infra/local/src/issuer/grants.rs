//! What the issuer remembers until it is redeemed: codes, sessions, devices.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::personas::Persona;

/// How long a code, and a device's request, can be redeemed.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// Somebody's consent to a client: what tokens are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Who signed in.
    pub persona: &'static Persona,
    /// The client that they signed in to.
    pub client: String,
    /// The scopes that were granted.
    pub scope: String,
    /// When they signed in.
    pub at: Timestamp,
}

/// An authorization code, and what redeeming it is held to.
#[derive(Debug)]
pub struct Code {
    /// What it stands for.
    pub session: Session,
    /// Where it was sent.
    pub redirect: String,
    /// The S256 challenge of PKCE.
    pub challenge: String,
    /// The client's own word for the ID token.
    pub nonce: Option<String>,
}

/// A device's request, which somebody is to approve elsewhere.
#[derive(Debug)]
pub struct Device {
    /// What the person types.
    pub user_code: String,
    /// The client on the device.
    pub client: String,
    /// The scopes that it asked for.
    pub scope: Option<String>,
    /// When it asked.
    pub at: Timestamp,
    /// Who approved it.
    pub approved: Option<&'static Persona>,
}

#[derive(Debug, Default)]
struct Kept {
    codes: BTreeMap<String, Code>,
    sessions: BTreeMap<String, Session>,
    devices: BTreeMap<String, Device>,
}

/// All of it, in memory: a stack that starts anew remembers nobody.
#[derive(Debug, Default)]
pub struct Grants(Mutex<Kept>);

impl Grants {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is one call; a panic beside it leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a code, and names it.
    pub fn keep_code(&self, code: Code) -> String {
        let name = secret();
        self.kept().codes.insert(name.clone(), code);
        name
    }

    /// Takes a code away, so that it is redeemed once, unless it is too old.
    pub fn take_code(&self, name: &str, now: Timestamp) -> Option<Code> {
        let code = self.kept().codes.remove(name)?;
        is_fresh(code.session.at, now).then_some(code)
    }

    /// Keeps a session, and names its refresh token.
    pub fn keep_session(&self, session: Session) -> String {
        let name = secret();
        self.kept().sessions.insert(name.clone(), session);
        name
    }

    /// The session of a refresh token.
    pub fn session(&self, name: &str) -> Option<Session> {
        self.kept().sessions.get(name).cloned()
    }

    /// Keeps a device's request, and names it.
    pub fn keep_device(&self, device: Device) -> String {
        let name = secret();
        self.kept().devices.insert(name.clone(), device);
        name
    }

    /// Approves the request with this user code; whether there is one.
    pub fn approve(&self, user_code: &str, persona: &'static Persona, now: Timestamp) -> bool {
        let mut kept = self.kept();
        let asked = kept.devices.values_mut().find(|one| one.user_code == user_code);
        match asked.filter(|one| is_fresh(one.at, now)) {
            Some(device) => {
                device.approved = Some(persona);
                true
            }
            None => false,
        }
    }

    /// Takes an approved request away; the error is why there is none to take.
    pub fn take_device(&self, name: &str, now: Timestamp) -> Result<Device, &'static str> {
        let mut kept = self.kept();
        let device = kept.devices.get(name).ok_or("invalid_grant")?;
        if !is_fresh(device.at, now) {
            kept.devices.remove(name);
            return Err("expired_token");
        }
        if device.approved.is_none() {
            return Err("authorization_pending");
        }
        kept.devices.remove(name).ok_or("invalid_grant")
    }
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) <= CODE_LIFETIME
}

/// 244 random bits.
fn secret() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}
