//! The seeded source of every choice in the population.
//!
//! splitmix64, written out: twelve lines that no release of a library can
//! change, so a population stays the same for good.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// A stream of choices that follows from its seed.
#[derive(Clone, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    /// A stream for one purpose: the same seed and the same words, the same stream.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a: the standard hasher is not promised to be stable.
        let salt = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Draw(seed ^ salt)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).unsigned_abs().saturating_add(1);
        low.saturating_add_unsigned(self.below(width))
    }

    /// True in `percent` of a hundred.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// True with this probability (0 to 1), to the millionth.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        let millionths = u32::try_from(self.below(1_000_000)).unwrap_or(0);
        f64::from(millionths) < probability * 1_000_000.0
    }

    /// One of `choices`; the default of an empty list.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let length = u64::try_from(choices.len()).unwrap_or(1);
        let at = usize::try_from(self.below(length)).unwrap_or(0);
        choices.get(at).copied().unwrap_or_default()
    }

    /// A random (version 4) UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0x0fff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }

    /// `length` lower-case letters and digits.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(self.pick(ALPHABET))).collect()
    }

    /// A day from 2023-01-01 to 2026-06-30, billing days most often: many
    /// invoices share a date, as in life.
    pub(crate) fn day(&mut self) -> Date {
        let month_index = self.between(0, 41);
        let (year, month) = (2023 + month_index / 12, 1 + month_index % 12);
        let day = match self.below(10) {
            0..=4 => 1,
            5..=6 => 15,
            _ => self.between(1, 28),
        };
        let narrow = |n: i64| i8::try_from(n).unwrap_or(1);
        let year = i16::try_from(year).unwrap_or(2023);
        Date::new(year, narrow(month), narrow(day)).unwrap_or(Date::ZERO)
    }

    /// An amount of money with at most `places` decimal places: nothing, cents,
    /// 0.1, round sums, ordinary ones and very large ones.
    pub(crate) fn money(&mut self, places: u32) -> Decimal {
        let unit = 10_i64.saturating_pow(places);
        let smallest_units = match self.below(100) {
            0..=4 => 0,
            5..=7 => unit / 10,
            8..=10 => 1,
            11..=25 => self.between(1, 500).saturating_mul(unit).saturating_mul(10),
            26..=28 => self.between(unit, unit.saturating_mul(999_999_999)),
            _ => self.between(unit, unit.saturating_mul(9_999)),
        };
        Decimal::new(smallest_units, places)
    }

    /// Part of `whole`, more than nothing where that is possible, to `places`.
    pub(crate) fn part_of(&mut self, whole: Decimal, places: u32) -> Decimal {
        let share = Decimal::new(self.between(1, 99), 2);
        (whole * share).round_dp(places)
    }
}

/// How many decimal places a currency has, of those the population uses.
pub(crate) fn minor_digits(currency: &str) -> u32 {
    match currency {
        "JPY" => 0,
        "KWD" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64_and_will_stay_so() {
        // Reference values of splitmix64 seeded with 0.
        let mut draw = Draw(0);
        assert_eq!(draw.next(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(draw.next(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn purposes_do_not_share_a_stream() {
        assert_ne!(Draw::new(1, "a").next(), Draw::new(1, "b").next());
        assert_eq!(Draw::new(1, "a").next(), Draw::new(1, "a").next());
    }

    #[test]
    fn days_stay_in_range_and_tie_often() {
        let mut draw = Draw::new(7, "days");
        let days: Vec<Date> = (0..1_000).map(|_| draw.day()).collect();
        let distinct: std::collections::BTreeSet<_> = days.iter().collect();
        assert!(distinct.len() < 500);
        assert!(**distinct.first().unwrap() >= jiff::civil::date(2023, 1, 1));
        assert!(**distinct.last().unwrap() <= jiff::civil::date(2026, 6, 30));
    }
}
