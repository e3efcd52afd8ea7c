//! The readings that show what is assumed of Stripe.

use invoice::Invoice;

use crate::probe::{By, Probe};
use crate::provider::Start;

/// An id of the form of Stripe's that names nothing.
const GONE: &str = "in_0000000000000000goneGONE";

/// All probes, by the names of the assumptions.
pub(super) const ALL: &[Probe] = &[
    Probe { assumption: "deleted cursor", by: By::Behind(behind_a_deleted_draft) },
    Probe {
        assumption: "days in UTC",
        by: By::NoReading("hold a printed invoice's dates against `ib get`"),
    },
    Probe {
        assumption: "uncollectible",
        by: By::NoReading("what an account means by the word is not in the API"),
    },
    Probe {
        assumption: "units",
        by: By::NoReading("hold a printed invoice in UGX against `ib get`"),
    },
];

/// The place behind a draft that is gone, and that was created in the second of `invoice`.
fn behind_a_deleted_draft(invoice: &Invoice) -> Option<Start> {
    let created = invoice.timestamps.created?.as_second();
    Some(Start { token: Some(format!("{created} {GONE}")), skip: 0 })
}
