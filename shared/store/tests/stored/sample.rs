//! Items as the sample shows them: DynamoDB's JSON, with bytes in hexadecimal.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json, json};
use store::packing::unpack;
use store::table::{FakeTable, Item, Value};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/stored.json");

/// Items by their keys, each value as DynamoDB writes it.
pub struct Sample(BTreeMap<String, Map<String, Json>>);

impl Sample {
    /// All that stands in `table`: each name that is drawn at random is replaced by one
    /// that is the same in every run, and a moment of a request's end by its second.
    pub fn of(table: &FakeTable) -> Self {
        let mut names = Names::default();
        let mut items = BTreeMap::new();
        for key in table.keys() {
            let values = table.item(&key).unwrap().into_values();
            let shown = values.map(|(name, value)| {
                let value = names.shown(&name, value);
                (name, value)
            });
            items.insert(key, shown.collect());
        }
        Self(items)
    }

    pub fn load() -> Self {
        Self(serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap())
    }

    pub fn save(&self) {
        std::fs::write(PATH, serde_json::to_string_pretty(&self.0).unwrap() + "\n").unwrap();
    }

    pub fn keys(&self) -> Vec<&String> {
        self.0.keys().collect()
    }

    /// Each item's values, with what is compressed as the text that it says: how it is
    /// compressed is no part of what is stored.
    pub fn items(&self) -> impl Iterator<Item = (&String, Map<String, Json>)> {
        self.0.keys().map(|key| (key, self.shown(key)))
    }

    pub fn shown(&self, key: &str) -> Map<String, Json> {
        let values = self.0.get(key).unwrap().iter();
        values.map(|(name, value)| (name.clone(), opened(value))).collect()
    }

    /// A table in which all of it stands.
    pub fn table(&self) -> FakeTable {
        let table = FakeTable::default();
        for (key, values) in &self.0 {
            let values = values.iter().map(|(name, value)| (name.clone(), stored(value)));
            table.set(key, values.collect::<Item>());
        }
        table
    }
}

#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn shown(&mut self, name: &str, value: Value) -> Json {
        match value {
            Value::Text(text) => json!({"S": self.text(name, text)}),
            Value::Number(number) => json!({"N": second(number)}),
            Value::Bytes(bytes) => json!({"B": hexadecimal(&bytes)}),
        }
    }

    fn text(&mut self, name: &str, text: String) -> String {
        let is_drawn = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match name {
            "sendKey" => "the key that the provider was sent".to_owned(),
            _ if is_drawn => {
                let next = format!("{:032}", self.0.len() + 1);
                self.0.entry(text).or_insert(next).clone()
            }
            _ => text,
        }
    }
}

/// A moment in milliseconds, at the end of its second.
fn second(number: i64) -> i64 {
    let is_moment = number > 1_000_000_000_000;
    if is_moment { (number + 999) / 1_000 * 1_000 } else { number }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn stored(value: &Json) -> Value {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "S" => Value::Text(value.as_str().unwrap().to_owned()),
        "N" => Value::Number(value.as_i64().unwrap()),
        "B" => Value::Bytes(bytes(value.as_str().unwrap())),
        other => panic!("no kind of value: {other}"),
    }
}

fn opened(value: &Json) -> Json {
    match stored(value) {
        Value::Bytes(bytes) => match unpack(&bytes) {
            Some(text) => json!({"unpacked": text}),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}
