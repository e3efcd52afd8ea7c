//! Nue: GraphQL, the newer REST edition, and the Self-Service edition.

mod api;
mod bulk;
mod graphql;
mod life_cycle;
mod object;
mod order;
mod patch;
mod population;
mod predicate;
mod refusals;
mod related;
mod rest;
mod self_service;
mod value;
mod writes;

pub(crate) use api::{Edition, Nue};

#[cfg(test)]
mod tests;
