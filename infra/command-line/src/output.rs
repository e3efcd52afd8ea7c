//! What is printed where: data on standard output, all else on standard error.

use std::io::{IsTerminal, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde_json::value::RawValue;

use crate::exit::{Exit, Failure};

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns, for people.
    Table,
    /// One JSON document.
    Json,
    /// A JSON object a line.
    Ndjson,
    /// Comma-separated values with a head.
    Csv,
    /// References alone, one a line.
    Id,
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

/// How the program is to talk, by its arguments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// The format that was asked for.
    pub(crate) asked: Option<Format>,
    /// Whether nothing is to be asked.
    pub(crate) no_input: bool,
    /// Whether notes are left out.
    pub(crate) quiet: bool,
    /// Whether requests are told.
    pub(crate) verbose: bool,
    /// When to use colours.
    pub(crate) color: Color,
}

/// Whom the program talks to.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    /// The format that was asked for.
    pub(crate) asked: Option<Format>,
    /// Whether standard output is a terminal.
    pub(crate) shows: bool,
    /// Whether somebody can be asked: standard input and standard error are terminals.
    pub(crate) asks: bool,
    /// Whether notes are left out.
    quiet: bool,
    /// Whether requests are told.
    verbose: bool,
    color: Color,
    /// Columns of the terminal; none where there is no terminal.
    pub(crate) width: Option<usize>,
}

impl Terminal {
    /// The terminal of this process, as far as the arguments let it be one.
    pub(crate) fn of(manner: Manner) -> Self {
        let shows = std::io::stdout().is_terminal();
        let talks = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        let size = terminal_size::terminal_size();
        Self {
            asked: manner.asked,
            shows,
            asks: talks && !manner.no_input,
            quiet: manner.quiet,
            verbose: manner.verbose,
            color: manner.color,
            width: size.map(|(width, _)| usize::from(width.0)).filter(|_| shows),
        }
    }

    /// The format of data: what was asked for, else a table on a terminal and NDJSON on a pipe.
    pub(crate) fn format(&self) -> Format {
        self.asked.unwrap_or(if self.shows { Format::Table } else { Format::Ndjson })
    }

    /// Standard output, without colours where it takes none.
    pub(crate) fn out(&self) -> impl Write + use<> {
        AutoStream::new(std::io::stdout().lock(), self.color.choice())
    }

    /// Standard output for data in the format of [`Terminal::format`]. What programs read is
    /// written as it is: an escape sequence in a customer's name that is not ended would take
    /// the rows behind it along.
    pub(crate) fn data(&self) -> impl Write + use<> {
        let choice = match self.format() {
            Format::Table => self.color.choice(),
            Format::Json | Format::Ndjson | Format::Csv | Format::Id => {
                anstream::ColorChoice::AlwaysAnsi
            }
        };
        AutoStream::new(std::io::stdout().lock(), choice)
    }

    /// Standard error, without colours where it takes none.
    pub(crate) fn errors(&self) -> impl Write + use<> {
        AutoStream::new(std::io::stderr().lock(), self.color.choice())
    }

    /// A line on standard error, unless notes are not wanted.
    pub(crate) fn note(&self, line: impl std::fmt::Display) {
        if !self.quiet {
            let faint = self.faint();
            // Without a standard error there is nobody to tell.
            let _ = writeln!(self.errors(), "{faint}{line}{faint:#}");
        }
    }

    /// A line on standard error that is not to be missed.
    pub(crate) fn warn(&self, line: impl std::fmt::Display) {
        let _ = writeln!(self.errors(), "{line}");
    }

    /// A line on standard error for those who want to see each request.
    pub(crate) fn trace(&self, line: impl std::fmt::Display) {
        if self.verbose {
            self.warn(line);
        }
    }

    /// Whether progress is shown.
    pub(crate) fn shows_progress(&self) -> bool {
        std::io::stderr().is_terminal() && !self.quiet
    }

    /// The style of what went wrong.
    pub(crate) fn bad(&self) -> Style {
        AnsiColor::Red.on_default().bold()
    }

    /// The style of what may be missed.
    pub(crate) fn faint(&self) -> Style {
        Style::new().dimmed()
    }
}

/// Writes one JSON text as one line: between its tokens, a provider's own object may have
/// line ends.
pub(crate) fn write_line(out: &mut impl Write, value: &RawValue) -> std::io::Result<()> {
    let text = value.get();
    if text.contains(['\n', '\r']) {
        writeln!(out, "{}", text.replace(['\n', '\r'], " "))
    } else {
        writeln!(out, "{text}")
    }
}

/// What a writing to standard output comes to: who reads no further has what was wanted.
pub(crate) fn written(outcome: std::io::Result<()>) -> Result<(), Failure> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            Err(Failure::here("nobody reads the output any more").exit(Exit::Done))
        }
        Err(error) => Err(Failure::here(format!("cannot write to standard output: {error}"))),
    }
}
