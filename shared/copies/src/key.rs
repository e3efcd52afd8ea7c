//! Texts that stand in byte order as the values they are made of stand in theirs.
//!
//! An index is sorted by such a text: a marker, so that what lacks the value comes last,
//! then the value, then the invoice's id, so that no two are equal and equals stand by
//! their ids. What comes last in both directions is a key range of its own.

use invoice::{ConnectionName, Position, Reference, Sort, SortKey, SortValue};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Stands before a value that is there.
pub(crate) const PRESENT: char = '1';
/// Stands in place of a value that is missing: behind all that are there.
pub(crate) const MISSING: char = '2';
/// Ends a text: less than every character that a text holds once it is escaped.
pub(crate) const END: char = '\u{1}';
/// Greater than all that an id begins with.
pub(crate) const LAST: char = '\u{10FFFF}';

/// Digits of a moment: of nanoseconds since the first that there is.
const MOMENT: usize = 21;
/// Digits of an amount before its point, and after it.
const WHOLE: usize = 29;
const FRACTION: usize = 28;

/// The text of a value, without marker and id.
pub(crate) fn of_value(value: &SortValue) -> String {
    match value {
        SortValue::Date(date) => of_date(*date),
        SortValue::Instant(moment) => of_moment(*moment),
        SortValue::Amount(amount) => of_amount(*amount),
        SortValue::Text(text) => of_text(text),
    }
}

/// The text of a civil date: years count from the first that there is.
pub(crate) fn of_date(date: Date) -> String {
    let year = i32::from(date.year()) + 10_000;
    format!("{year:05}{:02}{:02}", date.month(), date.day())
}

/// The text of an instant.
pub(crate) fn of_moment(moment: Timestamp) -> String {
    let since = moment.as_nanosecond().saturating_sub(Timestamp::MIN.as_nanosecond());
    format!("{since:0MOMENT$}")
}

/// The text of an amount: of a negative one each digit is its complement.
pub(crate) fn of_amount(amount: Decimal) -> String {
    let amount = amount.normalize();
    let scale = usize::try_from(amount.scale()).unwrap_or(FRACTION);
    let plain = format!("{:0>1$}", amount.mantissa().unsigned_abs(), scale + 1);
    let (whole, fraction) = plain.split_at(plain.len() - scale);
    let digits = format!("{whole:0>WHOLE$}{fraction:0<FRACTION$}");
    if amount.is_sign_negative() && !amount.is_zero() {
        let complement =
            |digit: char| digit.to_digit(10).and_then(|it| char::from_digit(9 - it, 10));
        format!("0{}", digits.chars().filter_map(complement).collect::<String>())
    } else {
        format!("1{digits}")
    }
}

/// The text of a number as people read it: runs of digits by their length and value. The
/// text itself stands behind, to tell apart what reads alike.
pub(crate) fn of_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2 + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (run, tail) = rest.split_at(end);
            let run = run.trim_start_matches('0');
            out.push_str(&format!("0{:03}{run}", run.len()));
            rest = tail;
        } else {
            escape(first, &mut out);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    out.push(END);
    text.chars().for_each(|c| escape(c, &mut out));
    out.push(END);
    out
}

