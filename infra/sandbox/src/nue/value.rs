//! GraphQL values with their variables filled in.

use std::collections::BTreeMap;
use std::fmt;

use graphql_parser::query::{Type, Value as Parsed, VariableDefinition};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value as the query means it. Numbers are exact.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    /// A bare word, such as `desc`.
    Word(String),
    List(Vec<Value>),
    /// In the order written, as far as the grammar keeps it.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// What the value is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Word(_) => "an enumeration value",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    fn from_json(raw: &RawValue) -> Result<Self, String> {
        let text = raw.get();
        let read = |error: serde_json::Error| error.to_string();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Value::Null,
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'"') => Value::Text(serde_json::from_str(text).map_err(read)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).map_err(read)?;
                Value::List(items.into_iter().map(Value::from_json).collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let Fields(fields) = serde_json::from_str(text).map_err(read)?;
                let fields = fields.into_iter();
                let read = fields.map(|(key, raw)| Ok((key, Value::from_json(&raw)?)));
                Value::Object(read.collect::<Result<_, String>>()?)
            }
            _ => Value::Number(number(text)?),
        })
    }
}

/// An exact number, with an exponent or without.
fn number(text: &str) -> Result<Decimal, String> {
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .map_err(|error| format!("{text} is not a number this API can hold: {error}"))
}

/// A JSON object whose keys keep their order.
struct Fields(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    fields.push(entry);
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(InOrder)
    }
}

/// The variables of one request.
#[derive(Debug, Default)]
pub(super) struct Variables(BTreeMap<String, Option<Value>>);

impl Variables {
    /// Joins what the query declares and what the request gives.
    pub(super) fn new(
        declared: &[VariableDefinition<'_, String>],
        given: &BTreeMap<String, Box<RawValue>>,
    ) -> Result<Self, String> {
        let is_declared = |name: &String| declared.iter().any(|variable| variable.name == *name);
        if let Some(name) = given.keys().find(|name| !is_declared(name)) {
            return Err(format!("unexpected variable {name:?}: the query does not declare it"));
        }
        let mut variables = Variables::default();
        for variable in declared {
            let name = &variable.name;
            let value = match (given.get(name), &variable.default_value) {
                (Some(raw), _) => Some(Value::from_json(raw)?),
                (None, Some(default)) => Variables::default().fill(default)?,
                (None, None) => None,
            };
            let needed = matches!(variable.var_type, Type::NonNullType(_));
            if needed && matches!(value, None | Some(Value::Null)) {
                return Err(format!("expecting a value for the non-nullable variable {name:?}"));
            }
            variables.0.insert(name.clone(), value);
        }
        Ok(variables)
    }

    /// The value with its variables filled in; `None` for a variable that may be
    /// left out and was.
    pub(super) fn fill(&self, parsed: &Parsed<'_, String>) -> Result<Option<Value>, String> {
        Ok(Some(match parsed {
            Parsed::Variable(name) => {
                return match self.0.get(name) {
                    Some(value) => Ok(value.clone()),
                    None => Err(format!("unbound variable {name:?}")),
                };
            }
            Parsed::Null => Value::Null,
            Parsed::Boolean(value) => Value::Bool(*value),
            Parsed::Int(value) => Value::Number(value.as_i64().unwrap_or_default().into()),
            // The parser reads a literal as binary floating point; its shortest
            // form is what was written, up to 15 digits. Variables are exact.
            Parsed::Float(value) => Value::Number(number(&value.to_string())?),
            Parsed::String(text) => Value::Text(text.clone()),
            Parsed::Enum(word) => Value::Word(word.clone()),
            Parsed::List(items) => {
                let items = items.iter().map(|item| self.fill(item));
                let filled = items.map(|item| Ok(item?.unwrap_or(Value::Null)));
                Value::List(filled.collect::<Result<_, String>>()?)
            }
            Parsed::Object(fields) => {
                let mut filled = Vec::new();
                for (name, value) in fields {
                    if let Some(value) = self.fill(value)? {
                        filled.push((name.clone(), value));
                    }
                }
                Value::Object(filled)
            }
        }))
    }
}
