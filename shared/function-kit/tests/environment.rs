//! What the sources of the functions may not do: read the environment past the one place
//! that does, whose variables the local stack's tests hold to template.yaml.
#![cfg(test)]

use std::path::{Path, PathBuf};

/// Lambda's own variables, which no template sets.
const LAMBDAS_OWN: &str = "\"AWS_LAMBDA_";

/// The sources below `folder` that read the environment's variables.
fn reading(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("build.rs") {
            // What builds a function runs in none.
        } else if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
            found.extend(reading(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let reads = |line: &str| line.contains("env::var") && !line.contains(LAMBDAS_OWN);
            found.extend(text.lines().any(reads).then_some(path));
        }
    }
    found
}

#[test]
fn nothing_but_a_functions_entry_reads_the_environment() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let found = [reading(&root.join("functions")), reading(&root.join("shared"))].concat();
    // The console's function is given nothing that others are.
    let entries = ["functions/console/src/lib.rs", "shared/function-kit/src/entry.rs"];
    assert_eq!(found, entries.map(|entry| root.join(entry)));
}
