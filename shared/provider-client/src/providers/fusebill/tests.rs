//! Fusebill without a network: plans, requests, mappings, refusals.

mod draft_resolution;
mod mapping;
mod plans;
mod rules;
