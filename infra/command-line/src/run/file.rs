//! A run on disk: appended to and synchronised before and after everything that is sent, so
//! that whatever ends the process, what may have been sent is known and is asked about under
//! the same key.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use invoice::json;
use jiff::Timestamp;

use super::Action;
use super::plan::Foretold;
use super::record::{Came, Chunk, Item, Plan, Record, State};
use crate::exit::{Exit, Failure};
use crate::{private, profile};

/// The word for what is being sent now.
pub(super) const UNDER_WAY: &str = "under way";

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

impl RunFile {
    /// A run with this plan, on disk before anything is sent.
    ///
    /// # Errors
    /// When it cannot be written, or there is a run of this name.
    pub(super) fn create(plan: Plan, foretold: Foretold) -> Result<Self, Failure> {
        let path = path(&plan.name)?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let broken = |error: std::io::Error| cannot_write(&path, &error);
        private::folder(&folder).map_err(broken)?;
        let opened = private::options().read(true).append(true).create_new(true).open(&path);
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
        let opened = private::options().read(true).append(to_go_on).open(&path);
        let mut file = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::usage(format!("there is no run `{name}`"))
                .exit(Exit::NotFound)
                .advise("`ib runs ls` lists the runs"),
            _ => Failure::here(format!("cannot read {}: {error}", path.display())),
        })?;
        private::mend(&file).map_err(|error| {
            let shown = path.display();
            Failure::here(format!("others can read {shown}, and it cannot be put right: {error}"))
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
            Record::Sending { chunk, .. }
            | Record::Lost { chunk, .. }
            | Record::NotTaken { chunk, .. }
            | Record::Answered { chunk, .. } => {
                if let Some((_, state)) = self.chunks.get_mut(chunk) {
                    state.note(record);
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
    /// and was not answered is `unknown`, whatever a sending before came to that may come to
    /// something else; what was not sent yet is `waiting`.
    pub(super) fn rows(&self) -> Vec<(&Item, Came, &State)> {
        let mut rows = Vec::new();
        for (chunk, state) in &self.chunks {
            for item in &chunk.items {
                let is_settled = |came: &&Came| {
                    !state.is_open() || came.outcome == "unknown" || !came.may_change()
                };
                let told = state.results.get(&item.id).filter(is_settled);
                // An answer that does not tell of it is none, and it was sent all the same.
                let was_sent = state.is_open() || !state.results.is_empty();
                let word = if was_sent { "unknown" } else { "waiting" };
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

    /// How many invoices of the run were not sent, in words, with why where it is known; none
    /// where all were.
    pub(super) fn not_sent(&self) -> Option<String> {
        let rows = self.rows();
        let waiting = || rows.iter().filter(|(_, came, _)| came.outcome == "waiting");
        let sent_none = match waiting().count() {
            0 => return None,
            1 => "1 invoice was not sent".to_owned(),
            count => format!("{count} invoices were not sent"),
        };
        Some(match waiting().find_map(|(_, _, state)| state.refusal.as_deref()) {
            Some(why) => format!("{sent_none}: {why}"),
            None => sent_none,
        })
    }

    /// The exit code that the run's outcomes come to. A run of which an invoice was not sent has
    /// failed, and is to be gone on with.
    pub(super) fn exit(&self) -> Exit {
        let counts = self.counts();
        let has = |word: &str| counts.get(word).is_some_and(|count| *count > 0);
        let known = ["applied", "unchanged", "rejected", "waiting"];
        if counts.keys().any(|word| !known.contains(&word.as_str())) {
            Exit::SomeUnknown
        } else if has("waiting") {
            Exit::Failed
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
