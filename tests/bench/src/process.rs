//! One process of a function, behind a stand-in for Lambda's Runtime API that
//! takes the time.

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;

use crate::http::{self, Reply, Request, Service};
use crate::share::Share;

/// What is taken for hanging.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a process may take to end once there is no more work.
const GRACE: Duration = Duration::from_secs(10);
/// Lambda's time for a call.
const TIME: Duration = Duration::from_secs(29);

/// What is sent, and what has to come back.
#[derive(Clone)]
pub struct Work {
    /// The event.
    pub event: String,
    /// How often.
    pub calls: usize,
    /// The status of every answer.
    pub expected: u16,
    /// Done before each event, out of the time that is taken.
    pub before: Arc<dyn Fn() + Send + Sync>,
}

/// What was measured of one process.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// From its start to its first request for work.
    #[serde(serialize_with = "seconds")]
    pub init: Duration,
    /// From its first event to the answer.
    #[serde(serialize_with = "seconds")]
    pub first: Duration,
    /// The median of all later ones; none where there was none.
    #[serde(serialize_with = "seconds")]
    pub warm: Duration,
    /// The median from an answer to the next request for work: what is done once
    /// the caller has its answer, and is paid for all the same.
    #[serde(serialize_with = "seconds")]
    pub after: Duration,
    /// The most memory it held, in KiB.
    pub peak: u64,
    /// The function's last answer.
    #[serde(skip)]
    pub answer: Value,
}

fn seconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64())
}

struct Api {
    work: Work,
    share: Option<Share>,
    progress: Mutex<Progress>,
    ended: Condvar,
}

#[derive(Default)]
struct Progress {
    child: Option<Child>,
    started: Option<Instant>,
    init: Option<Duration>,
    sent: Option<Instant>,
    times: Vec<Duration>,
    answered: Option<Instant>,
    afters: Vec<Duration>,
    answer: Vec<u8>,
    failure: Option<String>,
    is_done: bool,
}

/// Starts `binary`, gives it its work, and ends it.
///
/// # Errors
/// When it fails, hangs, or answers otherwise than expected.
pub fn measure(
    binary: &Path,
    variables: &[(String, String)],
    work: Work,
    share: Option<Share>,
) -> Result<Sample, Box<dyn Error>> {
    let api = Arc::new(Api { work, share, progress: Mutex::default(), ended: Condvar::new() });
    let address = http::serve(api.clone(), None)?;
    let mut command = Command::new(binary);
    command
        .env_clear()
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut progress = api.progress();
    progress.started = Some(Instant::now());
    progress.child = Some(command.spawn()?);
    let waited = api.ended.wait_timeout_while(progress, PATIENCE, |progress| !progress.is_done);
    let (mut progress, _) = waited.unwrap_or_else(PoisonError::into_inner);
    let peak = progress.child.as_ref().and_then(peak);
    let mut told = String::new();
    if let Some(child) = progress.child.take() {
        api.ended.notify_all();
        drop(progress);
        told = end(child)?;
        progress = api.progress();
    }
    let failure = progress.failure.take().filter(|_| progress.is_done);
    match failure {
        None if progress.is_done => api.work.sample(&progress, peak),
        failure => {
            let why = failure.unwrap_or_else(|| "it hangs".to_owned());
            Err(format!("{}: {why}\n{told}", binary.display()).into())
        }
    }
}

impl Work {
    fn sample(&self, progress: &Progress, peak: Option<u64>) -> Result<Sample, Box<dyn Error>> {
        let answer: Value = serde_json::from_slice(&progress.answer)?;
        let status = answer.get("statusCode").and_then(Value::as_u64);
        if status != Some(self.expected.into()) {
            return Err(format!("answered {answer} instead of {}", self.expected).into());
        }
        let (first, later) = progress.times.split_first().ok_or("no call was answered")?;
        Ok(Sample {
            init: progress.init.ok_or("it never asked for work")?,
            first: *first,
            warm: median(later.to_vec()),
            after: median(progress.afters.clone()),
            peak: peak.ok_or("its memory could not be read")?,
            answer,
        })
    }
}

/// Of an even number the lower of the two in the middle; of none zero.
pub fn median<T: Ord + Copy + Default>(mut all: Vec<T>) -> T {
    all.sort_unstable();
    all.get(all.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// Waits for the process, whose Runtime API has hung up, to end by itself, and gives what it
/// said meanwhile: one that was built to count what it executes tells its counts only then
/// (`infra/record-profile`). One that does not end is killed.
fn end(mut child: Child) -> Result<String, Box<dyn Error>> {
    let asked = Instant::now();
    while child.try_wait()?.is_none() {
        if asked.elapsed() > GRACE {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let said = child.wait_with_output()?.stderr;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn peak(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Api {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next event; none when all are done, and its memory has been read.
    fn next(&self) -> Option<Reply> {
        let mut progress = self.progress();
        if progress.init.is_none() {
            progress.init = progress.started.map(|started| started.elapsed());
            // Lambda gives init the whole processor (aws R4).
            if let (Some(share), Some(child)) = (&self.share, &progress.child)
                && let Err(error) = share.hold(child.id())
            {
                progress.failure = Some(error.to_string());
            }
        }
        if let Some(answered) = progress.answered.take() {
            progress.afters.push(answered.elapsed());
        }
        if progress.times.len() >= self.work.calls || progress.failure.is_some() {
            progress.is_done = true;
            self.ended.notify_all();
            let waited = self.ended.wait_while(progress, |progress| progress.child.is_some());
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            return None;
        }
        drop(progress);
        (self.work.before)();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let reply = Reply::json("application/json", self.work.event.as_bytes())
            .with("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .with("lambda-runtime-deadline-ms", &(now + TIME).as_millis().to_string())
            .with("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0")
            .with(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:000000000000:function:bench",
            );
        Some(reply)
    }

    fn answered(&self, request: &Request) {
        let mut progress = self.progress();
        if let Some(sent) = progress.sent.take() {
            progress.times.push(sent.elapsed());
            progress.answered = Some(Instant::now());
        }
        progress.answer.clone_from(&request.body);
    }

    fn failed(&self, request: &Request) {
        let mut progress = self.progress();
        progress.failure = Some(String::from_utf8_lossy(&request.body).into_owned());
        progress.is_done = true;
        self.ended.notify_all();
    }
}

impl Service for Api {
    fn answer(&self, request: &Request) -> Option<Reply> {
        if request.method == "GET" {
            return self.next();
        }
        if request.target.ends_with("/response") {
            self.answered(request);
        } else {
            self.failed(request);
        }
        Some(Reply { status: 202, ..Reply::json("application/json", "{\"status\":\"OK\"}") })
    }

    /// Of an event; of all else it means nothing.
    fn sending(&self) {
        self.progress().sent = Some(Instant::now());
    }
}
