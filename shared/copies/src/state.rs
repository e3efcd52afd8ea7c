//! What is known of a connection's syncs: the last complete run, the last failure, and the
//! run under way, which belongs to one at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::try_join;
use invoice::{ConnectionName, Parameter};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::CopyError;
use crate::index::of_syncs;
use crate::row::{Item, name, number, text, text_of};
use crate::store::CopyStore;
use crate::synced::CopyFacts;

/// The items of a connection's syncs, beside that of its last change.
const STATE: &str = "state";
const RUN: &str = "run";
const JSON: &str = "json";
const OWNER: &str = "owner";
const UNTIL: &str = "until";

/// A copy that no run has completed for so long is not used any more: its rows begin to go.
const USED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is known of a connection's syncs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncState {
    /// The last run that read all of the connection; none where there was none.
    pub complete: Option<CompleteRun>,
    /// When the first one ended: from then on changes are told.
    pub since: Option<Timestamp>,
    /// The last run that failed, where none has been complete since.
    pub failed: Option<FailedRun>,
    /// The moment from which on the copy may be older than a write of ours; none where it is
    /// not. Its listings are the provider's then, until a sync has read what was written.
    #[serde(skip_deserializing)]
    pub behind: Option<Timestamp>,
}

/// A run that read all of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompleteRun {
    /// When it began: nothing in the copy is older.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How many invoices it saw.
    pub rows: u64,
    /// The rows that were left out, as no invoice could be made of them.
    pub left_out: u64,
    /// The parameters that some invoice does not show the value of.
    pub lacking: BTreeSet<Parameter>,
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedRun {
    /// When.
    pub at: Timestamp,
    /// The problem's code.
    pub code: String,
    /// What happened, in words of ours.
    pub detail: String,
}

impl SyncState {
    /// The copy, where there is one that may be used.
    pub fn facts(&self) -> Option<CopyFacts> {
        let complete = self.complete.as_ref().filter(|_| self.behind.is_none())?;
        let is_used = Timestamp::now().duration_since(complete.began) < USED;
        is_used.then(|| CopyFacts {
            as_of: complete.began,
            lacking: complete.lacking.clone(),
            left_out: complete.left_out,
        })
    }
}

/// A run under way, as it is kept between two pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunState {
    /// The run's id.
    pub id: String,
    pub began: Timestamp,
    /// Where the walk goes on; none at its beginning.
    pub cursor: Option<String>,
    /// Whether the walk is at its end, and what was not seen is looked for.
    pub is_walked: bool,
    /// How many lists of what was seen are kept.
    pub lists: u32,
    pub rows: u64,
    pub left_out: u64,
    pub lacking: BTreeSet<Parameter>,
}

impl CopyStore {
    /// What is known of the syncs of these connections: of one that was never synced,
    /// nothing.
    ///
    /// # Errors
    /// When the table is out of reach.
    pub async fn sync_states(
        &self,
        connections: &[ConnectionName],
    ) -> Result<BTreeMap<ConnectionName, SyncState>, CopyError> {
        let mut states = BTreeMap::new();
        let now = Timestamp::now();
        // A partition each; few connections are synced.
        for connection in connections {
            let partition = of_syncs(connection);
            let reading = self.rows(&partition, &[STATE], None);
            let (items, writes) = try_join(reading, self.open_writes(connection)).await?;
            let state: SyncState = items.get(STATE).and_then(json).unwrap_or_default();
            let counting = writes.iter().filter(|write| write.counts(now));
            let behind = counting.map(|write| write.counts_from).min();
            states.insert(connection.clone(), SyncState { behind, ..state });
        }
        Ok(states)
    }

    /// Writes down what is known of a connection's syncs.
    pub(crate) async fn put_state(
        &self,
        connection: &ConnectionName,
        state: &SyncState,
    ) -> Result<(), CopyError> {
        let item = HashMap::from([(JSON.to_owned(), text(written(state)?))]);
        self.put_item(&of_syncs(connection), STATE, item).await
    }

