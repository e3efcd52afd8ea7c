//! Sends a run: the connections side by side, one request at a time of each, every request
//! under its own key and on disk before it goes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use http::{HeaderName, HeaderValue};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use tokio::sync::watch;

use super::file::{RunFile, UNDER_WAY};
use super::plan::{came, request};
use super::record::Came;
use crate::answers::{self, Problem, WriteResult, WriteResults};
use crate::client::{Answer, Call, Client};
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

/// How often a chunk is put at most before it is left for `ib runs resume`.
const ROUNDS: u32 = 8;
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// All of it was sent, and told of.
    Complete,
    /// By Ctrl-C.
    Interrupted,
    /// The API could not be reached, does not let the caller in, or took a chunk at no time.
    Failed(Failure),
}

/// What all connections of a run share.
struct Shared<'a> {
    client: &'a Client,
    run: Mutex<RunFile>,
    progress: ProgressBar,
    /// How often Ctrl-C was pressed; whatever is not 0 starts nothing more.
    stop: watch::Sender<u8>,
    failure: Mutex<Option<Failure>>,
}

/// What one sending of a chunk came to.
enum Sent {
    /// Each invoice was told of; whether asking again may bring something else, and when.
    Told(Option<Duration>),
    /// The chunk is to be put again after this time.
    Again(Duration),
    /// The chunk is left as it is.
    Left,
}

/// Sends what is due of a run. The run goes out again with all that came of it.
///
/// # Errors
/// When the run cannot be kept on disk: nothing is sent that is not there.
pub(super) async fn execute(
    client: &Client,
    terminal: &Terminal,
    run: RunFile,
) -> Result<(RunFile, Ended), Failure> {
    let mut due: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, (chunk, _)) in run.chunks.iter().enumerate() {
        if run.is_due(place) {
            due.entry(chunk.connection.clone()).or_default().push(place);
        }
    }
    let name = run.plan.name.clone();
    let (stop, _) = watch::channel(0);
    let progress = bar(terminal, &run);
    let shared = Shared { client, run: Mutex::new(run), progress, stop, failure: Mutex::new(None) };
    shared.show();
    {
        let all = join_all(due.values().map(|places| connection(&shared, places)));
        tokio::select! {
            _ = all => {}
            () = interrupts(&shared, terminal, &name) => {}
        }
    }
    shared.progress.finish_and_clear();
    let interrupted = *shared.stop.borrow() > 0;
    let run = shared.run.into_inner().unwrap_or_else(PoisonError::into_inner);
    let failure = shared.failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A chunk that the API took at no time ends no other's sending, and the run is not whole.
    let failure = failure.or_else(|| run.not_sent().filter(|_| !interrupted).map(Failure::here));
    let ended = match failure {
        Some(failure) => {
            Ended::Failed(failure.advise(format!("`ib runs resume {name}` goes on with the run")))
        }
        None if interrupted => {
            terminal.warn(format_args!("`ib runs resume {name}` goes on with the run"));
            Ended::Interrupted
        }
        None => Ended::Complete,
    };
    Ok((run, ended))
}

/// Hears Ctrl-C: the first starts nothing more, the second ends the waiting.
async fn interrupts(shared: &Shared<'_>, terminal: &Terminal, name: &str) {
    for nth in 1_u8.. {
        if tokio::signal::ctrl_c().await.is_err() {
            return std::future::pending().await;
        }
        shared.stop.send_replace(nth);
        if nth > 1 {
            return;
        }
        let note = "Nothing more is sent; waiting for what is under way. Ctrl-C again leaves it: it is asked about by";
        shared.progress.suspend(|| terminal.warn(format_args!("{note} `ib runs resume {name}`.")));
    }
}

/// The chunks of one connection, one after the other.
async fn connection(shared: &Shared<'_>, places: &[usize]) {
    for place in places {
        if shared.stops() {
            return;
        }
        if let Err(failure) = chunk(shared, *place).await {
            shared.fail(failure);
        }
    }
}

async fn chunk(shared: &Shared<'_>, place: usize) -> Result<(), Failure> {
    let call = shared.call(place)?;
    for round in 1..=ROUNDS {
        shared.run().sending(place)?;
        shared.show();
        let sent = match shared.client.once(&call).await {
            Ok(answer) => told(shared, place, &answer, round)?,
            Err(missing) if missing.may_have_arrived => {
                shared.run().lost(place, &missing.why)?;
                Sent::Again(pause(round))
            }
            Err(missing) => {
                shared.run().not_taken(place, &missing.why)?;
                if round >= 3 {
                    return Err(shared.client.unreachable(&missing));
                }
                Sent::Again(pause(round))
            }
        };
        shared.show();
        let wait = match sent {
            Sent::Told(Some(wait)) | Sent::Again(wait) if round < ROUNDS && !shared.stops() => wait,
            Sent::Told(_) | Sent::Again(_) | Sent::Left => return Ok(()),
        };
        let mut stopped = shared.stop.subscribe();
        tokio::select! {
            () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
            _ = stopped.changed() => return Ok(()),
        }
    }
    Ok(())
}

