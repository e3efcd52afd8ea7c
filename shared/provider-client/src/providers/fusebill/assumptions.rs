//! What is assumed of Fusebill, beyond what its documents state. No request to
//! list or get rests on any of it.

use crate::Assumption;

/// All that is assumed of Fusebill.
pub(super) const TABLE: &[Assumption] = &[
    Assumption {
        name: "unknown customers",
        claim: "A 404 with words to a customer's listing says that there is no such customer, \
                and so no invoice of that customer's.",
        otherwise: "Such a customer's listing is shown as empty.",
        named_by: &[],
    },
    Assumption {
        name: "PATCH DraftInvoices",
        claim: "A draft is changed by `PATCH /v1/DraftInvoices`.",
        otherwise: "Fusebill refuses an update of a draft, and nothing is changed.",
        named_by: &[],
    },
    Assumption {
        name: "null clears",
        claim: "Null empties the purchase order of a draft.",
        otherwise: "Fusebill refuses to clear it, or the reading back shows that it did not.",
        named_by: &[],
    },
    Assumption {
        name: "reset",
        claim: "A limit's reset is a moment, a second of the epoch, or seconds from now.",
        otherwise: "What is none of these is waited out as a limit that does not say.",
        named_by: &[],
    },
];
