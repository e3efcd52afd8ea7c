//! A request to write, as far as its record is concerned.

use api::IdempotencyKey;
use invoice::{Digest, Scope};
use provider_client::Deadline;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Requester<'a> {
    /// The kind of caller, in one word.
    pub kind: &'static str,
    /// The caller's own name.
    pub subject: &'a str,
    /// Whose idempotency keys the caller uses: of a role, all of its sessions'.
    pub owner: &'a str,
    /// Which invoices the caller may touch.
    pub scope: &'a Scope,
    /// Whether the request came as an event, which can come back for weeks.
    pub is_event: bool,
}

/// A request to write, as far as its record is concerned.
#[derive(Clone, Copy)]
pub struct WriteRequest<'a> {
    /// Who asks.
    pub caller: Requester<'a>,
    /// By which route: method and path, as the template writes them.
    pub route: (&'a str, &'a str),
    /// By which request; for whoever reads the record later.
    pub request_id: &'a str,
    /// By when it must have been answered.
    pub deadline: Deadline,
    /// The key it carries.
    pub key: Option<&'a IdempotencyKey>,
    /// What its path names; empty where it names nothing.
    pub target: &'a str,
    /// What it says, byte for byte.
    pub body: &'a [u8],
}

impl WriteRequest<'_> {
    /// What the record of `key` is kept under: whose key it is, and for which route.
    pub(super) fn record_of(&self, key: &IdempotencyKey) -> String {
        let (method, path) = self.route;
        let scope = self.caller.scope.canonical();
        let whose = [self.caller.kind, self.caller.owner, &scope, method, path, key.as_str()];
        format!("idempotency#key#{}", Digest::of(&whose))
    }

    /// What tells the request from another under the same key.
    pub(super) fn hash(&self) -> String {
        let (method, path) = self.route;
        let parts = [method.as_bytes(), path.as_bytes(), self.target.as_bytes(), self.body];
        Digest::of(&parts).to_string()
    }
}
