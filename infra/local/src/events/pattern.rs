//! Event patterns: which events a rule means.

use serde_json::{Map, Value};

/// A pattern: every field it names has to hold one of the values given.
#[derive(Debug, PartialEq)]
pub struct Pattern(Vec<Field>);

#[derive(Debug, PartialEq)]
struct Field {
    path: Vec<String>,
    tests: Vec<Test>,
}

#[derive(Debug, PartialEq)]
enum Test {
    Is(Value),
    Prefix(String),
    Suffix(String),
    EqualsIgnoreCase(String),
    AnythingBut(Vec<Test>),
    Exists(bool),
}

impl Pattern {
    /// Reads a pattern. What the local stack does not match by is refused, not
    /// passed over: a rule that means less than it says is worse than none.
    pub fn parse(pattern: &Value) -> Result<Self, String> {
        let Some(fields) = pattern.as_object().filter(|fields| !fields.is_empty()) else {
            return Err("is not an object of fields".to_owned());
        };
        let mut read = Vec::new();
        parse_fields(fields, &mut Vec::new(), &mut read)?;
        Ok(Self(read))
    }

    /// Whether an event is meant.
    pub fn matches(&self, event: &Value) -> bool {
        self.0.iter().all(|field| {
            let mut leaves = Vec::new();
            collect(event, &field.path, &mut leaves);
            field.tests.iter().any(|test| match test {
                Test::Exists(wanted) => *wanted != leaves.is_empty(),
                _ => leaves.iter().any(|leaf| test.holds(leaf)),
            })
        })
    }
}

fn parse_fields(
    fields: &Map<String, Value>,
    path: &mut Vec<String>,
    read: &mut Vec<Field>,
) -> Result<(), String> {
    for (name, value) in fields {
        path.push(name.clone());
        let at = path.join(".");
        match value {
            _ if name.starts_with('$') => {
                return Err(format!("has {at}, which the local stack does not match by"));
            }
            Value::Object(inner) if !inner.is_empty() => parse_fields(inner, path, read)?,
            Value::Array(tests) if !tests.is_empty() => {
                let tests: Result<_, _> = tests.iter().map(Test::parse).collect();
                let tests = tests.map_err(|why| format!("at {at} {why}"))?;
                read.push(Field { path: path.clone(), tests });
            }
            _ => return Err(format!("at {at} is neither fields nor a list of values")),
        }
        path.pop();
    }
    Ok(())
}

/// The values at a path. Lists on the way stand for each of their elements.
fn collect<'e>(value: &'e Value, path: &[String], leaves: &mut Vec<&'e Value>) {
    match (value, path) {
        (Value::Array(elements), _) => {
            for element in elements {
                collect(element, path, leaves);
            }
        }
        (Value::Object(fields), [first, rest @ ..]) => {
            if let Some(inner) = fields.get(first) {
                collect(inner, rest, leaves);
            }
        }
        // An object is no leaf: it neither equals anything nor exists.
        (Value::Object(_), []) | (_, [_, ..]) => {}
        (leaf, []) => leaves.push(leaf),
    }
}

impl Test {
    fn parse(test: &Value) -> Result<Self, String> {
        let unknown = || format!("has {test}, which the local stack does not match by");
        let operator = match test {
            Value::Object(operator) if operator.len() == 1 => operator,
            Value::Object(_) | Value::Array(_) => return Err(unknown()),
            literal => return Ok(Self::Is(literal.clone())),
        };
        let (name, argument) = operator.iter().next().ok_or_else(unknown)?;
        match (name.as_str(), argument) {
            ("prefix", Value::String(text)) => Ok(Self::Prefix(text.clone())),
            ("suffix", Value::String(text)) => Ok(Self::Suffix(text.clone())),
            ("equals-ignore-case", Value::String(text)) => {
                Ok(Self::EqualsIgnoreCase(text.to_lowercase()))
            }
            ("exists", Value::Bool(exists)) => Ok(Self::Exists(*exists)),
            ("anything-but", Value::Array(tests)) if !tests.is_empty() => {
                tests.iter().map(Self::parse).collect::<Result<_, _>>().map(Self::AnythingBut)
            }
            ("anything-but", Value::String(_) | Value::Number(_) | Value::Object(_)) => {
                Ok(Self::AnythingBut(vec![Self::parse(argument)?]))
            }
            _ => Err(unknown()),
        }
    }

