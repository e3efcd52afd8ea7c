//! Writes: foretold, asked about, planned on disk, sent, settled, reported.

mod confirm;
mod execute;
mod file;
mod plan;
mod preview;
mod report;
mod runs;
mod select;
mod update;

pub(crate) use runs::run as runs;
pub(crate) use update::run as update;

use invoice::BulkAction;
use serde_json::{Map, Value};

use crate::args::WriteOptions;
use crate::client::Client;
use crate::connections;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

use execute::Ended;
use file::{Plan, RunFile};
use plan::Foretold;

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
    let prepared = async {
        let connections = connections::all(client).await?;
        let ids = select::ids(client, terminal, options).await?;
        plan::foretell(client, terminal, &plan, &connections, ids).await
    };
    let foretold = tokio::select! {
        foretold = prepared => foretold?,
        _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
    };
    go_on(client, terminal, plan, foretold, &options.confirmation).await
}

/// From the preview to the end of the run.
async fn go_on(
    client: &Client,
    terminal: &Terminal,
    plan: Plan,
    foretold: Foretold,
    confirmation: &crate::args::Confirmation,
) -> Result<Exit, Failure> {
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
    report::tell(terminal, &run)?;
    let exit = run.exit();
    match ended {
        Ended::Complete => Ok(exit),
        Ended::Interrupted => Ok(Exit::Interrupted),
        Ended::Failed(mut failure) => {
            // What was sent, and of which nobody knows what became, weighs most.
            if exit == Exit::SomeUnknown {
                failure.exit = exit;
            }
            Err(failure)
        }
    }
}
