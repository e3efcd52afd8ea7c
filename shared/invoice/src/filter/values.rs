//! Reading single values. Each error says what would be right.

use std::collections::BTreeSet;
use std::fmt::Display;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::amount::plain_decimal;
use crate::{
    Currency, CustomerId, InvalidReference, MAX_ID, PaymentStatus, Reference, Status, StatusFilter,
    TextFilter, TextPattern,
};

/// More values than this in one list are a mistake rather than a question.
const MAX_VALUES: usize = 200;

/// What was read, or what would be right.
pub type Parsed<T> = Result<T, String>;

/// Splits a comma list; an empty item is a fault.
///
/// # Errors
/// What would be right.
pub fn list(text: &str) -> Parsed<Vec<&str>> {
    let items: Vec<&str> = text.split(',').map(str::trim).collect();
    if items.iter().any(|item| item.is_empty()) {
        return Err("has an empty value: write one value, or several with commas between".into());
    }
    at_most(items)
}

/// Items as a comma list.
pub fn joined(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(",")
}

/// Items that came apart from each other, each of which may hold a comma; an
/// empty one is a fault, and so is none at all.
pub(crate) fn items<'a>(items: &[&'a str]) -> Parsed<Vec<&'a str>> {
    if items.is_empty() || items.iter().any(|item| item.trim().is_empty()) {
        return Err("has an empty value: write at least one value, and none that is empty".into());
    }
    at_most(items.to_vec())
}

fn at_most<T>(items: Vec<T>) -> Parsed<Vec<T>> {
    if items.len() > MAX_VALUES {
        return Err(format!("has {} values: {MAX_VALUES} at most", items.len()));
    }
    Ok(items)
}

/// One of a closed list of words, with the nearest offered for any other.
///
/// # Errors
/// What would be right.
pub fn word<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Parsed<T> {
    all.iter().copied().find(|known| name(*known) == text).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|known| name(*known)).collect();
        unknown_word(text, &names)
    })
}

/// `says` with what the caller may have meant.
pub fn unknown_word(text: &str, all: &[&str]) -> String {
    let near = nearest(text, all);
    let shown: String = text.chars().take(60).collect();
    if near.is_empty() {
        format!("`{shown}` is none of: {}", all.join(", "))
    } else {
        format!("`{shown}` is not known: did you mean {}?", near.join(", "))
    }
}

fn nearest<'a>(text: &str, all: &[&'a str]) -> Vec<&'a str> {
    let text = text.to_lowercase();
    let mut near: Vec<(f64, &str)> = all
        .iter()
        .map(|known| (strsim::jaro_winkler(&text, &known.to_lowercase()), *known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, known)| known).collect()
}

/// Either status: `canceled` and `unknown` are the life cycle's.
pub(crate) fn status(items: &[&str]) -> Parsed<StatusFilter> {
    let mut filter = StatusFilter::default();
    for item in items.iter().copied() {
        if let Some(status) = Status::parse(item) {
            filter.lifecycle.insert(status);
        } else if let Some(status) = PaymentStatus::parse(item) {
            filter.payment.insert(status);
        } else {
            let mut all: Vec<&str> = Status::ALL.iter().map(|status| status.word()).collect();
            // `canceled` and `unknown` are words of both.
            let payment = PaymentStatus::ALL.iter().map(|status| status.word());
            all.extend(payment.filter(|word| Status::parse(word).is_none()));
            return Err(unknown_word(item, &all));
        }
    }
    Ok(filter)
}

pub(crate) fn payment_status(items: &[&str]) -> Parsed<BTreeSet<PaymentStatus>> {
    let all: Vec<&str> = PaymentStatus::ALL.iter().map(|status| status.word()).collect();
    items
        .iter()
        .map(|item| PaymentStatus::parse(item).ok_or_else(|| unknown_word(item, &all)))
        .collect()
}

