//! Whether a write is meant: asked, or said beforehand.

use std::io::Write;

use api::BulkAction;

use super::Action;
use crate::args::Confirmation;
use crate::exit::{Exit, Failure};
use crate::output::Terminal;

/// `--yes` does for as many.
const YES: usize = 25;

/// Whether the number of invoices has to be said, and `yes` does not do.
fn needs_number(action: Action, count: usize) -> bool {
    let is_harsh = matches!(action, Action::Bulk(BulkAction::Cancel | BulkAction::Delete));
    is_harsh || count > YES
}

/// Whether the write is meant.
///
/// # Errors
/// When what was said beforehand does not fit, or nothing was said and nobody can be asked.
pub(super) async fn confirmed(
    terminal: &Terminal,
    action: Action,
    count: usize,
    said: &Confirmation,
) -> Result<bool, Failure> {
    let word = action.word();
    match (said.confirm, said.yes) {
        (Some(number), _) if number == count => Ok(true),
        (Some(number), _) => Err(Failure::usage(format!(
            "--confirm {number}: {count} are found to {word}; nothing was sent"
        ))),
        (None, true) if !needs_number(action, count) => Ok(true),
        (None, true) => {
            let why = if count > YES {
                format!("does for up to {YES} invoices")
            } else {
                format!("is not enough to {word}")
            };
            Err(Failure::usage(format!("--yes {why}; nothing was sent"))
                .advise(format!("--confirm {count} says how many are meant")))
        }
        (None, false) if terminal.asks => ask(terminal, action, count).await,
        (None, false) => {
            let flag = if needs_number(action, count) {
                format!("--confirm {count}")
            } else {
                "--yes".to_owned()
            };
            Err(Failure::usage("nobody can be asked here; nothing was sent").advise(format!(
                "{flag} says that it is meant; --dry-run only shows what would come of it"
            )))
        }
    }
}

async fn ask(terminal: &Terminal, action: Action, count: usize) -> Result<bool, Failure> {
    let word = action.word();
    let question = if needs_number(action, count) {
        format!("To {word} {count} invoices, type their number: ")
    } else {
        format!("{} {count} invoice{}? [y/N] ", capital(word), if count == 1 { "" } else { "s" })
    };
    {
        let mut out = terminal.errors();
        let _ = write!(out, "{question}").and_then(|()| out.flush());
    }
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    let line = tokio::select! {
        line = reading => line,
        _ = tokio::signal::ctrl_c() => {
            terminal.warn("");
            return Ok(false);
        }
    };
    let line = line
        .map_err(|error| error.to_string())
        .and_then(|line| line.map_err(|error| error.to_string()))
        .map_err(|error| {
            Failure::here(format!("cannot read the answer: {error}")).exit(Exit::Usage)
        })?;
    Ok(means_it(&line, needs_number(action, count).then_some(count)))
}

fn means_it(line: &str, number: Option<usize>) -> bool {
    match number {
        Some(number) => line.trim().parse() == Ok(number),
        None => matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_at_its_word() {
        for (line, number, meant) in [
            ("y\n", None, true),
            ("Yes\n", None, true),
            ("\n", None, false),
            ("sure\n", None, false),
            ("350\n", Some(350), true),
            ("y\n", Some(350), false),
            ("35\n", Some(350), false),
            ("", Some(1), false),
        ] {
            assert_eq!(means_it(line, number), meant, "{line:?}");
        }
    }

    #[test]
    fn a_number_is_to_be_said_of_many_and_of_what_cannot_be_undone() {
        let activate = Action::Bulk(BulkAction::Activate);
        assert!(!needs_number(activate, 25) && needs_number(activate, 26));
        assert!(needs_number(Action::Bulk(BulkAction::Cancel), 1));
        assert!(needs_number(Action::Bulk(BulkAction::Delete), 1));
        assert!(!needs_number(Action::Update, 1));
    }
}
