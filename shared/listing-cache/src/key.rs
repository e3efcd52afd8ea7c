//! What a listing is kept under.

use invoice::{ConnectionName, Digest, ListQuery, Scope};

use crate::generation::generation_key;

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

    fn queries() -> impl Strategy<Value = ListQuery> {
        let parameters = prop::sample::subsequence(
            vec![
                "status=draft",
                "connection=nue",
                "customerIds=nue:a,nue:b",
                "sort=-amount",
                "limit=10",
                "limit=100",
                "cursor=abc",
                "cursor=abd",
                "includes=lines",
                "invoiceDate[gte]=2026-01-01",
                "search=a%26limit%3D10",
                "require=all",
            ],
            0..8,
        );
        parameters.prop_filter_map("each parameter once", |picked| {
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
    fn a_key_says_nothing_of_whose_invoices_are_asked_for() {
        let query = ListQuery::parse("customerIds=nue:acme").unwrap();
        let key = ListingKey::of_answer(&names(&[0]), &query, &Scope::All);
        assert!(!key.entry().contains("acme"));
        assert!(key.entry().starts_with("listing#") && key.lease().starts_with("listing#"));
        assert_eq!(key.generations().collect::<Vec<_>>(), ["generation#nue"]);
    }
}
