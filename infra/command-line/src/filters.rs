//! The filters of a listing on the command line, by the API's own names: every parameter
//! that the crate `invoice` knows is a flag here, without a line of its own.

use api::ListQuery;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use invoice::{Parameter, json};
use serde_json::{Map, Value};

use crate::exit::Failure;

const HEADING: &str = "Filters";
const CONNECTION: &str = "connection";

/// What is asked of invoices. Everything asked must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    criteria: Vec<Criterion>,
    json: Option<String>,
}

/// What is asked of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Criterion {
    name: String,
    asked: Asked,
}

/// How a parameter is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// Any of these values.
    Values(Vec<String>),
    /// Between these ends, each with its operator; a value without one is both.
    Ends(Vec<(Option<&'static str>, String)>),
}

impl Filters {
    /// All that is asked, by flags and by JSON.
    ///
    /// # Errors
    /// When the JSON is no filter, or asks of a parameter that a flag asks of as well.
    pub(crate) fn criteria(&self) -> Result<Vec<Criterion>, Failure> {
        let mut criteria = self.criteria.clone();
        for one in self.json.as_deref().map(from_json).transpose()?.unwrap_or_default() {
            if criteria.iter().any(|known| known.name == one.name) {
                let name = &one.name;
                return Err(Failure::usage(format!(
                    "`{name}` stands in --filter and is a flag as well: say it once"
                )));
            }
            criteria.push(one);
        }
        Ok(criteria)
    }

    /// What a filter in JSON asks; nothing where there is none.
    pub(crate) fn of_json(json: Option<String>) -> Self {
        Self { criteria: Vec::new(), json }
    }

    /// Whether no filter is given. One that is may still tell no invoice from another.
    pub(crate) fn is_empty(&self) -> bool {
        self.criteria.is_empty() && self.json.is_none()
    }
}

/// Whether what is asked tells one invoice from another.
pub(crate) fn narrows(criteria: &[Criterion]) -> bool {
    criteria.iter().any(|one| Parameter::named(&one.name).is_none_or(|asked| !asked.is_view()))
}

/// What is asked, as the parameters of a query string.
///
/// # Errors
/// When a query string cannot say it.
pub(crate) fn query(criteria: &[Criterion]) -> Result<Vec<(String, String)>, Failure> {
    let mut query = Vec::new();
    for Criterion { name, asked } in criteria {
        match asked {
            // None, and more than one, are the API's to refuse.
            Asked::Values(values) if takes_one(name) && !values.is_empty() => {
                query.extend(values.iter().map(|value| (name.clone(), value.clone())));
            }
            Asked::Values(values) => query.push((name.clone(), together(name, values)?)),
            Asked::Ends(ends) => query.extend(ends.iter().map(|(operator, end)| match operator {
                Some(operator) => (format!("{name}[{operator}]"), end.clone()),
                None => (name.clone(), end.clone()),
            })),
        }
    }
    Ok(query)
}

/// Whether the parameter takes one value, in which a comma is a comma.
fn takes_one(name: &str) -> bool {
    Parameter::named(name).is_some_and(|parameter| !parameter.is_list())
}

/// Values as one text: with commas between, or, where the API reads one, as a JSON array.
fn together(name: &str, values: &[String]) -> Result<String, Failure> {
    let text = values.join(",");
    let is_read_so = values.is_empty() || text.split(',').map(str::trim).eq(values);
    if name == Parameter::CustomerIds.word() {
        let is_array = text.trim_start().starts_with('[');
        return Ok(if is_read_so && !is_array { text } else { Value::from(values).to_string() });
    }
    if is_read_so {
        return Ok(text);
    }
    Err(Failure::usage(format!(
        "--{}: a value with a comma, or with blanks around it, cannot be asked for",
        flag(name)
    )))
}

/// Checks a listing's parameters as the API will: all faults at once, nothing sent.
///
/// # Errors
/// With each fault, a line each.
pub(crate) fn check(query: &[(String, String)]) -> Result<(), Failure> {
    let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let Err(problem) = ListQuery::parse(&text) else { return Ok(()) };
    let told = |fault: &invoice::Fault| match fault.pointer.strip_prefix('?') {
        Some(name) => {
            let name = name.split('[').next().unwrap_or(name);
            let said =
                fault.detail.split_once("`: ").map_or(fault.detail.as_str(), |(_, said)| said);
            format!("--{}: {said}", flag(name))
        }
        None => fault.detail.clone(),
    };
    let mut lines = problem.errors.iter().map(told);
    let first = lines.next().unwrap_or_else(|| problem.detail.clone());
    Err(lines.fold(Failure::usage(first), Failure::advise))
}

/// The flag of a parameter: `dueDate` is `--due-date`, and `customerIds` is `--customer`.
fn flag(name: &str) -> String {
    if name == Parameter::CustomerIds.word() {
        return "customer".to_owned();
    }
    let mut flag = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            flag.push('-');
        }
        flag.push(letter.to_ascii_lowercase());
    }
    flag
}

