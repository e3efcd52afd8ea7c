//! Questions for the tests of both editions, as callers write them.

use api::ListQuery;
use invoice::Scope;

use crate::provider::{Question, Reading, View};

/// What `query` asks of the connection `acme`.
pub(in crate::providers) fn question(query: &str) -> Question {
    let query = ListQuery::parse(query).unwrap();
    Question {
        customers: query.filter.customers_at(&"acme".parse().unwrap(), &Scope::All),
        sort: query.sort,
        view: View { includes: query.includes, ..View::default() },
        reading: Reading::Few(query.limit),
        filter: query.filter,
    }
}
