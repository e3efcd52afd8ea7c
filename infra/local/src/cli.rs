//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use function_kit::configuration::TokenScopes;
use jiff::SignedDuration;

use crate::log;

/// The whole of Invoice Bridge on this machine: API, functions, table, secrets
/// and simulated providers. Without a command it starts and runs until Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "invoice-bridge", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of running the stack.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to run the stack.
    #[command(flatten)]
    pub start: Start,
}

/// What there is beside running the stack.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a token for the running stack
    Token(Token),
    /// Run one function in this process (the stack starts itself so)
    #[command(hide = true)]
    Function {
        /// The function's binary.
        binary: String,
    },
}

/// How to run the stack.
#[derive(Debug, Args)]
pub struct Start {
    /// Port of the API on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 9000)]
    pub port: u16,
    /// Keep the table, though not the queues, in this folder between runs
    /// [default: in memory]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Use real providers: a JSON file of connection -> secret, each in place of
    /// the sandbox's connection of that name, or beside them
    #[arg(long, value_name = "FILE")]
    pub secrets: Option<PathBuf>,
    /// How many invoices the simulated providers hold
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=150_000))]
    pub invoices: u32,
    /// What the simulated invoices are drawn from: the same seed, the same invoices
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Have the simulated providers tell of each change by webhooks, as they would once
    /// they are registered there
    #[arg(long)]
    pub webhooks: bool,
    /// Refuse callers without a token (401) as the cloud does, or without a
    /// signature (403) where AuthMode is IAM
    #[arg(long)]
    pub require_token: bool,
    /// How long the tokens of the stack's own issuer are good for
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub token_lifetime: SignedDuration,
    /// The template to run [default: template.yaml here, or else the one this
    /// program was built with]
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Give a parameter of the template a value; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = assignment)]
    pub parameters: Vec<(String, String)>,
    /// Keep copies of these connections, comma-separated, and answer listings from them
    #[arg(long, value_name = "NAMES")]
    pub sync: Option<String>,
    /// How often the copies are brought up to date
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub sync_rate: SignedDuration,
    /// Let retries from queues and schedules come N times as soon as in the
    /// cloud: at 720, a retry twelve minutes away comes after a second
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub time_scale: u32,
    /// How to log: text, a line a request and a line an event, or json, what the functions
    /// print [default: text on a terminal, json on a pipe]
    #[arg(long, value_name = "FORMAT", hide_possible_values = true)]
    pub log: Option<log::Format>,
    /// Run the functions' binaries from this folder instead of this program's
    /// own copies of them
    #[arg(long, value_name = "DIR")]
    pub binaries: Option<PathBuf>,
}

/// What a token is to say.
#[derive(Debug, Args)]
pub struct Token {
    /// A customer the token is held to, as nue:001KS..; may be repeated
    /// [default: none, an operator who sees every customer]
    #[arg(long = "customer", value_name = "REFERENCE", value_parser = reference)]
    pub customers: Vec<String>,
    /// A scope the token has, in place of the usual ones; may be repeated
    /// [default: invoices/read and invoices/write, and without a customer
    /// invoices/all, by which a caller is an operator]
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// Who the caller is
    #[arg(long, default_value = "local-caller")]
    pub subject: String,
    /// How long the token is good for
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub expires_in: SignedDuration,
}

impl Token {
    /// The token's claim `scope`: the scopes it was given, or else the usual ones, as the
    /// template's parameters name them unless they are set.
    pub fn scope(&self) -> String {
        if !self.scopes.is_empty() {
            return self.scopes.join(" ");
        }
        let TokenScopes { read, write, operator } = TokenScopes::default();
        if self.customers.is_empty() {
            format!("{read} {write} {operator}")
        } else {
            format!("{read} {write}")
        }
    }
}

impl Start {
    /// The parameters of the template that are given a value.
    pub fn template_parameters(&self) -> Vec<(String, String)> {
        let mut parameters = self.parameters.clone();
        if let Some(names) = &self.sync {
            let rate = format!("{} seconds", self.sync_rate.as_secs().max(1));
            parameters.push(("SyncedConnections".to_owned(), names.clone()));
            parameters.push(("SyncRate".to_owned(), rate));
        }
        parameters
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// A reference has its connection before the colon. Spaces are refused since a
/// list of claims reaches the functions separated by them.
fn reference(text: &str) -> Result<String, String> {
    let is_reference = text
        .split_once(':')
        .is_some_and(|(connection, id)| !connection.is_empty() && !id.is_empty());
    if is_reference && !text.contains(char::is_whitespace) {
        Ok(text.to_owned())
    } else {
        Err("write it as CONNECTION:ID, for instance nue:001KS000001".to_owned())
    }
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    text.parse()
        .ok()
        .filter(SignedDuration::is_positive)
        .ok_or_else(|| "write it as 30m, 1h or 2h30m".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_arguments_are_needed() {
        let cli = Cli::try_parse_from(["invoice-bridge"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(
            (cli.start.port, cli.start.invoices, cli.start.require_token),
            (9000, 2000, false)
        );
    }

    #[test]
    fn refuses_what_it_cannot_use() {
        for arguments in [
            &["--invoices", "0"][..],
            &["--invoices", "150001"],
            &["--port", "65536"],
            &["--time-scale", "0"],
            &["--parameter", "Stage"],
            &["--log", "xml"],
            &["token", "--customer", "001KS"],
            &["token", "--customer", "nue:a b"],
            &["token", "--expires-in", "-1h"],
            &["token", "--expires-in", "soon"],
        ] {
            let parsed = Cli::try_parse_from([&["invoice-bridge"], arguments].concat());
            assert!(parsed.is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn reads_a_token() {
        let arguments = [
            "invoice-bridge",
            "token",
            "--customer",
            "nue:1",
            "--customer",
            "b:2",
            "--expires-in",
            "90m",
        ];
        let cli = Cli::try_parse_from(arguments).unwrap();
        let Some(Command::Token(token)) = cli.command else { panic!("{cli:?}") };
        assert_eq!(token.customers, ["nue:1", "b:2"]);
        assert_eq!(token.expires_in, SignedDuration::from_mins(90));
        assert_eq!(token.scope(), "invoices/read invoices/write");
    }

    #[test]
    fn a_token_is_an_operators_unless_it_names_customers_or_scopes() {
        let scope = |arguments: &[&str]| {
            let cli = Cli::try_parse_from([&["invoice-bridge", "token"], arguments].concat());
            let Ok(Cli { command: Some(Command::Token(token)), .. }) = cli else {
                panic!("{arguments:?}")
            };
            token.scope()
        };
        assert_eq!(scope(&[]), "invoices/read invoices/write invoices/all");
        assert_eq!(scope(&["--customer", "nue:1"]), "invoices/read invoices/write");
        assert_eq!(scope(&["--scope", "a", "--scope", "b"]), "a b");
    }
}
