//! `ib ls`: pages as they come.

use std::io::Write;

use bytes::Bytes;
use http::{HeaderValue, header};
use serde_json::value::RawValue;

use crate::answers::{self, Listing};
use crate::args::{List, Reading};
use crate::client::{Call, Client};
use crate::columns::{self, Column, Kind};
use crate::exit::{Exit, Failure};
use crate::filters::{self, Criterion};
use crate::output::{Format, Terminal, write_line, written};
use crate::sources::Sources;
use crate::spreadsheet;
use crate::table::{Shown, Table};

/// The most invoices that the API puts on a page.
const PAGE: u64 = 200;

/// What is asked of the listing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    /// The query's parameters, but for the page.
    query: Vec<(String, String)>,
    /// Whether to read past the cache.
    fresh: bool,
}

impl Question {
    /// The question for what matches these criteria.
    ///
    /// # Errors
    /// With every fault of it: nothing is sent.
    pub(crate) fn new(
        criteria: &[Criterion],
        sort: Option<&str>,
        includes: &[String],
        reading: &Reading,
    ) -> Result<Self, Failure> {
        let mut query = filters::query(criteria)?;
        query.extend(sort.map(|sort| ("sort".to_owned(), sort.to_owned())));
        if !includes.is_empty() {
            query.push(("includes".to_owned(), includes.join(",")));
        }
        query.extend(reading.require.iter().map(|word| ("require".to_owned(), word.clone())));
        filters::check(&query)?;
        Ok(Self { query, fresh: reading.fresh })
    }
}

/// Reads a listing page by page.
#[derive(Debug)]
pub(crate) struct Pages<'c> {
    client: &'c Client,
    question: Question,
    cursor: Option<String>,
    ended: bool,
}

impl<'c> Pages<'c> {
    /// The pages that answer `question`.
    pub(crate) fn new(client: &'c Client, question: Question) -> Self {
        Self { client, question, cursor: None, ended: false }
    }

    /// The next page with up to `most` invoices; none after the last.
    ///
    /// # Errors
    /// When the listing fails.
    pub(crate) async fn next(&mut self, most: u64) -> Result<Option<Bytes>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let mut query = self.question.query.clone();
        query.push(("limit".to_owned(), most.clamp(1, PAGE).to_string()));
        query.extend(self.cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
        let mut call = Call::get("/invoices", &query);
        if self.question.fresh {
            call = call.header(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        let answer = self.client.send(&call).await?.ok()?;
        let page: Listing<'_> = answers::read(&answer.body)?;
        match (page.has_more, &page.next_cursor) {
            (true, Some(cursor)) => self.cursor = Some(cursor.clone()),
            (true, None) => {
                let why = "the API says that there is more, and not where it begins";
                return Err(Failure::here(why));
            }
            (false, _) => self.ended = true,
        }
        Ok(Some(answer.body))
    }
}

/// `ib ls`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    list: &List,
) -> Result<Exit, Failure> {
    let criteria = list.filters.criteria()?;
    let question = Question::new(&criteria, list.sort.as_deref(), &list.includes, &list.reading)?;
    let mut writer = Writer::new(terminal, &list.columns)?;
    let mut pages = Pages::new(client, question);
    let (mut sources, mut shown, mut total, mut has_more) =
        (Sources::default(), 0_u64, None, false);
    let most = if list.all { u64::MAX } else { list.limit };
    while shown < most {
        let Some(body) = pages.next(most - shown).await? else { break };
        let page: Listing<'_> = answers::read(&body)?;
        writer.page(&page.data)?;
        shown += u64::try_from(page.data.len()).unwrap_or(u64::MAX);
        (total, has_more) = (page.total, page.has_more);
        sources.note(&page.sources);
    }
    writer.end(&sources)?;
    sources.tell(terminal);
    tell_count(terminal, shown, total, has_more, &sources);
    Ok(Exit::Done)
}

fn tell_count(
    terminal: &Terminal,
    shown: u64,
    total: Option<u64>,
    has_more: bool,
    sources: &Sources,
) {
    let answered = sources.len() - sources.failed();
    match (shown, has_more) {
        (_, true) => {
            let of = total.map_or_else(String::new, |total| format!(" of {total}"));
            terminal.note(format_args!("{shown}{of} shown; --all shows all, --limit N more"));
        }
        (0, false) if sources.is_incomplete() => {
            terminal.note(format_args!(
                "none found; {answered} of {} connections answered",
                sources.len()
            ));
        }
        (0, false) => terminal.note(format_args!("none; all {answered} connections answered")),
        (_, false) if terminal.format() == Format::Table => {
            terminal.note(format_args!("{shown} shown, all there are"))
        }
        _ => {}
    }
}

/// Writes invoices in the asked format.
struct Writer<'t> {
    terminal: &'t Terminal,
    columns: Vec<&'static Column>,
    table: Table,
    format: Format,
    /// Whether the head of CSV is still to be written: a page may be empty.
    head: bool,
    written: u64,
}