/// Keeps what an answer says of a chunk.
fn told(shared: &Shared<'_>, place: usize, answer: &Answer, round: u32) -> Result<Sent, Failure> {
    let request_id = answer.header("x-request-id").map(str::to_owned);
    let after = |wait: Option<u64>| wait.map_or_else(|| pause(round), Duration::from_secs);
    if let Some(results) = results(answer) {
        let again = results.iter().filter(|came| came.may_change());
        let again = again
            .map(|came| after(came.problem.as_ref().and_then(|problem| problem.retry_after)))
            .max();
        shared.run().answered(place, request_id, results)?;
        return Ok(Sent::Told(again));
    }
    let Some((problem, body)) = answer.problem() else {
        shared.run().lost(place, "the answer cannot be read")?;
        return Ok(Sent::Again(pause(round)));
    };
    match (problem.status, problem.code.as_str()) {
        (401 | 403, _) => {
            shared.run().not_taken(place, &problem.detail)?;
            Err(Failure::of_problem(&problem, body))
        }
        // The answer to a write of one invoice has its outcome in the problem: nothing happened,
        // and the problem has the provider's own words.
        _ if body.get("outcome").and_then(Value::as_str) == Some("rejected") => {
            let again = problem.retryable.then(|| after(problem.retry_after));
            rejected(shared, place, request_id, &problem)?;
            Ok(Sent::Told(again))
        }
        (429, _) => {
            shared.run().not_taken(place, &problem.detail)?;
            Ok(Sent::Again(after(problem.retry_after)))
        }
        // The sending before is at it still.
        (409, "in_progress") | (500.., _) => {
            shared.run().lost(place, &problem.detail)?;
            Ok(Sent::Again(after(problem.retry_after)))
        }
        // The request as a whole is refused: no invoice of it was written.
        _ => {
            rejected(shared, place, request_id, &problem)?;
            Ok(Sent::Left)
        }
    }
}

/// Keeps that every invoice of a chunk was rejected for the same reason.
fn rejected(
    shared: &Shared<'_>,
    place: usize,
    request_id: Option<String>,
    problem: &Problem,
) -> Result<(), Failure> {
    let mut run = shared.run();
    let ids: Vec<String> = run
        .chunks
        .get(place)
        .map(|(chunk, _)| chunk.items.iter().map(|item| item.id.clone()).collect())
        .unwrap_or_default();
    let rejected = ids.into_iter().map(|id| Came {
        id,
        outcome: "rejected".to_owned(),
        new_id: None,
        problem: Some(problem.clone()),
    });
    run.answered(place, request_id, rejected.collect())
}

/// What an answer says of each invoice; none where it is a problem.
fn results(answer: &Answer) -> Option<Vec<Came>> {
    if !answer.status.is_success() {
        return None;
    }
    if let Ok(many) = answers::read::<WriteResults>(&answer.body) {
        return Some(many.results.into_iter().map(came).collect());
    }
    answers::read::<WriteResult>(&answer.body).ok().map(|one| vec![came(one)])
}

impl Shared<'_> {
    /// The run; whoever panicked while it was held left whole lines on disk.
    fn run(&self) -> MutexGuard<'_, RunFile> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stops(&self) -> bool {
        *self.stop.borrow() > 0
            || self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Has every connection start nothing more. The first failure is told.
    fn fail(&self, failure: Failure) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }

    fn call(&self, place: usize) -> Result<Call, Failure> {
        let run = self.run();
        let (chunk, _) =
            run.chunks.get(place).ok_or_else(|| Failure::here("a run lacks a chunk"))?;
        let ids: Vec<&str> = chunk.items.iter().map(|item| item.id.as_str()).collect();
        let key = HeaderValue::from_str(&chunk.key)
            .map_err(|_| Failure::here("a run has a key that no request can carry"))?;
        let name = HeaderName::from_static("idempotency-key");
        Ok(request(&run.plan, &ids, false)?.header(name, key))
    }

    fn show(&self) {
        let (mut known, mut words) = (0, Vec::new());
        for (word, count) in self.run().progress() {
            if !matches!(word.as_str(), "waiting" | UNDER_WAY) {
                known += count;
            }
            words.extend((word != "waiting").then(|| format!("{count} {word}")));
        }
        self.progress.set_position(u64::try_from(known).unwrap_or(0));
        self.progress.set_message(words.join(", "));
    }
}

fn bar(terminal: &Terminal, run: &RunFile) -> ProgressBar {
    let all: usize = run.progress().values().sum();
    let target = if terminal.shows_progress() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(u64::try_from(all).ok(), target);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:24.cyan/dim} {pos}/{len}  {msg}  {eta} left")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// A second, and longer each time.
fn pause(round: u32) -> Duration {
    Duration::from_millis(500 + 500 * u64::from(round.min(10)) + fastrand::u64(0..250))
}

impl RunFile {
    /// What is left for `ib runs resume`, as an exit.
    pub(super) fn is_finished(&self) -> bool {
        (0..self.chunks.len()).all(|place| !self.is_due(place)) && self.exit() != Exit::SomeUnknown
    }
}
