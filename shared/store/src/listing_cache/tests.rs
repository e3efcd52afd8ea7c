//! Each kind of item about listings is read as it was written.

use super::entry::StoredListing;
use super::lease::StoredLease;
use crate::table::drawn::is_read_as_written;

#[test]
fn each_kind_of_item_is_read_as_it_was_written() {
    is_read_as_written::<StoredListing>();
    is_read_as_written::<StoredLease>();
}
