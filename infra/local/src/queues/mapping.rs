//! Lambda's event source mapping: from a queue to its function, and what the
//! function's answer means for each message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::queue::Received;
use super::{Queue, Queues};
use crate::lambda::Pool;
use crate::template::{Mapping, REGION};

/// Starts what feeds the functions, until `ended` says that the stack ends.
pub fn start(
    mappings: &[Mapping],
    queues: &Queues,
    functions: &BTreeMap<String, Arc<Pool>>,
    ended: &watch::Receiver<()>,
) -> Result<(), String> {
    for mapping in mappings {
        let queue = queues.by_arn(&mapping.queue).ok_or_else(|| {
            let (function, queue) = (&mapping.function, &mapping.queue);
            format!("{function}: {queue}, which feeds it, is no queue of the template")
        })?;
        let Some(function) = functions.get(&mapping.function) else { continue };
        let feed = Feed {
            mapping: mapping.clone(),
            queue: Arc::clone(queue),
            function: Arc::clone(function),
        };
        let feed = Arc::new(feed);
        for _ in 0..mapping.concurrency {
            let (feed, mut ended) = (Arc::clone(&feed), ended.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = feed.run() => {}
                    // The sender never sends: it is gone.
                    _ = ended.changed() => {}
                }
            });
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Feed {
    mapping: Mapping,
    queue: Arc<Queue>,
    function: Arc<Pool>,
}

impl Feed {
    async fn run(&self) {
        // As long as the function has a batch in hand, nobody else sees it,
        // however fast the queue's time runs: what is short enough in the cloud
        // must not become a second delivery here. What failed comes back as
        // soon as the queue's own time says.
        let hidden = self.queue.settings.visibility_timeout;
        loop {
            self.queue.wait().await;
            let batch = self.queue.receive(self.mapping.batch_size, hidden, Timestamp::now());
            if batch.is_empty() {
                continue;
            }
            let received_at = Instant::now();
            let event = event(&batch, &self.mapping.queue);
            let answer = Arc::clone(&self.function).invoke(event).await.ok();
            let failed = self.failed(&batch, answer.as_deref());
            self.settle(&batch, &failed, received_at.elapsed());
        }
    }

    /// The ids of the messages that failed. Without an answer, or one that can
    /// be understood, that is all of them.
    fn failed<'b>(&self, batch: &'b [Received], answer: Option<&[u8]>) -> BTreeSet<&'b str> {
        let all = || batch.iter().map(|message| message.id.as_str()).collect();
        match answer {
            None => all(),
            Some(_) if !self.mapping.reports_failures => BTreeSet::new(),
            Some(answer) => reported(batch, answer).unwrap_or_else(all),
        }
    }

    fn settle(&self, batch: &[Received], failed: &BTreeSet<&str>, elapsed: Duration) {
        let hidden = self.queue.paced(self.queue.settings.visibility_timeout);
        for message in batch {
            // A receipt of the queue's own is one it knows.
            let _ = if failed.contains(message.id.as_str()) {
                let left = hidden.saturating_sub(elapsed);
                self.queue.hide(&message.receipt, left, Timestamp::now())
            } else {
                self.queue.delete(&message.receipt)
            };
        }
    }
}

/// The messages that an answer names as failed; `None` where Lambda takes the
/// whole batch for failed: no JSON, an id that is missing, empty or of no
/// message in the batch (aws R24).
fn reported<'b>(batch: &'b [Received], answer: &[u8]) -> Option<BTreeSet<&'b str>> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        batch_item_failures: Option<Vec<Item>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        item_identifier: String,
    }
    if answer.trim_ascii().is_empty() {
        return Some(BTreeSet::new());
    }
    let answer: Option<Answer> = serde_json::from_slice(answer).ok()?;
    let items = answer.unwrap_or_default().batch_item_failures.unwrap_or_default();
    items
        .iter()
        .map(|item| {
            let found = batch.iter().find(|message| message.id == item.item_identifier);
            found.map(|message| message.id.as_str())
        })
        .collect()
}

/// A batch as Lambda hands it to a function.
fn event(batch: &[Received], queue: &str) -> Bytes {
    let records: Vec<Value> = batch
        .iter()
        .map(|message| {
            json!({
                "messageId": message.id,
                "receiptHandle": message.receipt,
                "body": message.body,
                "attributes": message.attributes,
                "messageAttributes": {},
                "md5OfBody": message.md5,
                "eventSource": "aws:sqs",
                "eventSourceARN": queue,
                "awsRegion": REGION,
            })
        })
        .collect();
    json!({ "Records": records }).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Received {
        Received {
            id: id.to_owned(),
            receipt: "r".to_owned(),
            body: "{}".to_owned(),
            md5: String::new(),
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn an_answer_says_what_failed() {
        let batch = [message("a"), message("b")];
        let cases = [
            ("", Some(vec![])),
            ("null", Some(vec![])),
            ("{}", Some(vec![])),
            (r#"{"batchItemFailures": null}"#, Some(vec![])),
            (r#"{"batchItemFailures": []}"#, Some(vec![])),
            (r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#, Some(vec!["b"])),
            (r#"{"batchItemFailures": [{"itemIdentifier": "c"}]}"#, None),
            (r#"{"batchItemFailures": [{"itemIdentifier": ""}]}"#, None),
            (r#"{"batchItemFailures": [{"itemIdentifier": null}]}"#, None),
            (r#"{"batchItemFailures": [{"item": "a"}]}"#, None),
            (r#"{"batchItemFailures": "#, None),
            (r#""done""#, None),
        ];
        for (answer, expected) in cases {
            let expected = expected.map(BTreeSet::from_iter);
            assert_eq!(reported(&batch, answer.as_bytes()), expected, "{answer}");
        }
    }
}
