//! What is assumed of SimplePin, beyond what its documents state.

use crate::Assumption;

/// Where the customer of a listing stands.
pub(super) const CUSTOMER_IN_QUERY: Assumption = Assumption {
    name: "customer_id in the query",
    claim: "The list takes `customer_id` in the query string, for the body's model has none.",
    otherwise: "It is sent in the body.",
    named_by: &["customer_id"],
};

/// How many invoices are asked for at once.
pub(super) const LARGE_PAGES: Assumption = Assumption {
    name: "count of 500",
    claim: "A `count` may be as large as 500.",
    otherwise: "Pages have at most 100 invoices.",
    named_by: &["count"],
};

/// What a listing's dates are.
pub(super) const DATES: Assumption = Assumption {
    name: "dates of invoices",
    claim: "`date_from` and `date_to` are days of the invoice's date, both included.",
    otherwise: "The bridge applies filters on the invoice's date.",
    named_by: &["date_from", "date_to"],
};

/// All that is assumed of SimplePin.
pub(super) const TABLE: &[Assumption] = &[
    CUSTOMER_IN_QUERY,
    LARGE_PAGES,
    DATES,
    Assumption {
        name: "get",
        claim: "One invoice is read by `GET /v2/invoice/get?uuid=`, whose verb and path are not \
                stated.",
        otherwise: "Single invoices cannot be read, nor written.",
        named_by: &[],
    },
    Assumption {
        name: "canceled is not sent",
        claim: "A cancellation says `sent: false`.",
        otherwise: "SimplePin refuses it in its own words, and nothing is changed.",
        named_by: &[],
    },
    Assumption {
        name: "updated members",
        claim: "An update takes `invoice_date`, `invoice_due_date` and `additional_description`, \
                and the rest as it was read.",
        otherwise: "SimplePin refuses the update in its own words, and nothing is changed.",
        named_by: &[],
    },
];
