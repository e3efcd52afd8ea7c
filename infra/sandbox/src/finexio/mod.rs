//! Finexio: accounts payable, by page only.

mod api;
mod object;
mod population;

pub(crate) use api::Finexio;

#[cfg(test)]
mod tests;
