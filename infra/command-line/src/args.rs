//! The command line's grammar.

mod reading;
mod writing;

pub(crate) use reading::{Export, Follow, Get, List, Reading, Summarize, Target, Watch};
pub(crate) use writing::{
    Activation, Cancellation, Confirmation, Deletion, Runs, Update, WriteOptions,
};

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand};

use crate::output::{Color, Format, Manner};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::White.on_default().bold())
    .usage(AnsiColor::White.on_default().bold())
    .literal(AnsiColor::Cyan.on_default());

/// Invoices of all your billing providers on the command line.
#[derive(Debug, Parser)]
#[command(name = "ib", version, styles = STYLES, max_term_width = 100)]
#[command(after_help = "\
Examples:
  ib ls --status overdue --sort -dueDate            what is overdue, the latest due first
  ib summary --by aging,currency                    what is outstanding, and since when
  ib activate --status draft -c nue --dry-run       what activating all drafts of nue would do
  ib export --invoice-date 2026-04-01..2026-04-30 --xlsx april.xlsx

Without configuration, ib speaks to the local stack at http://127.0.0.1:9000 (`cargo run`). Other
stacks are profiles in ~/.config/invoice-bridge/config.toml; `ib login` signs in.
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
    /// Show each request and its answer's status on standard error
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) verbose: bool,
    /// Ask nothing, as where there is no terminal
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_input: bool,
    /// Whether to use colours: auto, always or never; NO_COLOR is respected
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

impl Global {
    /// How the program is to talk.
    pub(crate) fn manner(&self) -> Manner {
        Manner {
            asked: self.output,
            no_input: self.no_input,
            quiet: self.quiet,
            verbose: self.verbose,
            color: self.color,
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
    /// Activate drafts: make them binding at their providers
    Activate(Activation),
    /// Cancel invoices: withdraw them, and keep them on record
    Cancel(Cancellation),
    /// Delete invoices: remove them at their providers
    Delete(Deletion),
    /// Change fields of one invoice
    Update(Update),
    /// List, resume and report runs: the writes that were begun on this machine
    #[command(subcommand)]
    Runs(Runs),
    /// Watch the invoices that match, and tell what changes, until Ctrl-C
    Watch(Watch),
    /// Sum up invoices by age, currency, status or connection
    Summary(Summarize),
    /// List what changed since a moment, and go on with --follow
    Changes(Follow),
    /// Export invoices to a file: CSV, XLSX or NDJSON
    Export(Export),
    /// List the connections, and what each can do
    Connections,
    /// Check what is assumed of a provider against a real account, by reading alone
    Check(Check),
    /// Serve an agent by the Model Context Protocol (MCP), over standard input and output
    Mcp(Mcp),
    /// Sign in to the profile's API
    Login(Login),
    /// Sign out: forget the profile's tokens
    Logout,
    /// Show who is signed in, and what the token allows
    Whoami,
    /// Make a request to the API as it is
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
    /// Keep the token in a file that this user alone can read, and not in the keyring
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

    /// The words of a line as a shell parts them, without its comment.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                '#' if !quoted && words.last().is_some_and(String::is_empty) => break,
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().unwrap().push(c),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_line_of_the_readme_is_one_that_is_taken() {
        let readme = include_str!("../../../README.md");
        let fences = readme.split("\n```").skip(1).step_by(2);
        let lines = fences.flat_map(str::lines).map(|line| line.trim_start_matches("$ "));
        let lines: Vec<&str> = lines.filter(|line| line.starts_with("ib ")).collect();
        let spans = readme.split('`').skip(1).step_by(2).filter(|span| span.starts_with("ib "));
        let spans = spans.filter(|span| !span.contains("COMMAND")).collect::<Vec<_>>();
        assert!(lines.len() >= 13 && spans.len() >= 3, "{lines:?} {spans:?}");
        for line in lines.into_iter().chain(spans) {
            let parsed = Cli::try_parse_from(words(line));
            assert!(parsed.is_ok(), "{line}: {}", parsed.err().unwrap());
        }
    }
}
