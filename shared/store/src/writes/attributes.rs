//! The names of attributes and states of the items about writes, each written once.

/// The version of the items written here, but for the records of keys.
pub(super) const VERSION_NOW: i64 = 2;
/// The version of the records written here. What version 2 kept of a request with open
/// ends was the body of its answer; what is kept now is what is known of each invoice.
pub(super) const RECORD_VERSION: i64 = 3;
/// The versions of records that are read.
pub(super) const RECORD_VERSIONS_READ: [i64; 2] = [2, RECORD_VERSION];

pub(super) const VERSION: &str = "version";
/// Whose item it is: of a key, in all tries while it is kept, the same.
pub(super) const OWNER: &str = "owner";
/// The try that wrote the item: what one try has locked, a later one of the same
/// owner may have taken up, and the first must not send for it any more.
pub(super) const ATTEMPT: &str = "attempt";

pub(super) const STATE: &str = "state";
/// A state: the lock's owner has sent nothing under it.
pub(super) const CLAIMED: &str = "claimed";
/// A state: the write may have been sent.
pub(super) const SENDING: &str = "sending";
/// A state: the request is being worked on.
pub(super) const RUNNING: &str = "running";
/// A state: all that was to be done has been tried.
pub(super) const DONE: &str = "done";

/// When whoever locked it has ended; milliseconds, like all moments here.
pub(super) const LEASE_UNTIL: &str = "leaseUntil";
/// When the provider cannot be at the last sending any more.
pub(super) const SETTLES_AT: &str = "settlesAt";
/// The try that sent last, whoever has the lock now.
pub(super) const SENT_BY: &str = "sentBy";
/// The try that sent before that one.
pub(super) const SENT_BEFORE: &str = "sentBefore";
/// How the invoice stood just before the last sending.
pub(super) const SNAPSHOT: &str = "trace";

/// The try whose sending was answered `unknown`, and is so still: what the provider
/// tells may settle it.
pub(super) const UNKNOWN_OF: &str = "unknownOf";
/// What was sent: the action, and of an activation the date.
pub(super) const ACTION: &str = "action";
pub(super) const INVOICE_DATE: &str = "invoiceDate";
/// The hash of the key that it was sent under; empty where there is none.
pub(super) const KEY_HASH: &str = "keyHash";
/// Whether whoever sent it is shown comments.
pub(super) const SHOWS_COMMENTS: &str = "showsComments";

/// When it was sent.
pub(super) const SINCE: &str = "since";
/// The key of the record of who sent it.
pub(super) const AUDIT: &str = "audit";
/// The key that the provider was sent: what is sent again is sent under the same.
pub(super) const SEND_KEY: &str = "sendKey";

/// The hash of the request that a key was used for.
pub(super) const REQUEST: &str = "request";
/// When the request cannot be running any more.
pub(super) const RUNNING_UNTIL: &str = "runningUntil";
/// Whether what is done has open ends.
pub(super) const OPEN: &str = "open";
/// The invoices that the request's filter matched.
pub(super) const SELECTION: &str = "selection";
/// The HTTP status of the answer.
pub(super) const STATUS: &str = "status";
/// The answer's headers.
pub(super) const HEADERS: &str = "headers";
