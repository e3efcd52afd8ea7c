//! Fusebill, now Stax Bill: posted invoices and drafts are two resources.

mod api;
mod draft;
mod list;
mod object;
mod population;
mod posting;
mod query;
mod rate;
mod resources;
mod scenario;
mod settling;
mod terms;
mod writes;

pub(crate) use api::Fusebill;

#[cfg(test)]
mod tests;
