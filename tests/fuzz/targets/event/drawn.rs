//! Messages, drawn: as bytes, or of the words that events are made of.

use arbitrary::Arbitrary;
use aws_lambda_events::sqs::SqsMessage;

/// What is delivered.
#[derive(Debug, Arbitrary)]
pub enum Drawn<'a> {
    /// A batch as Lambda hands it over.
    Batch { function: u8, bytes: &'a [u8] },
    /// A batch of messages, delivered some times.
    Messages { function: u8, times: u8, messages: Vec<DrawnMessage<'a>> },
    /// An event of API Gateway, as Lambda hands it over.
    Event(&'a [u8]),
    /// One of these parts.
    Request { path: &'a str, query: &'a str, header: &'a str, body: &'a str },
}

/// One message.
#[derive(Debug, Arbitrary)]
pub struct DrawnMessage<'a> {
    id: Option<u8>,
    receives: Option<u8>,
    body: Body<'a>,
}

#[derive(Debug, Arbitrary)]
enum Body<'a> {
    None,
    Text(&'a str),
    /// An event with this detail.
    Event {
        kind: u8,
        source: u8,
        id: u8,
        detail: Detail<'a>,
    },
    /// What a webhook named.
    Webhook {
        version: u8,
        changed: Vec<u8>,
        gone: Vec<u8>,
    },
}

#[derive(Debug, Arbitrary)]
enum Detail<'a> {
    Text(&'a str),
    Ids(Vec<u8>),
    Filter {
        parameter: u8,
        value: &'a str,
    },
    /// Some members, each of which may be what it should not.
    Members(Vec<(u8, u8)>),
    Connections(Vec<u8>),
    Continued {
        work: u8,
        connection: u8,
    },
}

const KINDS: [&str; 6] = [
    "Invoice Activation Requested",
    "Invoice Activation Continued",
    "Invoice Sync Requested",
    "Invoice Sync Continued",
    "Invoice Copies Purge Requested",
    "Invoice Activated",
];
const SOURCES: [&str; 4] =
    ["finance", "invoice-bridge", "invoice-bridge.schedule", "invoice-bridge.purge"];
const IDS: [&str; 8] = ["fake:1", "fake:2", "fake:3", "fake:4", "other:1", "fake:", "1", "Fake:1"];
const NAMES: [&str; 4] = ["fake", "other", "", "Fake"];
const PARAMETERS: [&str; 6] =
    ["status", "number", "connection", "customerIds", "dueDate", "colour"];
const MEMBERS: [&str; 6] = ["invoiceIds", "filter", "dryRun", "invoiceDate", "comment", "colour"];
const VALUES: [&str; 10] = [
    "true",
    "false",
    "null",
    "\"2030-01-31\"",
    "\"because\"",
    "[]",
    "{}",
    "[\"fake:1\"]",
    "{\"status\":[\"draft\"]}",
    "1e999",
];

fn pick<'t>(all: &[&'t str], place: u8) -> &'t str {
    all[usize::from(place) % all.len()]
}

fn list(all: &[&str], places: &[u8]) -> String {
    let texts: Vec<&str> = places.iter().take(4).map(|place| pick(all, *place)).collect();
    serde_json::to_string(&texts).unwrap()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

impl Detail<'_> {
    fn json(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Ids(ids) => format!(r#"{{"invoiceIds":{}}}"#, list(&IDS, ids)),
            Self::Filter { parameter, value } => {
                let value = if value.is_empty() { "draft" } else { value };
                format!(
                    r#"{{"filter":{{{}:[{}]}}}}"#,
                    quoted(pick(&PARAMETERS, *parameter)),
                    quoted(value)
                )
            }
            Self::Members(members) => {
                let member = |(name, value): &(u8, u8)| {
                    format!("{}:{}", quoted(pick(&MEMBERS, *name)), pick(&VALUES, *value))
                };
                format!("{{{}}}", members.iter().take(4).map(member).collect::<Vec<_>>().join(","))
            }
            Self::Connections(names) => format!(r#"{{"connections":{}}}"#, list(&NAMES, names)),
            Self::Continued { work, connection } => {
                let work = format!("{work:02x}").repeat(32);
                format!(r#"{{"work":"{work}","connection":{}}}"#, quoted(pick(&NAMES, *connection)))
            }
        }
    }
}

impl DrawnMessage<'_> {
    /// The message, as a queue hands it over.
    pub fn record(self) -> SqsMessage {
        let body = match &self.body {
            Body::None => None,
            Body::Text(text) => Some((*text).to_owned()),
            Body::Event { kind, source, id, detail } => Some(format!(
                r#"{{"id":"e-{}","detail-type":{},"source":{},"account":"1","detail":{}}}"#,
                id % 4,
                quoted(pick(&KINDS, *kind)),
                quoted(pick(&SOURCES, *source)),
                detail.json()
            )),
            Body::Webhook { version, changed, gone } => {
                let ids = ["1", "2", "3", "4", ""];
                Some(format!(
                    r#"{{"version":{},"connection":"fake","receivedAt":"2030-01-01T00:00:00Z","changed":{},"gone":{}}}"#,
                    version % 3,
                    list(&ids, changed),
                    list(&ids, gone)
                ))
            }
        };
        let mut record = SqsMessage::default();
        record.message_id = self.id.map(|id| format!("m-{}", id % 4));
        record.body = body;
        if let Some(receives) = self.receives {
            record.attributes.insert("ApproximateReceiveCount".to_owned(), receives.to_string());
        }
        record
    }
}
