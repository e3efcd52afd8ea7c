//! What several kinds of items about writes say alike: the names of those attributes, their
//! states, and the version of the items.

use crate::table::{AttributeValue, Value};

/// The version of the items written here, but for the records of keys.
pub(super) const VERSION_NOW: i64 = 2;

/// The version of the item's kind.
pub(super) const VERSION: &str = "version";
/// Whose item it is: of a key, in all tries while it is kept, the same.
pub(super) const OWNER: &str = "owner";
/// The try that wrote the item: what one try has locked, a later one of the same
/// owner may have taken up, and the first must not send for it any more.
pub(super) const ATTEMPT: &str = "attempt";
/// How far it has come.
pub(super) const STATE: &str = "state";
/// When the provider cannot be at the last sending any more.
pub(super) const SETTLES_AT: &str = "settlesAt";
/// How the invoice stood just before the last sending.
pub(super) const SNAPSHOT: &str = "trace";
/// When it was sent.
pub(super) const SINCE: &str = "since";
/// The key of the record of who sent it.
pub(super) const AUDIT: &str = "audit";

/// How far what an item is about has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// The lock's owner has sent nothing under it.
    Claimed,
    /// The write may have been sent.
    Sending,
    /// The request is being worked on.
    Running,
    /// All that was to be done has been tried.
    Done,
}

impl State {
    const ALL: [Self; 4] = [Self::Claimed, Self::Sending, Self::Running, Self::Done];

    fn word(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Running => "running",
            Self::Done => "done",
        }
    }
}

impl From<State> for Value {
    fn from(state: State) -> Self {
        Self::Text(state.word().to_owned())
    }
}

impl AttributeValue for State {
    fn into_value(self) -> Option<Value> {
        Some(self.into())
    }

    fn from_value(value: Option<&Value>) -> Option<Self> {
        match value {
            Some(Value::Text(word)) => Self::ALL.into_iter().find(|state| state.word() == word),
            _ => None,
        }
    }
}
