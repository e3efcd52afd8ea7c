//! The answer to `GET /connections`: made from the table the code decides by.

use std::collections::BTreeMap;

use api::expect_no_parameters;
use copies::SyncState;
use engine::Connection;
use engine::listing::AppliedBy;
use function_kit::connections::used;
use function_kit::{Answer, Call, Caller, Permission, Reply};
use futures::future::join_all;
use invoice::{
    Action, ConnectionName, Direction, Field, Include, Parameter, Problem, Scope, Sort, SortKey,
};
use provider_client::capability::{Applied, Sending};
use provider_client::{Capabilities, Holds, Provider};
use serde::Serialize;

use crate::app::ListApp;

/// Lists the connections that the caller may use.
pub(crate) async fn list(app: &ListApp, call: &Call) -> Reply {
    let asked = call.caller(Permission::Read).and_then(|caller| {
        expect_no_parameters(call.query())?;
        Ok(caller)
    });
    let caller = match asked {
        Ok(caller) => caller,
        Err(problem) => return problem.into(),
    };
    let connections = app.connections.open(&caller.scope, None, call.deadline()).await;
    let copies = copies_of(app, caller, &connections).await;
    let answer = Answer::json(&Overview::of(&connections, copies));
    let answer = answer.map(|answer| answer.tagged(call));
    Reply::from(answer).over(used(&connections, None))
}

/// What is known of the copies of these connections: for operators, as it tells how many
/// invoices there are of everybody's.
async fn copies_of(
    app: &ListApp,
    caller: &Caller,
    connections: &[Connection],
) -> Vec<Option<SyncState>> {
    let copies = app.copies.as_ref().filter(|_| caller.scope == Scope::All);
    let known = connections.iter().map(|connection| async {
        match copies {
            Some(copies) => copies.sync_state(&connection.name).await,
            None => None,
        }
    });
    join_all(known).await
}

/// The connections the caller may use.
#[derive(Debug, Serialize)]
struct Overview<'a> {
    data: Vec<Entry<'a>>,
}

impl<'a> Overview<'a> {
    fn of(connections: &'a [Connection], copies: Vec<Option<SyncState>>) -> Self {
        let entries = connections.iter().zip(copies);
        Self { data: entries.map(|(one, copy)| Entry { copy, ..Entry::of(one) }).collect() }
    }
}

/// One connection; what its secret would say is null where it cannot be used.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    name: &'a ConnectionName,
    provider: Option<&'static str>,
    title: Option<&'static str>,
    direction: Option<Direction>,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Problem>,
    capabilities: Option<Table>,
    assumptions: Vec<Assumed>,
    /// The copy that is kept of it, as of its last syncs; null where none is, or where the
    /// caller is no operator.
    copy: Option<SyncState>,
}

/// The things assumed of the provider though no document states them, with whether
/// this instance of the function has seen it hold.
#[derive(Debug, Serialize)]
struct Assumed {
    name: &'static str,
    holds: Holds,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Failed,
}

impl<'a> Entry<'a> {
    fn of(connection: &'a Connection) -> Self {
        let provider = connection.provider.as_ref();
        let can = provider.ok().map(|provider| provider.capabilities());
        Self {
            name: &connection.name,
            provider: can.map(|can| can.provider),
            title: can.map(|can| can.title),
            direction: can.map(|can| can.direction),
            status: if can.is_some() { Status::Ok } else { Status::Failed },
            problem: provider.err(),
            capabilities: can.map(Table::of),
            copy: None,
            assumptions: provider
                .ok()
                .map(|provider| assumed(provider.as_ref()))
                .unwrap_or_default(),
        }
    }
}

fn assumed(provider: &dyn Provider) -> Vec<Assumed> {
    let seen = provider.assumptions().map(|assumptions| assumptions.all()).unwrap_or_default();
    seen.into_iter().map(|(one, holds)| Assumed { name: one.name, holds }).collect()
}

/// What a provider can do: every word of the API with who does it, so that
/// nobody has to guess what a word that is not there means.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    operations: Vec<&'static str>,
    writes: BTreeMap<Action, Write>,
    filters: BTreeMap<Parameter, AppliedBy>,
    sorts: BTreeMap<String, AppliedBy>,
    includes: Vec<Include>,
    /// As pointers into the invoice, as a problem with one of them has them.
    updatable: &'static [Field],
    customer_required: bool,
}

/// How a write is sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Write {
    Bulk,
    Single,
    Absent,
}

impl Table {
    fn of(can: &Capabilities) -> Self {
        let writes = Action::ALL.iter().filter(|action| can.write(**action).is_some());
        Self {
            operations: ["list", "get"]
                .into_iter()
                .chain(writes.map(|action| action.word()))
                .collect(),
            writes: each(Action::ALL, |action| match can.write(action) {
                Some(Sending::Bulk(_)) => Write::Bulk,
                Some(Sending::Single) => Write::Single,
                None => Write::Absent,
            }),
            filters: each(Parameter::ALL, |parameter| match can.filter(parameter) {
                Some(Applied::ByProvider) => AppliedBy::Provider,
                Some(Applied::ByBridge) => AppliedBy::Bridge,
                None => AppliedBy::Absent,
            }),
            sorts: sorts(can),
            includes: Include::ALL
                .iter()
                .copied()
                .filter(|include| *include == Include::Raw || can.includes.contains(include))
                .collect(),
            updatable: can.updatable,
            customer_required: can.customer_required,
        }
    }
}

/// The party that establishes each order that can be asked for.
fn sorts(can: &Capabilities) -> BTreeMap<String, AppliedBy> {
    let both = |key: &SortKey| [false, true].map(|descending| Sort { key: *key, descending });
    let by = |sort: Sort| match can.filter(sort.key.parameter()) {
        _ if can.can_sort(sort) => AppliedBy::Provider,
        Some(_) => AppliedBy::Bridge,
        None => AppliedBy::Absent,
    };
    SortKey::ALL.iter().flat_map(both).map(|sort| (sort.to_string(), by(sort))).collect()
}

fn each<K: Copy + Ord, V>(all: &[K], value: impl Fn(K) -> V) -> BTreeMap<K, V> {
    all.iter().map(|key| (*key, value(*key))).collect()
}
