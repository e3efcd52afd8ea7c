//! What the program reads of the API's answers is what the document says of them.

use std::collections::BTreeSet;

use serde_json::Value;

fn document() -> Value {
    let text = include_str!("../../../openapi.yaml");
    yaml_serde::from_str(text).unwrap()
}

/// The members of the structs of `src/answers.rs`, by the schema that each stands for.
fn members() -> Vec<(&'static str, BTreeSet<String>, bool)> {
    let source = include_str!("../../src/answers.rs");
    let schemas = [
        ("Listing<'a>", "Listing"),
        ("Source", "Source"),
        ("LeftOut", "LeftOut"),
        ("Problem", "Problem"),
        ("Fault", "Fault"),
        ("ProviderAnswer", "ProviderAnswer"),
        ("Changes<'a>", "Changes"),
        ("ChangeSource", "ChangeSource"),
        ("Summary", "Summary"),
        ("SummaryGroup", "SummaryGroup"),
        ("AmountSums", "AmountSums"),
        ("AmountSum", "AmountSum"),
        ("WriteResults", "WriteResults"),
        ("WriteResult", "WriteResult"),
        ("Connections", "Connections"),
        ("Connection", "Connection"),
        ("Capabilities", "Capabilities"),
        ("Assumption", "Assumption"),
    ];
    let of = |(name, schema)| {
        let (before, after) = source
            .split_once(&format!("pub(crate) struct {name} {{"))
            .unwrap_or_else(|| panic!("{name}"));
        let body = after.split_once("\n}").unwrap().0;
        let is_camel = before.rsplit_once("#[derive").unwrap().1.contains("camelCase");
        let fields = body
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub(crate) ")?.split_once(':'));
        let fields = fields.map(|(name, _)| if is_camel { camel(name) } else { name.to_owned() });
        (schema, fields.collect(), is_camel)
    };
    schemas.into_iter().map(of).collect()
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn every_member_that_is_read_is_in_the_document() {
    let document = document();
    let mut count = 0;
    for (schema, members, _) in members() {
        let known = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
        for member in &members {
            assert!(known.contains_key(member), "{schema}.{member}");
            count += 1;
        }
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_column_is_a_member_of_the_documents_invoice() {
    let document = document();
    let example = &document["components"]["examples"]["NueInvoice"]["value"];
    let source = include_str!("../../src/columns.rs");
    let all = source.split_once("const ALL").unwrap().1.split_once("];").unwrap().0;
    let pointers: Vec<&str> = all.split('"').filter(|text| text.starts_with('/')).collect();
    assert!(pointers.len() > 30);
    for pointer in pointers {
        // The example is a receivable: it has no supplier.
        assert!(pointer == "/supplier/id" || example.pointer(pointer).is_some(), "{pointer}");
    }
}
