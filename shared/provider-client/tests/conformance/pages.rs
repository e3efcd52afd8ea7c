//! Pages, parts and customers.

use std::collections::BTreeSet;

use invoice::Problem;
use provider_client::ErrorKind;
use provider_client::provider::{Part, Question, Reading, Start};

use super::subject::{Subject, ids, sorted};

/// Whatever the size of the pages; and the pages that one names beforehand are
/// those that walking leads to.
pub async fn all_pages_of_all_parts_are_the_population_once(subject: &Subject) {
    let population: Vec<String> = subject.truth().into_keys().collect();
    for reading in [Reading::Few(1), Reading::Few(50), Reading::Few(200), Reading::Whole] {
        let question = subject.question("", reading);
        let walked = sorted(ids(&subject.walk(&question).await));
        assert_eq!(walked, population, "{subject} {reading:?}");
    }
    let question = subject.question("", Reading::Few(50));
    let mut named = Vec::new();
    for part in subject.parts(&question) {
        let mut starts = vec![Start::default()];
        while !starts.is_empty() {
            let mut following = Vec::new();
            for start in &starts {
                let page = subject.page(&question, &part, start).await.unwrap();
                named.extend(ids(&page.invoices));
                following = page.following;
            }
            starts = following;
        }
    }
    assert_eq!(sorted(named), population, "{subject}");
}

/// A cursor names a part by its key: the same question has the same parts under the same
/// keys whenever it is planned, and no two under one. That a key leads back to what the part
/// was made of is asserted where parts are made (`Part::of`), so of each part here.
pub async fn each_part_of_each_plan_is_known_by_its_key(subject: &Subject) {
    let all = subject.walk(&subject.question("", Reading::Whole)).await;
    let known = all.iter().filter_map(|it| it.customer.id.as_ref().map(|id| id.id().to_owned()));
    let known: BTreeSet<String> = known.chain(["a:b".to_owned(), "copy/0/status".into()]).collect();
    let mut most = 0;
    for customers in [None, Some(known.iter().take(1).cloned().collect()), Some(known)] {
        for asked in
            ["", "status=draft", "status=active,unknown", "paymentStatus=paid&sort=-dueDate"]
        {
            let question = subject.question(asked, Reading::Few(20));
            let question = Question { customers: customers.clone(), ..question };
            let parts = subject.parts(&question);
            assert_eq!(subject.parts(&question), parts, "{subject} {asked}");
            let keys: BTreeSet<_> = parts.iter().map(Part::key).collect();
            assert_eq!(keys.len(), parts.len(), "{subject} {asked}");
            most = most.max(parts.len());
        }
    }
    assert!(most > 0, "{subject} has no parts");
}

/// Also amid a page and at the end.
pub async fn a_page_begins_exactly_at_any_start(subject: &Subject) {
    for reading in [Reading::Few(4), Reading::Whole] {
        let question = subject.question("", reading);
        for part in subject.parts(&question).into_iter().take(3) {
            let all = ids(&subject.walk_part(&question, &part, Start::default()).await);
            let end = all.len();
            for skip in BTreeSet::from([0, 1, 3, end / 2, end - 1, end, end + 500]) {
                let context = format!("{subject} {} from {skip}", part.key());
                let start = Start::at(skip.try_into().unwrap());
                let page = subject.page(&question, &part, &start).await.unwrap();
                assert_eq!(page.invoices.is_empty(), skip >= end, "{context}");
                let told = page
                    .total
                    .is_none_or(|total| skip >= end || usize::try_from(total).unwrap() == end);
                assert!(told, "{context}: {:?}", page.total);
                let rest = ids(&subject.walk_part(&question, &part, start).await);
                assert_eq!(rest, all[skip.min(end)..], "{context}");
            }
        }
    }
}

/// The invoices of the customers asked for and of nobody else are listed, whatever
/// their ids look like.
pub async fn customers_are_kept_apart(subject: &Subject) {
    let all = subject.walk(&subject.question("", Reading::Whole)).await;
    let customer = |it: &invoice::Invoice| it.customer.id.as_ref().map(|id| id.id().to_owned());
    let known: BTreeSet<String> = all.iter().filter_map(customer).collect();
    let mut asked: Vec<BTreeSet<String>> =
        known.iter().take(4).map(|one| [one.clone()].into()).collect();
    asked.push(known.iter().skip(1).step_by(3).cloned().collect());
    asked
        .push(known.iter().take(1).cloned().chain(["nobody".to_owned(), "9".to_owned()]).collect());
    for odd in ["nobody", "9", "..", "a/b", "*", "%", "a&customerId=b", "a;b:c|d", "\"]", " ", "0"]
    {
        asked.push([odd.to_owned()].into());
    }
    asked.push(BTreeSet::new());
    for customers in asked {
        let question = Question {
            customers: Some(customers.clone()),
            ..subject.question("", Reading::Few(20))
        };
        let plan = subject.provider.plan(&question).unwrap();
        let read = subject.walk(&question).await;
        let of_them =
            |it: &&invoice::Invoice| customer(it).is_some_and(|id| customers.contains(&id));
        let expected: Vec<_> = all.iter().filter(of_them).cloned().collect();
        let kept: Vec<_> = read.iter().filter(of_them).cloned().collect();
        assert_eq!(sorted(ids(&kept)), sorted(ids(&expected)), "{subject} {customers:?}");
        if plan.by_provider.contains(&invoice::Parameter::CustomerIds) {
            assert_eq!(kept.len(), read.len(), "{subject} {customers:?}");
        }
        if customers.is_empty() {
            assert!(plan.parts.is_empty(), "{subject} is asked for nobody's invoices");
        }
    }
    assert_eq!(subject.strange_calls(), 0, "{subject}");
}

/// With no customers named and none listed in the secret.
pub async fn a_listing_by_customer_only_says_so(subject: &Subject) {
    let mut secret = subject.secret.clone();
    secret.as_object_mut().unwrap().remove("customers");
    let provider = subject.with_secret(secret).provider;
    let question = subject.question("", Reading::Whole);
    let planned = provider.plan(&question);
    if subject.capabilities().customer_required {
        let error = planned.unwrap_err();
        assert_eq!(error.kind, ErrorKind::CustomerRequired, "{subject}");
        assert_eq!(Problem::from(&error).code, invoice::Code::CustomerRequired);
        assert!(error.detail.contains("customerIds"), "{error}");
        let one = Question { customers: Some(["a".to_owned()].into()), ..question };
        assert!(!provider.plan(&one).unwrap().parts.is_empty(), "{subject}");
    } else {
        assert!(!planned.unwrap().parts.is_empty(), "{subject}");
    }
    assert_eq!(subject.calls(), 0, "{subject}: a plan sends nothing");
}
