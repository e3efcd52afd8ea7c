//! The processes of one function: as many as calls overlap, reused when idle.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::code::Code;
use super::environment::{Environment, Failure};
use crate::log::note;
use crate::template::{self, REGION, function_arn};

/// How many processes one function may have; further calls wait their turn.
const MAX_PROCESSES: usize = 32;

/// A function and its processes.
#[derive(Debug)]
pub struct Pool {
    function: template::Function,
    code: Code,
    variables: BTreeMap<String, String>,
    /// Processes without an event, the one used last on top.
    idle: Mutex<Vec<Environment>>,
    turns: Semaphore,
}

impl Pool {
    /// A function without processes as yet; `services` are the AWS endpoints
    /// it is to use.
    pub fn new(
        function: template::Function,
        code: Code,
        services: &BTreeMap<String, SocketAddr>,
    ) -> Result<Self, String> {
        code.command(&function.binary).map_err(|error| format!("{}: {error}", function.name))?;
        Ok(Self {
            variables: variables(&function, services),
            function,
            code,
            idle: Mutex::new(Vec::new()),
            turns: Semaphore::new(MAX_PROCESSES),
        })
    }

    /// The function's name.
    pub fn name(&self) -> &str {
        &self.function.name
    }

    /// Has one event answered. Why it was not is said on the console.
    pub async fn invoke(self: Arc<Self>, event: Bytes) -> Result<Bytes, Failure> {
        let request_id = Uuid::new_v4().to_string();
        let outcome = self.attempt(&request_id, event).await;
        if let Err(failure) = &outcome {
            note(self.name(), &format!("{request_id} {failure}"));
        }
        outcome
    }

    async fn attempt(&self, request_id: &str, event: Bytes) -> Result<Bytes, Failure> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|_| Failure::Start("the stack is ending".to_owned()))?;
        let mut environment = self.environment().await?;
        let arn = function_arn(self.name());
        let outcome = environment.invoke(request_id, arn, event, self.function.timeout).await;
        match &outcome {
            Err(failure) if !failure.spares_process() => environment.end().await,
            _ => self.idle().push(environment),
        }
        outcome
    }

    /// A process that asks for an event: an idle one, or else a new one.
    async fn environment(&self) -> Result<Environment, Failure> {
        while let Some(mut idle) = self.take_idle() {
            // It may have ended by itself since; that costs no caller anything.
            if idle.ready().await.is_ok() {
                return Ok(idle);
            }
            idle.end().await;
        }
        let binary = &self.function.binary;
        let mut new = Environment::start(self.name(), &self.code, binary, &self.variables).await?;
        match new.ready().await {
            Ok(()) => Ok(new),
            Err(failure) => {
                new.end().await;
                Err(failure)
            }
        }
    }

    /// Ends every idle process. Those with an event end with the runtime.
    pub async fn end(&self) {
        self.turns.close();
        let idle = std::mem::take(&mut *self.idle());
        for environment in idle {
            environment.end().await;
        }
    }

    fn take_idle(&self) -> Option<Environment> {
        let mut idle = self.idle();
        while let Some(mut environment) = idle.pop() {
            if environment.is_alive() {
                return Some(environment);
            }
        }
        None
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Environment>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a function finds around it: the template's variables and what Lambda
/// adds. Nothing of the user's own environment reaches it.
fn variables(
    function: &template::Function,
    services: &BTreeMap<String, SocketAddr>,
) -> BTreeMap<String, String> {
    let mut variables = function.environment.clone();
    let own = [
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_LAMBDA_FUNCTION_NAME", &function.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
        ("_HANDLER", "bootstrap"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("TZ", ":UTC"),
    ];
    variables.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    variables.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), function.memory.to_string());
    variables
        .insert("AWS_LAMBDA_LOG_GROUP_NAME".to_owned(), format!("/aws/lambda/{}", function.name));
    // One that the template names itself goes first: it is the one used in the cloud, too.
    for (service, address) in services {
        let endpoint = variables.entry(format!("AWS_ENDPOINT_URL_{service}"));
        endpoint.or_insert_with(|| format!("http://{address}"));
    }
    variables
}
