//! What holds for every connection's population.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Options, ProviderKind, Resource, Sandbox};

fn population(kind: ProviderKind, invoices: usize, seed: u64) -> Vec<String> {
    let sandbox = Sandbox::new(Options {
        invoices,
        seed,
        connections: vec![("c".to_owned(), kind)],
        ..Options::default()
    });
    let records = sandbox.population("c").into_iter();
    records.map(|record| record.json).collect()
}

/// JSON text without the space between its tokens.
fn compact(text: &str) -> String {
    let (mut out, mut inside, mut escaped) = (String::new(), false, false);
    for c in text.chars() {
        if inside || !c.is_whitespace() {
            out.push(c);
        }
        if c == '"' && !escaped {
            inside = !inside;
        }
        escaped = c == '\\' && !escaped;
    }
    out
}

#[test]
fn the_samples_come_first_with_every_byte_of_their_values() {
    let sample = |text: &str| compact(text).trim_matches(['[', ']']).to_owned();
    let nue = include_str!("../samples/nue-invoice.json");
    let simplepin = include_str!("../samples/simplepin-invoice.json");
    for (kind, expected) in [
        (ProviderKind::Nue, compact(nue)),
        (ProviderKind::NueSelfService, compact(nue)),
        (ProviderKind::SimplePin, sample(simplepin)),
    ] {
        assert_eq!(compact(&population(kind, 30, 1)[0]), expected);
    }
    for (kind, text) in [
        (ProviderKind::Fusebill, include_str!("../samples/fusebill-invoices.json")),
        (ProviderKind::Finexio, include_str!("../samples/finexio-invoices.json")),
    ] {
        let both = population(kind, 30, 1)[..2].join(",");
        assert!(compact(text).contains(&compact(&both)), "{both}");
    }
}

#[test]
fn the_same_seed_makes_the_same_invoices_and_another_seed_others() {
    for kind in ProviderKind::ALL {
        assert_eq!(population(kind, 200, 5), population(kind, 200, 5));
        assert_ne!(population(kind, 200, 5), population(kind, 200, 6));
        assert_eq!(population(kind, 200, 5).len(), 200);
    }
}

/// FNV-1a over every byte: a change of any value of the population shows.
#[test]
fn the_default_population_does_not_drift() {
    let sandbox = Sandbox::new(Options::default());
    let mut digests = BTreeMap::new();
    for kind in ProviderKind::ALL {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for record in sandbox.population(kind.name()) {
            for byte in record.json.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        digests.insert(kind.name(), hash);
    }
    // Changing one of these is a decision: tests elsewhere may rest on the values.
    let expected = BTreeMap::from(DIGESTS);
    assert_eq!(digests, expected);
}

const DIGESTS: [(&str, u64); 6] = [
    ("finexio", 0xa4b8bc11d8191ae8),
    ("fusebill", 0x44c35c3be9a7bd32),
    ("nue", 0x42ea6b4e8afa3bc4),
    ("nue-self-service", 0xd8c6dfe090bf5f5b),
    ("simplepin", 0x8f5b4fe426b98d3e),
    ("stripe", 0xad07a4227fd698c8),
];

#[test]
fn ids_are_unique_within_a_resource_and_fusebills_drafts_overlap() {
    let sandbox = Sandbox::new(Options::default());
    for kind in ProviderKind::ALL {
        let mut ids: BTreeMap<Resource, BTreeSet<String>> = BTreeMap::new();
        for record in sandbox.population(kind.name()) {
            assert!(ids.entry(record.resource).or_default().insert(record.id));
        }
        if kind == ProviderKind::Fusebill {
            assert!(ids[&Resource::Draft].is_subset(&ids[&Resource::Posted]));
            assert!(ids[&Resource::Draft].len() > 200);
        }
    }
}

#[test]
fn every_connection_has_twenty_customers_with_many_invoices() {
    let sandbox = Sandbox::new(Options::default());
    for kind in ProviderKind::ALL {
        let mut customers: BTreeMap<String, usize> = BTreeMap::new();
        for record in sandbox.population(kind.name()) {
            *customers.entry(record.customer).or_default() += 1;
        }
        assert_eq!(customers.len(), 20, "{kind:?}");
        assert!(customers.values().all(|count| *count > 50), "{kind:?}");
    }
}
