//! Names that stand twice in one JSON object. RFC 8259, section 4, leaves to each reader
//! what such an object says, and most keep the last silently: what a caller meant cannot
//! be known, so it is refused, as is a query parameter that is given twice and takes one value.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The most that are told of: a body may be made of nothing else.
const MOST: usize = 20;
/// As much of a name as a pointer holds.
const LONGEST: usize = 60;

/// Pointers (RFC 6901) to the members whose names stand twice, at any depth.
///
/// # Errors
/// Where `body` is no JSON.
pub(crate) fn repeated_members(body: &[u8]) -> serde_json::Result<BTreeSet<String>> {
    let (mut at, mut found) = (String::new(), BTreeSet::new());
    let mut reader = serde_json::Deserializer::from_slice(body);
    Walk { at: &mut at, found: &mut found }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(found)
}

/// One value on the way through all of them.
struct Walk<'w> {
    /// The pointer to the value.
    at: &'w mut String,
    found: &'w mut BTreeSet<String>,
}

impl Walk<'_> {
    /// Goes one step down, in `visit`, and comes back up.
    fn within<T>(&mut self, step: &str, visit: impl FnOnce(Walk<'_>) -> T) -> T {
        let above = self.at.len();
        self.at.push('/');
        for c in step.chars().take(LONGEST) {
            match c {
                '~' => self.at.push_str("~0"),
                '/' => self.at.push_str("~1"),
                c => self.at.push(c),
            }
        }
        let visited = visit(Walk { at: self.at, found: self.found });
        self.at.truncate(above);
        visited
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let is_new = !names.contains(&name);
            self.within(&name, |inner| {
                if !is_new && inner.found.len() < MOST {
                    inner.found.insert(inner.at.clone());
                }
                map.next_value_seed(inner)
            })?;
            names.insert(name);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut place = 0_usize;
        while self.within(&place.to_string(), |inner| items.next_element_seed(inner))?.is_some() {
            place += 1;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(body: &str) -> Vec<String> {
        repeated_members(body.as_bytes()).unwrap().into_iter().collect()
    }

    #[test]
    fn a_name_that_stands_twice_is_found_at_any_depth() {
        for (body, expected) in [
            (r#"{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 2}]}"#, &[][..]),
            (r#"{"a": 1, "a": 1}"#, &["/a"]),
            (r#"{"a": {"b": 1, "b": 2}, "c": 1, "c": null}"#, &["/a/b", "/c"]),
            (r#"[{"x": 1}, {"x": [true, {"y": 1.5, "y": -1}]}]"#, &["/1/x/1/y"]),
            (r#"{"a": 1, "a": 2, "a": 3}"#, &["/a"]),
            (r#"{"x/y~": 1, "x/y~": 2}"#, &["/x~1y~0"]),
            (r#"{"A": 1, "a": 2}"#, &[]),
            (r#"{"": 1, "": 2}"#, &["/"]),
        ] {
            assert_eq!(repeated(body), expected, "{body}");
        }
    }

    #[test]
    fn a_name_that_is_spelled_otherwise_is_the_same() {
        assert_eq!(repeated(r#"{"dryRun": true, "\u0064ryRun": false}"#), ["/dryRun"]);
    }

    #[test]
    fn what_is_told_is_bounded() {
        let pair = |number: usize| format!(r#""{number}": 1, "{number}": 2"#);
        let many: Vec<String> = (0..1_000).map(pair).collect();
        assert_eq!(repeated(&format!("{{{}}}", many.join(","))).len(), MOST);
        let name = "n".repeat(10_000);
        let long = repeated(&format!(r#"{{"{name}": 1, "{name}": 2}}"#));
        assert_eq!(long, [format!("/{}", "n".repeat(LONGEST))]);
    }

    #[test]
    fn what_is_no_json_is_told_so() {
        for body in ["", "{", "{} x", "{\"a\": 1,}", "[1"] {
            assert!(repeated_members(body.as_bytes()).is_err(), "{body}");
        }
        assert!(repeated_members("[".repeat(1_000).as_bytes()).is_err());
    }
}
