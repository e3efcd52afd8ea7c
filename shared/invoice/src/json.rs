//! Reading JSON, in which an array is no object.
//!
//! serde reads a struct from an object, and by position from an array as well:
//! `["Invoice is not available"]` would be an invoice of that id. The functions
//! of this module refuse an array wherever a struct is expected, at any depth.
//! All of the workspace reads JSON through them; clippy refuses others'.

mod strict;

use std::borrow::Cow;

use serde::de::{Deserialize, DeserializeOwned};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Result, Value};

use strict::Strict;

/// Reads one JSON value from a text.
///
/// # Errors
/// When the text is no JSON, has more than one value, or does not fit; an array
/// does not fit a struct.
pub fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T> {
    let mut deserializer = Deserializer::from_str(text);
    let value = T::deserialize(Strict(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// Reads one JSON value from bytes.
///
/// # Errors
/// As [`read`], and when the bytes are no UTF-8.
pub fn read_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T> {
    let mut deserializer = Deserializer::from_slice(bytes);
    let value = T::deserialize(Strict(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a value that stands in a tree already.
///
/// # Errors
/// When the value does not fit; an array does not fit a struct.
pub fn read_value<T: DeserializeOwned>(value: Value) -> Result<T> {
    T::deserialize(Strict(value))
}

/// The characters of a JSON text. A raw value has been read once, to know where it ends, so a
/// text without an escape is taken as it stands between its quotes.
///
/// # Errors
/// When it is no text.
pub fn text(raw: &RawValue) -> Result<Cow<'_, str>> {
    let raw = raw.get();
    let inner = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    match inner.filter(|inner| !inner.contains('\\')) {
        Some(inner) => Ok(Cow::Borrowed(inner)),
        None => read(raw).map(Cow::Owned),
    }
}

/// How many bytes `json` takes where it stands as a text in other JSON, as an answer's
/// body does.
pub fn length_as_text(json: &str) -> usize {
    // A provider's own object may have line breaks between its values.
    let is_escaped = |byte: &&u8| matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t');
    json.len().saturating_add(json.as_bytes().iter().filter(is_escaped).count())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        number: Option<u64>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        Wrapped(Inner),
        Pair(u8, String),
        Named { inner: Inner },
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Outer {
        one: Option<Inner>,
        many: Vec<Inner>,
        by_name: BTreeMap<String, Inner>,
        pair: Option<(String, Inner)>,
        kinds: Vec<Kind>,
        any: Option<Value>,
    }

    #[test]
    fn what_was_written_is_read_again() {
        let inner = || Inner { id: Some("\"é\n".to_owned()), number: Some(u64::MAX) };
        let outer = Outer {
            one: Some(inner()),
            many: vec![inner(), Inner { id: None, number: None }],
            by_name: [("a".to_owned(), inner())].into(),
            pair: Some(("x".to_owned(), inner())),
            kinds: vec![
                Kind::Plain,
                Kind::Wrapped(inner()),
                Kind::Pair(7, "x".to_owned()),
                Kind::Named { inner: inner() },
            ],
            any: Some(json!([1, -2, 0.5, "a", null, true, {"b": []}])),
        };
        let text = serde_json::to_string(&outer).unwrap();
        assert_eq!(read::<Outer>(&text).unwrap(), outer);
        assert_eq!(read_slice::<Outer>(text.as_bytes()).unwrap(), outer);
        assert_eq!(read_value::<Outer>(serde_json::to_value(&outer).unwrap()).unwrap(), outer);
    }

    #[test]
    fn an_array_is_no_object_at_any_depth() {
        for text in [
            r#"[]"#,
            r#"[{"id": "a"}]"#,
            r#"{"one": ["a", 1]}"#,
            r#"{"one": []}"#,
            r#"{"many": [["a"]]}"#,
            r#"{"by_name": {"a": ["a"]}}"#,
            r#"{"pair": ["x", ["a"]]}"#,
            r#"{"kinds": [{"Wrapped": ["a"]}]}"#,
            r#"{"kinds": [{"Named": [{"id": "a"}]}]}"#,
            r#"{"kinds": [{"Named": {"inner": ["a"]}}]}"#,
        ] {
            assert!(serde_json::from_str::<Outer>(text).is_ok(), "serde itself reads {text}");
            assert!(read::<Outer>(text).is_err(), "{text}");
            assert!(read_slice::<Outer>(text.as_bytes()).is_err(), "{text}");
            let value: Value = serde_json::from_str(text).unwrap();
            assert!(read_value::<Outer>(value).is_err(), "{text}");
        }
    }

    #[test]
    fn a_text_says_the_same_however_it_is_written() {
        for said in ["", "a", "é\"\\\n", "\u{1}\u{1F600}", "\\"] {
            let raw = serde_json::value::to_raw_value(said).unwrap();
            assert_eq!(text(&raw).unwrap(), said);
        }
        for other in ["1", "null", "{}", r#"["a"]"#] {
            let raw: &RawValue = serde_json::from_str(other).unwrap();
            assert!(text(raw).is_err(), "{other}");
        }
    }

    #[test]
    fn a_length_is_that_of_the_text_in_other_json() {
        let value = json!({"a": "\"é\n\\", "b": [1, null, "\u{1}"]});
        let as_a_provider_may_send_it = "{\r\n\t\"a\": 1\n}".to_owned();
        for text in [serde_json::to_string(&value).unwrap(), as_a_provider_may_send_it] {
            let quoted = serde_json::to_string(&text).unwrap();
            assert_eq!(length_as_text(&text), quoted.len() - 2);
        }
    }

    #[test]
    fn texts_are_borrowed_and_raw_values_keep_their_bytes() {
        #[derive(Deserialize)]
        struct Borrowed<'a> {
            text: &'a str,
            #[serde(borrow)]
            raw: &'a RawValue,
            owned: Box<RawValue>,
        }
        let json = r#"{"text": "a", "raw": [1.00,  2], "owned": {"b":1e2}}"#;
        let borrowed: Borrowed<'_> = read(json).unwrap();
        assert_eq!((borrowed.text, borrowed.raw.get()), ("a", "[1.00,  2]"));
        assert_eq!(borrowed.owned.get(), r#"{"b":1e2}"#);
    }

    #[test]
    fn a_second_value_and_a_cut_one_are_refused() {
        for text in ["", "{", "{}{}", "{} x", "nul"] {
            assert!(read::<Outer>(text).is_err() && read_slice::<Outer>(text.as_bytes()).is_err());
        }
    }
}
