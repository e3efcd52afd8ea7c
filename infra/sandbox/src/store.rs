//! One resource of a provider, with its indexes.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::provider::{Record, Resource};

/// How many listings are remembered.
const REMEMBERED: usize = 16;

/// A record that has an id and belongs to a customer.
pub(crate) trait Keyed {
    fn id(&self) -> String;
    fn customer(&self) -> String;
}

/// An invoice of a provider whose invoices are one resource.
pub(crate) trait Shown: Keyed {
    /// The provider's own object, as the exact JSON text it answers with.
    fn shown(&self) -> String;
}

/// Records in the order they were created.
#[derive(Debug)]
pub(crate) struct Store<R> {
    records: Vec<R>,
    by_id: HashMap<String, usize>,
    by_customer: HashMap<String, Vec<usize>>,
    /// The rows that answered the latest questions, so that the next page of a
    /// listing does not filter and sort all over again.
    answers: VecDeque<(String, Arc<[usize]>)>,
}

impl<R: Keyed> Store<R> {
    pub(crate) fn new(records: Vec<R>) -> Self {
        let mut store = Store {
            records,
            by_id: HashMap::new(),
            by_customer: HashMap::new(),
            answers: VecDeque::new(),
        };
        store.index();
        store
    }

    fn index(&mut self) {
        self.answers.clear();
        self.by_id.clear();
        self.by_customer.clear();
        for (at, record) in self.records.iter().enumerate() {
            self.by_id.insert(record.id(), at);
            self.by_customer.entry(record.customer()).or_default().push(at);
        }
    }

    pub(crate) fn all(&self) -> &[R] {
        &self.records
    }

    pub(crate) fn get(&self, id: &str) -> Option<&R> {
        self.records.get(*self.by_id.get(id)?)
    }

    /// Changes the record with this id, in anything but its id and customer.
    pub(crate) fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut R) -> T) -> Option<T> {
        let record = self.records.get_mut(*self.by_id.get(id)?)?;
        self.answers.clear();
        Some(change(record))
    }

    /// Adds a record after all others.
    pub(crate) fn add(&mut self, record: R) {
        let at = self.records.len();
        self.by_id.insert(record.id(), at);
        self.by_customer.entry(record.customer()).or_default().push(at);
        self.records.push(record);
        self.answers.clear();
    }

    /// Removes the records with these ids.
    pub(crate) fn remove(&mut self, ids: &[String]) {
        let gone: HashSet<&String> = ids.iter().collect();
        self.records.retain(|record| !gone.contains(&record.id()));
        self.index();
    }

    /// Where the record with this id stands.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Where a customer's records stand; nowhere for an unknown customer.
    pub(crate) fn of_customer(&self, customer: &str) -> &[usize] {
        self.by_customer.get(customer).map_or(&[], Vec::as_slice)
    }

    /// The records at these places.
    pub(crate) fn at<'a>(
        &'a self,
        places: impl IntoIterator<Item = &'a usize> + 'a,
    ) -> impl Iterator<Item = &'a R> + 'a {
        places.into_iter().filter_map(|at| self.records.get(*at))
    }

    /// The rows that answer `question`, worked out by `answer` unless remembered.
    pub(crate) fn rows(
        &mut self,
        question: String,
        answer: impl FnOnce(&Self) -> Vec<usize>,
    ) -> Arc<[usize]> {
        if let Some((_, rows)) = self.answers.iter().find(|(asked, _)| *asked == question) {
            return Arc::clone(rows);
        }
        let rows: Arc<[usize]> = answer(self).into();
        if self.answers.len() == REMEMBERED {
            self.answers.pop_front();
        }
        self.answers.push_back((question, Arc::clone(&rows)));
        rows
    }
}

impl<R: Shown> Store<R> {
    /// The truth about every invoice.
    pub(crate) fn truth(&self) -> Vec<Record> {
        self.records.iter().map(truth).collect()
    }

    /// The truth about one invoice.
    pub(crate) fn truth_of(&self, resource: Resource, id: &str) -> Option<Record> {
        self.get(id).filter(|_| resource == Resource::Invoice).map(truth)
    }
}

fn truth(invoice: &impl Shown) -> Record {
    Record {
        resource: Resource::Invoice,
        id: invoice.id(),
        customer: invoice.customer(),
        json: invoice.shown(),
        hidden: BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(&'static str, &'static str);

    impl Keyed for Row {
        fn id(&self) -> String {
            self.0.to_owned()
        }
        fn customer(&self) -> String {
            self.1.to_owned()
        }
    }

    #[test]
    fn finds_by_id_and_by_customer() {
        let store = Store::new(vec![Row("1", "a"), Row("2", "b"), Row("3", "a")]);
        assert_eq!(store.get("2").map(Keyed::customer), Some("b".to_owned()));
        assert_eq!(store.of_customer("a"), [0, 2]);
        assert!(store.of_customer("c").is_empty());
    }

    #[test]
    fn the_indexes_follow_what_is_added_and_removed() {
        let mut store = Store::new(vec![Row("1", "a"), Row("2", "b"), Row("3", "a")]);
        store.add(Row("4", "b"));
        store.remove(&["1".to_owned(), "9".to_owned()]);
        assert!(store.get("1").is_none());
        assert_eq!(store.get("4").map(Keyed::customer), Some("b".to_owned()));
        assert_eq!((store.of_customer("a"), store.of_customer("b")), (&[1][..], &[0, 2][..]));
    }

    #[test]
    fn every_change_makes_remembered_answers_be_worked_out_again() {
        let mut store = Store::new(vec![Row("1", "a")]);
        let changes: [fn(&mut Store<Row>); 3] = [
            |store| assert_eq!(store.change("1", |row| row.1), Some("a")),
            |store| store.add(Row("2", "a")),
            |store| store.remove(&["2".to_owned()]),
        ];
        for change in changes {
            store.rows("q".to_owned(), |_| vec![7]);
            change(&mut store);
            assert_eq!(*store.rows("q".to_owned(), |_| vec![0]), [0]);
        }
    }

    #[test]
    fn a_question_is_worked_out_once() {
        let mut store = Store::new(vec![Row("1", "a")]);
        let first = store.rows("q".to_owned(), |_| vec![0]);
        let second = store.rows("q".to_owned(), |_| panic!("worked out again"));
        assert_eq!(first, second);
    }
}
