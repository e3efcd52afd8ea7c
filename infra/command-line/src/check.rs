//! `ib check`: whether what is assumed of a provider is true of an account.
//!
//! With a secret alone the account itself is asked, by reading and nothing else: the transport
//! sends no request that its provider says would change something. From a stack what its
//! functions have seen of each connection is shown, for the stack lets nobody have its secrets.

use std::io::Write;
use std::path::Path;

use invoice::{ConnectionName, json};
use provider_client::probe::{self, Checked, Finding};
use provider_client::{ConnectionSecret, Transport, connect, kind_named};
use serde::Serialize;
use serde_json::Value;

use crate::answers::Connection;
use crate::args::Check;
use crate::client::Client;
use crate::connections;
use crate::exit::{Exit, Failure};
use crate::output::{Format, Terminal, written};

/// What is told of one assumption.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    connection: String,
    assumption: String,
    finding: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows: Option<&'static str>,
}

/// `ib check`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    check: &Check,
) -> Result<Exit, Failure> {
    let told = match &check.secret {
        Some(path) => by_secret(terminal, path, &check.connections).await?,
        None => by_stack(client, &check.connections).await?,
    };
    let mut out = terminal.out();
    for one in &told {
        match terminal.format() {
            Format::Table => written(write_line(&mut out, one, terminal))?,
            Format::Csv | Format::Id => {
                return Err(Failure::usage("`ib check` tells as a table, json or ndjson"));
            }
            Format::Json | Format::Ndjson => {
                let line =
                    serde_json::to_string(one).map_err(|error| Failure::here(error.to_string()))?;
                written(writeln!(out, "{line}"))?;
            }
        }
    }
    drop(out);
    let broken = told.iter().filter(|one| one.finding == BROKEN).count();
    let held = told.iter().filter(|one| one.finding == HOLDS).count();
    let rest = told.len().saturating_sub(held + broken);
    terminal.note(format_args!(
        "{held} hold, {broken} broken, {rest} not seen or not probed; no write was sent"
    ));
    Ok(if broken > 0 { Exit::Failed } else { Exit::Done })
}

const HOLDS: &str = "holds";
const BROKEN: &str = "broken";
const NOT_SEEN: &str = "not seen";
const NOT_PROBED: &str = "not probed";

/// The secrets of a file: one, or several by the names of their connections.
fn secrets(path: &Path, names: &[String]) -> Result<Vec<ConnectionSecret>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    // The text of the file stays out of the message: it is a secret.
    let file: Value = json::read(&text).map_err(|_| {
        Failure::usage(format!("{} is no JSON object with `provider`", path.display()))
    })?;
    let is_one = file.get("provider").is_some_and(Value::is_string);
    let all: Vec<(String, String)> = match (&file, names) {
        (Value::Object(_), [name]) if is_one => vec![(name.clone(), file.to_string())],
        (Value::Object(_), []) if is_one => {
            let name = file.get("provider").and_then(Value::as_str).unwrap_or_default();
            vec![(name.to_owned(), file.to_string())]
        }
        (Value::Object(members), _) if !is_one => {
            let is_asked = |name: &String| names.is_empty() || names.contains(name);
            members
                .iter()
                .filter(|(name, _)| is_asked(name))
                .map(|(name, secret)| (name.clone(), secret.to_string()))
                .collect()
        }
        _ => Vec::new(),
    };
    if all.is_empty() {
        return Err(Failure::usage(format!("{} has no secret of that name", path.display())));
    }
    all.into_iter()
        .map(|(name, secret)| {
            let name: ConnectionName = name
                .parse()
                .map_err(|_| Failure::usage(format!("`{name}` cannot be a connection's name")))?;
            ConnectionSecret::parse(&name, &secret)
                .map_err(|fault| Failure::usage(fault.to_string()))
        })
        .collect()
}

