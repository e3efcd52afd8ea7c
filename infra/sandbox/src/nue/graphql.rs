//! The GraphQL query (nue R4): `Invoice(where, limit, offset, order_by)`.
//!
//! `_eq`, `_and`, `_gte` and `_lte` are stated; the other operators and the
//! other arguments are Hasura's, and assumed (nue R6, R8, R9).

use std::collections::BTreeMap;

use graphql_parser::query::{
    Definition, Field, OperationDefinition, Selection, SelectionSet, VariableDefinition,
    parse_query,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cell::Kind;

use super::order::{self, By};
use super::predicate::{Comparison, Predicate, Test, column, operand};
use super::value::{Value, Variables};

/// The request's body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    query: String,
    variables: Option<BTreeMap<String, Box<RawValue>>>,
    operation_name: Option<String>,
}

/// One `Invoice(..) { .. }` of a query.
#[derive(Debug)]
pub(super) struct Question {
    /// The key of its answer: its alias, or `Invoice`.
    pub(super) key: String,
    pub(super) predicate: Predicate,
    pub(super) order: Vec<By>,
    pub(super) limit: Option<usize>,
    pub(super) offset: usize,
    pub(super) picks: Vec<(String, Pick)>,
}

/// One selected field.
#[derive(Clone, Debug)]
pub(super) enum Pick {
    Field(&'static str),
    TypeName(&'static str),
    /// `customer { id }`
    Customer(Vec<(String, Pick)>),
}

/// Why a body is no answerable query.
#[derive(Debug)]
pub(super) enum Unanswerable {
    /// Not even a GraphQL request: an HTTP error.
    NotARequest(String),
    /// An error of the query: HTTP 200 and `errors` (nue R11).
    InQuery(String),
}

impl From<String> for Unanswerable {
    fn from(message: String) -> Self {
        Unanswerable::InQuery(message)
    }
}

/// Reads a request's body.
pub(super) fn read(body: &str) -> Result<Vec<Question>, Unanswerable> {
    let request: Request = serde_json::from_str(body)
        .map_err(|error| Unanswerable::NotARequest(format!("not a GraphQL request: {error}")))?;
    let document = parse_query::<String>(&request.query)
        .map_err(|error| format!("not a valid graphql query: {error}"))?;
    let mut queries = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::Operation(OperationDefinition::Query(query)) => queries.push((
                query.name.as_deref(),
                query.variable_definitions.as_slice(),
                &query.selection_set,
            )),
            Definition::Operation(OperationDefinition::SelectionSet(set)) => {
                queries.push((None, &[], set));
            }
            Definition::Operation(_) => {
                return Err("only queries are served".to_owned().into());
            }
            Definition::Fragment(_) => {
                return Err("fragments are not served".to_owned().into());
            }
        }
    }
    let wanted = request.operation_name.as_deref();
    queries.retain(|(name, ..)| wanted.is_none() || *name == wanted);
    let [(_, declared, selection)] = queries.as_slice() else {
        return Err("exactly one operation has to be chosen by operationName".to_owned().into());
    };
    Ok(questions(declared, selection, &request.variables.unwrap_or_default())?)
}

/// Reads a `graphqlFilter` (nue R26): the value of a `where`, alone.
pub(super) fn filter(text: &str) -> Result<Predicate, String> {
    let invalid = |why: &str| format!("graphqlFilter is not a valid filter: {why}");
    let query = format!("{{ Invoice(where: {text}\n) {{ id }} }}");
    let document = parse_query::<String>(&query).map_err(|error| invalid(&error.to_string()))?;
    // Text that closes the bracket itself would make more than one condition.
    let [Definition::Operation(OperationDefinition::SelectionSet(set))] =
        document.definitions.as_slice()
    else {
        return Err(invalid("it holds more than a condition"));
    };
    match set.items.as_slice() {
        [Selection::Field(Field { arguments, .. })] if arguments.len() == 1 => {}
        _ => return Err(invalid("it holds more than a condition")),
    }
    let mut questions =
        questions(&[], set, &BTreeMap::new()).map_err(|why| invalid(&why))?.into_iter();
    questions.next().map(|question| question.predicate).ok_or_else(|| invalid("it is empty"))
}

fn questions(
    declared: &[VariableDefinition<'_, String>],
    selection: &SelectionSet<'_, String>,
    given: &BTreeMap<String, Box<RawValue>>,
) -> Result<Vec<Question>, String> {
    let variables = Variables::new(declared, given)?;
    let fields = selection.items.iter().map(|item| {
        let field = plain(item)?;
        match field.name.as_str() {
            "Invoice" => question(field, &variables),
            other => Err(format!("field {other:?} not found in type: 'query_root'")),
        }
    });
    fields.collect()
}

fn question(field: &Field<'_, String>, variables: &Variables) -> Result<Question, String> {
    let mut question = Question {
        key: field.alias.as_ref().unwrap_or(&field.name).clone(),
        predicate: Predicate::All(Vec::new()),
        order: Vec::new(),
        limit: None,
        offset: 0,
        picks: picks(&field.selection_set)?,
    };
    for (name, value) in &field.arguments {
        let Some(value) = variables.fill(value)? else {
            continue;
        };
        match name.as_str() {
            "where" => question.predicate = condition(&value)?,
            "order_by" => question.order = order::read(&value)?,
            "limit" => question.limit = count(name, &value)?,
            "offset" => question.offset = count(name, &value)?.unwrap_or(0),
            other => return Err(format!("'Invoice' has no argument named {other:?}")),
        }
    }
    Ok(question)
}

fn count(name: &str, value: &Value) -> Result<Option<usize>, String> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => match (number.is_integer(), usize::try_from(*number)) {
            (true, Ok(count)) => Ok(Some(count)),
            _ => Err(format!("{name} must be a whole number, 0 or more")),
        },
        other => Err(format!("{name} must be a whole number, found {}", other.kind())),
    }
}

