//! What every provider is held to: one list of functions, run for every
//! connection of a sandbox that has all kinds of them. What a function asks for
//! is chosen by what the provider says it can do; where one is excepted, an
//! `if` says why.

#![cfg(test)]

mod copies;
mod exchange;
mod faults;
mod filters;
mod identity;
mod includes;
mod oracle;
mod pages;
mod questions;
mod readme;
mod refusals;
mod rows;
mod sorts;
mod strangers;
mod subject;
mod summaries;
mod walks;
mod writes;

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use futures::future::join_all;

/// Invoices of each connection: more than one page of any provider.
const INVOICES: usize = 130;

/// Each function as a test of its own, over all connections side by side, so
/// that one failure tells of every connection that fails.
macro_rules! conformance {
    ($($module:ident :: $function:ident,)*) => {$(
        #[tokio::test]
        async fn $function() {
            let subjects = subject::all(INVOICES).await;
            let runs = subjects.iter().map(|it| AssertUnwindSafe($module::$function(it)).catch_unwind());
            let outcomes = subjects.iter().zip(join_all(runs).await);
            let failed: Vec<String> =
                outcomes.filter(|(_, outcome)| outcome.is_err()).map(|(it, _)| it.to_string()).collect();
            assert!(failed.is_empty(), "does not hold for {}", failed.join(", "));
        }
    )*};
}

conformance! {
    pages::all_pages_of_all_parts_are_the_population_once,
    pages::each_part_of_each_plan_is_known_by_its_key,
    pages::a_page_begins_exactly_at_any_start,
    pages::customers_are_kept_apart,
    pages::a_listing_by_customer_only_says_so,
    identity::get_gives_what_list_gives,
    identity::an_address_keeps_its_path_however_it_ends,
    identity::raw_is_what_the_provider_sent_byte_for_byte,
    identity::an_unknown_id_is_not_found,
    identity::an_id_is_never_a_path_nor_syntax,
    filters::each_filter_is_applied_by_whom_the_table_says,
    sorts::each_order_in_the_table_is_kept_and_no_other_is_claimed,
    includes::what_the_table_includes_is_there_and_all_else_is_null,
    includes::what_is_written_of_an_invoice_is_read_back_and_written_the_same,
    refusals::wrong_credentials_are_told_and_never_shown,
    refusals::each_refusal_keeps_its_meaning,
    refusals::a_read_is_sent_again_only_where_it_may_help,
    refusals::a_wait_that_fits_the_deadline_is_waited_for,
    exchange::an_answer_in_gzip_or_behind_a_mark_is_read,
    exchange::a_coding_that_is_not_read_is_named,
    exchange::a_wait_in_every_form_of_date_is_waited_for,
    exchange::a_404_of_a_proxy_says_nothing_of_the_invoice,
    exchange::a_401_with_a_page_may_be_a_proxys_and_is_told_so,
    exchange::a_429_with_a_page_is_a_limit_like_any_other,
    exchange::an_error_that_comes_with_success_keeps_its_words,
    exchange::another_invoice_is_not_the_one_asked_for,
    exchange::an_unknown_word_forbids_nothing,
    faults::an_answer_that_comes_too_late_is_a_timeout,
    faults::an_answer_that_is_cut_short_is_asked_for_again,
    faults::an_answer_that_cannot_be_read_is_told_as_such,
    faults::an_odd_invoice_spoils_no_page,
    rows::a_row_that_cannot_be_read_is_left_out_and_told,
    rows::an_invoice_of_another_customer_is_left_out,
    rows::an_array_is_never_an_invoice,
    rows::an_array_does_not_tell_that_a_write_was_done,
    faults::an_invoice_on_two_pages_is_given_once,
    faults::one_connection_failing_is_told_beside_the_others,
    summaries::a_summary_is_what_the_listing_of_the_same_filter_adds_up_to,
    summaries::a_summary_without_a_connection_is_not_complete,
    walks::a_server_that_caps_its_pages_is_read_to_its_end,
    walks::a_server_that_announces_more_than_it_holds_fails,
    walks::a_server_that_repeats_a_page_for_ever_fails,
    walks::drafts_that_are_activated_on_the_way_hide_no_other,
    walks::drafts_that_are_deleted_on_the_way_hide_no_other,
    writes::a_write_carried_out_after_a_504_settles_by_reading,
    writes::a_bulk_refused_when_half_was_done_is_told_one_by_one,
    writes::a_comment_is_added_to_those_there_are,
    writes::what_was_not_sent_is_known_not_to_have_been,
    writes::what_is_active_in_any_payment_status_is_activated,
}
