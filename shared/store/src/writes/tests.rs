//! Each kind of item about writes is read as it was written.

use fastrand::Rng;

use super::attributes::State;
use super::audit::{AuditedOutcome, AuditedRequest};
use super::lock::{StoredLock, StoredSending, StoredWrite};
use super::sent::StoredSent;
use super::stored_record::StoredRecord;
use crate::table::drawn::{Drawn, is_read_as_written};

impl Drawn for State {
    fn drawn(random: &mut Rng) -> Self {
        let states = [Self::Claimed, Self::Sending, Self::Running, Self::Done];
        states[random.usize(..states.len())]
    }
}

#[test]
fn each_kind_of_item_is_read_as_it_was_written() {
    is_read_as_written::<StoredLock>();
    is_read_as_written::<StoredSending>();
    is_read_as_written::<StoredWrite>();
    is_read_as_written::<StoredSent>();
    is_read_as_written::<StoredRecord>();
    is_read_as_written::<AuditedRequest>();
    is_read_as_written::<AuditedOutcome>();
}