/// A JSON-encoded array of ids (Nue's form), or a comma list.
pub(crate) fn customer_list(text: &str) -> Parsed<Vec<String>> {
    let right =
        "expected a JSON array of ids such as [\"nue:001KS\",\"fusebill:123456\"], or a comma list";
    let items: Vec<String> = if text.trim_start().starts_with('[') {
        at_most(
            crate::json::read(text).map_err(|_| format!("is no JSON array of texts: {right}"))?,
        )?
    } else {
        list(text)?.into_iter().map(str::to_owned).collect()
    };
    if items.is_empty() {
        return Err(format!("is empty: {right}"));
    }
    if items.iter().any(|item| item.trim().is_empty()) {
        return Err(format!("has an empty value: {right}"));
    }
    Ok(items)
}

pub(crate) fn customer_ids(items: &[&str]) -> Parsed<BTreeSet<CustomerId>> {
    items.iter().map(|item| customer_id(item)).collect()
}

fn customer_id(item: &str) -> Parsed<CustomerId> {
    if item.contains(':') {
        return item
            .parse::<Reference>()
            .map(CustomerId::At)
            .map_err(|why| format!("`{item}`: {why}"));
    }
    if item.is_empty() || item.len() > MAX_ID {
        return Err(InvalidReference::Id.to_string());
    }
    Ok(CustomerId::Anywhere(item.to_owned()))
}

pub(crate) fn texts(items: &[&str], wildcards: bool) -> TextFilter {
    TextFilter(items.iter().map(|item| TextPattern::parse(item, wildcards)).collect())
}

pub(crate) fn currencies(items: &[&str]) -> Parsed<TextFilter> {
    let patterns = items.iter().map(|item| match *item {
        "[empty]" => Ok(TextPattern::Empty),
        _ => Currency::parse(item)
            .map(|currency| TextPattern::Exact(currency.code().to_owned()))
            .ok_or_else(|| format!("`{item}` is no ISO 4217 code such as EUR")),
    });
    Ok(TextFilter(patterns.collect::<Parsed<_>>()?))
}

/// `true` or `false`.
///
/// # Errors
/// What would be right.
pub fn flag(text: &str) -> Parsed<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

/// A civil date, written `YYYY-MM-DD`.
///
/// # Errors
/// What would be right.
pub fn date(text: &str) -> Parsed<Date> {
    let wrong = || format!("`{text}` is no date: expected YYYY-MM-DD, such as 2025-01-31");
    if text.len() != 10 {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// An instant, or a whole day in UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    At(Timestamp),
    /// From its first instant to the next day's first; none where no instant
    /// comes after the day.
    Day(Timestamp, Option<Timestamp>),
}

/// The last second that an instant can be of: some hours before the calendar
/// ends. What lies behind it stands for it.
pub fn last_instant() -> Timestamp {
    Timestamp::from_second(Timestamp::MAX.as_second()).unwrap_or(Timestamp::MAX)
}

/// An instant by RFC 3339; one behind the last is the last.
fn instant(text: &str) -> Option<Timestamp> {
    let behind_the_last = || {
        // The same instant of the year before can be held.
        let year_before = format!("9998-12{}", text.strip_prefix("9999-12")?);
        year_before.parse::<Timestamp>().ok().map(|_| last_instant())
    };
    text.parse().ok().or_else(behind_the_last)
}

pub(crate) fn moment(text: &str) -> Parsed<Moment> {
    let wrong = || {
        format!(
            "`{text}` is no date or instant: expected YYYY-MM-DD, or RFC 3339 such as 2025-01-31T12:00:00Z"
        )
    };
    if text.len() != 10 {
        return instant(text).map(Moment::At).ok_or_else(wrong);
    }
    let day = date(text).map_err(|_| wrong())?;
    let first = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let next = day.tomorrow().ok().and_then(first);
    Ok(Moment::Day(first(day).unwrap_or_else(last_instant), next))
}

pub(crate) fn decimal(text: &str) -> Parsed<Decimal> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    plain_decimal(text)
        .filter(|_| digits <= 28)
        .ok_or_else(|| format!("`{text}` is no decimal of at most 28 digits, such as 12.50"))
}
