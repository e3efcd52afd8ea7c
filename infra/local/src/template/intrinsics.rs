//! `Ref`, `Fn::Sub` and their kin, worked out as CloudFormation would.
//!
//! What cannot be worked out on this machine is a fault that names its place,
//! never a guess: a wrong value would surface far from here.

use serde_json::{Map, Value};

use super::{Document, Fault};

/// The region, account and names that stand for the real ones.
pub const REGION: &str = "us-east-1";
/// The account of every ARN made here.
pub const ACCOUNT: &str = "000000000000";
const STACK_NAME: &str = "invoice-bridge-local";

impl Document {
    /// `value` with every intrinsic function replaced by what it stands for.
    pub fn resolve(&self, value: &Value, at: &str) -> Result<Value, Fault> {
        match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.resolve(item, &format!("{at}[{index}]")))
                .collect(),
            Value::Object(entries) => match intrinsic(entries) {
                Some((name, argument)) => self.call(name, argument, at),
                None => self.resolve_entries(entries, at),
            },
            _ => Ok(value.clone()),
        }
    }

    /// `value` resolved, as text. Numbers and booleans read as CloudFormation
    /// passes them on.
    pub fn text(&self, value: &Value, at: &str) -> Result<String, Fault> {
        match self.resolve(value, at)? {
            Value::String(text) => Ok(text),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            other => Err(Fault::new(at, format!("is {other}, where text is needed"))),
        }
    }

    fn resolve_entries(&self, entries: &Map<String, Value>, at: &str) -> Result<Value, Fault> {
        let mut resolved = Map::new();
        for (key, value) in entries {
            let given = self.resolve(value, &format!("{at}.{key}"))?;
            // Null is `AWS::NoValue`: the property is left out.
            if !given.is_null() {
                resolved.insert(key.clone(), given);
            }
        }
        Ok(Value::Object(resolved))
    }

    fn call(&self, name: &str, argument: &Value, at: &str) -> Result<Value, Fault> {
        match (name, argument) {
            ("Ref", Value::String(target)) => self.reference(target, at),
            ("Fn::Sub", Value::String(pattern)) => self.substitute(pattern, &Map::new(), at),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(pattern), Value::Object(names)] => {
                    self.substitute(pattern, names, at)
                }
                _ => Err(malformed(name, at)),
            },
            ("Fn::GetAtt", Value::String(target)) => self.attribute(target, at),
            ("Fn::GetAtt", Value::Array(_)) => {
                let dotted = self.join(".", argument, at)?;
                self.attribute(&dotted, at)
            }
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(between), list] => self.join(between, list, at).map(Value::String),
                _ => Err(malformed(name, at)),
            },
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), then, otherwise] => {
                    let chosen = if self.condition(condition, at)? { then } else { otherwise };
                    self.resolve(chosen, at)
                }
                _ => Err(malformed(name, at)),
            },
            ("Fn::Split", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(between), text] => {
                    let text = self.text(text, at)?;
                    Ok(text.split(between.as_str()).map(Value::from).collect())
                }
                _ => Err(malformed(name, at)),
            },
            ("Ref", _) => Err(malformed(name, at)),
            _ => Err(Fault::new(
                at,
                format!(
                    "{name} is not known to the local stack (Ref, Sub, GetAtt, Join, Split and If are)"
                ),
            )),
        }
    }

    fn reference(&self, target: &str, at: &str) -> Result<Value, Fault> {
        let pseudo = match target {
            "AWS::Region" => Some(REGION),
            "AWS::AccountId" => Some(ACCOUNT),
            "AWS::StackName" => Some(STACK_NAME),
            "AWS::Partition" => Some("aws"),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            "AWS::NoValue" => return Ok(Value::Null),
            _ => None,
        };
        if let Some(value) = pseudo {
            return Ok(Value::String(value.to_owned()));
        }
        if let Some(value) = self.parameter(target) {
            return value;
        }
        let Some(resource) = self.section("Resources").get(target) else {
            let what = format!("refers to {target}, which is neither a parameter nor a resource");
            return Err(Fault::new(at, what));
        };
        if resource.get("Type").and_then(Value::as_str) == Some("AWS::SQS::Queue") {
            let what = format!(
                "refers to {target}, whose Ref is its URL, which has no value before the stack is up"
            );
            return Err(Fault::new(at, what));
        }
        self.physical_name(target, resource)
    }

    /// A resource's own name if it has one; CloudFormation would make one up
    /// from the logical id, which we take as it is.
    fn physical_name(&self, target: &str, resource: &Value) -> Result<Value, Fault> {
        let named = resource.get("Properties").and_then(|properties| {
            let keys = ["TableName", "FunctionName", "QueueName", "Name"];
            keys.iter().find_map(|key| properties.get(*key))
        });
        match named {
            Some(name) => self.resolve(name, &format!("Resources.{target}.Properties")),
            None => Ok(Value::String(target.to_owned())),
        }
    }

    fn attribute(&self, target: &str, at: &str) -> Result<Value, Fault> {
        let (resource, attribute) =
            target.split_once('.').ok_or_else(|| malformed("Fn::GetAtt", at))?;
        let declared = self.section("Resources").get(resource);
        let kind = declared.and_then(|resource| resource.get("Type")).and_then(Value::as_str);
        let (Some(declared), Some(kind)) = (declared, kind) else {
            return Err(Fault::new(at, format!("refers to {resource}, which is not a resource")));
        };
        let name = self.text(&self.physical_name(resource, declared)?, at)?;
        let value = match (kind, attribute) {
            ("AWS::Serverless::Function", "Arn") => function_arn(&name),
            ("AWS::DynamoDB::Table", "Arn") => {
                format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
            }
            ("AWS::SQS::Queue", "Arn") => queue_arn(&name),
            // The host is SQS's own: whoever calls is led to the local one by its
            // endpoint, which knows a queue by the end of this.
            ("AWS::SQS::Queue", "QueueUrl") => {
                format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}")
            }
            ("AWS::SQS::Queue", "QueueName") | ("AWS::Events::EventBus", "Name") => name,
            ("AWS::Events::EventBus", "Arn") => {
                format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}")
            }
            _ => {
                let what =
                    format!("{attribute} of {resource} ({kind}) has no value on this machine");
                return Err(Fault::new(at, what));
            }
        };
        Ok(Value::String(value))
    }

    fn substitute(
        &self,
        pattern: &str,
        names: &Map<String, Value>,
        at: &str,
    ) -> Result<Value, Fault> {
        let mut text = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| {
                Fault::new(at, format!("\"{pattern}\" opens ${{ and never closes it"))
            })?;
            text.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                text.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = names.get(name) {
                text.push_str(&self.text(value, at)?);
            } else if name.contains('.') {
                text.push_str(self.attribute(name, at)?.as_str().unwrap_or_default());
            } else {
                text.push_str(&self.text(&self.reference(name, at)?, at)?);
            }
            rest = after;
        }
        text.push_str(rest);
        Ok(Value::String(text))
    }

    fn join(&self, between: &str, list: &Value, at: &str) -> Result<String, Fault> {
        let Value::Array(items) = self.resolve(list, at)? else {
            return Err(malformed("Fn::Join", at));
        };
        let texts: Result<Vec<_>, _> = items.iter().map(|item| self.text(item, at)).collect();
        Ok(texts?.join(between))
    }

    /// Whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str, at: &str) -> Result<bool, Fault> {
        let Some(Value::Object(test)) = self.section("Conditions").get(name) else {
            return Err(Fault::new(at, format!("refers to {name}, which is not a condition")));
        };
        self.holds(test, &format!("Conditions.{name}"))
    }

    /// Whether a test of the template's conditions or rules holds.
    pub(super) fn holds(&self, test: &Map<String, Value>, at: &str) -> Result<bool, Fault> {
        let Some((name, argument)) = intrinsic(test) else {
            return Err(Fault::new(at, "is not a condition function"));
        };
        let nested = || -> Result<Vec<bool>, Fault> {
            argument
                .as_array()
                .into_iter()
                .flatten()
                .map(|part| self.holds(part.as_object().unwrap_or(&Map::new()), at))
                .collect()
        };
        match (name, argument) {
            ("Condition", Value::String(other)) => self.condition(other, at),
            ("Fn::Equals", Value::Array(sides)) => match sides.as_slice() {
                [left, right] => Ok(self.text(left, at)? == self.text(right, at)?),
                _ => Err(malformed(name, at)),
            },
            ("Fn::Not", Value::Array(_)) => Ok(!nested()?.into_iter().all(|holds| holds)),
            ("Fn::And", Value::Array(_)) => Ok(nested()?.into_iter().all(|holds| holds)),
            ("Fn::Or", Value::Array(_)) => Ok(nested()?.into_iter().any(|holds| holds)),
            _ => Err(malformed(name, at)),
        }
    }
}

