//! What is assumed of Stripe, beyond what its documents state. No request rests on
//! any of it.

use crate::Assumption;

/// How a listing goes on that ended in a draft which is gone.
pub(super) const DELETED_CURSOR: Assumption = Assumption {
    name: "deleted cursor",
    claim: "A page that is to begin behind a deleted draft is refused with 400 \
                `resource_missing`, and the second in which the draft was created leads on.",
    otherwise: "Such a listing fails, and is to be asked for again from its beginning.",
    named_by: &[],
};

/// All that is assumed of Stripe.
pub(super) const TABLE: &[Assumption] = &[
    DELETED_CURSOR,
    Assumption {
        name: "days in UTC",
        claim: "The day of a date is its day in UTC: the account's time zone is not in the API.",
        otherwise: "A date may be shown a day before or after the one on the printed invoice.",
        named_by: &[],
    },
    Assumption {
        name: "uncollectible",
        claim: "An uncollectible invoice has been written off.",
        otherwise: "Its payment status is another than `written_off`; Stripe's word stands beside it.",
        named_by: &[],
    },
    Assumption {
        name: "units",
        claim: "UGX is counted in hundredths, and no other currency than the stated ones in thousandths.",
        otherwise: "Amounts of such a currency are shown too small or too large.",
        named_by: &[],
    },
];
