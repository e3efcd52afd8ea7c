//! Fusebill over HTTP, against the sandbox, whose population is the truth.

#![cfg(test)]

#[path = "../sandboxed/clock.rs"]
mod clock;
mod fates;
mod faults;
mod listing;
mod reading;
#[path = "../sandboxed/rig.rs"]
mod rig;
mod writing;

use std::collections::BTreeMap;

use api::ListQuery;
use invoice::Invoice;
use provider_client::provider::{Part, Question, Reading, Start, View};
use sandbox::{ProviderKind, Record, Resource};

use rig::{NAME, Rig};

async fn fusebill(invoices: usize) -> Rig {
    Rig::open(ProviderKind::Fusebill, invoices, |_| {}).await
}

/// The truth, by our ids.
fn population(rig: &Rig) -> BTreeMap<String, Record> {
    let ours = |record: &Record| match record.resource {
        Resource::Draft => format!("draft.{}", record.id),
        _ => record.id.clone(),
    };
    let records = rig.sandbox.population(NAME).into_iter();
    records.map(|record| (ours(&record), record)).collect()
}

fn calls(rig: &Rig) -> u64 {
    rig.sandbox.calls(NAME).values().sum()
}

/// One part, page after page.
async fn walk_part(rig: &Rig, question: &Question, part: &Part) -> Vec<Invoice> {
    let mut invoices = Vec::new();
    let mut next = Some(Start::default());
    while let Some(start) = next {
        let page = rig.page(question, part, &start).await.unwrap();
        invoices.extend(page.invoices);
        next = page.following.into_iter().next();
    }
    invoices
}

/// What a query string asks, about these customers.
fn question(asked: &str, customers: Option<&[&str]>, reading: Reading) -> Question {
    let query = ListQuery::parse(asked).unwrap();
    Question {
        view: View {
            includes: query.includes,
            show_zero_dollar_charges: query.filter.show_zero_dollar_charges,
            show_tracked_items: query.filter.show_tracked_items,
        },
        filter: query.filter,
        customers: customers.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
        sort: query.sort,
        reading,
    }
}

fn whole(asked: &str) -> Question {
    question(asked, None, Reading::Whole)
}
