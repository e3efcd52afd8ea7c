//! The table of providers in the README is the one the code decides by.

use std::path::Path;

use invoice::{Action, Parameter};
use provider_client::capability::{Applied, Sending, Sorting};
use provider_client::{Capabilities, PROVIDERS};

const BEGIN: &str = "<!-- providers -->";
const END: &str = "<!-- /providers -->";

#[test]
fn the_table_of_providers_in_the_readme_is_what_the_code_decides_by() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let written = readme.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END));
    let (written, _) = written.unwrap_or_else(|| panic!("README.md has no {BEGIN} .. {END}"));
    let right = table();
    assert!(
        written.trim() == right.trim(),
        "between {BEGIN} and {END} in README.md this should stand:\n\n{right}\n"
    );
}

fn table() -> String {
    let head = [
        "Provider",
        "list",
        "get",
        "activate",
        "cancel",
        "delete",
        "update",
        "filters applied by it",
        "orders",
        "includes",
    ];
    let mut lines = vec![row(head.map(str::to_owned)), row(head.map(|_| "---".to_owned()))];
    lines.extend(PROVIDERS.iter().map(|kind| row(cells(kind.capabilities))));
    lines.join("\n")
}

fn row(cells: [String; 10]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn cells(can: &Capabilities) -> [String; 10] {
    let list = if can.customer_required { "by customer" } else { "yes" };
    let update: Vec<String> =
        can.updatable.iter().map(|field| field.word()[1..].replace('/', ".")).collect();
    let fields = if update.is_empty() { String::new() } else { format!(": {}", update.join(", ")) };
    [
        can.title.to_owned(),
        list.to_owned(),
        "yes".to_owned(),
        write(can, Action::Activate),
        write(can, Action::Cancel),
        write(can, Action::Delete),
        format!("{}{fields}", write(can, Action::Update)),
        filters(can),
        words(can.sorts.iter().map(|sorting| match sorting {
            Sorting::EitherWay(key) => key.word().to_owned(),
            Sorting::Descending(key) => format!("-{}", key.word()),
        })),
        words(can.includes.iter().map(|include| include.word())),
    ]
}

fn write(can: &Capabilities, action: Action) -> String {
    match can.write(action) {
        Some(Sending::Bulk(most)) => format!("{most} a call"),
        Some(Sending::Single) => "yes".to_owned(),
        None => "-".to_owned(),
    }
}

/// The filters that the provider applies, of those that can be asked at all.
fn filters(can: &Capabilities) -> String {
    let by_provider = |parameter: &&Parameter| can.filter(**parameter) == Some(Applied::ByProvider);
    let theirs = Parameter::ALL.iter().filter(by_provider).count();
    format!("{theirs} of {}", can.filters.len())
}

fn words(words: impl Iterator<Item = impl Into<String>>) -> String {
    let words: Vec<String> = words.map(Into::into).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}
