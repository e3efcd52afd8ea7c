//! Whether an invoice matches, worked out over its JSON in the plainest way: by another
//! crate's decimals and normal forms, and by moments counted by hand.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use invoice::{Match, Parameter, PaymentStatus, Status};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::asked::{Asked, Kind};

/// Whether the invoice, as it is shown, matches what is asked of one parameter.
pub(crate) fn matches(parameter: Parameter, asked: &Asked, invoice: &Value) -> Match {
    if asked.is_nothing() {
        return Match::Pass;
    }
    match parameter {
        Parameter::Status => status(asked, invoice, true),
        Parameter::PaymentStatus => status(asked, invoice, false),
        Parameter::InvoiceDate => range(asked, &invoice["dates"]["invoice"], day),
        Parameter::DueDate => range(asked, &invoice["dates"]["due"], day),
        Parameter::CreatedAt => moments(asked, &invoice["timestamps"]["created"]),
        Parameter::ModifiedAt => moments(asked, &invoice["timestamps"]["modified"]),
        Parameter::ActivatedAt => moments(asked, &invoice["timestamps"]["activated"]),
        Parameter::Amount => range(asked, &invoice["amounts"]["total"], amount),
        Parameter::Balance => range(asked, &invoice["amounts"]["balance"], amount),
        Parameter::Number => texts(asked, vec![&invoice["number"]], true),
        Parameter::PoNumber => texts(asked, items(&invoice["tracking"]["poNumbers"]), true),
        Parameter::ExternalId => {
            let ids = invoice["tracking"]["externalIds"].as_object().unwrap();
            texts(asked, ids.values().collect(), false)
        }
        Parameter::Currency => currency(asked, &invoice["currency"]),
        Parameter::Search => search(asked, invoice),
        // Not questions of the invoice alone.
        Parameter::CustomerIds | Parameter::ShowZeroDollarCharges | Parameter::ShowTrackedItems => {
            Match::Pass
        }
    }
}

fn of(is_match: bool) -> Match {
    if is_match { Match::Pass } else { Match::Fail }
}

/// The values, as the query string has them: between commas, without what surrounds them.
fn values(asked: &Asked) -> Vec<String> {
    match &asked.kind {
        Kind::Values(values) => {
            values.join(",").split(',').map(|one| one.trim().to_owned()).collect()
        }
        Kind::Ends(_) => Vec::new(),
    }
}

fn items(values: &Value) -> Vec<&Value> {
    values.as_array().unwrap().iter().collect()
}

fn status(asked: &Asked, invoice: &Value, is_either: bool) -> Match {
    let words: Vec<String> = values(asked);
    let lifecycle = |word: &&String| is_either && Status::parse(word).is_some();
    let states: Vec<&str> = words
        .iter()
        .filter(lifecycle)
        .filter_map(|word| Status::parse(word))
        .map(|status| status.word())
        .collect();
    let payments: Vec<&str> = words
        .iter()
        .filter(|word| !lifecycle(word))
        .filter_map(|word| PaymentStatus::parse(word))
        .map(|status| status.word())
        .collect();
    let (state, payment) =
        (invoice["status"].as_str().unwrap(), invoice["paymentStatus"].as_str().unwrap());
    if states.contains(&state) || payments.contains(&payment) {
        return Match::Pass;
    }
    let is_unknown = (!states.is_empty() && state == "unknown")
        || (!payments.is_empty() && payment == "unknown");
    if is_unknown { Match::Indeterminate } else { Match::Fail }
}

fn range<T: PartialOrd>(asked: &Asked, value: &Value, read: fn(&str) -> T) -> Match {
    let Some(value) = value.as_str().map(read) else { return Match::Indeterminate };
    of(asked.ends().into_iter().all(|(operator, end)| {
        let end = read(end);
        match operator {
            None => value == end,
            Some("gte") => value >= end,
            Some("gt") => value > end,
            Some("lte") => value <= end,
            Some(_) => value < end,
        }
    }))
}

fn day(text: &str) -> String {
    text.to_owned()
}

fn amount(text: &str) -> BigDecimal {
    BigDecimal::from_str(text).unwrap()
}

