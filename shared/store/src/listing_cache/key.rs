//! What a listing is kept under.

use api::ListQuery;
use invoice::{ConnectionName, Digest, Scope};

use crate::listing_cache::generation::generation_key;

/// Names a listing: which connections, which question, which page of it, and
/// whose invoices may be in it. Hashed, since customers stand in questions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListingKey {
    hash: String,
    connections: Vec<ConnectionName>,
}

impl ListingKey {
    /// The answer to `query` over `connections`, in this order, within `scope`.
    pub fn of_answer(connections: &[ConnectionName], query: &ListQuery, scope: &Scope) -> Self {
        let names: Vec<&str> = connections.iter().map(ConnectionName::as_str).collect();
        let limit = query.limit.to_string();
        let parts = [
            "answer",
            &names.join(","),
            &query.canonical(),
            &limit,
            query.cursor.as_deref().unwrap_or_default(),
            &scope.canonical(),
        ];
        Self { hash: Digest::of(&parts).to_string(), connections: connections.to_vec() }
    }

    /// What is said of all invoices that answer `question` over `connections`, within
    /// `scope`.
    pub fn of_summary(connections: &[ConnectionName], question: &str, scope: &Scope) -> Self {
        let names: Vec<&str> = connections.iter().map(ConnectionName::as_str).collect();
        let parts = ["summary", &names.join(","), question, &scope.canonical()];
        Self { hash: Digest::of(&parts).to_string(), connections: connections.to_vec() }
    }

    /// What is kept of one connection beside whole answers; `question` says what
    /// it is, and whose.
    pub fn of_part(connection: &ConnectionName, question: &str) -> Self {
        let hash = Digest::of(&["part", connection.as_str(), question]).to_string();
        Self { hash, connections: vec![connection.clone()] }
    }

    /// The connections whose invoices are in it.
    pub fn connections(&self) -> &[ConnectionName] {
        &self.connections
    }

    pub(crate) fn entry(&self) -> String {
        format!("listing#{}", self.hash)
    }

    /// Of the body's parts, where it is too long for one item; `attempt` is the
    /// writing that they are of.
    pub(crate) fn part(&self, attempt: &str, number: usize) -> String {
        format!("listing#{}#{attempt}#{number}", self.hash)
    }

    pub(crate) fn lease(&self) -> String {
        format!("listing#{}#lease", self.hash)
    }

    /// The counters that decide whether it still holds.
    pub(crate) fn generations(&self) -> impl Iterator<Item = String> {
        self.connections.iter().map(generation_key)
    }
}

#[cfg(test)]
mod tests {
    use invoice::Parameter;
    use proptest::prelude::*;

    use super::*;

    fn names(picked: &[usize]) -> Vec<ConnectionName> {
        let known = ["nue", "fusebill", "finexio"];
        picked.iter().map(|place| known[place % 3].parse().unwrap()).collect()
    }

    fn scopes() -> impl Strategy<Value = Scope> {
        // Ids that would run into each other, were they only strung together.
        let ids = prop::sample::select(vec!["nue:a", "nue:ab", "nue:b", "fusebill:a", "nue:a,b"]);
        prop_oneof![
            Just(Scope::All),
            prop::collection::btree_set(ids, 0..4).prop_map(|ids| {
                Scope::Customers(ids.into_iter().map(|id| id.parse().unwrap()).collect())
            }),
        ]
    }

    /// Two values of each parameter there is, the first with what ends a parameter.
    fn values(parameter: Parameter) -> [&'static str; 2] {
        match parameter {
            Parameter::CustomerIds => ["=[\"nue:a,b\"]", "=nue:a,nue:b"],
            Parameter::Status => ["=draft", "=draft,paid"],
            Parameter::PaymentStatus => ["=paid", "=unpaid"],
            Parameter::InvoiceDate | Parameter::DueDate => ["[gte]=2026-01-01", "=2026-01-01"],
            Parameter::CreatedAt | Parameter::ModifiedAt | Parameter::ActivatedAt => {
                ["[gt]=2026-01-01", "[gte]=2026-01-01"]
            }
            Parameter::Amount | Parameter::Balance => ["[lt]=1.5", "[lte]=1.5"],
            Parameter::Number | Parameter::PoNumber => ["=A*", "=A"],
            Parameter::ExternalId => ["=[empty]", "=a%26limit%3D10"],
            Parameter::Currency => ["=EUR", "=USD"],
            Parameter::Search => ["=a%26limit%3D10", "=a"],
            Parameter::ShowZeroDollarCharges | Parameter::ShowTrackedItems => ["=true", "=false"],
        }
    }

    fn queries() -> impl Strategy<Value = ListQuery> {
        let of_filter = Parameter::ALL.iter().flat_map(|parameter| {
            values(*parameter).map(|value| format!("{}{value}", parameter.word()))
        });
        let others = [
            "connection=nue",
            "sort=-amount",
            "sort=amount",
            "limit=10",
            "limit=100",
            "cursor=abc",
            "cursor=abd",
            "includes=lines",
            "require=all",
        ];
        let all: Vec<String> = of_filter.chain(others.map(str::to_owned)).collect();
        prop::sample::subsequence(all, 0..4).prop_filter_map("each parameter once", |picked| {
            ListQuery::parse(&picked.join("&")).ok()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn two_listings_have_one_key_exactly_when_they_are_the_same_to_the_same_callers(
            a in (prop::collection::vec(0_usize..3, 1..4), queries(), scopes()),
            b in (prop::collection::vec(0_usize..3, 1..4), queries(), scopes()),
        ) {
            let key = |(picked, query, scope): &(Vec<usize>, ListQuery, Scope)| {
                ListingKey::of_answer(&names(picked), query, scope)
            };
            let same = names(&a.0) == names(&b.0) && a.1 == b.1 && a.2 == b.2;
            prop_assert_eq!(key(&a).hash == key(&b).hash, same, "{:?} {:?}", a, b);
            prop_assert_eq!(&key(&a).hash, &key(&a).hash);
            let other_scope = (a.0.clone(), a.1.clone(), b.2.clone());
            prop_assert_eq!(key(&a).hash == key(&other_scope).hash, a.2 == b.2);
        }
    }

    #[test]
    fn each_parameter_and_each_of_its_values_has_a_key_of_its_own() {
        let mut keys = std::collections::BTreeMap::new();
        for parameter in Parameter::ALL.iter().copied() {
            for value in values(parameter) {
                let text = format!("{}{value}", parameter.word());
                let query = ListQuery::parse(&text).unwrap();
                let key = ListingKey::of_answer(&names(&[0]), &query, &Scope::All).entry();
                assert_eq!(keys.insert(key, text.clone()), None, "{text}");
            }
        }
    }

    #[test]
    fn a_key_says_nothing_of_whose_invoices_are_asked_for() {
        let query = ListQuery::parse("customerIds=nue:acme").unwrap();
        let key = ListingKey::of_answer(&names(&[0]), &query, &Scope::All);
        assert!(!key.entry().contains("acme"));
        assert!(key.entry().starts_with("listing#") && key.lease().starts_with("listing#"));
        assert_eq!(key.generations().collect::<Vec<_>>(), ["generation#nue"]);
    }
}
