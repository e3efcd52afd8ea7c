//! Every rule that code rests on is on a page in `docs`, and every page is true to it:
//! a citation leads to a rule, a rule is cited, a vendor's rule has its address.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use provider_client::PROVIDERS;

/// What a rule says where nothing rests on it.
const UNUSED: &str = "ot used by the bridge";

const MARKS: [&str; 4] = ["seed", "vendor", "client", "assumed"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The files below `folder` that end in `extension`.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| {
        let fits = path.extension().is_some_and(|it| it == extension);
        if path.is_dir() { files(&path, extension) } else { Vec::from_iter(fits.then_some(path)) }
    });
    found.collect()
}

/// A rule of a page: its marks, and all of its text.
struct Rule {
    marks: String,
    text: String,
}

/// The rules of each page by their numbers.
fn pages() -> BTreeMap<String, BTreeMap<u32, Rule>> {
    let mut pages = files(&root().join("docs/providers"), "md");
    pages.retain(|page| !page.ends_with("README.md"));
    pages.push(root().join("docs/aws.md"));
    let named = |page: &PathBuf| page.file_stem().unwrap().to_str().unwrap().to_owned();
    pages.iter().map(|page| (named(page), rules(&fs::read_to_string(page).unwrap()))).collect()
}

/// Each rule is an item of a list, `- **R7** (mark; mark) Sentences.`
fn rules(page: &str) -> BTreeMap<u32, Rule> {
    let mut rules = BTreeMap::new();
    let mut items: Vec<String> = Vec::new();
    for line in page.lines() {
        match line.strip_prefix("- **R") {
            Some(item) => items.push(item.to_owned()),
            None if line.starts_with("  ") => {
                items.last_mut().unwrap().push_str(&format!(" {}", line.trim()));
            }
            None => {}
        }
    }
    for item in items {
        let (number, text) = item.split_once("** (").unwrap_or_else(|| panic!("no mark: {item}"));
        let (marks, text) = text.split_once(") ").unwrap_or_else(|| panic!("no text: {item}"));
        let rule = Rule { marks: marks.to_owned(), text: text.to_owned() };
        let earlier = rules.insert(number.parse().unwrap(), rule);
        assert!(earlier.is_none(), "R{number} stands twice");
    }
    rules
}

/// What the comments of a source say, with no regard to where their lines end.
fn comments(source: &str) -> String {
    let lines = source.lines().filter_map(|line| line.split_once("//"));
    let texts = lines.map(|(_, comment)| comment.trim_start_matches(['/', '!']).trim());
    texts.collect::<Vec<_>>().join(" ")
}

/// The comments of every source.
fn sources() -> Vec<(PathBuf, String)> {
    let folders = ["shared", "functions", "infra", "tests"].map(|name| root().join(name));
    let paths = folders.iter().flat_map(|folder| files(folder, "rs"));
    paths.map(|path| (path.clone(), comments(&fs::read_to_string(path).unwrap()))).collect()
}

/// The rules that `text` cites: a page's name and the numbers after it, `nue R7, R9`.
fn citations(text: &str) -> Vec<(String, u32)> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    let mut cited = Vec::new();
    let mut page = "";
    let mut is_after_a_number = false;
    for word in words.filter(|word| !word.is_empty()) {
        let number = word.strip_prefix('R').and_then(|number| number.parse().ok());
        match number {
            Some(number) => cited.push((page.to_owned(), number)),
            None if is_after_a_number && word == "and" => continue,
            None => page = word,
        }
        is_after_a_number = number.is_some();
    }
    cited
}

#[test]
fn a_citation_leads_to_a_rule() {
    let pages = pages();
    let mut astray = Vec::new();
    for (path, text) in sources() {
        for (page, number) in citations(&text) {
            if pages.get(&page).is_none_or(|rules| !rules.contains_key(&number)) {
                astray.push(format!("{}: {page} R{number}", path.display()));
            }
        }
    }
    assert!(astray.is_empty(), "no such rule:\n{}", astray.join("\n"));
}

