//! EventBridge Scheduler's part: events put by the clock.

use std::sync::Arc;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use tokio::time::Instant;

use super::EventBridge;
use super::entry::Entry;
use crate::log::note;
use crate::pace::Pace;
use crate::template::{ACCOUNT, REGION, Schedule};

/// When a schedule is due.
#[derive(Debug)]
enum Expression {
    Cron(Box<Cron>),
    Rate(SignedDuration),
    At(DateTime),
}

/// Starts the template's schedules; they end with the runtime.
pub fn start(schedules: &[Schedule], bus: &Arc<EventBridge>, pace: Pace) -> Result<(), String> {
    for schedule in schedules {
        let name = &schedule.name;
        let expression = Expression::parse(&schedule.expression)
            .map_err(|fault| format!("{name}: {:?} {fault}", schedule.expression))?;
        let zone = TimeZone::get(&schedule.timezone)
            .map_err(|error| format!("{name}: cannot tell the time: {error}"))?;
        let keeping = keep(schedule.clone(), expression, zone, Arc::clone(bus), pace);
        tokio::spawn(keeping);
    }
    Ok(())
}

/// Puts the schedule's event whenever it is due.
async fn keep(
    schedule: Schedule,
    expression: Expression,
    zone: TimeZone,
    bus: Arc<EventBridge>,
    pace: Pace,
) {
    let (began, origin) = (Instant::now(), Timestamp::now());
    let mut last = origin.to_zoned(zone);
    if let Expression::Rate(_) = expression {
        // One with a rate and without a start date begins at once (aws R27).
        put(&schedule, &bus, origin);
    }
    while let Some(due) = expression.next(&last) {
        let until = due.timestamp().duration_since(origin).unsigned_abs();
        tokio::time::sleep_until(began + pace.of(until)).await;
        put(&schedule, &bus, due.timestamp());
        last = due;
    }
}

fn put(schedule: &Schedule, bus: &EventBridge, due: Timestamp) {
    let outcome = bus.put(vec![entry(schedule, due)], Timestamp::now());
    for (code, text) in outcome.into_iter().filter_map(Result::err) {
        note(&schedule.name, &format!("cannot put its event: {code}: {text}"));
    }
}

/// The event of the moment it was due at, which is ahead of real time where the
/// schedule runs faster.
fn entry(schedule: &Schedule, due: Timestamp) -> Entry {
    let arn = format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{}", schedule.name);
    Entry {
        event_bus_name: Some(schedule.bus.clone()),
        source: Some(schedule.source.clone()),
        detail_type: Some(schedule.detail_type.clone()),
        detail: Some(schedule.detail.clone()),
        resources: vec![arn],
        time: Some(due.as_duration().as_secs_f64()),
    }
}

impl Expression {
    fn parse(text: &str) -> Result<Self, String> {
        let named = text.strip_suffix(')').and_then(|text| text.split_once('('));
        match named {
            Some(("cron", fields)) => cron(fields).map(|cron| Self::Cron(Box::new(cron))),
            Some(("rate", rate)) => {
                let every = self::rate(rate);
                every.map(Self::Rate).ok_or_else(|| "is not as rate(5 minutes)".to_owned())
            }
            Some(("at", at)) => at
                .parse()
                .map(Self::At)
                .map_err(|error| format!("is not as at(2026-01-31T06:00:00): {error}")),
            _ => Err("is none of cron(..), rate(..) and at(..)".to_owned()),
        }
    }

    /// When it is due next after `last`.
    fn next(&self, last: &Zoned) -> Option<Zoned> {
        match self {
            Self::Cron(cron) => cron.find_next_occurrence(last, false).ok(),
            Self::Rate(every) => last.checked_add(*every).ok(),
            Self::At(at) => {
                let at = at.to_zoned(last.time_zone().clone()).ok()?;
                (at > *last).then_some(at)
            }
        }
    }
}

/// AWS's six fields: no seconds, days of the week from Sunday = 1, and the year
/// last (aws R22).
fn cron(fields: &str) -> Result<Cron, String> {
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let [minute, hour, day, month, weekday, year] = fields[..] else {
        return Err(format!("has {} fields and not the six of AWS", fields.len()));
    };
    if [day, weekday].iter().filter(|field| **field == "?").count() != 1 {
        return Err("needs ? as its day of the month or of the week, and not as both".to_owned());
    }
    let parser = CronParser::builder()
        .seconds(Seconds::Required)
        .year(Year::Required)
        .alternative_weekdays(true)
        // `0/10` is AWS's own way to write every ten.
        .sloppy_ranges(true)
        .build();
    parser
        .parse(&format!("0 {minute} {hour} {day} {month} {weekday} {year}"))
        .map_err(|error| format!("cannot be read: {error}"))
}

fn rate(text: &str) -> Option<SignedDuration> {
    let (count, unit) = text.trim().split_once(' ')?;
    let count: i64 = count.parse().ok().filter(|count| *count > 0)?;
    let seconds = match unit.trim().trim_end_matches('s') {
        // EventBridge has none: of this stack alone, to show syncs at work.
        "second" => 1,
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        _ => return None,
    };
    count.checked_mul(seconds).map(SignedDuration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_when_it_is_due_next() {
        let cases = [
            ("rate(5 minutes)", "UTC", "2026-01-31T10:05:30Z"),
            ("rate(1 day)", "UTC", "2026-02-01T10:00:30Z"),
            ("cron(0 6 1 * ? *)", "UTC", "2026-02-01T06:00:00Z"),
            ("cron(0 6 1 * ? *)", "Europe/Berlin", "2026-02-01T05:00:00Z"),
            ("cron(0 6 1 7 ? *)", "Europe/Berlin", "2026-07-01T04:00:00Z"),
            ("cron(0 18 L * ? *)", "UTC", "2026-01-31T18:00:00Z"),
            ("cron(15 10 ? * 2-6 *)", "UTC", "2026-02-02T10:15:00Z"),
            ("cron(0/10 * * * ? *)", "UTC", "2026-01-31T10:10:00Z"),
            ("cron(0 8 ? * MON#1 *)", "UTC", "2026-02-02T08:00:00Z"),
            ("cron(0 0 1 1 ? 2030)", "UTC", "2030-01-01T00:00:00Z"),
            ("at(2026-03-01T00:00:00)", "America/New_York", "2026-03-01T05:00:00Z"),
        ];
        let now: Timestamp = "2026-01-31T10:00:30Z".parse().unwrap();
        for (text, zone, expected) in cases {
            let expression = Expression::parse(text).unwrap();
            let next = expression.next(&now.to_zoned(TimeZone::get(zone).unwrap())).unwrap();
            assert_eq!(next.timestamp().to_string(), expected, "{text} {zone}");
        }
    }

    #[test]
    fn what_is_past_is_not_due_again() {
        let now = Timestamp::now().to_zoned(TimeZone::UTC);
        for text in ["at(2020-01-01T00:00:00)", "cron(0 0 1 1 ? 2020)"] {
            assert!(Expression::parse(text).unwrap().next(&now).is_none(), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_schedule() {
        let cases = [
            "",
            "monthly",
            "rate(5)",
            "rate(0 minutes)",
            "rate(1 week)",
            "cron(0 6 1 * *)",
            "cron(0 6 1 * * *)",
            "cron(0 6 ? * ? *)",
            "cron(61 6 1 * ? *)",
            "at(tomorrow)",
        ];
        for text in cases {
            assert!(Expression::parse(text).is_err(), "{text:?}");
        }
    }
}
