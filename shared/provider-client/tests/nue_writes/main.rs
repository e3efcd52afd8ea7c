//! Nue's writes over HTTP, against the sandbox.

#![cfg(test)]

#[expect(dead_code, reason = "shared with the tests of other providers")]
#[path = "../sandboxed/rig.rs"]
mod rig;

mod faults;
mod reading;
mod writes;

use std::collections::BTreeMap;

use invoice::{Action, Change, Invoice, Patch, Write};
use jiff::Timestamp;
use jiff::civil::date;
use provider_client::ProviderError;
use provider_client::provider::{After, View, Written};
use sandbox::{Operation, ProviderKind, Resource};

use rig::{NAME, Rig, everything, ids, soon};

const OPERATIONS: [(Action, Operation); 4] = [
    (Action::Activate, Operation::Activate),
    (Action::Cancel, Operation::Cancel),
    (Action::Delete, Operation::Delete),
    (Action::Update, Operation::Update),
];

async fn open(invoices: usize) -> Rig {
    Rig::open(ProviderKind::Nue, invoices, |_| {}).await
}

fn activate() -> Write {
    Write::Activate { invoice_date: None, comment: None }
}

fn cancel() -> Write {
    Write::Cancel { comment: None }
}

fn update(patch: Patch) -> Write {
    Write::Update(Box::new(patch))
}

fn due() -> Write {
    update(Patch { due: Change::Set(date(2027, 3, 31)), ..Patch::default() })
}

/// The write of each action, at its plainest.
fn plain(action: Action) -> Write {
    match action {
        Action::Activate => activate(),
        Action::Cancel => cancel(),
        Action::Delete => Write::Delete,
        Action::Update => due(),
    }
}

/// The first invoices, in the order listed, to which `action` can be done.
async fn able(nue: &Rig, action: Action, count: usize) -> Vec<Invoice> {
    let mut all = nue.walk(&everything()).await;
    all.retain(|invoice| invoice.available_actions.contains_key(&action));
    assert!(all.len() >= count, "{action:?}: {}", all.len());
    all.truncate(count);
    all
}

async fn send(
    nue: &Rig,
    write: &Write,
    invoices: &[Invoice],
) -> Result<Vec<Written>, ProviderError> {
    nue.provider
        .write(write, invoices, &provider_client::SendKey::from("test".to_owned()), soon())
        .await
}

async fn read(nue: &Rig, invoices: &[Invoice]) -> Vec<Result<Invoice, ProviderError>> {
    let ids = ids(invoices);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    nue.provider.get_many(&ids, &View::default(), soon()).await
}

/// What reading tells of each, in a letter: done, gone, not done, unclear.
async fn told(nue: &Rig, write: &Write, before: &[Invoice]) -> String {
    let after = nue.provider.after(write, before, Timestamp::now(), soon()).await;
    let letter = |after: Result<After, ProviderError>| match after.unwrap() {
        After::Done(Some(now)) => {
            assert!(write.is_shown_by(&now));
            'd'
        }
        After::Done(None) => 'g',
        After::NotDone(_) => 'n',
        After::Unclear => 'u',
    };
    after.into_iter().map(letter).collect()
}

/// How often the write was asked for and done, of each invoice.
fn counts(nue: &Rig, operation: Operation, invoices: &[Invoice]) -> Vec<(u64, u64)> {
    let writes = nue.sandbox.writes(NAME);
    let count = |id: &String| writes.count(Resource::Invoice, id, operation);
    ids(invoices).iter().map(count).map(|count| (count.requested, count.applied)).collect()
}

fn calls(nue: &Rig) -> BTreeMap<Operation, u64> {
    nue.sandbox.calls(NAME)
}
