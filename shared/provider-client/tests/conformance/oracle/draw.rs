//! Values to ask for, taken from the invoices there are, so that they hit: and
//! what stands right beside them, so that they just miss.

use fastrand::Rng;
use invoice::{Parameter, PaymentStatus};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::Known;
use super::clause::{Clause, Kind, LIFECYCLE};

/// Nothing of an invoice, for what lacks the field.
const NOTHING: &str = "nothing-has-this";

/// The plainest question by `parameter` that `known` answers, if it has a value.
pub fn plain(parameter: Parameter, known: &Known) -> Option<Clause> {
    let one = |operator, value: &str| Clause::new(parameter, operator, value);
    match Kind::of(parameter) {
        Kind::Customers => known.text("/customer/id").map(|id| one("", id)),
        Kind::Words if parameter == Parameter::Status => {
            known.text("/status").map(|it| one("", it))
        }
        Kind::Words => known.text("/paymentStatus").map(|it| one("", it)),
        Kind::Day(at) | Kind::Amount(at) => known.text(at).map(|it| one("gte", it)),
        Kind::Instant(at) => known.instant(at).map(|it| one("gte", &it.to_string())),
        Kind::Text(at, _) => {
            let text = known.texts(at).into_iter().find(|text| is_writable(text));
            text.map(|text| one("", text))
        }
        Kind::Search => known.searched().into_iter().find(|it| is_words(it)).map(|it| one("", &it)),
        Kind::View => None,
    }
}

/// A question by `parameter`, in any of its forms, that `near` answers, or
/// nearly does; further values are another's.
pub fn any(parameter: Parameter, near: &Known, other: &Known, rng: &mut Rng) -> Clause {
    match Kind::of(parameter) {
        Kind::Customers => customers(near, other, rng),
        Kind::Words => words(parameter, near, rng),
        Kind::Day(at) => {
            let day = |known: &Known| known.text(at).unwrap_or("2025-03-01").to_owned();
            range(parameter, day(near), day(other), rng)
        }
        Kind::Instant(at) => {
            let (a, b) = (moment(near, at, rng), moment(other, at, rng));
            range(parameter, a, b, rng)
        }
        Kind::Amount(at) => range(parameter, amount(near, at, rng), amount(other, at, rng), rng),
        Kind::Text(at, wildcards) => texts(parameter, at, wildcards, [near, other], rng),
        Kind::Search => search(near, rng),
        Kind::View => Clause::new(parameter, "", rng.bool().to_string()),
    }
}

fn range(parameter: Parameter, a: String, b: String, rng: &mut Rng) -> Clause {
    let lower = ["gte", "gt"][rng.usize(..2)];
    let upper = ["lte", "lt"][rng.usize(..2)];
    match rng.u8(..8) {
        0 => Clause::new(parameter, "", a),
        1 | 2 => Clause::new(parameter, lower, a),
        3 | 4 => Clause::new(parameter, upper, a),
        // Now and then the wrong way round: no value lies in it.
        _ => Clause::ranged(parameter, vec![(lower, a), (upper, b)]),
    }
}

fn moment(known: &Known, at: &str, rng: &mut Rng) -> String {
    let fallback: Timestamp = "2025-03-01T12:00:00Z".parse().unwrap();
    let moment = known.instant(at).unwrap_or(fallback);
    let moved = |by: SignedDuration| (moment + by).to_string();
    match rng.u8(..8) {
        0..=2 => moment.to_string(),
        3 | 4 => moment.to_string()[..10].to_owned(),
        5 => moved(SignedDuration::from_nanos(1)),
        6 => moved(SignedDuration::from_millis(-1)),
        // The same moment, as told elsewhere.
        _ => moved(SignedDuration::from_hours(2)).replace('Z', "+02:00"),
    }
}

fn amount(known: &Known, at: &str, rng: &mut Rng) -> String {
    let amount: Decimal = known.text(at).unwrap_or("100").parse().unwrap();
    match rng.u8(..6) {
        0 => format!(
            "{}000",
            if amount.scale() == 0 { format!("{amount}.") } else { amount.to_string() }
        ),
        1 => (amount + Decimal::new(1, 9)).to_string(),
        2 => "0".to_owned(),
        _ => amount.to_string(),
    }
}

