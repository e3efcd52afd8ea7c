//! A table that is in memory alone, and decides by the same conditions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::table::{Changed, Condition, Item, Table, TableError, Test, Value};

/// A table. Its clones are one table.
#[derive(Debug, Clone, Default)]
pub struct FakeTable(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    items: BTreeMap<String, Item>,
    /// What is failed: keys that begin so.
    failing: Option<String>,
    /// How many calls are still answered; none, when all are.
    answered: Option<usize>,
    /// How long each call takes.
    pause: Duration,
    loses_answers: bool,
    changed: usize,
    read: usize,
}

impl FakeTable {
    /// Fails whatever is done to items whose key begins so, from now on; none,
    /// when nothing is said.
    pub fn fail(&self, prefix: Option<&str>) {
        self.contents().failing = prefix.map(str::to_owned);
    }

    /// Answers nothing any more, or does again.
    pub fn hang(&self, hanging: bool) {
        self.contents().answered = hanging.then_some(0);
    }

    /// Answers so many calls more, and then nothing.
    pub fn hang_after(&self, calls: usize) {
        self.contents().answered = Some(calls);
    }

    /// Takes this long for each call from now on.
    pub fn slow_down(&self, pause: Duration) {
        self.contents().pause = pause;
    }

    /// Does every change from now on, loses its answer, and is asked again with the same
    /// words, as the SDK does; or no longer.
    pub fn lose_answers(&self, losing: bool) {
        self.contents().loses_answers = losing;
    }

    async fn answers(&self) {
        let (hanging, pause) = {
            let mut contents = self.contents();
            let hanging = contents.answered == Some(0);
            contents.answered = contents.answered.map(|calls| calls.saturating_sub(1));
            (hanging, contents.pause)
        };
        if hanging {
            std::future::pending().await
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// All keys, in order.
    pub fn keys(&self) -> Vec<String> {
        self.contents().items.keys().cloned().collect()
    }

    /// An item.
    pub fn item(&self, key: &str) -> Option<Item> {
        self.contents().items.get(key).cloned()
    }

    /// How many changes were asked for, done or not.
    pub fn changes(&self) -> usize {
        self.contents().changed
    }

    /// How many readings were asked for: round trips.
    pub fn reads(&self) -> usize {
        self.contents().read
    }

    /// Puts an item in place of whatever is there.
    pub fn set(&self, key: &str, item: Item) {
        self.contents().items.insert(key.to_owned(), item);
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(
        &self,
        key: &str,
        condition: &Condition,
        change: impl Fn(&mut BTreeMap<String, Item>),
    ) -> Result<Changed, TableError> {
        let mut contents = self.contents();
        contents.changed += 1;
        contents.reach(key)?;
        for _ in 0..=usize::from(contents.loses_answers) {
            let there = contents.items.get(key);
            if !holds(condition, there) {
                return Ok(Changed::Refused(there.cloned()));
            }
            change(&mut contents.items);
        }
        Ok(Changed::Done)
    }
}

impl Contents {
    fn reach(&self, key: &str) -> Result<(), TableError> {
        match &self.failing {
            Some(prefix) if key.starts_with(prefix) => Err(TableError::Unreachable),
            _ => Ok(()),
        }
    }
}

fn holds(condition: &Condition, item: Option<&Item>) -> bool {
    let groups = condition.groups();
    groups.is_empty() || groups.iter().any(|tests| tests.iter().all(|test| passes(test, item)))
}

fn passes(test: &Test, item: Option<&Item>) -> bool {
    let value = |name: &str| item.and_then(|item| item.get(name));
    match test {
        Test::Absent => item.is_none(),
        Test::Present => item.is_some(),
        Test::Is(name, wanted) => value(name) == Some(wanted),
        Test::AtMost(name, most) => {
            matches!(value(name), Some(Value::Number(number)) if number <= most)
        }
    }
}

#[async_trait]
impl Table for FakeTable {
    async fn get(&self, key: &str) -> Result<Option<Item>, TableError> {
        self.answers().await;
        let mut contents = self.contents();
        contents.read += 1;
        contents.reach(key)?;
        Ok(contents.items.get(key).cloned())
    }

    async fn get_all(&self, keys: &[String]) -> Result<HashMap<String, Item>, TableError> {
        self.answers().await;
        let mut contents = self.contents();
        contents.read += 1;
        let mut found = HashMap::new();
        for key in keys {
            contents.reach(key)?;
            if let Some(item) = contents.items.get(key) {
                found.insert(key.clone(), item.clone());
            }
        }
        Ok(found)
    }

    async fn put(
        &self,
        key: &str,
        item: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError> {
        self.answers().await;
        self.change(key, condition, |items| {
            items.insert(key.to_owned(), item.clone());
        })
    }

    async fn update(
        &self,
        key: &str,
        set: Item,
        condition: &Condition,
    ) -> Result<Changed, TableError> {
        self.answers().await;
        self.change(key, condition, |items| {
            let item = items.remove(key).unwrap_or_default();
            let item =
                set.clone().into_values().fold(item, |item, (name, value)| item.with(&name, value));
            items.insert(key.to_owned(), item);
        })
    }

    async fn add(&self, key: &str, name: &'static str, number: i64) -> Result<(), TableError> {
        self.answers().await;
        let always = Condition::always();
        let added = self.change(key, &always, |items| {
            let item = items.remove(key).unwrap_or_default();
            let sum = item.get_number(name).unwrap_or(0).saturating_add(number);
            items.insert(key.to_owned(), item.number(name, sum));
        });
        added.map(drop)
    }

    async fn delete(&self, key: &str, condition: &Condition) -> Result<Changed, TableError> {
        self.answers().await;
        self.change(key, condition, |items| {
            items.remove(key);
        })
    }
}
