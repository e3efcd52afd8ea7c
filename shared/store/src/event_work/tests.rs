//! Each kind of item about the work of an event is read as it was written.

use fastrand::Rng;

use super::lease::StoredWork;
use super::page::StoredPage;
use super::telling::StoredTelling;
use super::{EventRecord, Page, StoredKept, StoredRequest, Work};
use crate::table::drawn::{Drawn, is_read_as_written};

impl Drawn for EventRecord {
    fn drawn(random: &mut Rng) -> Self {
        let [id, account, source, kind, body] = std::array::from_fn(|_| String::drawn(random));
        Self { id, account, source, kind, body, connections: vec!["nue".parse().unwrap()] }
    }
}

impl Drawn for Work {
    fn drawn(random: &mut Rng) -> Self {
        let cursor = Drawn::drawn(random);
        Self { pages: Drawn::drawn(random), cursor, is_selected: random.bool(), ..Self::default() }
    }
}

impl Drawn for Page {
    fn drawn(random: &mut Rng) -> Self {
        Self { invoices: vec!["nue:inv-1".parse().unwrap()], next: Drawn::drawn(random) }
    }
}

#[test]
fn each_kind_of_item_is_read_as_it_was_written() {
    is_read_as_written::<StoredKept>();
    is_read_as_written::<StoredRequest>();
    is_read_as_written::<StoredTelling>();
    is_read_as_written::<StoredWork>();
    is_read_as_written::<StoredPage>();
}
