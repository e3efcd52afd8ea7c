//! Kinds of items, drawn at random: each is read as it was written.

use std::fmt::Debug;

use fastrand::Rng;
use jiff::Timestamp;

use super::{Item, Milliseconds, OrEmpty, PackedJson, Seconds, Stored, Unreadable, Value};

/// What can be drawn at random.
pub trait Drawn {
    fn drawn(random: &mut Rng) -> Self;
}

/// Holds a kind of item to its table of attributes, over many that are drawn: an item is
/// read as it was written, whatever else it says; and where one attribute is something
/// else, or is not there and has to be, that one is named.
pub fn is_read_as_written<T: Stored + Drawn + Clone + PartialEq + Debug>() {
    let mut random = Rng::with_seed(12);
    for _ in 0..200 {
        let written = T::drawn(&mut random);
        let item = written.clone().into_item();
        assert_eq!(T::from_item(&item), Ok(written.clone()));
        let later = item.clone().text("of a later version", "");
        assert_eq!(T::from_item(&later), Ok(written.clone()));
        for (name, value) in item.clone().into_values() {
            let other = match value {
                Value::Text(_) => Value::Number(7),
                Value::Number(_) | Value::Bytes(_) => Value::Text("else".to_owned()),
            };
            assert_is_named(T::from_item(&item.clone().with(&name, other)), &name);
            let rest = item.clone().into_values().filter(|(other, _)| *other != name);
            match T::from_item(&rest.collect::<Item>()) {
                Ok(read) => assert!(read != written || says_nothing(&name, &item), "{name}"),
                lacking => assert_is_named(lacking, &name),
            }
        }
    }
}

/// Whether the attribute says nothing, and so can as well not be there.
fn says_nothing(name: &str, item: &Item) -> bool {
    item.get_text(name) == Some("")
}

fn assert_is_named<T: Debug>(read: Result<T, Unreadable>, name: &str) {
    let Unreadable(named) = read.unwrap_err();
    assert_eq!(named, name);
}

impl Drawn for String {
    fn drawn(random: &mut Rng) -> Self {
        let length = random.usize(1..12);
        std::iter::repeat_with(|| random.char(..)).take(length).collect()
    }
}

impl Drawn for Vec<u8> {
    fn drawn(random: &mut Rng) -> Self {
        String::drawn(random).into_bytes()
    }
}

impl Drawn for i64 {
    fn drawn(random: &mut Rng) -> Self {
        random.i64(..)
    }
}

impl Drawn for u16 {
    fn drawn(random: &mut Rng) -> Self {
        random.u16(..)
    }
}

impl Drawn for u32 {
    fn drawn(random: &mut Rng) -> Self {
        random.u32(..)
    }
}

impl Drawn for u64 {
    fn drawn(random: &mut Rng) -> Self {
        u32::drawn(random).into()
    }
}

impl Drawn for usize {
    fn drawn(random: &mut Rng) -> Self {
        u16::drawn(random).into()
    }
}

impl Drawn for bool {
    fn drawn(random: &mut Rng) -> Self {
        random.bool()
    }
}

impl Drawn for Milliseconds {
    fn drawn(random: &mut Rng) -> Self {
        let moment = random.i64(-62_135_596_800_000..253_402_207_200_000);
        Self(Timestamp::from_millisecond(moment).unwrap())
    }
}

impl Drawn for Seconds {
    fn drawn(random: &mut Rng) -> Self {
        Self(Timestamp::from_second(random.i64(-62_135_596_800..253_402_207_200)).unwrap())
    }
}

impl Drawn for OrEmpty {
    fn drawn(random: &mut Rng) -> Self {
        Self(Drawn::drawn(random))
    }
}

impl<T: Drawn> Drawn for Option<T> {
    fn drawn(random: &mut Rng) -> Self {
        random.bool().then(|| T::drawn(random))
    }
}

impl<T: Drawn> Drawn for PackedJson<T> {
    fn drawn(random: &mut Rng) -> Self {
        Self(T::drawn(random))
    }
}
