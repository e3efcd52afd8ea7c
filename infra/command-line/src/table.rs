//! A table for people. Its first rows decide how wide its columns are and which of them the
//! terminal has room for; what comes later keeps to that, so that pages are shown at once.
//!
//! comfy-table, the library at hand, wraps cells where the terminal is narrow: a reference
//! could not be copied from it. Here columns are left out, the least important first.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const GAP: usize = 2;
/// A column of this rank or more is never left out.
const KEPT: u8 = 8;
/// No cell of a text that may be cut is wider.
const WIDEST: usize = 24;

/// How one column is shown.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    /// The head.
    pub(crate) title: String,
    /// Whether its cells stand to the right, as numbers do.
    pub(crate) right: bool,
    /// Which column stays longest where there is little room: the greatest.
    pub(crate) rank: u8,
    /// Whether a cell may be cut.
    pub(crate) cut: bool,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<Shown>,
    /// Columns of the terminal.
    room: Option<usize>,
    /// Once it has begun: the places of the columns that are shown, each with its width.
    layout: Option<Vec<(usize, usize)>>,
}

impl Table {
    /// A table of these columns in so much room.
    pub(crate) fn new(columns: Vec<Shown>, room: Option<usize>) -> Self {
        Self { columns, room, layout: None }
    }

    /// Writes rows, and before the first the head. "-" stands where there is nothing.
    pub(crate) fn write(
        &mut self,
        out: &mut impl Write,
        rows: &[Vec<Option<String>>],
    ) -> std::io::Result<()> {
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|cell| {
                        cell.as_deref().map_or_else(|| "-".to_owned(), |text| plain(text, &[]))
                    })
                    .collect()
            })
            .collect();
        let begins = self.layout.is_none();
        let layout = match self.layout.take() {
            Some(layout) => layout,
            None => self.lay_out(&cells),
        };
        if begins {
            let bold = Style::new().bold();
            let head: Vec<String> =
                self.columns.iter().map(|column| column.title.clone()).collect();
            write!(out, "{bold}")?;
            self.line(out, &layout, &head, false)?;
            write!(out, "{bold:#}")?;
        }
        for row in &cells {
            self.line(out, &layout, row, true)?;
        }
        self.layout = Some(layout);
        Ok(())
    }

    /// The columns there is room for, each with its width.
    fn lay_out(&self, rows: &[Vec<String>]) -> Vec<(usize, usize)> {
        let mut layout: Vec<(usize, usize)> = (0..)
            .zip(&self.columns)
            .map(|(place, column)| {
                let cells = rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.width());
                let widest = cells.max().unwrap_or(0).max(column.title.width());
                (
                    place,
                    if column.cut { widest.min(WIDEST.max(column.title.width())) } else { widest },
                )
            })
            .collect();
        let Some(room) = self.room else { return layout };
        let width = |layout: &[(usize, usize)]| {
            layout.iter().map(|(_, width)| width + GAP).sum::<usize>().saturating_sub(GAP)
        };
        let rank = |place: usize| self.columns.get(place).map_or(0, |column| column.rank);
        while width(&layout) > room {
            let least =
                layout.iter().map(|(place, _)| rank(*place)).filter(|rank| *rank < KEPT).min();
            let Some(least) = least else { break };
            layout.retain(|(place, _)| rank(*place) != least);
        }
        layout
    }

    fn line(
        &self,
        out: &mut impl Write,
        layout: &[(usize, usize)],
        row: &[String],
        body: bool,
    ) -> std::io::Result<()> {
        for (nth, (place, width)) in layout.iter().enumerate() {
            let (Some(column), Some(cell)) = (self.columns.get(*place), row.get(*place)) else {
                continue;
            };
            let cell = if column.cut { cut(cell, *width) } else { cell.clone() };
            let fill = " ".repeat(width.saturating_sub(cell.width()));
            let style = if body { style_of(&cell) } else { Style::new() };
            if nth > 0 {
                write!(out, "{:GAP$}", "")?;
            }
            let is_last = nth + 1 == layout.len();
            match (column.right, is_last) {
                (true, _) => write!(out, "{fill}{style}{cell}{style:#}")?,
                (false, true) => write!(out, "{style}{cell}{style:#}")?,
                (false, false) => write!(out, "{style}{cell}{style:#}{fill}")?,
            }
        }
        writeln!(out)
    }
}

/// A text without what a terminal would obey, but for the characters of `kept`.
pub(crate) fn plain(text: &str, kept: &[char]) -> String {
    text.chars().map(|c| if c.is_control() && !kept.contains(&c) { ' ' } else { c }).collect()
}

/// The beginning of a text, with a mark that there is more.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for letter in text.chars() {
        used += letter.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// The words of the API's states have a colour each: what waits, what is fine, what is not.
fn style_of(cell: &str) -> Style {
    match cell {
        "draft" | "pending_activation" | "processing" | "stale" | "partial" | "unknown"
        | "unchanged" => AnsiColor::Yellow.on_default(),
        "active" | "paid" | "applied" | "ok" | "holds" => AnsiColor::Green.on_default(),
        "overdue" | "disputed" | "failed" | "transfer_error" | "rejected" | "broken" => {
            AnsiColor::Red.on_default()
        }
        "canceled" | "written_off" | "-" | "not seen" | "not probed" => Style::new().dimmed(),
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(title: &str, right: bool, rank: u8, cut: bool) -> Shown {
        Shown { title: title.to_owned(), right, rank, cut }
    }

    fn render(room: Option<usize>, pages: &[&[[Option<&str>; 3]]]) -> String {
        let columns = vec![
            shown("ID", false, 9, false),
            shown("WHO", false, 1, true),
            shown("TOTAL", true, 8, false),
        ];
        let mut table = Table::new(columns, room);
        let mut out = anstream::StripStream::new(Vec::new());
        for page in pages {
            let rows: Vec<Vec<Option<String>>> = page
                .iter()
                .map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect())
                .collect();
            table.write(&mut out, &rows).unwrap();
        }
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn amounts_stand_right_and_nothing_is_a_dash() {
        let page =
            [[Some("nue:1"), Some("Acme"), Some("5.00")], [Some("nue:22"), None, Some("-1234.50")]];
        let expected = "ID      WHO      TOTAL\nnue:1   Acme      5.00\nnue:22  -     -1234.50\n";
        assert_eq!(render(None, &[&page]), expected);
    }

    #[test]
    fn where_it_is_narrow_a_column_goes_and_a_reference_stays_whole() {
        let page = [[Some("nue:1234567890"), Some("Acme"), Some("5.00")]];
        assert_eq!(render(Some(22), &[&page]), "ID              TOTAL\nnue:1234567890   5.00\n");
    }

    #[test]
    fn later_pages_keep_the_columns_of_the_first() {
        let (first, second) =
            ([[Some("a:1"), Some("x"), Some("1")]], [[Some("a:2"), Some("yyyyyy"), Some("22")]]);
        assert_eq!(
            render(None, &[&first, &second]),
            "ID   WHO  TOTAL\na:1  x        1\na:2  yy…     22\n"
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_written() {
        let page = [[Some("a:1"), Some("\u{1b}[2Jx"), Some("1")]];
        assert!(!render(None, &[&page]).contains('\u{1b}'));
        assert_eq!(cut("日本語", 5), "日本…");
    }
}
