//! The filter of a write: the listing's own vocabulary, in JSON.

use invoice::{Code, Filter, Parameter};
use serde_json::{Map, Value};

use super::{Reader, Selection};
use crate::query::{OTHERS, unknown};

const NUMBER_OR_TEXT: &str = "expected a text such as \"12.50\", or a whole number";

impl Reader {
    /// Each member is a parameter of the listing: a list for "any of", each item
    /// of it one value, whatever stands in it; an object for a range
    /// (`{"gte": "2025-01-01"}`).
    pub(super) fn filter(&mut self, members: &Value) -> Option<Selection> {
        let Some(members) = members.as_object().filter(|members| !members.is_empty()) else {
            let detail = "expected an object with at least one parameter of the listing, such as {\"status\": [\"draft\"]}";
            self.fault("/filter", Code::InvalidRequest, detail);
            return None;
        };
        let (mut filter, faults) = (Filter::default(), self.faults.len());
        for (name, value) in members {
            if let Value::Object(ends) = value {
                self.range(&mut filter, name, ends);
            } else if let Err(why) = read(&mut filter, name, value) {
                self.fault(&pointer(name), Code::InvalidRequest, why);
            }
        }
        (self.faults.len() == faults).then(|| Selection::Matching(Box::new(filter)))
    }

    fn range(&mut self, filter: &mut Filter, name: &str, ends: &Map<String, Value>) {
        if ends.is_empty() {
            // It would narrow nothing, and mean every invoice there is.
            let why = "expected at least one end of the range, such as {\"gte\": \"2025-01-01\"}";
            self.fault(&pointer(name), Code::InvalidRequest, why);
        }
        for (operator, end) in ends {
            let read = texts(name, std::slice::from_ref(end)).and_then(|texts| {
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                read_items(filter, name, Some(operator), &texts)
            });
            if let Err(why) = read {
                let at = format!("{}/{}", pointer(name), short(operator));
                self.fault(&at, Code::InvalidRequest, why);
            }
        }
    }
}

fn read(filter: &mut Filter, name: &str, value: &Value) -> Result<(), String> {
    if OTHERS.contains(&name) {
        return Err(format!("`{name}` selects no invoices: it is no filter of a write"));
    }
    let texts = texts(name, value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice))?;
    read_items(filter, name, None, &texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    match Parameter::named(name) {
        Some(parameter) if !filter.narrows(parameter) => {
            Err(format!("does not narrow: this `{name}` matches every invoice there is"))
        }
        _ => Ok(()),
    }
}

fn read_items(
    filter: &mut Filter,
    name: &str,
    operator: Option<&str>,
    items: &[&str],
) -> Result<(), String> {
    filter.read_items(name, operator, items).unwrap_or_else(|| Err(unknown(name)))
}

/// Values as the texts of a query have them. A text must be one in JSON, too: a number
/// has lost its leading zeros before anybody could compare it to one.
fn texts(name: &str, values: &[Value]) -> Result<Vec<String>, String> {
    let is_number = Parameter::named(name).is_some_and(Parameter::is_number);
    let (texts, expected): (Option<Vec<String>>, _) = if is_number {
        (values.iter().map(decimal).collect(), NUMBER_OR_TEXT)
    } else {
        let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
        (texts.collect(), "expected a text or a list of texts")
    };
    texts.ok_or_else(|| expected.to_owned())
}

fn decimal(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => whole(number),
        _ => None,
    }
}

/// The digits of a whole number within infra/openapi.yaml's bounds. A fraction has to be a
/// text: as a JSON number it may have been rounded by whatever wrote it.
fn whole(number: &serde_json::Number) -> Option<String> {
    const BOUND: f64 = 1e12;
    let is_whole = |number: f64| number.fract() == 0.0 && number.abs() <= BOUND;
    number.as_f64().is_some_and(is_whole).then(|| number.to_string())
}

fn pointer(name: &str) -> String {
    format!("/filter/{}", short(name))
}

