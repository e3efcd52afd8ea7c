//! Adding a provider touches its folder and at most two lines outside it.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The lines that may name a provider outside its folder: its `mod` line and its line
/// in the registry.
const MOST: usize = 2;

/// Who may use whose folder.
const SHARED: [(&str, &str); 1] = [("nue_self_service", "nue")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_str().unwrap();
    name == "tests" || name.ends_with("_tests")
}

/// Every source file below `folder` that is no test.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| !is_test(path)).flat_map(|path| {
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        if path.is_dir() { sources(&path) } else { Vec::from_iter(is_rust.then_some(path)) }
    });
    files.collect()
}

/// The source folders of the crates in `shared` and `functions`.
fn crates() -> Vec<PathBuf> {
    let members = ["shared", "functions"].map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let folders = members.into_iter().flatten().map(|entry| entry.unwrap().path().join("src"));
    folders.filter(|source| source.is_dir()).collect()
}

/// The providers, as their modules are called.
fn providers() -> BTreeSet<String> {
    let folder = root().join("shared/provider-client/src/providers");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Whoever knows one folder finds the way in every other.
#[test]
fn every_providers_folder_has_the_same_files() {
    for kind in provider_client::PROVIDERS {
        let name = kind.capabilities.provider.replace('-', "_");
        let folder = root().join("shared/provider-client/src/providers").join(&name);
        let has = |file: &str| folder.join(file).is_file();
        for file in ["assumptions.rs", "client.rs", "error.rs", "probes.rs", "query.rs", "read.rs"]
        {
            assert!(has(file), "{name} has no {file}");
        }
        // One edition may have another's object.
        let shares = SHARED.iter().any(|(borrower, _)| *borrower == name);
        assert!(has("wire.rs") || shares, "{name} has no wire.rs");
        for file in ["rules.rs", "write.rs"] {
            assert_eq!(has(file), !kind.capabilities.writes.is_empty(), "{name} {file}");
        }
    }
}

/// The provider whose own file or folder `path` is.
fn owner(path: &Path) -> Option<&str> {
    let own = path.strip_prefix(root().join("shared/provider-client/src/providers")).ok();
    let first = own?.iter().next()?.to_str()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

/// The words of a name, however it is written: `NueSelfService`, `NUE_HOST`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small_before = false;
    for letter in name.chars() {
        let begins = letter == '_' || letter == '-' || (small_before && letter.is_uppercase());
        if begins {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().unwrap().extend(letter.to_lowercase());
        }
        small_before = letter.is_lowercase() || letter.is_numeric();
    }
    words
}

/// The provider that `name` is about: `is_fusebill` is, `revenue` is not Nue's.
fn meant<'a>(providers: &'a BTreeSet<String>, name: &str) -> Option<&'a str> {
    let words = words(name);
    let about = |provider: &str| {
        let provider = provider.replace('_', "");
        let runs = |from| (from + 1..=words.len()).map(move |to| (from, to));
        (0..words.len()).flat_map(runs).any(|(from, to)| words[from..to].concat() == provider)
    };
    let meant = providers.iter().map(String::as_str).filter(|provider| about(provider));
    meant.max_by_key(|provider| provider.len())
}

/// What a literal says when it is one bare word; texts for people may give a
/// provider as an example.
fn word(literal: &str) -> Option<&str> {
    let (_, text) = literal.split_once('"')?;
    let (text, _) = text.rsplit_once('"')?;
    let is_bare = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    text.chars().all(is_bare).then_some(text)
}

