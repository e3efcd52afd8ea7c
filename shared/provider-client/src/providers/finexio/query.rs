//! How a question is put to Finexio: as it has neither filters nor orders (finexio R6), in
//! one part, or in none.

use std::collections::BTreeSet;

use invoice::Status;

use super::wire::WORDS;
use crate::provider::{Everything, Part, PartOrder, Plan, Question};

/// The one part that makes up the answer.
pub(super) fn plan(question: &Question) -> Plan {
    let nobody = question.customers.as_ref().is_some_and(BTreeSet::is_empty);
    let answerable = !nobody && answerable(question);
    Plan {
        parts: answerable.then(|| Part::of(&Everything, PartOrder::Own)).into_iter().collect(),
        ..Plan::default()
    }
}

/// Whether the states asked for are among those an invoice can have here: all
/// pages would be read for the others, and for nothing.
fn answerable(question: &Question) -> bool {
    question.could_be(&[Status::Active, Status::Canceled], &WORDS.map(|(_, status)| status))
}
