//! The command line's grammar.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::filters::Filters;
use crate::output::Format;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::White.on_default().bold())
    .usage(AnsiColor::White.on_default().bold())
    .literal(AnsiColor::Cyan.on_default());

/// Invoices of all your billing providers on the command line.
#[derive(Debug, Parser)]
#[command(name = "ib", version, styles = STYLES, max_term_width = 100)]
#[command(after_help = "\
Without configuration, ib speaks to the local stack at http://127.0.0.1:9000 (`cargo run`).
Exit codes: 0 as asked; 2 usage; 3 some rejected; 4 some unknown; 5 not signed in or not allowed;
6 not found; 7 a provider or the API failed; 130 interrupted.")]
pub(crate) struct Cli {
    /// What all commands take.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What all commands take.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The profile of the configuration file to use
    #[arg(
        long,
        global = true,
        env = "IB_PROFILE",
        value_name = "NAME",
        help_heading = "Global options"
    )]
    pub(crate) profile: Option<String>,
    /// The address of the API, in place of the profile's
    #[arg(
        long,
        global = true,
        env = "IB_API",
        value_name = "URL",
        help_heading = "Global options"
    )]
    pub(crate) api: Option<String>,
    /// How data is written: table, json, ndjson, csv or id [default: table on a terminal,
    /// ndjson on a pipe]
    #[arg(
        short,
        long,
        hide_possible_values = true,
        global = true,
        value_name = "FORMAT",
        help_heading = "Global options"
    )]
    pub(crate) output: Option<Format>,
    /// Leave out notes and progress
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Tell each request
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// Ask nothing, as where there is no terminal
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_input: bool,
    /// Whether to use colours: auto, always or never; NO_COLOR is heard
    #[arg(
        long,
        hide_possible_values = true,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Global options"
    )]
    pub(crate) color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal that has them.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// The same to the stream that is coloured.
    pub(crate) fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List invoices
    #[command(visible_alias = "list")]
    Ls(List),
    /// Show invoices with all that is known of them
    Get(Get),
    /// Make drafts binding
    Activate(Activation),
    /// Withdraw invoices
    Cancel(Cancellation),
    /// Remove invoices
    Delete(Deletion),
    /// Change fields of one invoice
    Update(Update),
    /// Show, go on with and report runs: writes of many invoices
    #[command(subcommand)]
    Runs(Runs),
    /// Tell what changes among the invoices that match, until Ctrl-C
    Watch(Watch),
    /// Count and sum up invoices, by age, currency, status or connection
    Summary(Summarize),
    /// Tell what changed since a moment, and go on telling with --follow
    Changes(Follow),
    /// Write invoices to a file: CSV, XLSX or NDJSON
    Export(Export),
    /// List the connections, and what each can do
    Connections,
    /// Ask whether what is assumed of a provider is true of an account, by reading alone
    Check(Check),
    /// Serve an agent by the Model Context Protocol, over standard input and output
    Mcp(Mcp),
    /// Sign in to the profile's API
    Login(Login),
    /// Forget the profile's tokens
    Logout,
    /// Tell who is signed in, and what the token allows
    Whoami,
    /// Put a request to the API as it is
    Api(ApiCall),
    /// Print completions for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (`ib man | man -l -`)
    Man,
}

impl Command {
    /// Whether the command hears Ctrl-C itself.
    pub(crate) fn ends_itself(&self) -> bool {
        matches!(
            self,
            Self::Activate(_)
                | Self::Cancel(_)
                | Self::Delete(_)
                | Self::Update(_)
                | Self::Runs(Runs::Resume { .. })
        )
    }
}

/// How invoices are listed.
#[derive(Debug, Clone, Args)]
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
    /// What else of each invoice: lines, assets, orders, payments, raw
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) includes: Vec<String>,
}

/// How the providers are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reading {
    /// Read past the bridge's cache
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Fail when any connection fails (all)
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

/// What to watch.
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

/// What to sum up.
#[derive(Debug, Clone, Args)]
pub(crate) struct Summarize {
    #[command(flatten)]
    pub(crate) filters: Filters,
    /// What to group by, with commas between: connection, status, paymentStatus, currency, aging
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// Fail when any connection fails (all)
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

/// What to export, and where to.
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

/// What can be done with runs.
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

/// Which accounts to ask.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
With --secret the account itself is asked, and nothing is sent that would change anything. Without, the
stack tells what it has seen of its connections. Exit code 7 where something is broken.")]
pub(crate) struct Check {
    /// The connections [default: all]
    #[arg(value_name = "CONNECTION")]
    pub(crate) connections: Vec<String>,
    /// A file with an account's secret, or several by their connections' names: no stack is needed
    #[arg(long, value_name = "FILE")]
    pub(crate) secret: Option<std::path::PathBuf>,
}

/// What an agent may do.
#[derive(Debug, Clone, Args)]
pub(crate) struct Mcp {
    /// Let it write what it has previewed, once the person has agreed
    #[arg(long)]
    pub(crate) writes: bool,
    /// How long a preview may be applied
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) plan_lifetime: std::time::Duration,
}

/// How to sign in.
#[derive(Debug, Clone, Args)]
pub(crate) struct Login {
    /// Show a code to type in on another device, where the issuer offers that
    #[arg(long)]
    pub(crate) device: bool,
    /// Keep the token in a file that this user alone can read
    #[arg(long)]
    pub(crate) insecure_storage: bool,
}

/// A request as it is.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApiCall {
    /// GET, POST, PATCH or DELETE
    pub(crate) method: http::Method,
    /// The path with its query, such as '/invoices?limit=1'
    pub(crate) path: String,
    /// The body; @FILE reads a file, @- standard input
    #[arg(short, long, value_name = "JSON")]
    pub(crate) data: Option<String>,
    /// A header, as 'Name: value'; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub(crate) headers: Vec<String>,
    /// Show the status and the headers too
    #[arg(short, long)]
    pub(crate) include: bool,
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    let read = text.parse::<jiff::SignedDuration>().ok().filter(jiff::SignedDuration::is_positive);
    read.and_then(|time| std::time::Duration::try_from(time).ok())
        .ok_or_else(|| "write it as 30s, 5m or 1h".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
