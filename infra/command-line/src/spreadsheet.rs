//! Cells of files that a spreadsheet opens: exact, and harmless.

use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::columns::{Column, Kind};
use crate::exit::Failure;
use crate::table::plain;

/// A spreadsheet keeps this many digits of a number; what has more is written as a text.
const EXACT_DIGITS: usize = 15;
/// The rows of a sheet, its head among them.
const MAX_ROWS: u32 = 1_048_576;

type Row = Vec<Option<String>>;

/// Writes rows as CSV, with the head before the first.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn write_csv(
    out: &mut impl Write,
    columns: &[&Column],
    rows: &[Row],
    with_head: bool,
) -> Result<(), Failure> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    let outcome = (|| {
        if with_head {
            writer.write_record(columns.iter().map(|column| column.name))?;
        }
        for row in rows {
            let cells = columns.iter().zip(row).map(|(column, cell)| {
                let text = cell.as_deref().unwrap_or_default();
                if column.kind == Kind::Text { harmless(text) } else { checked(text) }
            });
            writer.write_record(cells)?;
        }
        writer.flush().map_err(csv::Error::from)
    })();
    outcome.map_err(|error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => {
            crate::output::written(Err(error)).err().unwrap_or_else(|| Failure::here("CSV"))
        }
        other => Failure::here(format!("cannot write CSV: {other:?}")),
    })
}

/// A text without what a terminal would obey: no more is it in a cell than in a table.
pub(crate) fn printable(text: &str) -> String {
    plain(text, &['\t', '\n', '\r'])
}

/// A text that neither a terminal obeys nor a spreadsheet runs: one that begins as a formula
/// has an apostrophe in front.
pub(crate) fn harmless(text: &str) -> String {
    let text = printable(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

/// A number, a date or an instant as it is; anything else that stands in its place is a text.
fn checked(text: &str) -> String {
    let is_plain =
        text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | ':' | 'T' | 'Z'));
    let is_formula = text.get(1..).is_some_and(|rest| rest.contains('-')) && text.starts_with('-');
    if is_plain && !is_formula { text.to_owned() } else { harmless(text) }
}

/// A workbook with one sheet.
pub(crate) struct Sheet {
    workbook: Workbook,
    rows: u32,
    instant: Format,
    date: Format,
}

impl Sheet {
    /// A sheet with its head.
    ///
    /// # Errors
    /// When the temporary file of its rows cannot be made.
    pub(crate) fn new(columns: &[&Column]) -> Result<Self, Failure> {
        let mut workbook = Workbook::new();
        let head = Format::new().set_bold();
        let begun = (|| {
            let sheet = workbook.add_worksheet_with_constant_memory()?;
            sheet.set_name("Invoices")?.set_freeze_panes(1, 0)?;
            for (place, column) in (0_u16..).zip(columns) {
                sheet.set_column_width(place, if column.kind == Kind::Text { 18 } else { 12 })?;
            }
            for (place, column) in (0_u16..).zip(columns) {
                sheet.write_string_with_format(0, place, column.name, &head)?;
            }
            Ok(())
        })();
        begun.map_err(broken)?;
        let instant = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let date = Format::new().set_num_format("yyyy-mm-dd");
        Ok(Self { workbook, rows: 1, instant, date })
    }

    /// Writes rows behind those that are there.
    ///
    /// # Errors
    /// When a sheet has no room for them, or they cannot be written.
    pub(crate) fn write(&mut self, columns: &[&Column], rows: &[Row]) -> Result<(), Failure> {
        let sheet = self.workbook.worksheet_from_index(0).map_err(broken)?;
        for row in rows {
            if self.rows >= MAX_ROWS {
                return Err(Failure::here(format!("a sheet holds {MAX_ROWS} rows at most"))
                    .advise("export to --csv, or narrow what is exported"));
            }
            for (place, (column, cell)) in (0_u16..).zip(columns.iter().zip(row)) {
                let Some(text) = cell else { continue };
                let at = (self.rows, place);
                write_cell(sheet, at, column.kind, text, &self.instant, &self.date)
                    .map_err(broken)?;
            }
            self.rows += 1;
        }
        Ok(())
    }

    /// The file's bytes, written to `out`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(crate) fn save(mut self, out: std::fs::File) -> Result<(), Failure> {
        self.workbook.save_to_writer(std::io::BufWriter::new(out)).map_err(broken)
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, place): (u32, u16),
    kind: Kind,
    text: &str,
    instant: &Format,
    date: &Format,
) -> Result<(), XlsxError> {
    match kind {
        Kind::Amount => match exact(text) {
            Some((number, places)) => {
                let format = Format::new().set_num_format(number_format(places));
                sheet.write_number_with_format(row, place, number, &format)?;
            }
            None => {
                sheet.write_string(row, place, text)?;
            }
        },
        Kind::Date | Kind::Instant => {
            let format = if kind == Kind::Date { date } else { instant };
            match ExcelDateTime::parse_from_str(&without_fraction(text)) {
                Ok(moment) => {
                    sheet.write_datetime_with_format(row, place, &moment, format)?;
                }
                Err(_) => {
                    sheet.write_string(row, place, text)?;
                }
            }
        }
        // Written as a text, which a spreadsheet does not run.
        Kind::Text => {
            sheet.write_string(row, place, text)?;
        }
    }
    Ok(())
}

/// The number that a spreadsheet shows as this decimal, and how many places it has; none
/// where it would be rounded.
fn exact(text: &str) -> Option<(f64, usize)> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_decimal = text.parse::<rust_decimal::Decimal>().is_ok();
    let places = text.split_once('.').map_or(0, |(_, places)| places.len());
    (is_decimal && digits <= EXACT_DIGITS)
        .then(|| text.parse().ok().map(|number| (number, places)))?
}

fn number_format(places: usize) -> String {
    if places == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(places)) }
}

/// `2026-01-01T10:00:00.123Z` to the second.
fn without_fraction(text: &str) -> String {
    let text = text.trim_end_matches('Z');
    text.split_once('.').map_or(text, |(whole, _)| whole).to_owned()
}

fn broken(error: XlsxError) -> Failure {
    Failure::here(format!("cannot write the workbook: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_harmless() {
        for text in ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("INV-1"), "INV-1");
        for (text, cell) in [
            ("-9782.43", "-9782.43"),
            ("2026-01-01", "2026-01-01"),
            ("=1", "'=1"),
            ("-1-1", "'-1-1"),
        ] {
            assert_eq!(checked(text), cell);
        }
    }

    #[test]
    fn a_number_that_would_be_rounded_is_no_number() {
        assert_eq!(exact("226.33"), Some((226.33, 2)));
        assert_eq!(exact("5586.857738"), Some((5586.857738, 6)));
        assert_eq!(exact("1234567890123.456789"), None);
        assert_eq!(exact("-0.10"), Some((-0.10, 2)));
        assert_eq!((number_format(0), number_format(2)), ("0".to_owned(), "0.00".to_owned()));
    }
}