    fn holds(&self, leaf: &Value) -> bool {
        let text = leaf.as_str();
        match self {
            Self::Is(value) => leaf == value,
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix)),
            Self::EqualsIgnoreCase(other) => text.is_some_and(|text| text.to_lowercase() == *other),
            Self::AnythingBut(tests) => !tests.iter().any(|test| test.holds(leaf)),
            Self::Exists(wanted) => *wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn matches_as_eventbridge_does() {
        let event = json!({
            "source": "shop.billing",
            "detail-type": "Invoice Activation Requested",
            "detail": {
                "state": "draft",
                "count": 3,
                "paid": false,
                "nothing": null,
                "ids": ["nue:1", "fusebill:2"],
                "lines": [{"kind": "fee"}, {"kind": "tax"}],
                "who": {"name": "Ann"},
            },
        });
        let cases = [
            (json!({"source": ["shop.billing"]}), true),
            (json!({"source": ["x", "shop.billing"]}), true),
            (json!({"source": ["shop"]}), false),
            (json!({"source": ["shop.billing"], "detail-type": ["Other"]}), false),
            (json!({"detail": {"state": ["draft"], "count": [3]}}), true),
            (json!({"detail": {"count": ["3"]}}), false),
            (json!({"detail": {"paid": [false], "nothing": [null]}}), true),
            (json!({"detail": {"who": {"name": ["Ann"]}}}), true),
            (json!({"detail": {"ids": ["fusebill:2"]}}), true),
            (json!({"detail": {"lines": {"kind": ["tax"]}}}), true),
            (json!({"detail": {"lines": {"kind": ["discount"]}}}), false),
            (json!({"source": [{"prefix": "shop."}]}), true),
            (json!({"source": [{"prefix": "billing"}]}), false),
            (json!({"source": [{"suffix": ".billing"}]}), true),
            (
                json!({"detail-type": [{"equals-ignore-case": "INVOICE activation requested"}]}),
                true,
            ),
            (json!({"detail": {"state": [{"anything-but": "active"}]}}), true),
            (json!({"detail": {"state": [{"anything-but": ["active", "draft"]}]}}), false),
            (json!({"source": [{"anything-but": {"prefix": "shop."}}]}), false),
            (json!({"detail": {"absent": [{"anything-but": "x"}]}}), false),
            (json!({"detail": {"state": [{"exists": true}]}}), true),
            (json!({"detail": {"state": [{"exists": false}]}}), false),
            (json!({"detail": {"absent": [{"exists": false}]}}), true),
            (json!({"detail": {"who": [{"exists": true}]}}), false),
            (json!({"detail": {"absent": [{"exists": false}, "x"]}}), true),
        ];
        for (pattern, expected) in cases {
            let parsed = Pattern::parse(&pattern).unwrap();
            assert_eq!(parsed.matches(&event), expected, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_match_by() {
        let cases = [
            (json!({}), "is not an object of fields"),
            (json!({"source": "shop"}), "at source is neither"),
            (json!({"source": []}), "at source is neither"),
            (json!({"detail": {"a": {}}}), "at detail.a is neither"),
            (json!({"detail": {"n": [{"numeric": [">", 1]}]}}), "at detail.n has {\"numeric\""),
            (json!({"source": [{"exists": "yes"}]}), "at source has {\"exists\""),
            (json!({"$or": [{"source": ["a"]}]}), "has $or"),
        ];
        for (pattern, expected) in cases {
            let fault = Pattern::parse(&pattern).unwrap_err();
            assert!(fault.starts_with(expected), "{pattern}: {fault}");
        }
    }
}
