//! What is stored: items of every kind, altered at random, and bodies as they are packed.
//! Nothing panics; what is read is written again as it was; what another version wrote is a
//! miss, or under way, and never free to send; and no body unpacks to more than it says.
#![no_main]

#[path = "stored/copied.rs"]
mod copied;
#[path = "stored/drawn.rs"]
mod drawn;
#[path = "stored/events.rs"]
mod events;
#[path = "stored/packed.rs"]
mod packed;
// A table with one of each kind of item, as the tests of `store` write it.
#[allow(dead_code)]
#[path = "../../../shared/store/tests/stored/scenario.rs"]
mod scenario;
#[path = "stored/writes.rs"]
mod writes;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use store::table::{FakeTable, Item};
use store::testing::kinds;

use drawn::Alteration;

/// Moments at which the items are read, in seconds after they were written: on both sides of
/// every time that they hold.
const MOMENTS: [i64; 12] =
    [0, 10, 24, 26, 36, 69, 71, 86, 86_399, 86_401, 30 * 86_400, 400 * 86_400];

/// What is read, and when.
#[derive(Debug, Arbitrary)]
struct Drawn<'a> {
    what: u8,
    moment: u8,
    alterations: Vec<Alteration>,
    bytes: &'a [u8],
}

/// One of each kind of item, by its key.
fn written() -> &'static [(String, Item)] {
    static WRITTEN: OnceLock<Vec<(String, Item)>> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        let table = run(scenario::written());
        run(events::wait_in_outbox(&table));
        let item = |key: String| (key.clone(), table.item(&key).unwrap());
        table.keys().into_iter().map(item).collect()
    })
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

/// A table in which what is altered is altered; with what was.
fn altered(alterations: &[Alteration]) -> (FakeTable, BTreeSet<&'static str>) {
    let (table, mut altered) = (FakeTable::default(), BTreeSet::new());
    for (key, item) in written() {
        table.set(key, item.clone());
    }
    for alteration in alterations.iter().take(4) {
        let (key, _) = &written()[usize::from(alteration.place) % written().len()];
        let item = alteration.of(table.item(key).unwrap(), written());
        table.set(key, item);
        altered.insert(key.as_str());
    }
    (table, altered)
}

/// Each kind of item that is read is written again as it was read, and says no more than
/// stood there.
fn is_written_as_it_is_read(item: &Item) {
    for (kind, rewritten) in kinds() {
        let Ok(once) = rewritten(item) else { continue };
        let twice = rewritten(&once).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert!(once == twice, "{kind} is written otherwise than it was read: {once:?}");
        for (name, value) in once.into_values() {
            let there = item.get(&name);
            // Packed again, the same text may be other bytes; and what says nothing may as
            // well not be there.
            let is_packed = matches!(value, store::table::Value::Bytes(_));
            let says_nothing = value == store::table::Value::Text(String::new());
            assert!(
                is_packed || says_nothing || there == Some(&value),
                "{kind}: `{name}` is another"
            );
        }
    }
}

fuzz_target!(|drawn: Drawn<'_>| {
    let seconds = MOMENTS[usize::from(drawn.moment) % MOMENTS.len()];
    match drawn.what % 8 {
        0 => packed::unpack(drawn.bytes),
        1 => copied::read(&drawn.alterations, drawn.bytes),
        _ => {
            let (table, altered) = altered(&drawn.alterations);
            for key in &altered {
                is_written_as_it_is_read(&table.item(key).unwrap());
            }
            let is_altered = |prefix: &str| altered.iter().any(|key| key.starts_with(prefix));
            run(async {
                if is_altered("listing#") || is_altered("generation#") {
                    packed::look_up(&table).await;
                }
                if is_altered("outbox#") {
                    events::publish(&table).await;
                }
                if is_altered("idempotency#event#") {
                    events::go_on(&table, seconds).await;
                }
                if is_altered("idempotency#claim#") {
                    match drawn.what % 2 {
                        0 => writes::lock(&table, seconds).await,
                        _ => writes::notice(&table, seconds).await,
                    }
                }
                if is_altered("idempotency#key#") || is_altered("idempotency#sent#") {
                    writes::begin(&table, seconds).await;
                }
            });
        }
    }
});
