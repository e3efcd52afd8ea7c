//! Reading a filter, parameter by parameter, and writing its canonical form.

use super::values::{self, Parsed, joined};
use super::{Filter, Parameter, Shape};
use crate::ConnectionName;

/// Selects connections: a parameter of its own kind, since it is about no invoice.
const CONNECTION: &str = "connection";

impl Parameter {
    /// The parameter of this name, and the operator in it (`dueDate[gte]`).
    fn with_operator(name: &str) -> Option<(Self, Option<&str>)> {
        let (word, operator) = match name.split_once('[') {
            Some((word, rest)) => (word, Some(rest.strip_suffix(']')?)),
            None => (name, None),
        };
        Self::named(word)
            .filter(|parameter| operator.is_none() || parameter.shape() == Shape::Range)
            .map(|parameter| (parameter, operator))
    }
}

impl Filter {
    /// The names of all parameters, without their operators.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let parameters = Parameter::ALL.iter().map(|parameter| parameter.word());
        std::iter::once(CONNECTION).chain(parameters)
    }

    /// Whether the parameter of this name, operator included, takes several values.
    pub fn is_list(name: &str) -> bool {
        let is_list = |(parameter, _): (Parameter, _)| parameter.shape() == Shape::List;
        name == CONNECTION || Parameter::with_operator(name).is_some_and(is_list)
    }

    /// Reads one parameter as a query string has it: several values with commas between.
    /// None where the filter has no parameter of this name.
    pub fn read_text(&mut self, name: &str, text: &str) -> Option<Parsed<()>> {
        if name == CONNECTION {
            let read = values::list(text).and_then(|items| connections(&items));
            return Some(read.map(|names| self.connections = Some(names)));
        }
        let (parameter, operator) = Parameter::with_operator(name)?;
        Some(parameter.split(text).and_then(|items| {
            self.read(parameter, operator, &items.iter().map(String::as_str).collect::<Vec<_>>())
        }))
    }

    /// Reads one parameter whose values stand apart: a comma in one is a comma. None
    /// where the filter has no parameter of this name.
    pub fn read_items(
        &mut self,
        name: &str,
        operator: Option<&str>,
        items: &[&str],
    ) -> Option<Parsed<()>> {
        if (name, operator) == (CONNECTION, None) {
            let read = values::items(items).and_then(|items| connections(&items));
            return Some(read.map(|names| self.connections = Some(names)));
        }
        let parameter = Parameter::named(name)?;
        Some(match parameter.shape() {
            Shape::List if operator.is_some() => Err("is no range: it takes texts".to_owned()),
            Shape::Single if operator.is_some() => Err("is no range: it takes one text".to_owned()),
            Shape::List => {
                values::items(items).and_then(|items| self.read(parameter, None, &items))
            }
            _ if items.len() != 1 => Err("takes one value, not several".to_owned()),
            _ => self.read(parameter, operator, items),
        })
    }

    /// The canonical form: each parameter that is asked for, as a query string has it.
    /// Two filters that mean the same have the same.
    pub fn canonical(&self) -> Vec<(String, String)> {
        let connections = self.connections.iter();
        let mut written: Vec<(String, String)> =
            connections.map(|names| (CONNECTION.to_owned(), joined(names))).collect();
        for parameter in Parameter::ALL.iter().copied() {
            let word = parameter.word();
            for (operator, text) in self.written(parameter) {
                let name =
                    operator.map_or(word.to_owned(), |operator| format!("{word}[{operator}]"));
                written.push((name, text));
            }
        }
        written
    }
}

fn connections(items: &[&str]) -> Parsed<Vec<ConnectionName>> {
    let mut names = Vec::new();
    for item in items {
        let name = item.parse().map_err(|why| format!("`{item}`: {why}"))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}