fn customers(near: &Known, other: &Known, rng: &mut Rng) -> Clause {
    let id = |known: &Known, rng: &mut Rng| {
        let reference = known.text("/customer/id").unwrap_or(NOTHING).to_owned();
        // Bare, it is taken for every connection.
        if rng.bool() { reference } else { reference.split(':').next_back().unwrap().to_owned() }
    };
    let mut ids = vec![id(near, rng)];
    for _ in 0..rng.u8(..3) {
        ids.push(id(other, rng));
    }
    if rng.u8(..8) == 0 {
        ids.push(NOTHING.to_owned());
    }
    Clause::any_of(Parameter::CustomerIds, ids)
}

fn words(parameter: Parameter, near: &Known, rng: &mut Rng) -> Clause {
    let payment = PaymentStatus::ALL.iter().map(|status| status.word());
    let (all, own): (Vec<&str>, Vec<&str>) = if parameter == Parameter::Status {
        (LIFECYCLE.into_iter().chain(payment).collect(), vec!["/status", "/paymentStatus"])
    } else {
        (payment.collect(), vec!["/paymentStatus"])
    };
    let own = near.text(own[rng.usize(..own.len())]).unwrap();
    let mut words = vec![own.to_owned()];
    for _ in 0..rng.u8(..3) {
        words.push(all[rng.usize(..all.len())].to_owned());
    }
    if rng.u8(..10) == 0 {
        words.remove(0);
        words.push(all[rng.usize(..all.len())].to_owned());
    }
    let spellings: [fn(&str) -> String; 4] = [
        str::to_owned,
        str::to_uppercase,
        |word| word.replace('_', ""),
        |word| word.replace('_', " "),
    ];
    Clause { spelled: spellings[rng.usize(..4)], ..Clause::any_of(parameter, words) }
}

fn texts(
    parameter: Parameter,
    at: &str,
    wildcards: bool,
    of: [&Known; 2],
    rng: &mut Rng,
) -> Clause {
    let mut values = Vec::new();
    for known in of {
        let texts: Vec<&str> = known.texts(at).into_iter().filter(|it| is_writable(it)).collect();
        match rng.choice(&texts) {
            Some(text) if wildcards && rng.bool() => values.push(pattern(text, rng)),
            Some(text) => values.push((*text).to_owned()),
            None => values.push("[empty]".to_owned()),
        }
        if rng.u8(..3) > 0 {
            break;
        }
    }
    if rng.u8(..8) == 0 {
        values.push("[empty]".to_owned());
    }
    if parameter == Parameter::Currency {
        // Nothing that is no currency can be asked for.
        let lower: fn(&str) -> String = str::to_lowercase;
        let spelled = if rng.bool() { lower } else { str::to_owned };
        return Clause { spelled, ..Clause::any_of(parameter, values) };
    }
    match rng.u8(..12) {
        0 => values.push(NOTHING.to_owned()),
        // Letters of another case are other letters.
        1 => values[0] = values[0].to_lowercase(),
        2 => values[0] = format!("0{}", values[0]),
        _ => {}
    }
    Clause::any_of(parameter, values)
}

/// Stars anywhere; and signs that mean something in providers' own patterns.
fn pattern(text: &str, rng: &mut Rng) -> String {
    let letters: Vec<char> = text.chars().collect();
    let from = rng.usize(..=letters.len());
    let to = rng.usize(from..=letters.len());
    let take = |part: &[char]| part.iter().collect::<String>();
    match rng.u8(..6) {
        0 => format!("{}*", take(&letters[..from])),
        1 => format!("*{}", take(&letters[from..])),
        2 => format!("*{}*", take(&letters[from..to])),
        3 | 4 => format!("{}*{}", take(&letters[..from]), take(&letters[to..])),
        _ => format!("{}{}*", take(&letters[..from]), ['_', '%', '\\', '[', ':'][rng.usize(..5)]),
    }
}

fn search(near: &Known, rng: &mut Rng) -> Clause {
    let texts: Vec<String> = near.searched().into_iter().filter(|it| is_words(it)).collect();
    let text = rng.choice(&texts).map_or(NOTHING, String::as_str);
    let letters: Vec<char> = text.chars().collect();
    let from = rng.usize(..letters.len());
    let to = rng.usize(from + 1..=letters.len());
    let piece: String = letters[from..to].iter().collect();
    let piece = if is_words(&piece) { piece } else { text.to_owned() };
    let piece = match rng.u8(..3) {
        0 => piece.to_uppercase(),
        1 => piece.to_lowercase(),
        _ => piece,
    };
    Clause::new(Parameter::Search, "", piece)
}

/// Commas separate values, and what stands around them is not kept.
fn is_writable(text: &str) -> bool {
    !text.is_empty() && !text.contains([',', '*']) && text.trim() == text
}

fn is_words(text: &str) -> bool {
    !text.trim().is_empty() && text.trim() == text
}
