//! The arguments of what reads.

use clap::Args;

use super::duration;
use crate::filters::Filters;

/// How invoices are listed.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  ib ls --status draft -c nue,fusebill
  ib ls --due-date 2026-01-01..2026-01-31 --amount '>100' --sort -amount
  ib ls --all -o csv > invoices.csv")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// The order: invoiceDate, dueDate, createdAt, modifiedAt, amount, balance or number, with
    /// - in front for the greatest first
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// How many invoices at most
    #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "all", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: u64,
    /// All invoices that match, page by page
    #[arg(long)]
    pub(crate) all: bool,
    /// The columns of a table or of CSV, with commas between
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Related data to read of each invoice: lines, assets, orders, payments, raw
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) includes: Vec<String>,
}

/// How the providers are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reading {
    /// Read past the bridge's cache
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Fail unless all connections answer (`--require all`)
    #[arg(long, value_name = "all")]
    pub(crate) require: Option<String>,
}

/// Which invoices to show.
#[derive(Debug, Clone, Args)]
pub(crate) struct Get {
    /// References, such as nue:c52f7158-b164-44fa-93c5-e4b16420c371
    #[arg(required = true, value_name = "REF")]
    pub(crate) references: Vec<String>,
    /// With what each is made of
    #[arg(long)]
    pub(crate) lines: bool,
    /// With the provider's own object, byte for byte
    #[arg(long)]
    pub(crate) raw: bool,
}

/// The arguments of `ib watch`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// How long to wait between two looks, such as 30s or 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) every: std::time::Duration,
    /// End after this many looks
    #[arg(long, value_name = "N")]
    pub(crate) times: Option<u64>,
}

/// The arguments of `ib summary`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Summarize {
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// Dimensions to group by, with commas between: connection, status, paymentStatus, currency, aging
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// Fail unless all connections answer (`--require all`)
    #[arg(long, value_name = "all")]
    pub(crate) require: Option<String>,
}

/// Which changes to tell.
#[derive(Debug, Clone, Args)]
pub(crate) struct Follow {
    /// Of these connections
    #[arg(short, long = "connection", value_name = "NAMES", value_delimiter = ',')]
    pub(crate) connections: Vec<String>,
    /// From here on: a moment, a day, or how long ago, such as 36h
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Go on telling, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How long to wait between two questions
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub(crate) every: std::time::Duration,
}

/// The arguments of `ib export`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// The order, as `ib ls` has it
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// The columns, with commas between [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Take what there is where a connection fails, in place of failing
    #[arg(long)]
    pub(crate) partial: bool,
    /// Read past the bridge's cache
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// The file to export to.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Target {
    /// A CSV file
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<std::path::PathBuf>,
    /// A workbook for Excel, Numbers or LibreOffice
    #[arg(long, value_name = "FILE")]
    pub(crate) xlsx: Option<std::path::PathBuf>,
    /// A JSON object a line, with all that is known of each invoice
    #[arg(long, value_name = "FILE")]
    pub(crate) ndjson: Option<std::path::PathBuf>,
}
