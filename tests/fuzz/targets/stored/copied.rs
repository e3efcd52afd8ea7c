//! Rows of copies, and what is kept beside them of syncs and of open writes.

use std::sync::OnceLock;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use copies::testing::items::{
    Item, invoice_of, key_of, open_write_of, position_of, row_of, run_of, state_of, tombstone_of,
};
use invoice::{Invoice, Position, Sort, SortKey};
use jiff::Timestamp;

use crate::drawn::Alteration;
use crate::scenario::{at, nue, reference};

const STATE: &str = r#"{"complete":{"began":"2030-01-01T00:00:00Z","ended":"2030-01-01T00:01:00Z","rows":7,"leftOut":1,"lacking":["dueDate"]},"since":"2029-01-01T00:00:00Z","failed":null,"behind":null}"#;
const RUN: &str = r#"{"id":"1-a","began":"2030-01-01T00:00:00Z","cursor":"c","isWalked":false,"lists":2,"rows":7,"leftOut":0,"lacking":[]}"#;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn invoice() -> Invoice {
    let mut invoice = function_kit::testing::invoice("nue:inv-7", "nue:customer");
    invoice.number = Some("INV-7".to_owned());
    invoice.dates.due = Some(jiff::civil::date(2030, 1, 31));
    invoice.timestamps.created = Some(at(0));
    invoice
}

/// One of each kind of item that the table of copies holds.
fn written() -> &'static [Item; 5] {
    static WRITTEN: OnceLock<[Item; 5]> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let json = |json: &str| Item::from([("json".to_owned(), text(json))]);
        let open = Item::from([
            ("id".to_owned(), text("write#inv-7")),
            ("invoice".to_owned(), text("inv-7")),
            ("countsFrom".to_owned(), AttributeValue::N("1893456000000".to_owned())),
        ]);
        [
            row_of(&invoice(), at(0)).unwrap(),
            tombstone_of(&reference("nue:inv-8"), at(0)),
            json(STATE),
            json(RUN),
            open,
        ]
    })
}

fn altered(alterations: &[Alteration]) -> Item {
    let place = alterations.first().map_or(0, |alteration| usize::from(alteration.place));
    let mut item = written()[place % written().len()].clone();
    for alteration in alterations.iter().take(4) {
        let (name, number, text, bytes) = alteration.scalars();
        let mut names: Vec<String> = item.keys().cloned().collect();
        names.sort_unstable();
        names.extend(["deletes", "gone", "fullId", "version", "body"].map(str::to_owned));
        let name = names[usize::from(name) % names.len()].clone();
        let value = match (number, text, bytes) {
            (Some(number), ..) => AttributeValue::N(number.to_string()),
            (_, Some(text), _) => AttributeValue::S(text.to_owned()),
            (.., Some(bytes)) => AttributeValue::B(Blob::new(bytes)),
            _ => {
                item.remove(&name);
                continue;
            }
        };
        item.insert(name, value);
    }
    item
}

/// Whatever a row says, it is read as itself or not at all.
pub fn read(alterations: &[Alteration], bytes: &[u8]) {
    let mut item = altered(alterations);
    if !bytes.is_empty() && item.contains_key("body") {
        item.insert("body".to_owned(), AttributeValue::B(Blob::new(bytes)));
    }
    let drawn = String::from_utf8_lossy(bytes);
    if !bytes.is_empty() && item.contains_key("json") {
        item.insert("json".to_owned(), text(&drawn));
    }
    row(&item);
    if let Ok(invoice) = invoice::json::read::<Invoice>(&drawn) {
        row(&row_of(&invoice, at(0)).unwrap());
    }
    if let Some(state) = state_of(&item) {
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(
            state_of(&Item::from([("json".to_owned(), text(&json))])),
            Some(state),
            "{json}"
        );
    }
    if let Some(json) = run_of(&item) {
        assert_eq!(run_of(&Item::from([("json".to_owned(), text(&json))])), Some(json));
    }
    open_write(&item);
    for key in SortKey::ALL {
        let sort = Sort { key: *key, descending: false };
        let Some(position) = position_of(&nue(), sort, &drawn) else { continue };
        // It is the same in a cursor, unless its invoice is one that no key of ours names.
        let json = serde_json::to_string(&position).unwrap();
        if let Ok(again) = serde_json::from_str::<Position>(&json) {
            assert_eq!(again, position);
        }
    }
}

fn row(item: &Item) {
    let Some(invoice) = invoice_of(item) else { return };
    assert_eq!(item.get("version"), Some(&text("1")), "a row of another version is read");
    let row = row_of(&invoice, at(0)).unwrap();
    let again = invoice_of(&row).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&invoice).unwrap());
    for key in SortKey::ALL {
        let sort = Sort { key: *key, descending: false };
        let key = key_of(&invoice, sort).unwrap();
        let position = position_of(invoice.id.connection(), sort, &key);
        let position =
            position.unwrap_or_else(|| panic!("{key:?} is no key of {}", sort.canonical()));
        let (there, value) = (sort.position(&invoice).value, position.value);
        assert!(
            sort.cmp_values(value.as_ref(), there.as_ref()).is_eq(),
            "{key:?}: {value:?}, not {there:?}"
        );
    }
}

/// A write whose moment cannot be read counts from the beginning.
fn open_write(item: &Item) {
    let Some((written, counts)) = open_write_of(&nue(), item, at(0)) else { return };
    let moment = item
        .get("countsFrom")
        .and_then(|value| value.as_n().ok())
        .and_then(|number| number.parse().ok());
    let moment = moment.and_then(|moment: i64| Timestamp::from_millisecond(moment).ok());
    let is_later = moment.is_some_and(|moment| moment > at(2));
    assert_eq!(counts, !is_later, "{item:?}");
    let mut again = written.clone();
    again.insert("id".to_owned(), item["id"].clone());
    assert_eq!(open_write_of(&nue(), &again, at(0)), Some((written, counts)));
}
