//! The order of rows: `order_by` as Hasura has it (nue R8).

use std::cmp::Ordering;

use crate::record::Columns;

use super::object::Invoice;
use super::predicate::column;
use super::value::Value;

/// One column of the order.
#[derive(Clone, Debug)]
pub(super) struct By {
    field: &'static str,
    descending: bool,
    nulls_first: bool,
}

/// Reads `order_by`: one object or a list of them.
pub(super) fn read(value: &Value) -> Result<Vec<By>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::List(items) => items.iter().map(one).collect(),
        object => Ok(vec![one(object)?]),
    }
}

fn one(value: &Value) -> Result<By, String> {
    let Value::Object(fields) = value else {
        return Err(format!("order_by expects an object, found {}", value.kind()));
    };
    // An input object's keys have no order, so several columns need a list.
    let [(name, direction)] = fields.as_slice() else {
        return Err("order_by: each object of the list names exactly one column".to_owned());
    };
    let field = match (name.as_str(), direction) {
        ("customer", Value::Object(inner)) => {
            let [(inner_name, direction)] = inner.as_slice() else {
                return Err("order_by: customer names exactly one column".to_owned());
            };
            if inner_name != "id" {
                return Err(format!("field {inner_name:?} not found in type: 'Customer'"));
            }
            return by("customerId", direction);
        }
        _ => column(name)?.0,
    };
    by(field, direction)
}

fn by(field: &'static str, direction: &Value) -> Result<By, String> {
    let (Value::Word(word) | Value::Text(word)) = direction else {
        return Err(format!("order_by expects a direction, found {}", direction.kind()));
    };
    let (descending, nulls_first) = match word.as_str() {
        "asc" | "asc_nulls_last" => (false, false),
        "asc_nulls_first" => (false, true),
        "desc" | "desc_nulls_first" => (true, true),
        "desc_nulls_last" => (true, false),
        other => return Err(format!("unexpected value {other:?} for enum: 'order_by'")),
    };
    Ok(By { field, descending, nulls_first })
}

/// Sorts places in the store; equal rows keep their order.
pub(super) fn sort(rows: &mut [(usize, &Invoice)], order: &[By]) {
    if order.is_empty() {
        return;
    }
    rows.sort_by(|(_, a), (_, b)| {
        order
            .iter()
            .map(|by| by.compare(a, b))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
}

impl By {
    fn compare(&self, a: &Invoice, b: &Invoice) -> Ordering {
        let (Some(a), Some(b)) = (a.cell(self.field), b.cell(self.field)) else {
            return Ordering::Equal;
        };
        match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) if self.nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if self.nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                let order = a.order(&b).unwrap_or(Ordering::Equal);
                if self.descending { order.reverse() } else { order }
            }
        }
    }
}
