//! What callers share.

use std::sync::Mutex;

use crate::client::{Answer, Client, Failure};
use crate::contract::Contract;
use crate::figures::{Figures, Phase};
use crate::stack::Control;
use crate::stage::{Record, Stage, control_path};
use crate::truth::{Truth, lock};
use crate::violations::{Rule, Violations};
use crate::writes::Pool;

/// The connections of the sandbox.
pub const CONNECTIONS: [&str; 6] =
    ["finexio", "fusebill", "nue", "nue-self-service", "simplepin", "stripe"];
/// Those that can be written to.
pub const WRITABLE: [&str; 4] = ["fusebill", "nue", "simplepin", "stripe"];

/// A function's own time for a call (`Timeout` of the template), and what a busy machine may
/// take beside it.
pub const DEADLINE: std::time::Duration = std::time::Duration::from_secs(29 + 6);

/// A request to the API.
#[derive(Debug, Clone)]
pub struct Request {
    /// The operation's name in the document.
    pub operation: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path and query.
    pub target: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: String,
}

impl Request {
    /// The request for people.
    pub fn words(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!(" {name}: {value}"));
        let headers: String = headers.collect();
        format!("{} {}{headers} {}", self.method, self.target, self.body)
    }
}

/// What callers share.
pub struct World {
    /// The stack's control routes.
    pub control: Control,
    /// What is known of every invoice.
    pub truth: Truth,
    /// What there is to write.
    pub pool: Pool,
    /// What is measured.
    pub figures: Figures,
    /// What did not hold.
    pub violations: Violations,
    client: Client,
    api: String,
    contract: Contract,
    phase: Mutex<Phase>,
}

impl World {
    /// The world around the API at `api`.
    ///
    /// # Errors
    /// When its contract cannot be read.
    pub fn new(client: Client, control: Control, api: String, pool: Pool) -> Result<Self, Failure> {
        Ok(Self {
            control,
            truth: Truth::default(),
            pool,
            figures: Figures::new(),
            violations: Violations::default(),
            client,
            api,
            contract: Contract::read()?,
            phase: Mutex::default(),
        })
    }

    /// What is going on.
    pub fn phase(&self) -> Phase {
        *lock(&self.phase)
    }

    /// From now on something else is going on.
    pub fn turn_to(&self, phase: Phase) {
        *lock(&self.phase) = phase;
    }

    /// Sends a request, and holds its answer to the contract; to all of its schema where
    /// `is_whole`. None where there was no answer, which is a violation.
    pub async fn send(&self, request: &Request, is_whole: bool) -> Option<Answer> {
        let url = format!("{}{}", self.api, request.target);
        let body = request.body.clone();
        let sent = self.client.send(request.method, &url, &request.headers, body).await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(why) => {
                let what = format!("no answer came: {why:?}");
                self.violations.add(Rule::Hang, what, &request.words(), None);
                return None;
            }
        };
        if answer.took > DEADLINE {
            let what = format!("it took {:?}", answer.took);
            self.violations.add(Rule::Hang, what, &request.words(), Some(&answer));
        }
        let is_whole = is_whole || answer.status >= 400;
        for fault in self.contract.faults(request.operation, &answer, is_whole) {
            self.violations.add(Rule::Contract, fault, &request.words(), Some(&answer));
        }
        if let Some(what) = unexpected(&answer) {
            self.violations.add(Rule::Contract, what, &request.words(), Some(&answer));
        }
        let phase = self.phase();
        self.figures.count(phase, |counts| {
            *counts.statuses.entry(answer.status).or_default() += 1;
        });
        if answer.status >= 429 {
            self.figures.failed();
        }
        Some(answer)
    }

    /// Where the sandbox has the invoice now.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn recorded_now(&self, reference: &str) -> Result<(Stage, Option<Record>), Failure> {
        let connection = reference.split(':').next().unwrap_or_default();
        let Some(record) = self.control.get(&control_path(reference)).await? else {
            return Ok((Stage::Gone, None));
        };
        let record: Record = serde_json::from_value(record)?;
        Ok((Stage::recorded(connection, &record), Some(record)))
    }
}

/// Why an answer that the document has is wrong all the same: everything that is asked for here
/// is well-formed and allowed.
fn unexpected(answer: &Answer) -> Option<String> {
    match answer.status {
        500 => Some("the bridge says that it is at fault itself".to_owned()),
        // What a cursor points at may be gone, by a delete or since a copy took its turn.
        400 if answer.text.contains("\"invalid_cursor\"") => None,
        status @ (400 | 401 | 403 | 405 | 413 | 415) => {
            Some(format!("a request that is sound is answered {status}"))
        }
        _ => None,
    }
}
