//! An execution environment: one process of one function, and its Runtime API.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::code::Code;
use super::console::forward;
use super::runtime_api::{self, Invocation, Report};

/// Lambda's limit for getting ready.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an event got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The process could not be started.
    #[error("cannot be started: {0}")]
    Start(String),
    /// The function failed, or did not ask for an event in time, while starting.
    #[error("failed to initialise: {0}")]
    Init(String),
    /// The function reported that it failed.
    #[error("failed: {0}")]
    Reported(String),
    /// The function's answer is larger than Lambda takes.
    #[error("answered with more than 6 MB, which Lambda refuses")]
    TooLarge,
    /// The function was not done in time, and was killed.
    #[error("Task timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The function's process ended.
    #[error("exited in the middle of an event: {0}")]
    Exited(String),
}

impl Failure {
    /// Whether the process may take another event: a failure that it reported
    /// itself has left it in order.
    pub fn spares_process(&self) -> bool {
        matches!(self, Self::Reported(_) | Self::TooLarge)
    }
}

/// One process, and the channels to it.
#[derive(Debug)]
pub struct Environment {
    child: Child,
    /// Held open and never written to: its end tells the process that the
    /// stack is gone. (Left in `child`, waiting for that would close it.)
    _lifeline: Option<ChildStdin>,
    invocations: mpsc::Sender<Invocation>,
    reports: mpsc::Receiver<Report>,
    api: JoinHandle<()>,
}

impl Environment {
    /// Starts a process with `variables` and nothing else around it.
    pub async fn start(
        function: &str,
        code: &Code,
        binary: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, Failure> {
        let broken = |error: std::io::Error| Failure::Start(error.to_string());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        let mut command = code.command(binary).map_err(Failure::Start)?;
        command
            .env_clear()
            .envs(variables)
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A Ctrl-C is for the stack, which ends its functions in order.
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(broken)?;
        if let Some(output) = child.stdout.take() {
            tokio::spawn(forward(function.to_owned(), output));
        }
        if let Some(output) = child.stderr.take() {
            tokio::spawn(forward(function.to_owned(), output));
        }
        let (invocations, inbox) = mpsc::channel(1);
        let (outbox, reports) = mpsc::channel(4);
        let app = runtime_api::router(inbox, outbox);
        let api = tokio::spawn(async move {
            // It ends only by being aborted with its process.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { _lifeline: child.stdin.take(), child, invocations, reports, api })
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until the process asks for an event.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        let why = match timeout(INIT_TIMEOUT, self.report()).await {
            Ok(Ok(Report::Ready)) => return Ok(()),
            Ok(Ok(Report::InitError(body))) => text(&body),
            Ok(Ok(other)) => format!("it reported {other:?} before it had an event"),
            Ok(Err(status)) => format!("its process ended: {status}"),
            Err(_) => format!("not ready after {} s", INIT_TIMEOUT.as_secs()),
        };
        Err(Failure::Init(why))
    }

    /// Hands the process, which is ready, one event and waits for what comes
    /// of it.
    pub async fn invoke(
        &mut self,
        request_id: &str,
        arn: String,
        event: Bytes,
        limit: Duration,
    ) -> Result<Bytes, Failure> {
        // The time runs from here on, not from when a process was free.
        let milliseconds = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let invocation = Invocation {
            request_id: request_id.to_owned(),
            event,
            deadline: Timestamp::now().as_millisecond().saturating_add(milliseconds),
            arn,
        };
        if self.invocations.send(invocation).await.is_err() {
            return Err(Failure::Exited("its Runtime API is gone".to_owned()));
        }
        match timeout(limit, self.report()).await {
            Ok(Ok(Report::Answer(answer))) => Ok(answer),
            Ok(Ok(Report::Error(body) | Report::InitError(body))) => {
                Err(Failure::Reported(text(&body)))
            }
            Ok(Ok(Report::TooLarge)) => Err(Failure::TooLarge),
            Ok(Ok(Report::Ready)) => {
                Err(Failure::Exited("it asked for the next event without an answer".to_owned()))
            }
            Ok(Err(status)) => Err(Failure::Exited(status)),
            Err(_) => Err(Failure::TimedOut(limit)),
        }
    }

    /// Ends the process and waits until it is gone.
    pub async fn end(mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill().await;
    }

    /// The next report, or how the process ended. Reports come first: the last
    /// words of a process say more than its exit status.
    async fn report(&mut self) -> Result<Report, String> {
        tokio::select! {
            biased;
            Some(report) = self.reports.recv() => Ok(report),
            status = self.child.wait() => Err(match status {
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            }),
        }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.api.abort();
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
