//! Fusebill without a network: plans, requests, mappings, refusals.

mod mapping;
mod plans;
mod posting;
mod rules;