    /// Takes the connection's run for `owner`, for a while: that under way, or a new one.
    /// None where it is another's.
    pub(crate) async fn take_run(
        &self,
        connection: &ConnectionName,
        owner: &str,
        lease: Duration,
    ) -> Result<Option<RunState>, CopyError> {
        let now = Timestamp::now().as_millisecond();
        let taking = self
            .client
            .update_item()
            .table_name(&*self.table)
            .key(name::CONNECTION, text(of_syncs(connection)))
            .key(name::ID, text(RUN))
            .update_expression("SET #owner = :owner, #until = :until")
            .condition_expression(
                "attribute_not_exists(#until) OR #until < :now OR #owner = :owner",
            )
            .expression_attribute_names("#owner", OWNER)
            .expression_attribute_names("#until", UNTIL)
            .expression_attribute_values(":owner", text(owner))
            .expression_attribute_values(":until", number(until(now, lease)))
            .expression_attribute_values(":now", number(now))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
            .send()
            .await;
        let taken = match taken(taking)? {
            Some(taken) => taken,
            None => return Ok(None),
        };
        let began = Timestamp::now();
        let fresh = || RunState {
            id: format!("{}-{:016x}", began.as_microsecond(), fastrand::u64(..)),
            began,
            cursor: None,
            is_walked: false,
            lists: 0,
            rows: 0,
            left_out: 0,
            lacking: BTreeSet::new(),
        };
        let under_way = json(&taken).filter(|run: &RunState| {
            began.duration_since(run.began) < SignedDuration::from_hours(24)
        });
        Ok(Some(under_way.unwrap_or_else(fresh)))
    }

    /// Keeps how far the run has come, and the run for a while longer. False where it is
    /// another's by now.
    pub(crate) async fn keep_run(
        &self,
        connection: &ConnectionName,
        owner: &str,
        run: &RunState,
        lease: Duration,
    ) -> Result<bool, CopyError> {
        let now = Timestamp::now().as_millisecond();
        let keeping = self
            .client
            .update_item()
            .table_name(&*self.table)
            .key(name::CONNECTION, text(of_syncs(connection)))
            .key(name::ID, text(RUN))
            .update_expression("SET #until = :until, #json = :json")
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", OWNER)
            .expression_attribute_names("#until", UNTIL)
            .expression_attribute_names("#json", JSON)
            .expression_attribute_values(":owner", text(owner))
            .expression_attribute_values(":until", number(until(now, lease)))
            .expression_attribute_values(":json", text(written(run)?))
            .return_values(aws_sdk_dynamodb::types::ReturnValue::AllNew)
            .send()
            .await;
        Ok(taken(keeping)?.is_some())
    }

    /// Releases the run: for whoever goes on with it, or, where it has ended, for the next.
    pub(crate) async fn release_run(
        &self,
        connection: &ConnectionName,
        owner: &str,
        has_ended: bool,
    ) -> Result<(), CopyError> {
        let expression = if has_ended { "REMOVE #until, #json" } else { "REMOVE #until" };
        let releasing = self
            .client
            .update_item()
            .table_name(&*self.table)
            .key(name::CONNECTION, text(of_syncs(connection)))
            .key(name::ID, text(RUN))
            .update_expression(expression)
            .condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", OWNER)
            .expression_attribute_names("#until", UNTIL)
            .expression_attribute_values(":owner", text(owner));
        let releasing = match has_ended {
            true => releasing.expression_attribute_names("#json", JSON),
            false => releasing,
        };
        taken(releasing.send().await).map(drop)
    }

    pub(crate) async fn put_item(
        &self,
        partition: &str,
        id: &str,
        mut item: Item,
    ) -> Result<(), CopyError> {
        item.insert(name::CONNECTION.to_owned(), text(partition));
        item.insert(name::ID.to_owned(), text(id));
        let put = self.client.put_item().table_name(&*self.table).set_item(Some(item));
        put.send().await?;
        Ok(())
    }

    pub(crate) async fn delete_row(&self, partition: &str, id: &str) -> Result<(), CopyError> {
        let delete = self.client.delete_item().table_name(&*self.table);
        delete.key(name::CONNECTION, text(partition)).key(name::ID, text(id)).send().await?;
        Ok(())
    }
}

/// The item as it is now; none where it is another's.
fn taken<R>(
    answer: Result<
        aws_sdk_dynamodb::operation::update_item::UpdateItemOutput,
        aws_sdk_dynamodb::error::SdkError<
            aws_sdk_dynamodb::operation::update_item::UpdateItemError,
            R,
        >,
    >,
) -> Result<Option<HashMap<String, AttributeValue>>, CopyError> {
    match answer {
        Ok(answer) => Ok(Some(answer.attributes.unwrap_or_default())),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|it| it.is_conditional_check_failed_exception()) =>
        {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn until(now: i64, lease: Duration) -> i64 {
    now.saturating_add(i64::try_from(lease.as_millis()).unwrap_or(i64::MAX))
}

pub(crate) fn written(value: &impl Serialize) -> Result<String, CopyError> {
    serde_json::to_string(value).map_err(|_| CopyError::Unwritable)
}

/// None where it was written by another version: then nothing is known.
pub(crate) fn json<T: for<'de> Deserialize<'de>>(item: &Item) -> Option<T> {
    invoice::json::read(text_of(item, JSON)?).ok()
}