async fn by_secret(
    terminal: &Terminal,
    path: &Path,
    names: &[String],
) -> Result<Vec<Told>, Failure> {
    let transport = Transport::new()
        .map_err(|error| Failure::here(format!("cannot prepare TLS: {error}")))?
        .reading_only();
    let mut told = Vec::new();
    for secret in secrets(path, names)? {
        let provider =
            connect(&secret, &transport).map_err(|fault| Failure::usage(fault.to_string()))?;
        let name = secret.connection().to_string();
        terminal
            .note(format_args!("asking {}, by reading alone ..", provider.capabilities().title));
        let checked = probe::check(provider.as_ref()).await.map_err(|error| {
            let words = error.said.message.as_deref().map_or_else(String::new, |words| format!(": {words}"));
            let failure = Failure::here(format!("{name} does not answer a plain listing: {}{words}", error.detail));
            match error.kind {
                provider_client::ErrorKind::Credentials => failure
                    .exit(Exit::NotAllowed)
                    .advise("the provider refuses the key: is it the right one, and of this environment?"),
                provider_client::ErrorKind::CustomerRequired => failure
                    .exit(Exit::Usage)
                    .advise("add \"customers\": [\"..\"] to the secret: this provider lists by customer only"),
                _ => failure,
            }
        })?;
        told.extend(checked.into_iter().map(|one| of_probe(&name, one)));
    }
    Ok(told)
}

fn of_probe(connection: &str, checked: Checked) -> Told {
    let (finding, what) = match checked.finding {
        Finding::Holds => (HOLDS, None),
        Finding::Broken(what) => (BROKEN, Some(what)),
        Finding::NotSeen(why) => (NOT_SEEN, Some(why)),
        Finding::NotProbed(why) => (NOT_PROBED, Some(why.to_owned())),
    };
    Told {
        connection: connection.to_owned(),
        assumption: checked.assumption.name.to_owned(),
        finding,
        what,
        claim: Some(checked.assumption.claim),
        follows: (finding == BROKEN).then_some(checked.assumption.otherwise),
    }
}

async fn by_stack(client: &Client, names: &[String]) -> Result<Vec<Told>, Failure> {
    let all = connections::all(client).await?;
    let strange = names.iter().find(|name| !all.iter().any(|one| one.name == **name));
    if let Some(strange) = strange {
        return Err(Failure::usage(format!("there is no connection `{strange}`"))
            .exit(Exit::NotFound)
            .advise("`ib connections` lists them"));
    }
    let asked = all.iter().filter(|one| names.is_empty() || names.contains(&one.name));
    Ok(asked.flat_map(of_stack).collect())
}

/// What the stack has seen of a connection's assumptions.
fn of_stack(connection: &Connection) -> Vec<Told> {
    let kind = connection.provider.as_deref().and_then(kind_named);
    let table = kind.map_or(&[][..], |kind| kind.capabilities.assumptions);
    let told = connection.assumptions.iter().map(|one| {
        let known = table.iter().find(|known| known.name == one.name);
        let finding = match one.holds.as_bool() {
            Some(true) => HOLDS,
            Some(false) => BROKEN,
            None => NOT_SEEN,
        };
        let what = match finding {
            BROKEN => Some("the provider refuses it by name".to_owned()),
            NOT_SEEN => {
                Some("no request has rested on it since the stack opened the connection".to_owned())
            }
            _ => None,
        };
        Told {
            connection: connection.name.clone(),
            assumption: one.name.clone(),
            finding,
            what,
            claim: known.map(|known| known.claim),
            follows: known.filter(|_| finding == BROKEN).map(|known| known.otherwise),
        }
    });
    told.collect()
}

fn write_line(out: &mut impl Write, told: &Told, terminal: &Terminal) -> std::io::Result<()> {
    use anstyle::{AnsiColor, Style};
    let style = match told.finding {
        HOLDS => AnsiColor::Green.on_default(),
        BROKEN => AnsiColor::Red.on_default().bold(),
        _ => Style::new().dimmed(),
    };
    let Told { connection, assumption, finding, .. } = told;
    write!(out, "{style}{finding:<10}{style:#}  {connection}  {assumption}")?;
    let faint = terminal.faint();
    match (&told.what, told.claim) {
        (Some(what), Some(claim)) if told.finding == BROKEN => {
            writeln!(out, "\n            assumed: {claim}\n            but {what}")?;
        }
        (Some(what), _) => writeln!(out, "  {faint}{what}{faint:#}")?,
        _ => writeln!(out)?,
    }
    if let Some(follows) = told.follows {
        writeln!(out, "            so: {follows}")?;
    }
    Ok(())
}
