//! What would come of a write: the dry run, which sends nothing to any provider that changes
//! something, and from which the chunks of a run are made.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use http::{HeaderValue, Method, header};
use serde_json::{Map, Value};

use super::record::{Came, Chunk, Item, Plan};
use crate::answers::{self, Connection, WriteResult, WriteResults};
use crate::client::{Call, Client};
use crate::columns;
use crate::exit::Failure;
use crate::output::Terminal;

/// As many invoices as a provider with a bulk call takes in one.
const BULK: usize = 100;
/// As many as are written one by one within the time of a request.
const ONE_BY_ONE: usize = 20;

/// What would come of each invoice.
#[derive(Debug, Default)]
pub(super) struct Foretold {
    /// Each invoice with its outcome, in the order asked.
    pub(super) all: Vec<(Item, Came)>,
    /// How many invoices one request has, by connection.
    sizes: BTreeMap<String, usize>,
}

impl Foretold {
    /// What would come of one invoice alone.
    pub(super) fn of_one(item: Item, came: Came) -> Self {
        Self { all: vec![(item, came)], sizes: BTreeMap::new() }
    }

    /// How many would be written.
    pub(super) fn applied(&self) -> usize {
        self.count("applied")
    }

    /// How many would be rejected.
    pub(super) fn rejected(&self) -> usize {
        self.all.len() - self.count("applied") - self.count("unchanged")
    }

    /// How many have this outcome.
    pub(super) fn count(&self, outcome: &str) -> usize {
        self.all.iter().filter(|(_, came)| came.outcome == outcome).count()
    }

    /// The chunks of what would be written, and what would not be.
    pub(super) fn into_chunks(
        self,
        key: impl Fn(usize) -> String,
    ) -> (Vec<Chunk>, Vec<(Item, Came)>) {
        let (written, not_sent): (Vec<_>, Vec<_>) =
            self.all.into_iter().partition(|(_, came)| came.outcome == "applied");
        let mut by_connection: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for (item, _) in written {
            by_connection.entry(connection_of(&item.id).to_owned()).or_default().push(item);
        }
        let mut chunks = Vec::new();
        for (connection, items) in by_connection {
            let size = self.sizes.get(&connection).copied().unwrap_or(ONE_BY_ONE).max(1);
            for items in items.chunks(size) {
                let key = key(chunks.len());
                chunks.push(Chunk { key, connection: connection.clone(), items: items.to_vec() });
            }
        }
        (chunks, not_sent)
    }
}

/// The connection of a reference.
pub(super) fn connection_of(reference: &str) -> &str {
    reference.split_once(':').map_or(reference, |(connection, _)| connection)
}

/// How many invoices of each connection one request may have.
fn sizes(connections: &[Connection], action: &str) -> BTreeMap<String, usize> {
    let size = |connection: &Connection| {
        let sent = connection.capabilities.as_ref().and_then(|can| can.writes.get(action));
        if sent.is_some_and(|sent| sent == "bulk") { BULK } else { ONE_BY_ONE }
    };
    connections.iter().map(|connection| (connection.name.clone(), size(connection))).collect()
}

/// The request of a plan for these invoices.
pub(super) fn request(plan: &Plan, ids: &[&str], dry_run: bool) -> Result<Call, Failure> {
    let mut members: Map<String, Value> = plan.members.clone();
    if dry_run {
        members.insert("dryRun".to_owned(), Value::Bool(true));
    }
    let action = plan.action()?;
    let (method, target) = match (action, ids) {
        (super::Action::Update, [id]) => (Method::PATCH, crate::get::path(id)?),
        _ => {
            members.insert("invoiceIds".to_owned(), Value::from(ids.to_vec()));
            (Method::POST, format!("/invoices/{}", action.word()))
        }
    };
    let body = Bytes::from(Value::Object(members).to_string());
    let call = Call { body: Some(body), method, ..Call::get(&target, &[]) };
    let Some(etag) = &plan.if_match else { return Ok(call) };
    // Without it the write would rest on nothing, and overwrite what somebody else wrote.
    let value = HeaderValue::from_str(etag).ok().filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| {
        Failure::usage(format!("--if-match {etag:?} is no ETag; nothing was sent"))
            .advise("write it as `ib get` shows it, with its double quotes")
    })?;
    Ok(call.header(header::IF_MATCH, value))
}