impl<'t> Writer<'t> {
    fn new(terminal: &'t Terminal, names: &[String]) -> Result<Self, Failure> {
        let format = terminal.format();
        let columns = match (format, names) {
            (Format::Csv, []) => columns::ALL.iter().collect(),
            _ => columns::named(names)?,
        };
        let are_named = !names.is_empty();
        let shown = columns.iter().map(|column| Shown {
            title: column.title.to_owned(),
            right: column.kind == Kind::Amount,
            // What was named is shown, whatever room there is.
            rank: if are_named { u8::MAX } else { column.rank },
            cut: column.name == "customer",
        });
        let table = Table::new(shown.collect(), terminal.width);
        Ok(Self { terminal, columns, table, format, head: true, written: 0 })
    }

    fn page(&mut self, invoices: &[&RawValue]) -> Result<(), Failure> {
        let mut out = std::io::BufWriter::new(self.terminal.data());
        match self.format {
            Format::Ndjson => {
                for invoice in invoices {
                    written(write_line(&mut out, invoice))?;
                }
            }
            Format::Json => {
                for (nth, invoice) in (self.written..).zip(invoices) {
                    let before = if nth == 0 { "{\"data\":[\n" } else { ",\n" };
                    written(write!(out, "{before}{}", invoice.get()))?;
                }
            }
            Format::Table | Format::Csv | Format::Id => {
                let rows = self.rows(invoices)?;
                match self.format {
                    Format::Csv => {
                        let head = std::mem::take(&mut self.head);
                        spreadsheet::write_csv(&mut out, &self.columns, &rows, head)?;
                    }
                    Format::Id => {
                        for id in rows.iter().filter_map(|row| row.first()?.as_ref()) {
                            written(writeln!(out, "{id}"))?;
                        }
                    }
                    _ if rows.is_empty() => {}
                    _ => written(self.table.write(&mut out, &rows))?,
                }
            }
        }
        self.written += u64::try_from(invoices.len()).unwrap_or(u64::MAX);
        written(out.flush())
    }

    fn rows(&self, invoices: &[&RawValue]) -> Result<Vec<Vec<Option<String>>>, Failure> {
        let id = columns::named(&["id".to_owned()])?;
        let columns = if self.format == Format::Id { &id } else { &self.columns };
        let row = |invoice: &&RawValue| {
            let tree = columns::tree(invoice)?;
            Ok(columns.iter().map(|column| column.of(&tree)).collect())
        };
        invoices.iter().map(row).collect()
    }

    fn end(&mut self, sources: &Sources) -> Result<(), Failure> {
        if self.format == Format::Json {
            let head = if self.written == 0 { "{\"data\":[" } else { "\n]" };
            let close = if self.written == 0 { "]" } else { "" };
            let notes = serde_json::to_string(&sources.lines()).unwrap_or_default();
            let complete = !sources.is_incomplete();
            let mut out = self.terminal.data();
            written(writeln!(out, "{head}{close},\"complete\":{complete},\"notes\":{notes}}}"))?;
        }
        Ok(())
    }
}
