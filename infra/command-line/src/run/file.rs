//! A run on disk: appended to and synchronised before and after everything that is sent, so
//! that whatever ends the process, what may have been sent is known and is asked about under
//! the same key.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use invoice::json;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Action;
use super::plan::Foretold;
use crate::answers::Problem;
use crate::client::Client;
use crate::exit::{Exit, Failure};
use crate::profile;

const VERSION: u32 = 1;
/// The word for what is being sent now.
pub(super) const UNDER_WAY: &str = "under way";

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    version: u32,
    /// The run's name.
    pub(super) name: String,
    action: String,
    /// The API that it is put to.
    pub(super) api: String,
    /// The profile that it was begun with.
    profile: String,
    /// When it was made.
    pub(super) at: String,
    /// The members of each request beside the invoices.
    pub(super) members: Map<String, Value>,
    /// What of the one invoice an update rests on.
    pub(super) if_match: Option<String>,
}

/// An invoice of a run, as it stood when the run was planned.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Item {
    /// The reference.
    pub(super) id: String,
    /// The number people know it by.
    pub(super) number: Option<String>,
    /// The customer's name, or else reference.
    pub(super) customer: Option<String>,
    /// The total.
    pub(super) amount: Option<String>,
    /// The currency.
    pub(super) currency: Option<String>,
}

/// The invoices of one request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Chunk {
    /// The request's key, the same however often it is put.
    pub(super) key: String,
    /// The connection of its invoices.
    pub(super) connection: String,
    /// The invoices.
    pub(super) items: Vec<Item>,
}

/// What came of one invoice.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Came {
    /// The reference, as it was asked for.
    pub(super) id: String,
    /// The API's word for it.
    pub(super) outcome: String,
    /// The reference from now on, where it has a new one.
    pub(super) new_id: Option<String>,
    /// Why it was rejected, or is unknown.
    pub(super) problem: Option<Problem>,
}

impl Came {
    /// Whether the same request may bring something else.
    pub(super) fn may_change(&self) -> bool {
        let retryable = self.problem.as_ref().is_some_and(|problem| problem.retryable);
        retryable && matches!(self.outcome.as_str(), "unknown" | "rejected")
    }
}

/// A line of the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Record {
    Plan(Plan),
    /// An invoice that is not sent, for what the dry run foretold.
    Foretold {
        item: Item,
        came: Came,
    },
    Chunk(Chunk),
    /// The plan is whole.
    Planned {
        chunks: usize,
    },
    /// A chunk is about to be sent.
    Sending {
        chunk: usize,
        at: String,
    },
    /// The API told of each invoice of a chunk.
    #[serde(rename_all = "camelCase")]
    Answered {
        chunk: usize,
        at: String,
        request_id: Option<String>,
        results: Vec<Came>,
    },
    /// The API did not take the chunk: nothing of it was done.
    NotTaken {
        chunk: usize,
        at: String,
        why: String,
    },
    /// There is no answer: it may have been done.
    Lost {
        chunk: usize,
        at: String,
        why: String,
    },
}

/// How a chunk stands.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Whether it is being sent, or was when the process ended.
    is_sending: bool,
    /// Whether the answer to an earlier sending was lost.
    is_lost: bool,
    /// What came of each invoice, as last told.
    pub(super) results: BTreeMap<String, Came>,
    /// When that was.
    pub(super) at: Option<String>,
    /// The request that told.
    pub(super) request_id: Option<String>,
}

impl State {
    /// Whether it may have been done without what came of it being known.
    fn is_open(&self) -> bool {
        self.is_sending || self.is_lost
    }
}

/// A run: its plan, and how each chunk stands.
#[derive(Debug)]
pub(crate) struct RunFile {
    /// The plan.
    pub(super) plan: Plan,
    /// Invoices that are not sent, each with why.
    pub(super) foretold: Vec<(Item, Came)>,
    /// The chunks, each with how it stands.
    pub(super) chunks: Vec<(Chunk, State)>,
    path: PathBuf,
    file: File,
    planned: bool,
}