/// A day stands for all its moments.
fn moments(asked: &Asked, value: &Value) -> Match {
    let Some(value) = value.as_str().map(moment) else { return Match::Indeterminate };
    of(asked.ends().into_iter().all(|(operator, end)| {
        let (first, last) = if end.len() == 10 {
            (moment(&format!("{end}T00:00:00Z")), moment(&format!("{end}T23:59:59.999999999Z")))
        } else {
            (moment(end), moment(end))
        };
        match operator {
            None => first <= value && value <= last,
            Some("gte") => value >= first,
            Some("gt") => value > last,
            Some("lte") => value <= last,
            Some(_) => value < first,
        }
    }))
}

/// Seconds since the year 0 and nanoseconds, counted by hand; what is behind the last second
/// that there is, is that second.
fn moment(text: &str) -> (i64, i64) {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before: i64 = (0..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days =
        before + lengths.iter().take(usize::try_from(month - 1).unwrap()).sum::<i64>() + day - 1;
    let rest = &text[19..];
    let zone_at = rest.find(['Z', '+', '-']).unwrap();
    let (fraction, zone) = rest.split_at(zone_at);
    let nanos = format!("{:0<9}", fraction.trim_start_matches('.')).parse::<i64>().unwrap();
    let offset = match zone {
        "Z" => 0,
        zone => {
            let minutes =
                zone[1..3].parse::<i64>().unwrap() * 60 + zone[4..6].parse::<i64>().unwrap();
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let seconds =
        days * 86_400 + number(11, 13) * 3_600 + number(14, 16) * 60 + number(17, 19) - offset * 60;
    // 9999-12-30T22:00:00Z.
    const LAST: i64 = 3_652_423 * 86_400 + 22 * 3_600;
    if seconds > LAST { (LAST, 0) } else { (seconds, nanos) }
}

fn normal(text: &str) -> Vec<char> {
    text.nfc().collect()
}

/// No text is what `[empty]` asks for, and so is an empty one.
fn texts(asked: &Asked, texts: Vec<&Value>, has_wildcards: bool) -> Match {
    let texts: Vec<&str> = texts.into_iter().filter_map(Value::as_str).collect();
    of(values(asked).iter().any(|pattern| match pattern.as_str() {
        "[empty]" => texts.is_empty() || texts.contains(&""),
        pattern => texts.iter().any(|text| is_like(&normal(pattern), &normal(text), has_wildcards)),
    }))
}

fn is_like(pattern: &[char], text: &[char], has_wildcards: bool) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) if has_wildcards => {
            is_like(rest, text, true)
                || text.split_first().is_some_and(|(_, text)| is_like(pattern, text, true))
        }
        ([one, rest @ ..], [other, text @ ..]) => {
            one == other && is_like(rest, text, has_wildcards)
        }
        _ => false,
    }
}

fn currency(asked: &Asked, currency: &Value) -> Match {
    let code = currency.as_str();
    of(values(asked).iter().any(|wanted| match wanted.as_str() {
        "[empty]" => code.is_none(),
        wanted => code.is_some_and(|code| code.eq_ignore_ascii_case(wanted)),
    }))
}

fn search(asked: &Asked, invoice: &Value) -> Match {
    let Kind::Values(values) = &asked.kind else { return Match::Pass };
    let words = folded(values[0].trim());
    let id = invoice["customer"]["id"].as_str().map(|id| id.strip_prefix("nue:").unwrap());
    let comments = items(&invoice["comments"]).into_iter().map(|comment| comment["text"].as_str());
    let texts = [
        id,
        invoice["number"].as_str(),
        invoice["customer"]["name"].as_str(),
        invoice["customer"]["email"].as_str(),
    ];
    let mut texts = texts.into_iter().chain(comments).flatten();
    of(texts.any(|text| folded(text).contains(&words)))
}

/// Whatever its case, and however its accents came about: each letter by itself, since a part
/// of a text is found in the whole of it.
fn folded(text: &str) -> String {
    let text: String = text.nfc().collect();
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == '\u{3c2}' { '\u{3c3}' } else { c })
        .nfc()
        .collect()
}
