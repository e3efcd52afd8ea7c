//! Every rule that code rests on is on a page in `docs`, and every page is true to it:
//! a citation leads to a rule, a rule is cited, a vendor's rule has its address.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use provider_client::PROVIDERS;

/// What a rule says where nothing rests on it.
const UNUSED: &str = "ot used by the bridge";

/// The marks, as docs/providers/README.md explains them.
const MARKS: [&str; 6] = ["seed", "vendor", "OpenAPI", "replica", "client", "assumed"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn sandbox() -> PathBuf {
    root().join("infra/sandbox")
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

/// A rule of a page: how well it is known, and all of its text.
struct Rule {
    marks: Vec<String>,
    text: String,
}

impl Rule {
    /// The marks stand before the rule, `(seed; vendor: <https://..>)`, or in brackets
    /// beside the half of a sentence that each is about.
    fn of(text: &str) -> Self {
        let front = text.strip_prefix('(').and_then(|rest| rest.split_once(") "));
        let marks = match front {
            Some((marks, _)) => marks.split("; ").map(str::to_owned).collect(),
            None => {
                let each = bracketed(text).flat_map(|marks| marks.split(", "));
                each.filter(|mark| MARKS.contains(&word(mark))).map(str::to_owned).collect()
            }
        };
        Self { marks, text: text.to_owned() }
    }
}

/// What stands in brackets in `text` and begins with a mark.
fn bracketed(text: &str) -> impl Iterator<Item = &str> {
    let inner = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    inner.map(|(inner, _)| inner).filter(|inner| MARKS.contains(&word(inner)))
}

/// The first word of a mark.
fn word(mark: &str) -> &str {
    mark.split(|c: char| !c.is_alphabetic()).next().unwrap()
}

/// The rules of each page by their numbers.
fn pages() -> BTreeMap<String, BTreeMap<u32, Rule>> {
    let mut pages = files(&root().join("docs/providers"), "md");
    pages.retain(|page| !page.ends_with("README.md"));
    pages.push(root().join("docs/aws.md"));
    let named = |page: &PathBuf| page.file_stem().unwrap().to_str().unwrap().to_owned();
    pages.iter().map(|page| (named(page), rules(&fs::read_to_string(page).unwrap()))).collect()
}

/// Each rule is an item of a list, `- **R7** Sentences.`, with its marks.
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
        let (number, text) = item.split_once("** ").unwrap();
        let rule = Rule::of(text);
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

/// The comments of every source but this one, whose citations are examples.
fn sources() -> Vec<(PathBuf, String)> {
    let folders = ["shared", "functions", "infra", "tests"].map(|name| root().join(name));
    let paths = folders.iter().flat_map(|folder| files(folder, "rs"));
    let paths = paths.filter(|path| !path.ends_with("tests/provenance.rs"));
    paths.map(|path| (path.clone(), comments(&fs::read_to_string(path).unwrap()))).collect()
}

/// The rules that `text` cites: a page's name and the numbers after it, `nue R7, R9` or
/// `nue R7 to R9`.
fn citations(text: &str) -> Vec<(String, u32)> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    let mut cited = Vec::new();
    let (mut page, mut last, mut is_range) = ("", None, false);
    for word in words.filter(|word| !word.is_empty()) {
        match word.strip_prefix('R').and_then(|number| number.parse().ok()) {
            Some(number) => {
                let first = last.filter(|_| is_range).unwrap_or(number);
                cited.extend((first..=number).map(|number| (page.to_owned(), number)));
                (last, is_range) = (Some(number), false);
            }
            None if last.is_some() && matches!(word, "and" | "to") => is_range = word == "to",
            None => (page, last, is_range) = (word, None, false),
        }
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
fn the_sandboxs_choices_are_the_sandboxs_alone() {
    let pages = pages();
    let is_choice = |(page, number): &(String, u32)| {
        pages[page].get(number).is_some_and(|rule| rule.text.contains("The sandbox's choice"))
    };
    let elsewhere = sources().into_iter().filter(|(path, _)| !path.starts_with(sandbox()));
    let cited = elsewhere.flat_map(|(_, text)| citations(&text));
    let cited: Vec<_> =
        cited.filter(|cited| pages.contains_key(&cited.0) && is_choice(cited)).collect();
    assert!(cited.is_empty(), "the bridge rests on what the sandbox made up: {cited:?}");
}

#[test]
fn a_rule_says_how_well_it_is_known() {
    let pages = pages();
    assert!(pages.values().all(|rules| !rules.is_empty()), "a page without rules");
    let mut wrong = Vec::new();
    for (page, rules) in pages {
        for (number, Rule { marks, .. }) in rules {
            if marks.is_empty() || marks.iter().any(|mark| !MARKS.contains(&word(mark))) {
                wrong
                    .push(format!("{page} R{number} does not say how well it is known: {marks:?}"));
            }
            if marks.iter().any(|mark| word(mark) == "vendor" && !mark.contains('/')) {
                wrong.push(format!("{page} R{number} does not say where the vendor says so"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_mark_stands_in_code() {
    let mut left = Vec::new();
    for (path, text) in sources() {
        left.extend(bracketed(&text).map(|mark| format!("{}: [{mark}]", path.display())));
    }
    assert!(left.is_empty(), "cite the rule on the provider's page:\n{}", left.join("\n"));
}

#[test]
fn a_page_names_what_connections_show_as_assumed() {
    let pages = pages();
    for provider in PROVIDERS.iter().map(|kind| kind.capabilities) {
        let rules = pages.get(provider.provider).expect("a page for each provider");
        let marks = rules.values().flat_map(|rule| &rule.marks);
        let assumed = marks.filter_map(|mark| mark.strip_prefix("assumed: "));
        let named: BTreeSet<&str> =
            assumed.flat_map(|it| it.split('"').skip(1).step_by(2)).collect();
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
        let documents =
            named.map(|name| name.trim_end_matches('.')).filter(|it| it.ends_with(".md"));
        let exists = |name: &str| path.ancestors().any(|folder| folder.join(name).exists());
        let missed = documents.filter(|name| !name.contains("//") && !exists(name));
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

#[test]
fn the_glossarys_types_are_in_the_code() {
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    let rows = glossary.lines().filter_map(|line| line.strip_suffix("` |")?.rsplit_once("| `"));
    let types: BTreeSet<&str> = rows.map(|(_, name)| name).collect();
    assert!(!types.is_empty(), "the glossary has no rows");
    let folders = ["shared", "functions"].map(|folder| files(&root().join(folder), "rs"));
    let paths = folders.concat();
    let code: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let code = code.concat();
    // A closed list of words stands in its macro by its name alone.
    let kinds = ["struct", "enum", "trait", "\n   "];
    let ends = [" {", "<", "(", ":"];
    let is_declared = |name: &&str| {
        kinds
            .iter()
            .any(|kind| ends.iter().any(|end| code.contains(&format!("{kind} {name}{end}"))))
    };
    let missing: Vec<&str> = types.into_iter().filter(|name| !is_declared(name)).collect();
    assert!(missing.is_empty(), "no such types: {missing:?}");
}