impl Plan {
    /// A plan that was made now.
    pub(super) fn new(
        name: &str,
        action: Action,
        client: &Client,
        members: Map<String, Value>,
    ) -> Self {
        Self {
            version: VERSION,
            name: name.to_owned(),
            action: action.word().to_owned(),
            api: client.base().to_string(),
            profile: client.profile.clone(),
            at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            members,
            if_match: None,
        }
    }

    /// What is done.
    ///
    /// # Errors
    /// When another version of this program knows it, and this one does not.
    pub(super) fn action(&self) -> Result<Action, Failure> {
        Action::named(&self.action).filter(|_| self.version == VERSION).ok_or_else(|| {
            Failure::usage(format!("run `{}` is of another version of ib", self.name))
        })
    }
}

impl RunFile {
    /// A run with this plan, on disk before anything is sent.
    ///
    /// # Errors
    /// When it cannot be written, or there is a run of this name.
    pub(super) fn create(plan: Plan, foretold: Foretold) -> Result<Self, Failure> {
        let path = path(&plan.name)?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let broken = |error: std::io::Error| cannot_write(&path, &error);
        std::fs::create_dir_all(&folder).map_err(broken)?;
        let opened = private().read(true).append(true).create_new(true).open(&path);
        let file = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => taken(&plan.name),
            _ => cannot_write(&path, &error),
        })?;
        lock(&file, &plan.name)?;
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let unique = unique.get(..12).unwrap_or(&unique);
        let mut lines = vec![Record::Plan(plan.clone())];
        let (chunks, not_sent) = foretold.into_chunks(|n| format!("ib-{}-{unique}-{n}", plan.name));
        lines.extend(
            not_sent
                .iter()
                .map(|(item, came)| Record::Foretold { item: item.clone(), came: came.clone() }),
        );
        lines.extend(chunks.iter().cloned().map(Record::Chunk));
        lines.push(Record::Planned { chunks: chunks.len() });
        let chunks = chunks.into_iter().map(|chunk| (chunk, State::default())).collect();
        let mut run = Self { plan, foretold: not_sent, chunks, path, file, planned: true };
        run.append(&lines)?;
        // The name of the file has to outlive a crash as well as what is in it.
        if let Ok(folder) = File::open(&folder) {
            let _ = folder.sync_all();
        }
        Ok(run)
    }

    /// The run of this name, for reading, or to go on with it.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or it is to go on and another process has it.
    pub(super) fn open(name: &str, to_go_on: bool) -> Result<Self, Failure> {
        let path = path(name)?;
        let opened = private().read(true).append(to_go_on).open(&path);
        let mut file = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::usage(format!("there is no run `{name}`"))
                .exit(Exit::NotFound)
                .advise("`ib runs ls` lists the runs"),
            _ => Failure::here(format!("cannot read {}: {error}", path.display())),
        })?;
        if to_go_on {
            lock(&file, name)?;
        }
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(|error| Failure::here(format!("cannot read {}: {error}", path.display())))?;
        // What the process was killed in the middle of writing was followed by nothing: before
        // a sending the line is whole and on disk.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        if to_go_on && whole < text.len() {
            let end = u64::try_from(whole).unwrap_or(0);
            file.set_len(end)
                .and_then(|()| file.seek(SeekFrom::End(0)))
                .map_err(|error| cannot_write(&path, &error))?;
        }
        let records = text.get(..whole).unwrap_or_default().lines().map(|line| {
            json::read::<Record>(line).map_err(|error| {
                Failure::here(format!("{} cannot be read: {error}", path.display()))
            })
        });
        Self::of(records, path.clone(), file)
    }

    fn of(
        records: impl Iterator<Item = Result<Record, Failure>>,
        path: PathBuf,
        file: File,
    ) -> Result<Self, Failure> {
        let mut run: Option<Self> = None;
        let mut file = Some(file);
        for record in records {
            match (record?, &mut run) {
                (Record::Plan(plan), none @ None) => {
                    let Some(file) = file.take() else { continue };
                    let path = path.clone();
                    *none = Some(Self {
                        plan,
                        foretold: Vec::new(),
                        chunks: Vec::new(),
                        path,
                        file,
                        planned: false,
                    });
                }
                (record, Some(run)) => run.note(record),
                (_, None) => break,
            }
        }
        run.ok_or_else(|| {
            Failure::usage(format!("{} has no plan: nothing of it was sent", path.display()))
                .advise("take the file away, and begin anew")
        })
    }

    fn note(&mut self, record: Record) {
        match record {
            Record::Plan(_) => {}
            Record::Foretold { item, came } => self.foretold.push((item, came)),
            Record::Chunk(chunk) => self.chunks.push((chunk, State::default())),
            Record::Planned { .. } => self.planned = true,
            Record::Sending { chunk, at } => {
                if let Some((_, state)) = self.chunks.get_mut(chunk) {
                    // The process ended in the middle of the sending before.
                    state.is_lost |= state.is_sending;
                    (state.is_sending, state.at) = (true, Some(at));
                }
            }
            Record::Lost { chunk, at, .. } => {
                if let Some((_, state)) = self.chunks.get_mut(chunk) {
                    (state.is_sending, state.is_lost, state.at) = (false, true, Some(at));
                }
            }
            // An earlier sending may have been done all the same.
            Record::NotTaken { chunk, .. } => {
                if let Some((_, state)) = self.chunks.get_mut(chunk) {
                    state.is_sending = false;
                }
            }
            Record::Answered { chunk, at, request_id, results } => {
                if let Some((_, state)) = self.chunks.get_mut(chunk) {
                    (state.is_sending, state.is_lost) = (false, false);
                    (state.at, state.request_id) = (Some(at), request_id);
                    state.results.extend(results.into_iter().map(|came| (came.id.clone(), came)));
                }
            }
        }
    }

    /// Notes that a chunk is about to be sent: on disk before this returns.
    pub(super) fn sending(&mut self, chunk: usize) -> Result<(), Failure> {
        self.keep(Record::Sending { chunk, at: Timestamp::now().to_string() })
    }

    /// Notes what came of each invoice of a chunk.
    pub(super) fn answered(
        &mut self,
        chunk: usize,
        request_id: Option<String>,
        results: Vec<Came>,
    ) -> Result<(), Failure> {
        self.keep(Record::Answered { chunk, at: Timestamp::now().to_string(), request_id, results })
    }

    /// Notes that the API did not take a chunk.
    pub(super) fn not_taken(&mut self, chunk: usize, why: &str) -> Result<(), Failure> {
        self.keep(Record::NotTaken { chunk, at: Timestamp::now().to_string(), why: why.to_owned() })
    }

    /// Notes that a chunk may have been done.
    pub(super) fn lost(&mut self, chunk: usize, why: &str) -> Result<(), Failure> {
        self.keep(Record::Lost { chunk, at: Timestamp::now().to_string(), why: why.to_owned() })
    }

    fn keep(&mut self, record: Record) -> Result<(), Failure> {
        self.append(std::slice::from_ref(&record))?;
        self.note(record);
        Ok(())
    }

    fn append(&mut self, records: &[Record]) -> Result<(), Failure> {
        let mut text = Vec::new();
        for record in records {
            serde_json::to_writer(&mut text, record)
                .map_err(|error| Failure::here(format!("cannot write a run: {error}")))?;
            text.push(b'\n');
        }
        self.file
            .write_all(&text)
            .and_then(|()| self.file.sync_data())
            .map_err(|error| cannot_write(&self.path, &error))
    }

    /// Whether the plan was on disk as a whole, so that something may have been sent.
    pub(super) fn is_planned(&self) -> bool {
        self.planned
    }

    /// Whether the chunk at `place` is to be sent, for the first time or again.
    pub(super) fn is_due(&self, place: usize) -> bool {
        self.chunks.get(place).is_some_and(|(chunk, state)| {
            state.is_open()
                || state.results.values().any(Came::may_change)
                || chunk.items.iter().any(|item| !state.results.contains_key(&item.id))
        })
    }

    /// Each invoice with what came of it, when, and in which request. What may have been sent
    /// and was not answered is `unknown`; what was not sent yet is `waiting`.
    pub(super) fn rows(&self) -> Vec<(&Item, Came, &State)> {
        let mut rows = Vec::new();
        for (chunk, state) in &self.chunks {
            for item in &chunk.items {
                let told = state.results.get(&item.id);
                let word = if state.is_open() { "unknown" } else { "waiting" };
                let none = || Came {
                    id: item.id.clone(),
                    outcome: word.to_owned(),
                    new_id: None,
                    problem: None,
                };
                rows.push((item, told.cloned().unwrap_or_else(none), state));
            }
        }
        rows
    }

    /// How many invoices had each outcome, those among them that were not sent.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        let sent = self.rows().into_iter().map(|(_, came, _)| came.outcome);
        for outcome in sent.chain(self.foretold.iter().map(|(_, came)| came.outcome.clone())) {
            *counts.entry(outcome).or_default() += 1;
        }
        counts
    }

    /// How many invoices of those that are sent stand how, for this process while it sends them.
    pub(super) fn progress(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (_, came, state) in self.rows() {
            let word = if state.is_sending { UNDER_WAY.to_owned() } else { came.outcome };
            *counts.entry(word).or_default() += 1;
        }
        counts
    }

    /// What the outcomes come to.
    pub(super) fn exit(&self) -> Exit {
        let counts = self.counts();
        let has = |word: &str| counts.get(word).is_some_and(|count| *count > 0);
        let known = ["applied", "unchanged", "rejected", "waiting"];
        if counts.keys().any(|word| !known.contains(&word.as_str())) {
            Exit::SomeUnknown
        } else if has("rejected") {
            Exit::SomeRejected
        } else {
            Exit::Done
        }
    }
}

