//! What is assumed of Finexio, beyond what its documents state. No request rests
//! on any of it.

use crate::Assumption;

/// All that is assumed of Finexio.
pub(super) const TABLE: &[Assumption] = &[Assumption {
    name: "past the end",
    claim: "A page past the end is answered 404 with the detail `Invalid page.`, the framework's \
            default.",
    otherwise: "A listing that shrinks while it is read fails at its end, and is to be asked \
                for again.",
    named_by: &[],
}];
