//! Nue: GraphQL, the newer REST edition, and the Self-Service edition.

mod api;
mod graphql;
mod object;
mod order;
mod population;
mod predicate;
mod related;
mod rest;
mod self_service;
mod value;

pub(crate) use api::{Edition, Nue};

#[cfg(test)]
mod tests;
