//! One question, as a caller writes it, and its naive answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use fastrand::Rng;
use invoice::{Code, Include, Parameter, Scope, SortKey};
use proptest::prelude::*;

use super::World;
use crate::oracle::{self, Clause, Known, draw};

/// A page of a walk is at least this share of all that is given, so that no
/// walk takes long.
const PAGES: usize = 4;

/// A question and who asks it.
#[derive(Clone, Default)]
pub struct Case {
    /// None is all.
    pub connections: Option<Vec<String>>,
    pub clauses: Vec<Clause>,
    pub sort: Option<(SortKey, bool)>,
    pub includes: Vec<&'static str>,
    pub limit: u16,
    /// The customers that may be seen; none is all.
    pub customers: Option<Vec<String>>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let customers = self.customers.as_ref();
        let who = customers.map_or("everybody's".to_owned(), |ids| format!("only {ids:?}'s"));
        // Commas, brackets and stars are read better as they are.
        let shown = percent(&self.query());
        write!(f, "\n  GET /invoices?{}\n  GET /invoices?{shown}\n  {who} invoices", self.query())
    }
}

fn percent(query: &str) -> String {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

impl Case {
    pub fn query(&self) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        if let Some(names) = &self.connections {
            out.append_pair("connection", &names.join(","));
        }
        out.extend_pairs(self.clauses.iter().flat_map(Clause::pairs));
        if let Some((key, descending)) = self.sort {
            out.append_pair(
                "sort",
                &format!("{}{}", if descending { "-" } else { "" }, key.word()),
            );
        }
        if !self.includes.is_empty() {
            out.append_pair("includes", &self.includes.join(","));
        }
        out.append_pair("limit", &self.limit.to_string()).finish()
    }

    pub fn scope(&self) -> Scope {
        match &self.customers {
            None => Scope::All,
            Some(ids) => Scope::Customers(ids.iter().map(|id| id.parse().unwrap()).collect()),
        }
    }

    /// Their names, in the order in which they are read.
    pub fn connections<'a>(&'a self, world: &'a World) -> Vec<&'a str> {
        match &self.connections {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => world.connections.iter().map(|one| one.name.as_str()).collect(),
        }
    }

    /// Whether the caller may see anything of a connection at all.
    fn reaches(&self, connection: &str) -> bool {
        let leads_there = |id: &String| id.split_once(':').is_some_and(|(at, _)| at == connection);
        self.customers.as_ref().is_none_or(|ids| ids.iter().any(leads_there))
    }

    fn answers(&self, known: &Known) -> bool {
        let customer = known.text("/customer/id");
        let connection = known.text("/connection").unwrap();
        self.connections.as_ref().is_none_or(|names| names.iter().any(|name| name == connection))
            && self.customers.as_ref().is_none_or(|ids| {
                customer.is_some_and(|customer| ids.iter().any(|id| id == customer))
            })
            && self.clauses.iter().all(|clause| match self.customers {
                Some(_) if clause.parameter == Parameter::Search => {
                    clause.holds(&known.without_comments())
                }
                _ => clause.holds(known),
            })
    }

    /// What is to be given, in order if one is asked.
    pub fn expected<'a>(&self, world: &'a World) -> Result<Vec<&'a Known>, Code> {
        // That one is there which the caller may not use is not told.
        if self.connections.as_ref().is_some_and(|names| names.iter().any(|at| !self.reaches(at))) {
            return Err(Code::ConnectionNotFound);
        }
        let mut wanted: Vec<&Known> = world.known.iter().filter(|it| self.answers(it)).collect();
        if let Some((key, descending)) = self.sort {
            wanted.sort_by(|a, b| oracle::compare(key, descending, a, b));
        }
        Ok(wanted)
    }

    /// How many invoices of each connection are to be given.
    pub fn expected_of_each<'a>(&self, world: &'a World) -> BTreeMap<&'a str, usize> {
        let mut numbers: BTreeMap<&str, usize> =
            world.connections.iter().map(|one| (one.name.as_str(), 0)).collect();
        for known in world.known.iter().filter(|known| self.answers(known)) {
            *numbers.entry(known.text("/connection").unwrap()).or_default() += 1;
        }
        numbers
    }
}

/// Questions near what is known. What shrinks is how much is asked at once.
pub fn cases(known: Arc<Vec<Known>>) -> impl Strategy<Value = Case> {
    let names: Vec<String> = known
        .chunk_by(|a, b| a.text("/connection") == b.text("/connection"))
        .map(|all| all[0].text("/connection").unwrap().to_owned())
        .collect();
    let one = prop::sample::select(names.clone()).prop_map(|name| Some(vec![name]));
    let count = names.len();
    let some = prop::sample::subsequence(names, count.min(2)..=count).prop_shuffle().prop_map(Some);
    let connections = prop_oneof![5 => one, 1 => some, 2 => Just(None)];
    let clauses = prop::collection::vec((prop::sample::select(Parameter::ALL), any_seed()), 0..4);
    let sort = prop::option::of((prop::sample::select(SortKey::ALL), any::<bool>()));
    let words: Vec<&str> = Include::ALL.iter().map(|include| include.word()).collect();
    let includes = prop_oneof![
        4 => Just(Vec::new()),
        1 => prop::sample::subsequence(words, 1..=3),
    ];
    let scope = prop_oneof![3 => Just(None), 1 => (1..4_usize, any_seed()).prop_map(Some)];
    (connections, any_seed(), clauses, sort, includes, 1..=200_u16, scope).prop_map(
        move |(connections, seed, clauses, sort, includes, limit, scope)| {
            let mut case = Case { connections, sort, includes, limit, ..Case::default() };
            fill(&mut case, &known, seed, clauses, scope);
            case
        },
    )
}

fn any_seed() -> impl Strategy<Value = u64> {
    any::<u64>().no_shrink()
}

fn fill(
    case: &mut Case,
    known: &[Known],
    seed: u64,
    clauses: Vec<(Parameter, u64)>,
    scope: Option<(usize, u64)>,
) {
    let asked: Vec<&Known> = known.iter().filter(|known| case.answers(known)).collect();
    let near = asked[Rng::with_seed(seed).usize(..asked.len())];
    for (parameter, seed) in clauses {
        if case.clauses.iter().any(|clause| clause.parameter == parameter) {
            continue;
        }
        let mut rng = Rng::with_seed(seed);
        let other = asked[rng.usize(..asked.len())];
        case.clauses.push(draw::any(parameter, near, other, &mut rng));
    }
    case.customers = scope.map(|(count, seed)| {
        let mut rng = Rng::with_seed(seed);
        let customer = |known: &Known| known.text("/customer/id").unwrap().to_owned();
        let mut ids = vec![customer(near)];
        ids.extend((1..count).map(|_| customer(&known[rng.usize(..known.len())])));
        ids
    });
    let answers = known.iter().filter(|known| case.answers(known)).count();
    if answers > 60 {
        // Some lines are read one invoice at a time.
        case.includes.retain(|include| *include != "lines");
    }
    let least = u16::try_from(answers.div_ceil(PAGES)).unwrap();
    case.limit = case.limit.max(least).clamp(1, 200);
}
