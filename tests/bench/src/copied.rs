//! A stand-in for DynamoDB that has a table of copies beside the other one.
//!
//! The copies lie in an embedded DynamoDB, which is asked each question once; from then on the
//! stand-in gives the same answer again at once. What is measured is our side alone, as it is
//! with the other table.

use std::collections::HashMap;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::copies::testing::{serve, store_at};
use ::copies::{Progress, Run};
use engine::Connection;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use provider_client::{ConnectionSecret, Deadline, Transport, connect};
use tokio::runtime::Runtime;

use crate::http::{Caller, Reply, Request, Service};
use crate::table::{KIND, Table};

/// The table of copies.
pub const COPIES: &str = "copies";
/// How long a copy may take, and how long it is told that an invoice is gone.
const PATIENCE: Duration = Duration::from_secs(600);
const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Both tables.
pub struct Tables {
    table: Arc<Table>,
    copies: SocketAddr,
    answers: Mutex<HashMap<(String, Vec<u8>), Reply>>,
    /// The embedded DynamoDB runs on it.
    _runtime: Runtime,
}

impl Tables {
    /// `table`, and beside it a table with a whole copy of the connection `name`, which `secret`
    /// opens.
    ///
    /// # Errors
    /// When the connection cannot be copied.
    pub fn copying(table: Arc<Table>, name: &str, secret: &str) -> Result<Self, Box<dyn Error>> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let port = runtime.block_on(async {
            let port = serve().await;
            let name = name.parse()?;
            let transport = Transport::new().map_err(|error| error.to_string())?;
            let provider = connect(&ConnectionSecret::parse(&name, secret)?, &transport)?;
            let connection = Connection { name, provider: Ok(provider.into()) };
            let moved = || -> BoxFuture<'_, ()> { Box::pin(async {}) };
            let run = Run {
                store: &store_at(port),
                connection: &connection,
                owner: "bench",
                retention: RETENTION,
                deadline: Deadline::after(PATIENCE),
                moved: &moved,
            };
            match run.go_on().await? {
                Progress::Complete(_) => Ok::<_, Box<dyn Error>>(port),
                progress => Err(format!("the copy is not complete: {progress:?}").into()),
            }
        })?;
        let copies = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self { table, copies, answers: Mutex::default(), _runtime: runtime })
    }

    fn copied(&self, request: &Request) -> Option<Reply> {
        let operation = request.header("x-amz-target").unwrap_or_default().to_owned();
        let name = operation.rsplit('.').next().unwrap_or_default();
        self.table.note_call(&format!("{name} of copies"));
        let key = (operation, request.body.clone());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reply) = answers.get(&key) {
            return Some(reply.clone());
        }
        let body = Caller::new(self.copies).ok()?.call(request).ok()?;
        let reply = Reply::json(KIND, body);
        answers.insert(key, reply.clone());
        Some(reply)
    }
}

impl Service for Tables {
    fn answer(&self, request: &Request) -> Option<Reply> {
        let named = format!("\"{COPIES}\"");
        let is_of_copies = request.body.windows(named.len()).any(|bytes| bytes == named.as_bytes());
        if is_of_copies { self.copied(request) } else { self.table.answer(request) }
    }
}
