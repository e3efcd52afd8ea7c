//! Writes: foretold, asked about, planned on disk, sent, settled, reported.

mod confirm;
mod execute;
mod file;
mod plan;
mod preview;
mod record;
mod report;
mod runs;
mod select;
mod update;

pub(crate) use runs::run as runs;
pub(crate) use update::run as update;

use api::BulkAction;
use serde_json::{Map, Value};

use crate::args::WriteOptions;
use crate::client::Client;
use crate::connections;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

use execute::Ended;
use file::RunFile;
use plan::Foretold;
use record::Plan;

/// What is done to the invoices of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Activate, cancel or delete.
    Bulk(BulkAction),
    /// Change fields of one invoice.
    Update,
}

impl Action {
    /// The word of the API.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Bulk(action) => action.action().word(),
            Self::Update => "update",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [
            Self::Bulk(BulkAction::Activate),
            Self::Bulk(BulkAction::Cancel),
            Self::Bulk(BulkAction::Delete),
            Self::Update,
        ]
        .into_iter()
        .find(|action| action.word() == word)
    }

    /// What has been done, in words.
    fn done(self) -> &'static str {
        match self {
            Self::Bulk(BulkAction::Activate) => "activated",
            Self::Bulk(BulkAction::Cancel) => "canceled",
            Self::Bulk(BulkAction::Delete) => "deleted",
            Self::Update => "updated",
        }
    }
}

/// `ib activate`, `ib cancel` and `ib delete`.
pub(crate) async fn write(
    client: &Client,
    terminal: &Terminal,
    action: BulkAction,
    options: &WriteOptions,
) -> Result<Exit, Failure> {
    let prepared = tokio::select! {
        prepared = prepare(client, terminal, action, options) => prepared?,
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
    };
    go_on(client, terminal, prepared, &options.confirmation).await
}

/// A write that was foretold and that nobody has agreed to yet.
pub(crate) struct Prepared {
    plan: Plan,
    foretold: Foretold,
}

impl Prepared {
    /// The write for an agent: which invoices, how many, and what they come to.
    ///
    /// # Errors
    /// When nothing would be done.
    pub(crate) fn shown(&self) -> Result<Value, Failure> {
        let ids = self.foretold.all.iter().filter(|(_, came)| came.outcome == "applied");
        let ids: Vec<&str> = ids.map(|(item, _)| item.id.as_str()).collect();
        let summary = preview::text(self.plan.action()?.done(), &self.foretold);
        if ids.is_empty() {
            return Err(Failure::usage(format!(
                "nothing would be done; nothing was sent\n{summary}"
            )));
        }
        let mut shown = Value::Object(self.plan.members.clone());
        if let Some(members) = shown.as_object_mut() {
            members.insert("action".to_owned(), Value::from(self.plan.action()?.word()));
            members.insert("count".to_owned(), Value::from(ids.len()));
            members.insert("invoiceIds".to_owned(), Value::from(ids));
            members.insert("previewedAt".to_owned(), Value::from(self.plan.at.as_str()));
            members.insert("summary".to_owned(), Value::from(summary.trim_end()));
        }
        Ok(shown)
    }
}

/// Finds the invoices that are meant, and asks what would come of the write.
///
/// # Errors
/// When none is meant, or the API does not answer.
pub(crate) async fn prepare(
    client: &Client,
    terminal: &Terminal,
    action: BulkAction,
    options: &WriteOptions,
) -> Result<Prepared, Failure> {
    let kind = Action::Bulk(action);
    let name = file::new_name(options.run.as_deref(), kind)?;
    let mut members = Map::new();
    members.extend(
        options.date.iter().map(|date| ("invoiceDate".to_owned(), Value::from(date.as_str()))),
    );
    members.extend(
        options.comment.iter().map(|text| ("comment".to_owned(), Value::from(text.as_str()))),
    );
    let plan = Plan::new(&name, kind, client, members);
    let ids = select::ids(client, terminal, options).await?;
    let connections = connections::all(client).await?;
    let foretold = plan::foretell(client, terminal, &plan, &connections, ids).await?;
    Ok(Prepared { plan, foretold })
}

/// Applies what a person has agreed to, for an agent.
///
/// # Errors
/// When nothing of it could be sent, or the run cannot be kept.
pub(crate) async fn apply(
    client: &Client,
    terminal: &Terminal,
    prepared: Prepared,
) -> Result<Value, Failure> {
    let run = RunFile::create(prepared.plan, prepared.foretold)?;
    told(client, terminal, run).await
}

/// Goes on with a run, for an agent.
///
/// # Errors
/// As [`apply`].
pub(crate) async fn settle(
    client: &Client,
    terminal: &Terminal,
    name: &str,
) -> Result<Value, Failure> {
    told(client, terminal, runs::open(client, name)?).await
}

/// What came of a run, whatever ended it.
async fn told(client: &Client, terminal: &Terminal, run: RunFile) -> Result<Value, Failure> {
    let (run, ended) = execute::execute(client, terminal, run).await?;
    let why = match ended {
        Ended::Failed(failure) => Some(failure.message),
        Ended::Interrupted => Some("it was interrupted".to_owned()),
        Ended::Complete => None,
    };
    Ok(serde_json::json!({
        "run": run.plan.name,
        "outcomes": run.counts(),
        "finished": run.is_finished(),
        "endedEarly": why,
        "summary": report::text(&run)?.trim_end(),
    }))
}

/// From the preview to the end of the run.
async fn go_on(
    client: &Client,
    terminal: &Terminal,
    prepared: Prepared,
    confirmation: &crate::args::Confirmation,
) -> Result<Exit, Failure> {
    let Prepared { plan, foretold } = prepared;
    preview::show(terminal, &plan, &foretold, confirmation.dry_run)?;
    let count = foretold.applied();
    if confirmation.dry_run {
        return Ok(Exit::Done);
    }
    if count == 0 {
        terminal.warn("Nothing is to be done; nothing was sent.");
        return Ok(if foretold.rejected() > 0 { Exit::SomeRejected } else { Exit::Done });
    }
    if !confirm::confirmed(terminal, plan.action()?, count, confirmation).await? {
        terminal.warn("Nothing was sent.");
        return Ok(Exit::Interrupted);
    }
    let run = RunFile::create(plan, foretold)?;
    finish(client, terminal, run).await
}

/// Sends what is left of a run, and tells what came of it.
async fn finish(client: &Client, terminal: &Terminal, run: RunFile) -> Result<Exit, Failure> {
    let (run, ended) = execute::execute(client, terminal, run).await?;
    let told = report::tell(terminal, &run);
    let exit = run.exit();
    match ended {
        Ended::Complete => exit_of(exit, told),
        Ended::Interrupted => exit_of(Exit::Interrupted, told),
        Ended::Failed(mut failure) => {
            // What was sent, and of which nobody knows what became, weighs most.
            if exit == Exit::SomeUnknown {
                failure.exit = exit;
            }
            Err(failure)
        }
    }
}

/// How a command ends that told what came of a run: who reads no further changes nothing of
/// it, and what cannot be written is told beside it.
fn exit_of(exit: Exit, told: Result<(), Failure>) -> Result<Exit, Failure> {
    match told {
        Err(failure) if failure.exit != Exit::Done => {
            Err(if exit == Exit::Done { failure } else { failure.exit(exit) })
        }
        _ => Ok(exit),
    }
}