fn short(name: &str) -> String {
    name.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use invoice::{Filter, PaymentStatus, Status, TextFilter, TextPattern};

    use crate::{BulkAction, BulkWrite, Intent, ListQuery, Selection};

    fn parsed(filter: &str) -> Result<Filter, Vec<String>> {
        let body = format!(r#"{{"filter": {filter}}}"#);
        match BulkWrite::parse(body.as_bytes(), BulkAction::Activate) {
            Ok(Intent::Execute(BulkWrite { selection: Selection::Matching(filter), .. })) => {
                Ok(*filter)
            }
            Ok(other) => panic!("{filter}: {other:?}"),
            Err(problem) => Err(problem.errors.into_iter().map(|fault| fault.pointer).collect()),
        }
    }

    #[test]
    fn a_filter_that_does_not_narrow_is_refused() {
        for (filter, at) in [
            (r#"{"showTrackedItems": true}"#, "showTrackedItems"),
            (r#"{"showZeroDollarCharges": false}"#, "showZeroDollarCharges"),
            // As texts they could be read.
            (r#"{"showTrackedItems": "true"}"#, "showTrackedItems"),
            (r#"{"showZeroDollarCharges": ["false"]}"#, "showZeroDollarCharges"),
            (r#"{"status": ["draft"], "showTrackedItems": true}"#, "showTrackedItems"),
            (r#"{"includes": ["lines"]}"#, "includes"),
            (r#"{"sort": "dueDate"}"#, "sort"),
            (r#"{"status": []}"#, "status"),
            (r#"{"customerIds": []}"#, "customerIds"),
            (r#"{"connection": []}"#, "connection"),
            (r#"{"number": [""]}"#, "number"),
            (r#"{"number": "*"}"#, "number"),
            (r#"{"poNumber": ["PO-1", "**"]}"#, "poNumber"),
            (r#"{"search": " "}"#, "search"),
            (r#"{"status": null}"#, "status"),
            (r#"{"paymentStatus": EVERY}"#, "paymentStatus"),
            (r#"{"status": EVERY_STATE, "dueDate": "2025-01-01"}"#, "status"),
            (r#"{"amount": [1, 2]}"#, "amount"),
            (r#"{"amount": {}}"#, "amount"),
            (r#"{"amount": true}"#, "amount"),
            (r#"{"number": true}"#, "number"),
            (r#"{"number": [7]}"#, "number"),
            (r#"{"currency": false}"#, "currency"),
            (r#"{"status": ["draft", 1]}"#, "status"),
            (r#"{"search": {}}"#, "search"),
        ] {
            let states: Vec<&str> = Status::ALL.iter().map(|one| one.word()).collect();
            let payments: Vec<&str> = PaymentStatus::ALL.iter().map(|one| one.word()).collect();
            let filter = filter.replace("EVERY_STATE", &format!("{states:?}"));
            let filter = filter.replace("EVERY", &format!("{payments:?}"));
            assert_eq!(parsed(&filter).unwrap_err(), [format!("/filter/{at}")], "{filter}");
        }
    }

    #[test]
    fn all_the_words_of_a_status_together_narrow_nothing() {
        let statuses: Vec<&str> = Status::ALL.iter().map(|status| status.word()).collect();
        let payments: Vec<&str> = PaymentStatus::ALL.iter().map(|status| status.word()).collect();
        let filter = |name: &str, words: &[&str]| {
            parsed(&serde_json::json!({ name: words, "currency": "EUR" }).to_string())
        };
        for (name, words) in [("status", &statuses), ("paymentStatus", &payments)] {
            assert_eq!(filter(name, words).unwrap_err(), [format!("/filter/{name}")]);
            let (_, but_one) = words.split_first().unwrap();
            assert!(filter(name, but_one).is_ok(), "{name}");
        }
        let all = [statuses.as_slice(), &["paid", "overdue"]].concat();
        assert_eq!(filter("status", &all).unwrap_err(), ["/filter/status"]);
        let both = serde_json::json!({ "status": statuses, "paymentStatus": payments }).to_string();
        assert_eq!(parsed(&both).unwrap_err(), ["/filter/paymentStatus", "/filter/status"]);
    }

    #[test]
    fn items_of_a_list_travel_as_items() {
        let exact = |texts: &[&str]| {
            let exact = |text: &&str| TextPattern::Exact((*text).to_owned());
            Some(TextFilter(texts.iter().map(exact).collect()))
        };
        for (written, items) in [
            (r#"["A,B"]"#, vec!["A,B"]),
            (r#""A,B""#, vec!["A,B"]),
            (r#"["A", "B"]"#, vec!["A", "B"]),
        ] {
            let of = |name: &str| parsed(&format!(r#"{{"{name}": {written}}}"#)).unwrap();
            assert_eq!(of("number").number, exact(&items), "{written}");
            assert_eq!(of("poNumber").po_number, exact(&items), "{written}");
            assert_eq!(of("externalId").external_id, exact(&items), "{written}");
            let customers = of("customerIds").customer_ids.unwrap();
            assert_eq!(customers.len(), items.len(), "{written}");
        }
        assert_eq!(parsed(r#"{"status": "draft,active"}"#).unwrap_err(), ["/filter/status"]);
        let listed = ListQuery::parse("status=draft,active&currency=EUR,USD&connection=a,b");
        let filter = r#"{"status": ["draft", "active"], "currency": ["EUR", "USD"], "connection": ["a", "b"]}"#;
        assert_eq!(parsed(filter).unwrap(), listed.unwrap().filter);
    }
}
