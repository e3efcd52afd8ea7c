//! Ranges, as callers ask for them.

use std::fmt::Display;
use std::ops::Bound;

use jiff::civil::Date;

/// A range of values; each end may be open, shut or absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range<T> {
    /// From here on.
    pub lower: Bound<T>,
    /// Up to here.
    pub upper: Bound<T>,
}

impl<T> Default for Range<T> {
    fn default() -> Self {
        Self { lower: Bound::Unbounded, upper: Bound::Unbounded }
    }
}

impl<T: PartialOrd> Range<T> {
    /// Whether `value` lies inside.
    pub fn contains(&self, value: &T) -> bool {
        let above = match &self.lower {
            Bound::Included(lower) => value >= lower,
            Bound::Excluded(lower) => value > lower,
            Bound::Unbounded => true,
        };
        let below = match &self.upper {
            Bound::Included(upper) => value <= upper,
            Bound::Excluded(upper) => value < upper,
            Bound::Unbounded => true,
        };
        above && below
    }

    /// Whether anything is asked at all.
    pub fn is_unbounded(&self) -> bool {
        matches!((&self.lower, &self.upper), (Bound::Unbounded, Bound::Unbounded))
    }

    /// The range in other values, end by end.
    pub fn map<U>(&self, change: impl Fn(&T) -> U) -> Range<U> {
        Range { lower: self.lower.as_ref().map(&change), upper: self.upper.as_ref().map(&change) }
    }
}

impl<T: Display> Range<T> {
    /// The range as parameters, for the canonical form of a query.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let lower = match &self.lower {
            Bound::Included(value) => Some(("gte", value.to_string())),
            Bound::Excluded(value) => Some(("gt", value.to_string())),
            Bound::Unbounded => None,
        };
        let upper = match &self.upper {
            Bound::Included(value) => Some(("lte", value.to_string())),
            Bound::Excluded(value) => Some(("lt", value.to_string())),
            Bound::Unbounded => None,
        };
        lower.into_iter().chain(upper)
    }
}

impl Range<Date> {
    /// Whether no day lies inside.
    pub fn is_empty(&self) -> bool {
        let (first, last) = self.days();
        let outside = |day: Option<Date>| day.is_some_and(|day| !self.contains(&day));
        outside(first) || outside(last)
    }

    /// The range as a first day and a last day, both inside, which is what most
    /// providers take. An end past the calendar is the calendar's end.
    pub fn days(&self) -> (Option<Date>, Option<Date>) {
        let first = match self.lower {
            Bound::Included(day) => Some(day),
            Bound::Excluded(day) => Some(day.tomorrow().unwrap_or(Date::MAX)),
            Bound::Unbounded => None,
        };
        let last = match self.upper {
            Bound::Included(day) => Some(day),
            Bound::Excluded(day) => Some(day.yesterday().unwrap_or(Date::MIN)),
            Bound::Unbounded => None,
        };
        (first, last)
    }
}