/// The name of a new run.
///
/// # Errors
/// When the name cannot be a file's, or there is a run of this name.
pub(super) fn new_name(asked: Option<&str>, action: Action) -> Result<String, Failure> {
    let name = match asked {
        Some(name) => name.to_owned(),
        None => {
            let now = jiff::Zoned::now().strftime("%Y-%m-%d-%H%M%S").to_string();
            format!("{}-{now}-{:04x}", action.word(), fastrand::u16(..))
        }
    };
    if path(&name)?.exists() { Err(taken(&name)) } else { Ok(name) }
}

/// The names of all runs, the last first.
pub(super) fn names() -> Result<Vec<String>, Failure> {
    let folder = profile::state_folder()?.join("runs");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Failure::here(format!("cannot read {}: {error}", folder.display())));
        }
    };
    let mut files: Vec<(std::time::SystemTime, String)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?.strip_suffix(".jsonl")?.to_owned();
            Some((entry.metadata().ok()?.modified().ok()?, name))
        })
        .collect();
    files.sort();
    Ok(files.into_iter().rev().map(|(_, name)| name).collect())
}

fn path(name: &str) -> Result<PathBuf, Failure> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(is_plain) {
        return Err(Failure::usage(format!(
            "`{name}` cannot be a run's name: letters, digits, -, _ and . can stand in it"
        )));
    }
    Ok(profile::state_folder()?.join("runs").join(format!("{name}.jsonl")))
}

/// A file that nobody else reads: it names customers and amounts.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn lock(file: &File, name: &str) -> Result<(), Failure> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Failure::usage(format!("run `{name}` is going on in another process")))
        }
        Err(std::fs::TryLockError::Error(error)) => {
            Err(Failure::here(format!("cannot lock run `{name}`: {error}")))
        }
    }
}

fn taken(name: &str) -> Failure {
    Failure::usage(format!("there is a run `{name}` already; nothing was sent"))
        .advise(format!("`ib runs resume {name}` goes on with it; another --run begins anew"))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::here(format!("cannot write {}: {error}; nothing more is sent", path.display()))
}