/// Whether it is the bracket of `#[cfg(test)]`.
fn is_for_tests(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket
        && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Adds the lines of `code` on which a provider is named. Comments are no code,
/// and what is there for tests alone is passed over.
fn named(providers: &BTreeSet<String>, code: TokenStream, found: &mut BTreeSet<(String, usize)>) {
    let mut tokens = code.into_iter();
    while let Some(token) = tokens.next() {
        let text;
        let name = match &token {
            TokenTree::Group(group) if is_for_tests(group) => {
                // The item it stands before: to its body, or to its semicolon.
                tokens.by_ref().find(|token| match token {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                    token => token.to_string() == ";",
                });
                None
            }
            TokenTree::Group(group) => {
                named(providers, group.stream(), found);
                None
            }
            TokenTree::Ident(name) => {
                text = name.to_string();
                Some(text.as_str())
            }
            TokenTree::Literal(literal) => {
                text = literal.to_string();
                word(&text)
            }
            TokenTree::Punct(_) => None,
        };
        if let Some(provider) = name.and_then(|name| meant(providers, name)) {
            found.insert((provider.to_owned(), token.span().start().line));
        }
    }
}

fn named_in(providers: &BTreeSet<String>, code: &str) -> BTreeSet<(String, usize)> {
    let mut found = BTreeSet::new();
    named(providers, code.parse().unwrap(), &mut found);
    found
}

#[test]
fn a_provider_is_named_on_at_most_two_lines_outside_its_folder() {
    let providers = providers();
    let mut outside: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in crates().iter().flat_map(|source| sources(source)) {
        let owner = owner(&path);
        for (provider, line) in named_in(&providers, &fs::read_to_string(&path).unwrap()) {
            let at_home = owner == Some(&provider)
                || owner.is_some_and(|owner| SHARED.contains(&(owner, &provider)));
            if !at_home {
                let place = path.strip_prefix(root()).unwrap().display();
                outside.entry(provider).or_default().push(format!("{place}:{line}"));
            }
        }
    }
    for provider in providers {
        let lines = outside.remove(&provider).unwrap_or_default();
        assert!(!lines.is_empty(), "nothing leads to {provider}");
        assert!(lines.len() <= MOST, "{provider} is named on {lines:#?}");
    }
}

#[test]
fn every_provider_is_in_the_registry_under_its_modules_name() {
    let known = provider_client::PROVIDERS.iter().map(|kind| kind.capabilities.provider);
    let known: BTreeSet<String> = known.map(|name| name.replace('-', "_")).collect();
    assert_eq!(known, providers());
}

/// serde_json itself reads a struct from an array, by position: what is read
/// goes through `invoice::json`, which does not.
#[test]
fn no_json_is_read_in_which_an_array_is_an_object() {
    let own = root().join("shared/invoice/src/json");
    let mut found = Vec::new();
    for path in crates().iter().flat_map(|source| sources(source)) {
        let code = fs::read_to_string(&path).unwrap();
        let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let is_read = ["from_str", "from_slice", "from_reader", "from_value"]
            .iter()
            .any(|name| code.contains(&format!("serde_json::{name}")));
        if is_read && path.with_extension("") != own && !path.to_str().unwrap().contains("testing")
        {
            found.push(path.strip_prefix(root()).unwrap().display().to_string());
        }
    }
    assert!(found.is_empty(), "read through `invoice::json` instead: {found:#?}");
}

#[test]
fn names_are_found_however_they_are_written() {
    let providers = ["nue", "nue_self_service", "simplepin"].map(str::to_owned).into();
    for (code, expected) in [
        (r#"match provider { "nue" => 1, _ => 2 }"#, vec!["nue"]),
        (r#"if name == "nue-self-service" {}"#, vec!["nue_self_service"]),
        ("let x = providers::nue::KIND;", vec!["nue"]),
        ("ProviderKind::NueSelfService", vec!["nue_self_service"]),
        ("fn is_simplepin(kind: SimplePinKind) {}", vec!["simplepin"]),
        ("const NUE_HOST: &str = HOST;", vec!["nue"]),
        (r#"vec![Some("Simplepin")]"#, vec!["simplepin"]),
        (r#"expected("such as \"nue:1\"", revenue, "venue")"#, vec![]),
        ("/// Nue's.\n// nue\nfn a() {}", vec![]),
        (r#"#[cfg(test)] mod tests { fn a() { nue("nue") } } fn b() {}"#, vec![]),
        ("#[cfg(test)] use crate::nue; use crate::simplepin;", vec!["simplepin"]),
        (r#"#[cfg(feature = "x")] fn a() { nue() }"#, vec!["nue"]),
    ] {
        let found: Vec<String> =
            named_in(&providers, code).into_iter().map(|(provider, _)| provider).collect();
        assert_eq!(found, expected, "{code}");
    }
    let lines = named_in(&providers, "use a::nue;\nuse b::nue::{c, nue};\n\nnue!(nue)");
    assert_eq!(lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>(), [1, 2, 4]);
}
