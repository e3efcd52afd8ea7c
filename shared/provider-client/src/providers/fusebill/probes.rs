//! The readings that show what is assumed of Fusebill.

use crate::probe::{By, Probe};

/// An id that Fusebill has given to no customer: they are counted from below.
const NOBODY: &str = "2147483646";

/// All probes, by the names of the assumptions.
pub(super) const ALL: &[Probe] = &[
    Probe { assumption: "unknown customers", by: By::UnknownCustomer(NOBODY) },
    Probe {
        assumption: "PATCH DraftInvoices",
        by: By::NoReading("only an update of a draft would show it"),
    },
    Probe {
        assumption: "null clears",
        by: By::NoReading("only an update of a draft would show it"),
    },
    Probe {
        assumption: "reset",
        by: By::NoReading("only an account at its limit of calls would show it"),
    },
];
