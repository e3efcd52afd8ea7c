//! What became of an invoice: paid, part-paid, written off, credited, or open.

use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use rust_decimal::Decimal;

use crate::cell::{Money, Zoneless};
use crate::draw::Draw;

use super::object::Schedule;

/// What has been taken off an invoice's amount.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) payments: Decimal,
    pub(super) credits: Decimal,
    pub(super) writeoffs: Decimal,
}

impl Settled {
    pub(super) fn draw(draw: &mut Draw, amount: Decimal, places: u32) -> Self {
        let mut settled = Settled::default();
        match draw.below(100) {
            0..=34 => {}
            35..=59 => settled.payments = amount,
            60..=74 => settled.payments = draw.part_of(amount, places),
            75..=79 => settled.writeoffs = amount,
            80..=84 => {
                settled.payments = draw.part_of(amount, places);
                settled.writeoffs = amount - settled.payments;
            }
            85..=89 => settled.credits = amount,
            90..=94 => {
                settled.credits = draw.part_of(amount, places);
                settled.payments = amount - settled.credits;
            }
            _ => settled.credits = draw.part_of(amount, places),
        }
        settled
    }

    pub(super) fn total(&self) -> Decimal {
        self.payments + self.credits + self.writeoffs
    }

    /// The word of a due date with nothing left to pay.
    fn word(&self) -> &'static str {
        if self.writeoffs > Decimal::ZERO {
            "WrittenOff"
        } else if self.credits > Decimal::ZERO && self.payments.is_zero() {
            "Void"
        } else {
            "Paid"
        }
    }
}

/// Splits an amount into due dates; what is settled covers the earliest first.
pub(super) fn schedules(
    draw: &mut Draw,
    posted: DateTime,
    net_days: i64,
    amount: Decimal,
    settled: &Settled,
    places: u32,
) -> Vec<Schedule> {
    let count = match draw.below(10) {
        0..=7 => 1,
        8 => 2,
        _ => 3,
    };
    let part = (amount / Decimal::from(count)).round_dp(places);
    let mut covered = settled.total();
    (0..count)
        .map(|at| {
            let owed = match at + 1 == count {
                true => amount - part * Decimal::from(count - 1),
                false => part,
            };
            let paid = covered.min(owed);
            covered -= paid;
            let left = owed - paid;
            let days_after = 30 * at;
            let due = posted.saturating_add((net_days + days_after).days());
            Schedule {
                due_date_timestamp: Zoneless(due),
                status: word(draw, left, due, settled).into(),
                amount: plain(owed),
                outstanding_balance: plain(left),
                days_due_after_term: days_after,
            }
        })
        .collect()
}

/// The population's present is the start of 2026-07-01.
fn word(draw: &mut Draw, left: Decimal, due: DateTime, settled: &Settled) -> &'static str {
    if left.is_zero() {
        return settled.word();
    }
    match draw.below(100) {
        0..=2 => "Disputed",
        3..=5 => "Pending",
        _ if due < date(2026, 7, 1).at(0, 0, 0, 0) => "Overdue",
        _ => "Due",
    }
}

/// Money as Fusebill writes it: without trailing zeros.
pub(super) fn plain(amount: Decimal) -> Money {
    Money(amount.normalize())
}