fn plain<'a, 'b>(item: &'a Selection<'b, String>) -> Result<&'a Field<'b, String>, String> {
    match item {
        Selection::Field(field) if field.directives.is_empty() => Ok(field),
        Selection::Field(_) => Err("directives are not served".to_owned()),
        _ => Err("fragments are not served".to_owned()),
    }
}

fn picks(selection: &SelectionSet<'_, String>) -> Result<Vec<(String, Pick)>, String> {
    if selection.items.is_empty() {
        return Err("missing selection set for 'Invoice'".to_owned());
    }
    let items = selection.items.iter().map(|item| {
        let field = plain(item)?;
        let pick = match (field.name.as_str(), field.selection_set.items.is_empty()) {
            ("__typename", true) => Pick::TypeName("Invoice"),
            ("customer", false) => Pick::Customer(customer_picks(&field.selection_set)?),
            ("customer", true) => {
                return Err("missing selection set for 'Customer'".to_owned());
            }
            (name, true) => Pick::Field(column(name)?.0),
            (name, false) => return Err(format!("unexpected subselection set for {name:?}")),
        };
        if !field.arguments.is_empty() {
            return Err(format!("{:?} has no arguments", field.name));
        }
        Ok((field.alias.as_ref().unwrap_or(&field.name).clone(), pick))
    });
    items.collect()
}

/// Of a customer only its id is known (nue R4).
fn customer_picks(selection: &SelectionSet<'_, String>) -> Result<Vec<(String, Pick)>, String> {
    let items = selection.items.iter().map(|item| {
        let field = plain(item)?;
        let pick = match field.name.as_str() {
            "id" => Pick::Field("customerId"),
            "__typename" => Pick::TypeName("Customer"),
            other => return Err(format!("field {other:?} not found in type: 'Customer'")),
        };
        Ok((field.alias.as_ref().unwrap_or(&field.name).clone(), pick))
    });
    items.collect()
}

/// Reads a `where` object.
fn condition(value: &Value) -> Result<Predicate, String> {
    let parts = object(value, "Invoice_bool_exp")?.iter();
    let parts = parts.map(|(key, value)| match key.as_str() {
        "_and" => Ok(Predicate::All(conditions(value)?)),
        "_or" => Ok(Predicate::Any(conditions(value)?)),
        "_not" => Ok(Predicate::Not(Box::new(condition(value)?))),
        "customer" => customer(value),
        name => {
            let (field, kind) = column(name)?;
            tests(field, kind, value)
        }
    });
    Ok(Predicate::All(parts.collect::<Result<_, String>>()?))
}

/// A list of conditions; one alone counts as a list, as GraphQL has it.
fn conditions(value: &Value) -> Result<Vec<Predicate>, String> {
    match value {
        Value::List(items) => items.iter().map(condition).collect(),
        one => Ok(vec![condition(one)?]),
    }
}

fn customer(value: &Value) -> Result<Predicate, String> {
    let parts = object(value, "Customer_bool_exp")?.iter();
    let parts = parts.map(|(key, value)| match key.as_str() {
        "id" => tests("customerId", Kind::Text, value),
        other => Err(format!("field {other:?} not found in type: 'Customer_bool_exp'")),
    });
    Ok(Predicate::All(parts.collect::<Result<_, String>>()?))
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a [(String, Value)], String> {
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(format!("expected an object for type '{what}', but found {}", other.kind())),
    }
}

fn tests(field: &'static str, kind: Kind, value: &Value) -> Result<Predicate, String> {
    let parts = object(value, "comparison_exp")?.iter();
    let parts = parts.map(|(operator, value)| {
        test(field, kind, operator, value).map(|test| Predicate::Is(field, test))
    });
    Ok(Predicate::All(parts.collect::<Result<_, String>>()?))
}

fn test(field: &str, kind: Kind, operator: &str, value: &Value) -> Result<Test, String> {
    let compare = |comparison| Ok(Test::Compare(comparison, operand(field, kind, value)?));
    match operator {
        "_eq" => compare(Comparison::Equal),
        "_neq" => compare(Comparison::NotEqual),
        "_gt" => compare(Comparison::Greater),
        "_gte" => compare(Comparison::GreaterOrEqual),
        "_lt" => compare(Comparison::Less),
        "_lte" => compare(Comparison::LessOrEqual),
        "_in" | "_nin" => {
            let values = match value {
                Value::List(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            let values = values.iter().map(|value| operand(field, kind, value));
            Ok(Test::In(operator == "_in", values.collect::<Result<_, _>>()?))
        }
        "_like" | "_ilike" => match (kind, value) {
            (Kind::Text, Value::Text(pattern)) => Ok(Test::Like {
                pattern: if operator == "_ilike" {
                    pattern.to_lowercase()
                } else {
                    pattern.clone()
                },
                any_case: operator == "_ilike",
            }),
            _ => Err(format!("{operator} needs a text field and a string, at {field:?}")),
        },
        "_is_null" => match value {
            Value::Bool(wanted) => Ok(Test::Null(*wanted)),
            other => Err(format!("_is_null expects a boolean, found {}", other.kind())),
        },
        other => Err(format!("field {other:?} not found in type: 'comparison_exp'")),
    }
}
