//! SimplePin: invoices of one customer at a time.

mod api;
mod object;
mod population;
mod writes;

pub(crate) use api::SimplePin;

#[cfg(test)]
mod tests;
