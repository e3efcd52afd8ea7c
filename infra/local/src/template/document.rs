//! The template as data: YAML read, short tags written out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use yaml_serde::Value as Yaml;

use super::Fault;

/// A parsed template in which `!Ref x` reads `{"Ref": "x"}`, as CloudFormation
/// itself defines the short form.
#[derive(Debug)]
pub struct Document {
    root: Map<String, Value>,
    /// Parameter values given by the user in place of the defaults.
    overrides: BTreeMap<String, String>,
}

impl Document {
    /// Reads a template's text.
    pub fn parse(text: &str, overrides: BTreeMap<String, String>) -> Result<Self, Fault> {
        let yaml: Yaml = yaml_serde::from_str(text)
            .map_err(|error| Fault::new("template", format!("is not YAML: {error}")))?;
        let Value::Object(root) = plain(yaml, "template")? else {
            return Err(Fault::new("template", "is not a YAML mapping"));
        };
        let document = Self { root, overrides };
        for name in document.overrides.keys() {
            if !document.section("Parameters").contains_key(name) {
                let what = "is given a value, but the template has no such parameter";
                return Err(Fault::new(format!("Parameters.{name}"), what));
            }
        }
        Ok(document)
    }

    /// Gives a parameter a value in place of its default, where there is such a parameter
    /// and the user has said nothing of it.
    pub fn suppose(&mut self, name: &str, value: &str) {
        if self.section("Parameters").contains_key(name) {
            self.overrides.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }

    /// A top-level section; one that is absent is empty.
    pub fn section(&self, name: &str) -> &Map<String, Value> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.root.get(name).and_then(Value::as_object).unwrap_or(&EMPTY)
    }

    /// Every resource of one type, by logical id: those whose condition holds,
    /// where they have one.
    pub fn resources(&self, kind: &str) -> Result<Vec<(&String, &Value)>, Fault> {
        let all = self.section("Resources").iter();
        let of_kind =
            all.filter(|(_, resource)| resource.get("Type").and_then(Value::as_str) == Some(kind));
        let mut found = Vec::new();
        for (name, resource) in of_kind {
            let condition = resource.get("Condition").and_then(Value::as_str);
            let at = format!("Resources.{name}.Condition");
            if condition.map_or(Ok(true), |condition| self.condition(condition, &at))? {
                found.push((name, resource));
            }
        }
        Ok(found)
    }

    /// A parameter's value: the user's, or else its default.
    pub fn parameter(&self, name: &str) -> Option<Result<Value, Fault>> {
        let declared = self.section("Parameters").get(name)?;
        if let Some(value) = self.overrides.get(name) {
            return Some(Ok(Value::String(value.clone())));
        }
        Some(declared.get("Default").cloned().ok_or_else(|| {
            let what = format!("has no default: start with --parameter {name}=VALUE");
            Fault::new(format!("Parameters.{name}"), what)
        }))
    }
}

/// YAML to JSON values, with each `!Tag` written as its long form.
fn plain(yaml: Yaml, at: &str) -> Result<Value, Fault> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => serde_json::to_value(number)
            .map_err(|error| Fault::new(at, format!("is not a usable number: {error}")))?,
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| plain(item, &format!("{at}[{index}]")))
                .collect::<Result<_, _>>()?,
        ),
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key = key_text(key, at)?;
                let value = plain(value, &format!("{at}.{key}"))?;
                object.insert(key, value);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let short = tag.trim_start_matches('!');
            let long = match short {
                "Ref" | "Condition" => short.to_owned(),
                _ => format!("Fn::{short}"),
            };
            let value = plain(tagged.value, &format!("{at}.{long}"))?;
            Value::Object(Map::from_iter([(long, value)]))
        }
    })
}

/// A mapping's key as text. HTTP codes and the like may stand there unquoted.
fn key_text(key: Yaml, at: &str) -> Result<String, Fault> {
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(value) => Ok(value.to_string()),
        _ => Err(Fault::new(at, "has a key that is not text")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Document, Fault> {
        Document::parse(text, BTreeMap::new())
    }

    #[test]
    fn writes_short_tags_out() {
        let document =
            parse("A: {x: !Ref P, y: !Sub 'a-${P}', z: !If [C, !GetAtt T.Arn, 2]}").unwrap();
        assert_eq!(
            Value::Object(document.section("A").clone()),
            json!({
                "x": {"Ref": "P"},
                "y": {"Fn::Sub": "a-${P}"},
                "z": {"Fn::If": ["C", {"Fn::GetAtt": "T.Arn"}, 2]},
            })
        );
    }

    #[test]
    fn says_where_yaml_breaks() {
        let fault = parse("A: [1").unwrap_err().to_string();
        assert!(fault.starts_with("template: is not YAML: "), "{fault}");
        assert!(fault.contains("line 1"), "{fault}");
    }

    #[test]
    fn a_resource_whose_condition_does_not_hold_is_not_there() {
        let text = "
Conditions: {Never: !Equals [a, b], Always: !Equals [a, a]}
Resources: {A: {Type: T, Condition: Never}, B: {Type: T, Condition: Always}, C: {Type: T}}";
        let document = parse(text).unwrap();
        let names: Vec<_> =
            document.resources("T").unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["B", "C"]);
        let fault = parse("Resources: {A: {Type: T, Condition: Gone}}").unwrap();
        let fault = fault.resources("T").unwrap_err().to_string();
        assert!(fault.starts_with("Resources.A.Condition: "), "{fault}");
    }

    #[test]
    fn refuses_a_value_for_an_unknown_parameter() {
        let overrides = BTreeMap::from([("Stagee".to_owned(), "x".to_owned())]);
        let fault = Document::parse("Parameters: {Stage: {Default: a}}", overrides).unwrap_err();
        assert!(fault.to_string().starts_with("Parameters.Stagee: "), "{fault}");
    }

    #[test]
    fn prefers_the_users_value_to_the_default() {
        let overrides = BTreeMap::from([("Stage".to_owned(), "x".to_owned())]);
        let document = Document::parse("Parameters: {Stage: {Default: a}}", overrides).unwrap();
        assert_eq!(document.parameter("Stage"), Some(Ok(json!("x"))));
    }
}
