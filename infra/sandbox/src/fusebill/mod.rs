//! Fusebill, now Stax Bill: posted invoices and drafts are two resources.

mod api;
mod draft;
mod list;
mod object;
mod population;
mod query;
mod rate;
mod resources;
mod scenario;

pub(crate) use api::Fusebill;

#[cfg(test)]
mod tests;
