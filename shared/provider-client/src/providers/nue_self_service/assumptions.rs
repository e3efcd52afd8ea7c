//! What is assumed of the self-service edition, beyond what its guide states.

use crate::Assumption;

/// Pages after the first (nue-self-service R5).
pub(super) const PAGE: Assumption = Assumption {
    name: "page",
    claim: "`GET /invoices` takes `page` from 2 on, as the newer REST edition at the same path \
            does.",
    otherwise: "What comes at once is all, and an answer that announces more fails.",
    named_by: &["page"],
};

/// All that is assumed of the self-service edition.
pub(super) const TABLE: &[Assumption] = &[
    PAGE,
    Assumption {
        name: "data",
        claim: "The invoices of an answer stand bare or as `data`.",
        otherwise: "A listing cannot be read, and fails.",
        named_by: &[],
    },
    Assumption {
        name: "invoice",
        claim: "An invoice is the same object as at Nue itself.",
        otherwise: "Fields of other names are null, and show in `raw`.",
        named_by: &[],
    },
    Assumption {
        name: "licence",
        claim: "An account without the edition's licence is answered 403.",
        otherwise: "A missing licence is told as a refusal of another kind.",
        named_by: &[],
    },
];
