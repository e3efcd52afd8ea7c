//! The table of copies, over DynamoDB.

mod writing;

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures::future::try_join_all;
use invoice::ConnectionName;

use crate::counted::Counted;
use crate::error::CopyError;
use crate::index::Index;
use crate::key::LAST;
use crate::row::{Item, name, text, text_of};

pub(crate) use writing::is_due;
pub use writing::{Observation, Observed, Outcome};

/// Keys of one `BatchGetItem`.
const KEYS_AT_ONCE: usize = 100;
/// How often what could not be given at once is asked for again.
const ASKED_AGAIN: usize = 8;

/// The copies of all connections. Its clones are one.
#[derive(Debug, Clone)]
pub struct CopyStore {
    pub(crate) client: Client,
    pub(crate) table: Arc<str>,
    pub(crate) counted: Arc<Counted>,
}

/// A stretch of an index: what begins with `prefix`, between two keys.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    pub index: Index,
    /// The first key that is read.
    pub from: String,
    /// The last key that is read.
    pub to: String,
    pub descending: bool,
    /// Whether of each row its id and its key alone are given, of all that the index holds:
    /// the rest is not sent, though DynamoDB is paid for it all the same (aws R29).
    pub keys_alone: bool,
}

impl Stretch {
    /// The stretch of all changes from the one of this key on.
    pub fn of_changes(from: String) -> Self {
        let to = LAST.to_string();
        Self { index: Index::Sequence, from, to, descending: false, keys_alone: false }
    }
}

/// Rows of an index, as far as they pass.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub items: Vec<Item>,
    /// How many rows were looked at.
    pub evaluated: usize,
    /// The key of the last row looked at, where there may be more behind it.
    pub last: Option<String>,
}

/// What a filter looks like to DynamoDB.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expression {
    pub text: String,
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
}

impl CopyStore {
    /// The copies in the table of this name.
    pub fn new(client: Client, table: &str) -> Self {
        Self { client, table: table.into(), counted: Arc::default() }
    }

    /// What has been asked of the table by this store and its clones.
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// At most `limit` rows of a stretch, of which those are given that `filter` lets pass.
    pub(crate) async fn query(
        &self,
        connection: &ConnectionName,
        stretch: &Stretch,
        filter: Option<&Expression>,
        limit: usize,
    ) -> Result<Rows, CopyError> {
        if stretch.from > stretch.to || limit == 0 {
            return Ok(Rows::default());
        }
        let mut names = HashMap::from([
            ("#connection".to_owned(), name::CONNECTION.to_owned()),
            ("#key".to_owned(), stretch.index.attribute().to_owned()),
        ]);
        let mut values = HashMap::from([
            (":connection".to_owned(), text(connection.as_str())),
            (":from".to_owned(), text(&stretch.from)),
            (":to".to_owned(), text(&stretch.to)),
        ]);
        if stretch.keys_alone {
            names.insert("#id".to_owned(), name::ID.to_owned());
        }
        if let Some(filter) = filter {
            names.extend(filter.names.clone());
            values.extend(filter.values.clone());
        }
        let answer = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name(stretch.index.name())
            .consistent_read(stretch.index.is_local())
            .key_condition_expression("#connection = :connection AND #key BETWEEN :from AND :to")
            .set_filter_expression(filter.map(|filter| filter.text.clone()))
            .set_projection_expression(stretch.keys_alone.then(|| "#id, #key".to_owned()))
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .scan_index_forward(!stretch.descending)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send()
            .await?;
        let last = answer.last_evaluated_key.as_ref();
        let last = last.and_then(|key| text_of(key, stretch.index.attribute()).map(str::to_owned));
        let evaluated = usize::try_from(answer.scanned_count).unwrap_or_default();
        let items = answer.items.unwrap_or_default();
        self.counted.queried(evaluated, &items);
        Ok(Rows { items, evaluated, last })
    }

    /// The rows of these ids that are there, read consistently.
    pub(crate) async fn rows(
        &self,
        partition: &str,
        ids: &[&str],
        only: Option<&[&str]>,
    ) -> Result<HashMap<String, Item>, CopyError> {
        let parts = ids.chunks(KEYS_AT_ONCE).map(|ids| self.some_rows(partition, ids, only));
        Ok(try_join_all(parts).await?.into_iter().flatten().collect())
    }

    async fn some_rows(
        &self,
        partition: &str,
        ids: &[&str],
        only: Option<&[&str]>,
    ) -> Result<HashMap<String, Item>, CopyError> {
        let key = |id: &&str| {
            Item::from([
                (name::CONNECTION.to_owned(), text(partition)),
                (name::ID.to_owned(), text(*id)),
            ])
        };
        let mut wanted: Vec<Item> = ids.iter().map(key).collect();
        let mut found = HashMap::new();
        for _ in 0..ASKED_AGAIN {
            if wanted.is_empty() {
                return Ok(found);
            }
            let mut keys =
                KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true);
            if let Some(only) = only {
                let names = only.iter().chain(&[name::ID]).enumerate();
                let names: HashMap<String, String> =
                    names.map(|(at, name)| (format!("#n{at}"), (*name).to_owned())).collect();
                keys = keys
                    .projection_expression(names.keys().cloned().collect::<Vec<_>>().join(", "))
                    .set_expression_attribute_names(Some(names));
            }
            // Keys are there, and that is all it asks of us.
            let keys = keys.build().map_err(|_| CopyError::Unreachable)?;
            let get = self.client.batch_get_item().request_items(&*self.table, keys);
            let answer = get.send().await?;
            for item in answer.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                self.counted.got(&item);
                if let Some(id) = text_of(&item, name::ID) {
                    found.insert(id.to_owned(), item);
                }
            }
            let left = answer.unprocessed_keys.unwrap_or_default().into_values();
            wanted = left.flat_map(|keys| keys.keys).collect();
        }
        Err(CopyError::Refused("unprocessed keys".to_owned()))
    }
}
