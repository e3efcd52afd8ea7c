//! A self-service customer sees its own invoices, by every route.

use std::collections::BTreeSet;

use api::ListQuery;
use engine::listing::list;
use engine::lookup::get;
use fastrand::Rng;
use invoice::{Code, Scope};
use provider_client::provider::View;

use super::{Case, World};
use crate::oracle::Known;
use crate::subject::soon;

/// By list and by get; another's is not there, nor is anybody's connection.
#[tokio::test]
async fn a_scoped_caller_gets_exactly_its_customers_invoices() {
    let world = World::new().await;
    let customers: BTreeSet<&str> =
        world.known.iter().filter_map(|it| it.text("/customer/id")).collect();
    let customers: Vec<&str> = customers.into_iter().collect();
    let mut rng = Rng::with_seed(11);
    for round in 0..8 {
        let own: Vec<String> = rng
            .choose_multiple(customers.iter(), 1 + round % 4)
            .into_iter()
            .map(|id| (*id).to_owned())
            .collect();
        let case = Case { limit: 50, customers: Some(own.clone()), ..Case::default() };
        let wanted = case.expected(&world);
        let own_ids: BTreeSet<&str> = wanted.as_ref().unwrap().iter().map(|it| it.id()).collect();
        assert!(!own_ids.is_empty());
        let given = world.given(&case).await;
        super::agree(&world, &case, wanted, given).unwrap_or_else(|why| panic!("{case:?}: {why}"));
        let scope = case.scope();
        for known in sample(&world, &own_ids, &mut rng) {
            let reference = known.invoice.id.clone();
            let got = get(&world.connections, &reference, &View::default(), &scope, soon()).await;
            match got {
                Ok(invoice) => {
                    assert!(own_ids.contains(known.id()), "{own:?} got {reference}");
                    assert_eq!(invoice.id, reference);
                }
                Err(problem) => {
                    assert!(!own_ids.contains(known.id()), "{own:?} has {reference}: {problem}");
                    assert_eq!(problem.code, Code::InvoiceNotFound, "{own:?} {reference}");
                    // In the words of an id that is nobody's.
                    assert_eq!(problem.detail, format!("there is no invoice `{reference}`"));
                    assert!(problem.provider.is_none(), "{problem:?}");
                }
            }
        }
        asking_for_others_changes_nothing(&world, &scope, &customers).await;
    }
}

/// A few of its own and a few of others'.
fn sample<'a>(world: &'a World, own: &BTreeSet<&str>, rng: &mut Rng) -> Vec<&'a Known> {
    let (mine, others): (Vec<&Known>, Vec<&Known>) =
        world.known.iter().partition(|known| own.contains(known.id()));
    let mut sample = rng.choose_multiple(mine, 6);
    sample.extend(rng.choose_multiple(others, 10));
    sample
}

/// Whoever is named in the question, it is within the scope; and a cursor is of
/// use to its own caller alone.
async fn asking_for_others_changes_nothing(world: &World, scope: &Scope, customers: &[&str]) {
    let all = serde_json::json!(customers).to_string();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("customerIds", &all)
        .append_pair("limit", "1")
        .finish();
    let mut query = ListQuery::parse(&query).unwrap();
    let listing = list(&world.connections, &query, scope, soon()).await.unwrap();
    for invoice in &listing.data {
        assert!(scope.allows(invoice.customer.id.as_ref()), "{scope:?} got {}", invoice.id);
    }
    query.cursor = listing.next_cursor;
    if query.cursor.is_some() {
        let problem = list(&world.connections, &query, &Scope::All, soon()).await.unwrap_err();
        assert_eq!(problem.code, Code::InvalidCursor);
    }
}
