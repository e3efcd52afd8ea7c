//! Copies over an embedded DynamoDB, of an account that the tests make up.

#![cfg(test)]

mod answers;
mod cuts;
mod feed;
mod lost_rows;
mod scale;
mod storm;
