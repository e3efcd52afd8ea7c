//! The arguments of what writes, and of runs.

use clap::{Args, Subcommand};

use crate::filters::Filters;

/// Which invoices, and what is said of the write.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteOptions {
    /// The invoices that are named.
    pub(crate) references: Vec<String>,
    /// The file that names invoices.
    pub(crate) from: Option<std::path::PathBuf>,
    /// The filters that they match.
    pub(crate) filters: Filters,
    /// The date to put on them.
    pub(crate) date: Option<String>,
    /// Why.
    pub(crate) comment: Option<String>,
    /// The run's name.
    pub(crate) run: Option<String>,
    /// Whether the write is meant.
    pub(crate) confirmation: Confirmation,
}

/// Which invoices are written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Chosen {
    /// References, such as nue:c52f7158-b164-44fa-93c5-e4b16420c371
    #[arg(value_name = "REF")]
    references: Vec<String>,
    /// Read references from a file, - for standard input: one a line, or what `ib ls` writes
    #[arg(long, value_name = "FILE")]
    from: Option<std::path::PathBuf>,
    /// The run's name [default: of the action and the time]
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    #[command(flatten)]
    confirmation: Confirmation,
    #[command(flatten)]
    filters: Filters,
}

impl Chosen {
    fn options(&self) -> WriteOptions {
        WriteOptions {
            references: self.references.clone(),
            from: self.from.clone(),
            filters: self.filters.clone(),
            run: self.run.clone(),
            confirmation: self.confirmation.clone(),
            ..WriteOptions::default()
        }
    }
}

/// Whether a write is meant.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Confirmation {
    /// Show what would come of it, and send nothing
    #[arg(long, conflicts_with_all = ["yes", "confirm"])]
    pub(crate) dry_run: bool,
    /// Do not ask; for up to 25 invoices, and neither to cancel nor to delete
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Do not ask, if exactly so many invoices are found
    #[arg(long, value_name = "N")]
    pub(crate) confirm: Option<usize>,
}

/// An activation.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  ib activate --status draft -c nue --dry-run          show what would come of it
  ib activate --status draft -c nue --run october      show it, ask, and do it
  ib runs resume october                               go on where it was interrupted
  ib ls --status draft -o id | ib activate --from - --confirm 12")]
pub(crate) struct Activation {
    /// The date to put on the invoices; providers work the due date out anew
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Why; kept, and put on the invoice where the provider has comments
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
}

impl Activation {
    /// The same for all writes.
    pub(crate) fn options(&self) -> WriteOptions {
        let (date, comment) = (self.date.clone(), self.comment.clone());
        WriteOptions { date, comment, ..self.chosen.options() }
    }
}

/// A cancellation.
#[derive(Debug, Clone, Args)]
pub(crate) struct Cancellation {
    /// Why; kept, and put on the invoice where the provider has comments
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
}

impl Cancellation {
    /// The same for all writes.
    pub(crate) fn options(&self) -> WriteOptions {
        WriteOptions { comment: self.comment.clone(), ..self.chosen.options() }
    }
}

/// A deletion.
#[derive(Debug, Clone, Args)]
pub(crate) struct Deletion {
    #[command(flatten)]
    chosen: Chosen,
}

impl Deletion {
    /// The same for all writes.
    pub(crate) fn options(&self) -> WriteOptions {
        self.chosen.options()
    }
}

/// A change of one invoice. An empty value clears a field.
#[derive(Debug, Clone, Args)]
pub(crate) struct Update {
    /// The reference
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// When it is to be paid
    #[arg(long, value_name = "DATE")]
    pub(crate) due: Option<String>,
    /// The date on it
    #[arg(long, value_name = "DATE")]
    pub(crate) invoice_date: Option<String>,
    /// A purchase order; may be repeated, and replaces those there are
    #[arg(long = "po", value_name = "NUMBER")]
    pub(crate) purchase_orders: Vec<String>,
    /// Terms of payment
    #[arg(long, value_name = "TERMS")]
    pub(crate) terms: Option<String>,
    /// A comment to add
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: Option<String>,
    /// One of the account's own fields; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// The etag that was read: what has changed since is not written
    #[arg(long, value_name = "ETAG")]
    pub(crate) if_match: Option<String>,
    /// The run's name [default: of the action and the time]
    #[arg(long, value_name = "NAME")]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) confirmation: Confirmation,
}

/// The commands of `ib runs`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Runs {
    /// List the runs on this machine, the last first
    Ls,
    /// Show how a run stands
    Show {
        /// The run's name
        name: String,
    },
    /// Go on with a run: send what is left, and ask again about what is unknown
    Resume {
        /// The run's name
        name: String,
    },
    /// Write what came of each invoice as CSV, for the books
    Report {
        /// The run's name
        name: String,
        /// The file to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        csv: Option<std::path::PathBuf>,
    },
}
