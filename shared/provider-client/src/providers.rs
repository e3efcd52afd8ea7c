//! One folder a provider: its wire types, its mapping, its capabilities, its
//! errors. Nothing of a provider stands outside its folder.

pub(crate) mod finexio;
pub(crate) mod fusebill;
pub(crate) mod nue;
pub(crate) mod nue_self_service;
pub(crate) mod simplepin;
pub(crate) mod stripe;