/// Reads `A..B`, `A..`, `..B`, `>A`, `>=A`, `<B`, `<=B`, or a value.
fn range(text: &str) -> Vec<(Option<&'static str>, String)> {
    for (sign, operator) in [(">=", "gte"), ("<=", "lte"), (">", "gt"), ("<", "lt")] {
        if let Some(end) = text.strip_prefix(sign) {
            return vec![(Some(operator), end.trim().to_owned())];
        }
    }
    match text.split_once("..") {
        // Without any end it would ask nothing: it is no value, and the API says so.
        Some((from, to)) if !(from.is_empty() && to.is_empty()) => {
            let ends = [("gte", from), ("lte", to)].into_iter().filter(|(_, end)| !end.is_empty());
            ends.map(|(operator, end)| (Some(operator), end.trim().to_owned())).collect()
        }
        _ => vec![(None, text.to_owned())],
    }
}

fn list<'a>(texts: impl Iterator<Item = &'a String>) -> Asked {
    let mut values = Vec::new();
    for text in texts {
        match json::read::<Vec<String>>(text) {
            Ok(items) => values.extend(items),
            Err(_) => values.extend(text.split(',').map(|item| item.trim().to_owned())),
        }
    }
    Asked::Values(values)
}

/// Reads a filter as the API's writes take it.
///
/// # Errors
/// When it is none.
pub(crate) fn from_json(text: &str) -> Result<Vec<Criterion>, Failure> {
    let members: Map<String, Value> = json::read(text).map_err(|error| {
        Failure::usage(format!("--filter: not a JSON object: {error}"))
            .advise(r#"such as --filter '{"status": ["draft"], "amount": {"gt": "100"}}'"#)
    })?;
    let wrong = |name: &str| {
        Failure::usage(format!(
            "--filter: `{name}`: expected a text, a list of texts, or an object such as {{\"gte\": \"2026-01-01\"}}"
        ))
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    };
    let mut criteria = Vec::new();
    for (name, value) in members {
        let asked = match &value {
            Value::Array(items) => items.iter().map(text).collect::<Option<_>>().map(Asked::Values),
            // It would ask nothing, and mean every invoice.
            Value::Object(ends) if ends.is_empty() => None,
            Value::Object(ends) => ends
                .iter()
                .map(|(operator, end)| {
                    let known =
                        ["gte", "gt", "lte", "lt"].into_iter().find(|known| known == operator);
                    Some((Some(known?), text(end)?))
                })
                .collect::<Option<_>>()
                .map(Asked::Ends),
            one => text(one).map(|one| Asked::Values(vec![one])),
        };
        let asked = asked.ok_or_else(|| wrong(&name))?;
        criteria.push(Criterion { name, asked });
    }
    Ok(criteria)
}

impl Args for Filters {
    fn augment_args(command: Command) -> Command {
        let connection = Arg::new(CONNECTION)
            .long(CONNECTION)
            .short('c')
            .value_name("NAMES")
            .help("Of these connections")
            .help_heading(HEADING)
            .action(ArgAction::Append);
        let json = Arg::new("filter")
            .long("filter")
            .value_name("JSON")
            .help("All of them as JSON, as the API's writes take it")
            .help_heading(HEADING);
        let each = Parameter::ALL.iter().map(|parameter| {
            let word = parameter.word();
            let arg = Arg::new(word)
                .long(flag(word))
                .help(help(*parameter))
                .help_heading(HEADING)
                .allow_hyphen_values(parameter.is_range())
                .action(ArgAction::Append);
            let arg = arg.value_name(if parameter.is_range() { "RANGE" } else { "VALUES" });
            if *parameter == Parameter::CustomerIds { arg.alias("customer-ids") } else { arg }
        });
        command.arg(connection).args(each).arg(json)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn help(parameter: Parameter) -> String {
    match parameter {
        Parameter::CustomerIds => "Of these customers, by reference".to_owned(),
        Parameter::Status => {
            "In any of these states: draft, active, canceled, overdue, ..".to_owned()
        }
        Parameter::Search => "With these words in number, customer or comment".to_owned(),
        Parameter::Number => "With these numbers; * stands for anything".to_owned(),
        other if other.is_range() => {
            format!("With this `{}`: a value, A..B, '>A' or '<=B'", other.word())
        }
        other => format!("With any of these values of `{}`", other.word()),
    }
}

impl FromArgMatches for Filters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut filters = Self::default();
        filters.update_from_arg_matches(matches)?;
        Ok(filters)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let names = Parameter::ALL
            .iter()
            .map(|parameter| (parameter.word(), parameter.is_range(), parameter.is_list()));
        for (name, is_range, is_list) in std::iter::once((CONNECTION, false, true)).chain(names) {
            let Some(texts) = matches.get_many::<String>(name) else { continue };
            let asked = match (is_range, is_list) {
                // Several flags of one range are its ends: `--amount '>100' --amount '<500'`.
                (true, _) => Asked::Ends(texts.flat_map(|text| range(text)).collect()),
                (_, true) => list(texts),
                _ => Asked::Values(texts.cloned().collect()),
            };
            self.criteria.push(Criterion { name: name.to_owned(), asked });
        }
        self.json = matches.get_one::<String>("filter").cloned();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Result<Vec<(String, String)>, Failure> {
        let command = Filters::augment_args(Command::new("ls"));
        let matches = command.try_get_matches_from([&["ls"], arguments].concat()).unwrap();
        let query = query(&Filters::from_arg_matches(&matches).unwrap().criteria()?)?;
        check(&query).map(|()| query)
    }

    #[test]
    fn flags_are_the_parameters_of_the_api() {
        for (arguments, expected) in [
            (
                &["--status", "draft,active", "--status", "overdue"][..],
                "status=draft,active,overdue",
            ),
            (&["-c", "nue,fusebill"], "connection=nue,fusebill"),
            (
                &["--due-date", "2026-01-01..2026-01-31"],
                "dueDate[gte]=2026-01-01&dueDate[lte]=2026-01-31",
            ),
            (&["--due-date", "..2026-01-31"], "dueDate[lte]=2026-01-31"),
            (&["--amount", ">100", "--amount", "<=500"], "amount[gt]=100&amount[lte]=500"),
            (&["--amount", "-5"], "amount=-5"),
            (&["--customer", r#"["nue:1","nue:2"]"#], "customerIds=nue:1,nue:2"),
            (&["--amount", "5", "--balance", "<9"], "amount=5&balance[lt]=9"),
            (&["--customer", r#"["nue:a,b"]"#], r#"customerIds=["nue:a,b"]"#),
            (&["--search", "Smith, John"], "search=Smith, John"),
            (&["--filter", r#"{"search": "Smith, John"}"#], "search=Smith, John"),
            (&["--number", "INV-*"], "number=INV-*"),
            (
                &["--filter", r#"{"status": "draft", "amount": {"gt": 100}}"#],
                "amount[gt]=100&status=draft",
            ),
        ] {
            let query = of(arguments).unwrap();
            let pairs: Vec<String> =
                query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(pairs.join("&"), expected, "{arguments:?}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once_by_its_flag() {
        let failure = of(&["--status", "drafty", "--amount", ">much", "-c", "NUE"]).unwrap_err();
        let all = [&[failure.message][..], &failure.advice].concat().join("\n");
        for flag in ["--status: ", "--amount: ", "--connection: "] {
            assert!(all.contains(flag), "{flag}: {all}");
        }
        for json in
            ["[]", r#"{"amount": 1.5}"#, r#"{"amount": {"above": "1"}}"#, r#"{"colour": "red"}"#]
        {
            assert!(of(&["--filter", json]).is_err(), "{json}");
        }
        assert!(of(&["--status", "draft", "--filter", r#"{"status": "active"}"#]).is_err());
    }

    #[test]
    fn what_cannot_be_asked_as_it_is_said_is_refused() {
        for arguments in [
            // As a list they would be other values.
            &["--number", r#"["A,B"]"#][..],
            &["--po-number", r#"[" A"]"#],
            &["--filter", r#"{"externalId": ["A,B"]}"#],
            &["-c", r#"["nue,fusebill"]"#],
            // As one value they would be another.
            &["--search", "a", "--search", "b"],
            &["--amount", "5", "--amount", "6"],
            // One of the two would be passed over.
            &["--amount", "5", "--amount", ">3"],
            // Without an end each would mean every invoice.
            &["--due-date", ".."],
            &["--filter", r#"{"amount": {}}"#],
            &["--filter", r#"{"search": []}"#],
            &["--filter", r#"{"dueDate": []}"#],
        ] {
            assert!(of(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn what_is_shown_of_an_invoice_narrows_nothing() {
        let narrowing = |json: &str| narrows(&from_json(json).unwrap_or_default());
        assert!(!narrowing("{}"));
        assert!(!narrowing(r#"{"showTrackedItems": "true"}"#));
        assert!(narrowing(r#"{"showTrackedItems": "true", "connection": "nue"}"#));
        assert!(narrowing(r#"{"status": "draft"}"#));
    }
}
