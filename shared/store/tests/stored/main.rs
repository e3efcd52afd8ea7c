//! What is stored, held to a sample of it (`tests/samples/stored.json`): what is written
//! has the sample's attributes, and what stands in the sample is read. A change of the
//! sample is a change of what is stored, which wants a version of its own.
//!
//! `RENEW_STORED=1` writes the sample anew.
#![cfg(test)]

mod reading;
mod sample;
mod scenario;

use sample::Sample;

#[tokio::test]
async fn what_is_written_stands_as_in_the_sample() {
    let written = Sample::of(&scenario::written().await);
    if std::env::var_os("RENEW_STORED").is_some() {
        written.save();
    }
    let sample = Sample::load();
    assert_eq!(written.keys(), sample.keys());
    for (key, item) in written.items() {
        assert_eq!(item, sample.shown(key), "{key}");
    }
}
