//! The readings that show what is assumed of the self-service edition.

use crate::probe::{By, Probe};

/// All probes, by the names of the assumptions.
pub(super) const ALL: &[Probe] = &[
    Probe { assumption: "page", by: By::NextPage },
    Probe { assumption: "data", by: By::Listing },
    Probe { assumption: "invoice", by: By::Shape },
    Probe {
        assumption: "licence",
        by: By::NoReading("only an account without the licence would show it"),
    },
];