#[test]
fn a_rule_is_cited_or_says_that_it_is_unused() {
    let cited: BTreeSet<_> = sources().iter().flat_map(|(_, text)| citations(text)).collect();
    let mut wrong = Vec::new();
    for (page, rules) in pages() {
        for (number, rule) in rules {
            let is_cited = cited.contains(&(page.clone(), number));
            if is_cited == rule.text.contains(UNUSED) {
                wrong.push(format!("{page} R{number}"));
            }
        }
    }
    assert!(wrong.is_empty(), "cited by nothing, or said to be unused: {}", wrong.join(", "));
}

#[test]
fn a_rule_says_how_well_it_is_known() {
    let pages = pages();
    assert!(pages.values().all(|rules| !rules.is_empty()), "a page without rules");
    for (page, rules) in pages {
        for (number, Rule { marks, text }) in rules {
            let name = format!("{page} R{number}");
            for mark in marks.split("; ") {
                let (word, rest) = mark.split_once(": ").unwrap_or((mark, ""));
                assert!(MARKS.contains(&word), "{name}: what is `{mark}`?");
                let has_address = rest.contains("<https://") || rest.contains("<http://");
                assert_eq!(word == "vendor", has_address, "{name}: the address of a vendor's page");
            }
            assert!(!text.trim().is_empty(), "{name}");
        }
    }
}

#[test]
fn no_mark_stands_in_code() {
    let mut left = Vec::new();
    for (path, text) in sources() {
        let bracketed = text.split('[').skip(1);
        let is_mark = |inner: &str| {
            let word = inner.split(|c: char| !c.is_alphabetic()).next().unwrap();
            MARKS.contains(&word) && inner.contains(']')
        };
        left.extend(bracketed.filter(|inner| is_mark(inner)).map(|inner| {
            let shown: String = inner.chars().take(30).collect();
            format!("{}: [{shown}", path.display())
        }));
    }
    assert!(left.is_empty(), "cite the rule on the provider's page:\n{}", left.join("\n"));
}

#[test]
fn a_page_names_what_connections_show_as_assumed() {
    let pages = pages();
    for provider in PROVIDERS.iter().map(|kind| kind.capabilities) {
        let rules = pages.get(provider.provider).expect("a page for each provider");
        let marks = rules.values().flat_map(|rule| rule.marks.split("; "));
        let assumed = marks.filter_map(|mark| mark.strip_prefix("assumed: "));
        let named: BTreeSet<&str> = assumed.flat_map(|it| it.split('"').skip(1).step_by(2)).collect();
        // The fields of one type are one rule, which names the first of them.
        let mut families = BTreeSet::new();
        let shown = provider.assumptions.iter().map(|one| one.name);
        let shown = shown.filter(|name| match name.split_once('.') {
            Some((family, _)) => families.insert(family),
            None => true,
        });
        assert_eq!(named, shown.collect(), "{}", provider.provider);
    }
}

#[test]
fn a_document_that_is_named_exists() {
    let root = root();
    let mut missing = Vec::new();
    for (path, text) in sources() {
        let named = text.split(|c: char| c.is_whitespace() || "`()<>,;:\"".contains(c));
        let documents = named.map(|name| name.trim_end_matches('.')).filter(|it| it.ends_with(".md"));
        let missed = documents.filter(|name| !name.contains("//") && !root.join(name).exists());
        missing.extend(missed.map(|name| format!("{}: {name}", path.display())));
    }
    let own = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let own = own.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    for page in own.chain(files(&root.join("docs"), "md")) {
        let text = fs::read_to_string(&page).unwrap();
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let links = links.map(|(link, _)| link.split('#').next().unwrap());
        let folder = page.parent().unwrap();
        let missed = links.filter(|link| !link.contains("://") && !folder.join(link).exists());
        missing.extend(missed.map(|link| format!("{}: {link}", page.display())));
    }
    assert!(missing.is_empty(), "no such file:\n{}", missing.join("\n"));
}
