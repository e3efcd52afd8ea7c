//! The readings that show what is assumed of Finexio.

use crate::probe::{By, Probe};

/// All probes, by the names of the assumptions.
pub(super) const ALL: &[Probe] = &[Probe { assumption: "past the end", by: By::PastTheEnd }];
