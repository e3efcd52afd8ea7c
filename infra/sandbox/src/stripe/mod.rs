//! Stripe Invoicing, as far as the independent stand-in of `.ci/strangers` cannot
//! play it: with faults, and with keys of idempotency under them.

mod api;
mod object;
mod population;
mod writes;

pub(crate) use api::Stripe;

#[cfg(test)]
mod tests;
