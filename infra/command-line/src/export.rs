//! `ib export`: invoices into a file, complete or not at all.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::answers::{self, Listing};
use crate::args::{Export, Reading, Target};
use crate::client::Client;
use crate::columns::{self, Column};
use crate::exit::{Exit, Failure};
use crate::list::{Pages, Question};
use crate::output::{Terminal, write_line};
use crate::sources::Sources;
use crate::spreadsheet::{self, Sheet};

/// `ib export`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    export: &Export,
) -> Result<Exit, Failure> {
    let columns = match export.columns.as_slice() {
        [] => columns::ALL.iter().collect(),
        names => columns::named(names)?,
    };
    let reading =
        Reading { fresh: export.fresh, require: (!export.partial).then(|| "all".to_owned()) };
    let question =
        Question::new(&export.filters.criteria()?, export.sort.as_deref(), &[], &reading)?;
    let mut file = Unfinished::create(&export.target, &columns)?;
    let mut pages = Pages::new(client, question);
    let (mut sources, mut count) = (Sources::default(), 0_u64);
    while let Some(body) = pages.next(u64::MAX).await? {
        let page: Listing<'_> = answers::read(&body)?;
        file.write(&columns, &page)?;
        count += u64::try_from(page.data.len()).unwrap_or(u64::MAX);
        sources.note(&page.sources);
        if terminal.shows_progress() {
            let _ = write!(terminal.errors(), "\r{count} invoices ..");
        }
    }
    if terminal.shows_progress() {
        let _ = write!(terminal.errors(), "\r\x1b[K");
    }
    sources.tell(terminal);
    if sources.is_incomplete() && !export.partial {
        return Err(Failure::here("the export would not be complete: no file is written")
            .advise("--partial takes what there is"));
    }
    let path = file.finish()?;
    terminal.note(format_args!("{count} invoices in {}", path.display()));
    Ok(Exit::Done)
}

/// A file that has its name only once it is complete.
struct Unfinished {
    path: PathBuf,
    part: PathBuf,
    body: Body,
    finished: bool,
}

enum Body {
    Csv { out: BufWriter<File>, head: bool },
    Xlsx(Box<Sheet>),
    Ndjson(BufWriter<File>),
    Closed,
}

impl Unfinished {
    fn create(target: &Target, columns: &[&Column]) -> Result<Self, Failure> {
        let Some(path) =
            [&target.csv, &target.xlsx, &target.ndjson].into_iter().find_map(Option::as_ref)
        else {
            return Err(Failure::usage("name a file: --csv, --xlsx or --ndjson"));
        };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let file = File::create(&part).map_err(|error| cannot_write(path, &error))?;
        let body = if target.csv.is_some() {
            Body::Csv { out: BufWriter::new(file), head: true }
        } else if target.xlsx.is_some() {
            Body::Xlsx(Box::new(Sheet::new(columns)?))
        } else {
            Body::Ndjson(BufWriter::new(file))
        };
        Ok(Self { path: path.clone(), part, body, finished: false })
    }

    fn write(&mut self, columns: &[&Column], page: &Listing<'_>) -> Result<(), Failure> {
        if let Body::Ndjson(out) = &mut self.body {
            let written = page.data.iter().try_for_each(|invoice| write_line(out, invoice));
            return written.map_err(|error| cannot_write(&self.path, &error));
        }
        let rows = page.data.iter().map(|invoice| {
            let tree = columns::tree(invoice)?;
            Ok(columns.iter().map(|column| column.of(&tree)).collect())
        });
        let rows: Vec<Vec<Option<String>>> = rows.collect::<Result<_, Failure>>()?;
        match &mut self.body {
            Body::Csv { out, head } => {
                spreadsheet::write_csv(out, columns, &rows, std::mem::take(head))
            }
            Body::Xlsx(sheet) => sheet.write(columns, &rows),
            Body::Ndjson(_) | Body::Closed => Ok(()),
        }
    }

    fn finish(mut self) -> Result<PathBuf, Failure> {
        let saved = match std::mem::replace(&mut self.body, Body::Closed) {
            Body::Csv { out, .. } | Body::Ndjson(out) => out
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)
                .and_then(|file| file.sync_all()),
            Body::Xlsx(sheet) => {
                let file =
                    File::create(&self.part).map_err(|error| cannot_write(&self.path, &error))?;
                sheet.save(file)?;
                Ok(())
            }
            Body::Closed => Ok(()),
        };
        saved
            .and_then(|()| std::fs::rename(&self.part, &self.path))
            .map_err(|error| cannot_write(&self.path, &error))?;
        self.finished = true;
        Ok(self.path.clone())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.finished {
            // What cannot be taken away is a `.part`, which nobody takes for the whole.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::here(format!("cannot write {}: {error}", path.display()))
}
