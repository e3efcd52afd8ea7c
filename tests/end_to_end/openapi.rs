//! infra/openapi.yaml is what is so: the template's routes are its routes, the
//! code's words its words, and every answer of every test is one that it has.

mod agreement;
mod answers;
mod document;
mod examples;
mod page;

pub use document::hold;
