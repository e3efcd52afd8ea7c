//! Stripe, held to a server that strangers wrote: PyPI `seahaven-stripe-world`, stateful,
//! its refusals recorded from the live API. `.ci/strangers` starts it and runs these;
//! `STRIPE_STAND_IN` says where it is.
//!
//! What it does otherwise than Stripe's own pages say is named in [`DIFFERENCES`] and in
//! docs/providers/stripe.md, and allowed for under that name alone.

mod population;
mod reading;
mod stand_in;
mod storm;
mod writing;

/// What the stand-in does otherwise than Stripe's pages say. Each is seen to be so by a
/// test, so that one that ends is not allowed for any longer.
pub const DIFFERENCES: [&str; 4] =
    ["lines held whole", "no effective_at", "no invoice_payments", "uncollectible is not voided"];

#[test]
fn every_difference_of_the_stand_in_is_in_the_documentation() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(page.join("../../docs/providers/stripe.md")).unwrap();
    let (_, listed) = page.split_once("## Differences of the stand-in").unwrap();
    let listed: Vec<&str> = listed
        .lines()
        .filter_map(|line| Some(line.strip_prefix("- **")?.split_once("**")?.0))
        .collect();
    assert_eq!(listed, DIFFERENCES);
}
