//! The answer to `GET /connections`: made from the table the code decides by.

use std::collections::BTreeMap;

use api::expect_no_parameters;
use copies::SyncState;
use engine::Connection;
use engine::listing::AppliedBy;
use function_kit::connections::used;
use function_kit::webhooks::last_received;
use function_kit::{Answer, Call, Caller, Permission, Reply};
use futures::future::{join, join_all};
use invoice::{
    Action, ConnectionName, Direction, Field, Include, Parameter, Problem, Scope, Sort, SortKey,
};
use jiff::Timestamp;
use provider_client::capability::{Applied, Sending};
use provider_client::webhook::Scheme;
use provider_client::{Capabilities, Holds, Provider};
use serde::Serialize;
use tokio::time::timeout;

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
    let known = join_all(connections.iter().map(|one| known(app, call, caller, one))).await;
    let answer = Answer::json(&Overview::of(&connections, known));
    let answer = answer.map(|answer| answer.tagged(call));
    Reply::from(answer).over(used(&connections, None))
}

/// The things that operators alone are told of a connection, as they say how many invoices
/// there are of everybody's, and what its secret has.
#[derive(Debug, Default)]
struct Known {
    copy: Option<SyncState>,
    webhooks: Option<Webhooks>,
}

/// How a connection's webhooks are proved, and when the last came.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Webhooks {
    scheme: Scheme,
    /// None where none has come yet, or it cannot be told now.
    last_received: Option<Timestamp>,
}

async fn known(app: &ListApp, call: &Call, caller: &Caller, connection: &Connection) -> Known {
    let name = &connection.name;
    if caller.scope != Scope::All {
        return Known::default();
    }
    let copy = async { app.copies.as_ref()?.sync_state(name).await };
    let webhooks = async {
        let scheme = app.connections.webhook_scheme(name)?;
        let reading = timeout(call.deadline().left(), last_received(app.table(), name));
        let last_received = reading.await.ok().and_then(Result::ok).flatten();
        Some(Webhooks { scheme, last_received })
    };
    let (copy, webhooks) = join(copy, webhooks).await;
    Known { copy, webhooks }
}

/// The connections the caller may use.
#[derive(Debug, Serialize)]
struct Overview<'a> {
    data: Vec<Entry<'a>>,
}

impl<'a> Overview<'a> {
    fn of(connections: &'a [Connection], known: Vec<Known>) -> Self {
        let entry = |(one, Known { copy, webhooks })| Entry { copy, webhooks, ..Entry::of(one) };
        Self { data: connections.iter().zip(known).map(entry).collect() }
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
    /// Null where its secret has no webhooks, or the caller is no operator.
    webhooks: Option<Webhooks>,
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
            webhooks: None,
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
