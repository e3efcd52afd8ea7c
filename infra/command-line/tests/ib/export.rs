//! Files, opened again by a reader that is not the writer.

use std::collections::BTreeMap;

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::{Value, json};

use crate::fake::{Fake, page};
use crate::support::{Ib, Stack, text};

/// The totals of all invoices, by reference.
fn totals(lines: &[Value]) -> BTreeMap<String, String> {
    let total = |one: &Value| one["amounts"]["total"].as_str().unwrap_or_default().to_owned();
    lines.iter().map(|one| (one["id"].as_str().unwrap().to_owned(), total(one))).collect()
}

#[test]
fn csv_has_every_amount_to_the_last_digit() {
    let stack = Stack::shared();
    let ib = stack.ib();
    let path = ib.file("all.csv");
    ib.run(&["export", "--csv", path.to_str().unwrap()]).code(0);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let head = reader.headers().unwrap().clone();
    let place = |name: &str| head.iter().position(|one| one == name).unwrap();
    let (id, total) = (place("id"), place("total"));
    let read: BTreeMap<String, String> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[id].to_owned(), row[total].to_owned()))
        .collect();
    assert_eq!(read, totals(&ib.run(&["ls", "--all"]).code(0).lines()));
    assert!(read.values().any(|total| total.starts_with('-')));
}

#[test]
fn a_workbooks_numbers_are_exact_and_texts_where_they_would_not_be() {
    let stack = Stack::shared();
    let ib = stack.ib();
    let path = ib.file("nue.xlsx");
    ib.run(&[
        "export",
        "-c",
        "nue",
        "--columns",
        "id,total,dueDate",
        "--xlsx",
        path.to_str().unwrap(),
    ])
    .code(0);
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let sheet = book.worksheet_range("Invoices").unwrap();
    let expected = totals(&ib.run(&["ls", "--all", "-c", "nue"]).code(0).lines());
    let mut numbers = 0;
    for row in sheet.rows().skip(1) {
        let total = &expected[&row[0].to_string()];
        match &row[1] {
            Data::Float(number) => {
                numbers += 1;
                let same = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap().normalize();
                assert_eq!(same(&number.to_string()), same(total), "{row:?}");
            }
            Data::String(text) => assert_eq!(text, total),
            Data::Empty => assert_eq!(total, ""),
            other => panic!("{other:?}"),
        }
        assert!(matches!(row[2], Data::DateTime(_) | Data::Empty), "{row:?}");
    }
    assert_eq!(sheet.rows().count(), expected.len() + 1);
    assert!(numbers > 50, "{numbers}");
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_harmless() {
    let fake = Fake::new(|_, _| {
        let mut page = page(&["nue:1"], None);
        page["data"][0]["number"] = "=HYPERLINK(\"http://evil\")".into();
        page["data"][0]["amounts"] = json!({ "total": "-5.00" });
        (200, page)
    });
    let ib = Ib::at(&fake.address);
    let path = ib.file("x.csv");
    ib.run(&["export", "--columns", "number,total", "--csv", path.to_str().unwrap()]).code(0);
    assert_eq!(text(&path), "number,total\n\"'=HYPERLINK(\"\"http://evil\"\")\",-5.00\n");
}

#[test]
fn an_export_that_would_not_be_complete_leaves_no_file() {
    let fake = Fake::new(|asked, _| match asked.target.contains("cursor") {
        true => (502, crate::fake::problem(502, "provider_credentials", false)),
        false => (200, page(&["nue:1"], Some("c"))),
    });
    let ib = Ib::at(&fake.address);
    let path = ib.file("x.ndjson");
    ib.run(&["export", "--ndjson", path.to_str().unwrap()]).code(7);
    let left: Vec<_> = std::fs::read_dir(ib.home.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(fake.asked()[0].target.contains("require=all"));
}
