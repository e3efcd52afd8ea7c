//! The readings that show what is assumed of SimplePin.

use crate::probe::{By, Probe};

const WRITES: &str = "only a write would show it";

/// All probes, by the names of the assumptions.
pub(super) const ALL: &[Probe] = &[
    Probe { assumption: "customer_id in the query", by: By::OneCustomer },
    Probe { assumption: "count of 500", by: By::LargePage(100) },
    Probe { assumption: "dates of invoices", by: By::OneDay },
    Probe { assumption: "get", by: By::Get },
    Probe { assumption: "canceled is not sent", by: By::NoReading(WRITES) },
    Probe { assumption: "updated members", by: By::NoReading(WRITES) },
];