/// Asks what would come of each invoice; one request at a time of each connection.
///
/// # Errors
/// When the API does not answer, or refuses the question.
pub(super) async fn foretell(
    client: &Client,
    terminal: &Terminal,
    plan: &Plan,
    connections: &[Connection],
    ids: Vec<String>,
) -> Result<Foretold, Failure> {
    let sizes = sizes(connections, plan.action()?.word());
    let mut by_connection: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in &ids {
        by_connection.entry(connection_of(id)).or_default().push(id);
    }
    let invoices = super::preview::invoices(ids.len());
    terminal.note(format_args!("asking what would come of {} {invoices} ..", ids.len()));
    let mut asking: FuturesUnordered<_> = by_connection
        .iter()
        .map(|(connection, ids)| {
            let size = sizes.get(*connection).copied().unwrap_or(ONE_BY_ONE);
            ask(client, plan, ids, size)
        })
        .collect();
    let mut told: BTreeMap<String, (Item, Came)> = BTreeMap::new();
    while let Some(results) = asking.next().await {
        told.extend(results?);
    }
    drop(asking);
    let all = ids.iter().filter_map(|id| told.remove(id)).collect::<Vec<_>>();
    if all.len() != ids.len() {
        return Err(Failure::here("the dry run does not tell of every invoice; nothing was sent"));
    }
    Ok(Foretold { all, sizes })
}

async fn ask(
    client: &Client,
    plan: &Plan,
    ids: &[&str],
    size: usize,
) -> Result<Vec<(String, (Item, Came))>, Failure> {
    let mut told = Vec::new();
    for ids in ids.chunks(size.max(1)) {
        let answer = client.send(&request(plan, ids, true)?).await?.ok()?;
        let results: WriteResults = answers::read(&answer.body)?;
        if results.dry_run != Some(true) {
            return Err(Failure::here(
                "the API did not answer a dry run as one: nothing more is sent",
            ));
        }
        told.extend(
            results.results.into_iter().map(|one| (one.id.clone(), (item(&one), came(one)))),
        );
    }
    Ok(told)
}

/// What is kept of an invoice that a result shows.
pub(super) fn item(result: &WriteResult) -> Item {
    let invoice = result.invoice.as_ref();
    let of = |name: &str| {
        let column = columns::ALL.iter().find(|column| column.name == name)?;
        column.of(invoice?)
    };
    Item {
        id: result.id.clone(),
        number: of("number"),
        customer: of("customer"),
        amount: of("total"),
        currency: of("currency"),
    }
}

/// What came of an invoice, by its result.
pub(super) fn came(result: WriteResult) -> Came {
    Came { id: result.id, outcome: result.outcome, new_id: result.new_id, problem: result.problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str, outcome: &str) -> (Item, Came) {
        let item = Item { id: id.to_owned(), ..Item::default() };
        (item, Came { id: id.to_owned(), outcome: outcome.to_owned(), new_id: None, problem: None })
    }

    #[test]
    fn what_is_sent_is_what_the_dry_run_foretold() {
        let mut all: Vec<_> = (0..250).map(|n| one(&format!("nue:{n}"), "applied")).collect();
        all.extend((0..45).map(|n| one(&format!("fusebill:{n}"), "applied")));
        all.extend([one("nue:x", "rejected"), one("nue:y", "unchanged"), one("nue:z", "unknown")]);
        let sizes = BTreeMap::from([("nue".to_owned(), BULK), ("fusebill".to_owned(), ONE_BY_ONE)]);
        let foretold = Foretold { all, sizes };
        assert_eq!((foretold.applied(), foretold.rejected()), (295, 2));
        let (chunks, not_sent) = foretold.into_chunks(|n| format!("k{n}"));
        let shape: Vec<_> =
            chunks.iter().map(|chunk| (chunk.connection.as_str(), chunk.items.len())).collect();
        assert_eq!(
            shape,
            [
                ("fusebill", 20),
                ("fusebill", 20),
                ("fusebill", 5),
                ("nue", 100),
                ("nue", 100),
                ("nue", 50)
            ]
        );
        assert_eq!(not_sent.len(), 3);
        let keys: std::collections::BTreeSet<&str> =
            chunks.iter().map(|chunk| chunk.key.as_str()).collect();
        assert_eq!(keys.len(), chunks.len());
    }
}