fn escape(c: char, out: &mut String) {
    match c {
        '\u{0}' => out.push_str("\u{2}0"),
        '\u{1}' => out.push_str("\u{2}1"),
        '\u{2}' => out.push_str("\u{2}2"),
        other => out.push(other),
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\u{2}0", "\u{0}").replace("\u{2}1", "\u{1}").replace("\u{2}2", "\u{2}")
}

/// Marker and value of what an invoice is sorted by.
pub(crate) fn marked(value: Option<&SortValue>) -> String {
    value.map_or_else(|| MISSING.to_string(), |value| format!("{PRESENT}{}", of_value(value)))
}

/// The key's marker and value apart from the id behind them; none where it is no such key.
pub(crate) fn split(key: &str, of: SortKey) -> Option<(&str, &str)> {
    let rest = match key.strip_prefix(PRESENT) {
        Some(rest) => rest,
        None => {
            let id = key.strip_prefix(MISSING)?;
            return key.split_at_checked(key.len() - id.len());
        }
    };
    let length = match of {
        SortKey::InvoiceDate | SortKey::DueDate => 9,
        SortKey::CreatedAt | SortKey::ModifiedAt => MOMENT,
        SortKey::Amount | SortKey::Balance => 1 + WHOLE + FRACTION,
        SortKey::Number => {
            let first = rest.find(END)? + 1;
            first + rest.get(first..)?.find(END)? + 1
        }
    };
    key.split_at_checked(1 + length)
}

/// Stands before every id: no provider's begins so. A position goes into cursors, where one
/// without any id would be none.
const LEAST: &str = "\u{0}";

/// Where an invoice with this key stands in an order; of a key without an id, where the first
/// with its value would stand.
pub(crate) fn position(connection: &ConnectionName, sort: Sort, key: &str) -> Option<Position> {
    let (value, id) = split(key, sort.key)?;
    let value = match value.strip_prefix(PRESENT) {
        Some(value) => Some(read(value, sort.key)?),
        None => None,
    };
    let reference = Reference::new(connection, if id.is_empty() { LEAST } else { id });
    Some(Position { value, reference, is_abridged: false })
}

fn read(text: &str, of: SortKey) -> Option<SortValue> {
    match of {
        SortKey::InvoiceDate | SortKey::DueDate => {
            let year: i32 = text.get(..5)?.parse().ok()?;
            let year = i16::try_from(year - 10_000).ok()?;
            let (month, day) = (text.get(5..7)?.parse().ok()?, text.get(7..9)?.parse().ok()?);
            Date::new(year, month, day).ok().map(SortValue::Date)
        }
        SortKey::CreatedAt | SortKey::ModifiedAt => {
            let since: i128 = text.parse().ok()?;
            let moment = since.checked_add(Timestamp::MIN.as_nanosecond())?;
            Timestamp::from_nanosecond(moment).ok().map(SortValue::Instant)
        }
        SortKey::Amount | SortKey::Balance => amount(text).map(SortValue::Amount),
        SortKey::Number => {
            let plain = text.strip_suffix(END)?;
            let (_, plain) = plain.split_once(END)?;
            Some(SortValue::Text(unescaped(plain)))
        }
    }
}

fn amount(text: &str) -> Option<Decimal> {
    let (sign, digits) = text.split_at_checked(1)?;
    let is_negative = sign == "0";
    let plain: String = if is_negative {
        digits.chars().filter_map(|c| char::from_digit(9 - c.to_digit(10)?, 10)).collect()
    } else {
        digits.to_owned()
    };
    let (whole, fraction) = plain.split_at_checked(WHOLE)?;
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if is_negative { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Decimal::from_str_exact(&format!("{sign}{whole}{point}{fraction}")).ok()
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    fn sort(key: SortKey) -> Sort {
        Sort { key, descending: false }
    }

    fn agrees(key: SortKey, a: &SortValue, b: &SortValue) -> Result<(), TestCaseError> {
        let wanted = sort(key).cmp_values(Some(a), Some(b));
        let (one, other) = (marked(Some(a)), marked(Some(b)));
        prop_assert_eq!(one.cmp(&other), wanted, "{:?} {:?}", one, other);
        if wanted != Ordering::Equal {
            prop_assert_eq!(format!("{one}z").cmp(&format!("{other}a")), wanted);
        }
        let connection = "nue".parse().unwrap();
        let place = position(&connection, sort(key), &format!("{one}id-7")).unwrap();
        prop_assert_eq!(sort(key).cmp_values(place.value.as_ref(), Some(a)), Ordering::Equal);
        prop_assert_eq!(place.reference.id(), "id-7");
        Ok(())
    }

    #[test]
    fn a_place_without_an_id_can_be_written_in_a_cursor_and_stands_before_all_of_its_value() {
        let connection = "stripe".parse().unwrap();
        let text = marked(Some(&SortValue::Text("INV-1".to_owned())));
        for key in [marked(None), text] {
            let order = sort(SortKey::Number);
            let bare = position(&connection, order, &key).unwrap();
            let first = position(&connection, order, &format!("{key} ")).unwrap();
            assert_eq!(order.cmp(&bare, &first), Ordering::Less);
            let written = serde_json::to_string(&bare).unwrap();
            let read: Position = serde_json::from_str(&written).unwrap();
            assert_eq!(order.cmp(&read, &bare), Ordering::Equal, "{written}");
        }
    }

    fn moments() -> impl Strategy<Value = SortValue> {
        let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        (first..last, 0..1_000_000_000_i32).prop_map(|(second, nano)| {
            SortValue::Instant(Timestamp::new(second, nano).unwrap_or(Timestamp::MAX))
        })
    }

    fn amounts() -> impl Strategy<Value = SortValue> {
        let any = (any::<i64>(), 0..28_u32).prop_map(|(number, scale)| Decimal::new(number, scale));
        let small =
            (-1_000..1_000_i64, 0..3_u32).prop_map(|(number, scale)| Decimal::new(number, scale));
        let edges =
            prop::sample::select(vec![Decimal::MAX, Decimal::MIN, Decimal::ZERO, -Decimal::ZERO]);
        prop_oneof![any, small, edges].prop_map(SortValue::Amount)
    }

    fn texts() -> impl Strategy<Value = SortValue> {
        prop_oneof!["[0-9]{0,4}(-?[0a9b\u{0}\u{1}\u{2}]{0,5}){0,3}", "\\PC{0,12}"]
            .prop_map(SortValue::Text)
    }

    fn days() -> impl Strategy<Value = SortValue> {
        (-9999..=9999_i16, 1..=12_i8, 1..=28_i8)
            .prop_map(|(year, month, day)| SortValue::Date(Date::new(year, month, day).unwrap()))
    }

    proptest! {
        #[test]
        fn texts_stand_as_their_values_do(
            days in (days(), days()),
            moments in (moments(), moments()),
            amounts in (amounts(), amounts()),
            texts in (texts(), texts()),
        ) {
            agrees(SortKey::InvoiceDate, &days.0, &days.1)?;
            agrees(SortKey::CreatedAt, &moments.0, &moments.1)?;
            agrees(SortKey::Amount, &amounts.0, &amounts.1)?;
            agrees(SortKey::Number, &texts.0, &texts.1)?;
        }
    }

    #[test]
    fn what_is_missing_stands_behind_all_that_is_there() {
        let last = marked(Some(&SortValue::Text(LAST.to_string())));
        assert!(marked(None) > last);
        let connection = "nue".parse().unwrap();
        let place = position(&connection, sort(SortKey::Number), "2id").unwrap();
        assert_eq!((place.value, place.reference.id()), (None, "id"));
    }
}