/// The ARN of a function, as its own environment names it.
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The ARN of a queue.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// The one entry of an object that is a function call.
fn intrinsic(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut all = entries.iter();
    let (name, argument) = all.next()?;
    let is_call = name == "Ref" || name == "Condition" || name.starts_with("Fn::");
    (is_call && all.next().is_none()).then_some((name.as_str(), argument))
}

fn malformed(name: &str, at: &str) -> Fault {
    Fault::new(at, format!("{name} does not have the form CloudFormation gives it"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    const TEMPLATE: &str = "
Parameters: {Stage: {Default: test}, Issuer: {Type: String}}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsOther: !Not [!Condition IsTest]
  Both: !And [!Condition IsTest, !Condition IsOther]
Resources:
  Cache: {Type: 'AWS::DynamoDB::Table'}
  Named: {Type: 'AWS::DynamoDB::Table', Properties: {TableName: !Sub 'cache-${Stage}'}}
  List: {Type: 'AWS::Serverless::Function'}
  Requests: {Type: 'AWS::SQS::Queue', Properties: {QueueName: requests}}
  Bus: {Type: 'AWS::Events::EventBus', Properties: {Name: !Ref AWS::StackName}}
";

    fn resolve(yaml: &str) -> Result<Value, Fault> {
        let text = format!("{TEMPLATE}\nProbe: {{value: {yaml}}}");
        let document = Document::parse(&text, BTreeMap::new()).unwrap();
        document.resolve(&document.section("Probe")["value"], "Probe.value")
    }

    #[test]
    fn resolves_what_cloudformation_resolves() {
        let cases = [
            ("!Ref Stage", json!("test")),
            ("!Ref Cache", json!("Cache")),
            ("!Ref Named", json!("cache-test")),
            ("!Ref AWS::Region", json!(REGION)),
            ("!Sub '${Stage}-${Cache}-${!literal}'", json!("test-Cache-${literal}")),
            ("!Sub ['${a}${Stage}', {a: !Ref Stage}]", json!("testtest")),
            ("!GetAtt List.Arn", json!(function_arn("List"))),
            ("!Sub '${List.Arn}'", json!(function_arn("List"))),
            ("!Join ['/', [a, !Ref Stage]]", json!("a/test")),
            ("!Join ['|', !Split [',', 'a,b']]", json!("a|b")),
            ("!GetAtt Requests.Arn", json!(queue_arn("requests"))),
            ("!Ref Bus", json!(STACK_NAME)),
            (
                "!GetAtt Bus.Arn",
                json!(format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{STACK_NAME}")),
            ),
            ("!If [IsTest, 1, 2]", json!(1)),
            ("!If [IsOther, 1, 2]", json!(2)),
            ("!If [Both, 1, 2]", json!(2)),
            ("{a: !Ref AWS::NoValue, b: 1}", json!({"b": 1})),
            ("{'Fn::Sub': '${Stage}'}", json!("test")),
        ];
        for (yaml, expected) in cases {
            assert_eq!(resolve(yaml), Ok(expected), "{yaml}");
        }
    }

    #[test]
    fn names_the_place_of_what_it_cannot_resolve() {
        let cases = [
            ("!Ref Nobody", "Probe.value: refers to Nobody"),
            ("[1, !ImportValue x]", "Probe.value[1]: Fn::ImportValue is not known"),
            ("!GetAtt Cache.StreamArn", "Probe.value: StreamArn of Cache"),
            ("!Ref Requests", "Probe.value: refers to Requests, whose Ref is its URL"),
            ("!Sub '${Stage'", "Probe.value: \"${Stage\" opens"),
            ("!Ref Issuer", "Parameters.Issuer: has no default"),
            ("!If [Nope, 1, 2]", "Probe.value: refers to Nope"),
        ];
        for (yaml, expected) in cases {
            let fault = resolve(yaml).unwrap_err().to_string();
            assert!(fault.starts_with(expected), "{yaml}: {fault}");
        }
    }
}
