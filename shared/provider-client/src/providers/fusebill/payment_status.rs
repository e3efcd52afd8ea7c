//! How far a posted invoice is paid. Fusebill has no word for it: it follows
//! from its amounts and the words of its payment schedules (fusebill R37, R38).

use invoice::PaymentStatus;
use rust_decimal::Decimal;

/// What is said of an invoice's payment; none where it is not said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PaymentStanding<'a> {
    pub(super) total: Option<Decimal>,
    pub(super) balance: Option<Decimal>,
    pub(super) paid: Option<Decimal>,
    pub(super) credited: Option<Decimal>,
    pub(super) written_off: Option<Decimal>,
    /// The schedules' words; none for a schedule without one.
    pub(super) words: &'a [Option<&'a str>],
}

/// What the payment status of a posted invoice can be.
pub(super) const POSSIBLE: [PaymentStatus; 9] = [
    PaymentStatus::Unpaid,
    PaymentStatus::PartiallyPaid,
    PaymentStatus::Paid,
    PaymentStatus::WrittenOff,
    PaymentStatus::PartiallyWrittenOff,
    PaymentStatus::Overdue,
    PaymentStatus::Disputed,
    PaymentStatus::Canceled,
    PaymentStatus::Unknown,
];

/// One part of a schedule, by its word (fusebill R37).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// `Due`, `Pending`: still owed.
    Open,
    Overdue,
    Disputed,
    Paid,
    WrittenOff,
    Void,
}

impl Word {
    fn of(word: Option<&str>) -> Option<Self> {
        match word? {
            "Due" | "Pending" => Some(Self::Open),
            "Overdue" => Some(Self::Overdue),
            "Disputed" => Some(Self::Disputed),
            "Paid" => Some(Self::Paid),
            "WrittenOff" => Some(Self::WrittenOff),
            "Void" => Some(Self::Void),
            _ => None,
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Overdue | Self::Disputed)
    }
}

impl PaymentStanding<'_> {
    /// The payment status (fusebill R38): `disputed` before `overdue` before what
    /// the amounts say. Where words and amounts contradict each other, or a
    /// needed one is missing or not known, it is `unknown`.
    pub(super) fn payment_status(&self) -> PaymentStatus {
        let words: Option<Vec<Word>> = self.words.iter().map(|word| Word::of(*word)).collect();
        let (Some(words), Some(balance)) = (words, self.balance) else {
            return PaymentStatus::Unknown;
        };
        let open = words.iter().any(|word| word.is_open());
        // Without schedules the amounts stand alone.
        let agree = words.is_empty() || open == (balance > Decimal::ZERO);
        if !agree || balance < Decimal::ZERO {
            return PaymentStatus::Unknown;
        }
        if words.contains(&Word::Disputed) {
            PaymentStatus::Disputed
        } else if words.contains(&Word::Overdue) {
            PaymentStatus::Overdue
        } else if balance.is_zero() {
            self.settled(&words)
        } else {
            self.owing()
        }
    }

    /// Nothing is left to pay: by what?
    fn settled(&self, words: &[Word]) -> PaymentStatus {
        let (Some(total), Some(paid), Some(credited), Some(written_off)) =
            (self.total, self.paid, self.credited, self.written_off)
        else {
            return PaymentStatus::Unknown;
        };
        let sum = paid.checked_add(credited);
        if sum.and_then(|sum| sum.checked_add(written_off)) != Some(total) {
            return PaymentStatus::Unknown;
        }
        let void = !words.is_empty() && words.iter().all(|word| *word == Word::Void);
        match (written_off.is_zero(), paid.is_zero()) {
            (false, _) if written_off == total => PaymentStatus::WrittenOff,
            (false, _) => PaymentStatus::PartiallyWrittenOff,
            (true, false) if void => PaymentStatus::Unknown,
            (true, false) => PaymentStatus::Paid,
            // All of it was credited: nothing is to be paid any more.
            (true, true) if void || !credited.is_zero() => PaymentStatus::Canceled,
            // There was never anything to pay.
            (true, true) => PaymentStatus::Paid,
        }
    }

    /// Something is left to pay.
    fn owing(&self) -> PaymentStatus {
        match (self.paid, self.written_off) {
            (Some(paid), _) if paid > Decimal::ZERO => PaymentStatus::PartiallyPaid,
            (Some(paid), Some(off)) if paid.is_zero() && off > Decimal::ZERO => {
                PaymentStatus::PartiallyWrittenOff
            }
            (Some(paid), Some(_)) if paid.is_zero() => PaymentStatus::Unpaid,
            _ => PaymentStatus::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PaymentStatus as P;

    /// `total balance paid credited written_off`, `-` for what is not said.
    fn status(amounts: &str, words: &[&str]) -> PaymentStatus {
        let amounts: Vec<Option<Decimal>> =
            amounts.split(' ').map(|amount| amount.parse().ok()).collect();
        let words: Vec<Option<&str>> = words.iter().map(|word| Some(*word)).collect();
        PaymentStanding {
            total: amounts[0],
            balance: amounts[1],
            paid: amounts[2],
            credited: amounts[3],
            written_off: amounts[4],
            words: &words,
        }
        .payment_status()
    }

    #[test]
    fn the_status_follows_from_amounts_and_words() {
        for (amounts, words, expected) in [
            ("100 100 0 0 0", &["Due"][..], P::Unpaid),
            ("100 100 0 0 0", &["Pending", "Due"], P::Unpaid),
            ("100 100 0 0 0", &[], P::Unpaid),
            ("100 60 0 40 0", &["Void", "Due"], P::Unpaid),
            ("100 60 40 0 0", &["Paid", "Due"], P::PartiallyPaid),
            ("100 60 0 0 40", &["Due"], P::PartiallyWrittenOff),
            ("100 60 40 0 0", &["Paid", "Overdue"], P::Overdue),
            ("100 60 40 0 0", &["Overdue", "Disputed"], P::Disputed),
            ("100 0 100 0 0", &["Paid"], P::Paid),
            ("100 0 60 40 0", &["Void", "Paid"], P::Paid),
            ("0 0 0 0 0", &["Paid"], P::Paid),
            ("0 0 0 0 0", &[], P::Paid),
            ("100 0 0 0 100", &["WrittenOff"], P::WrittenOff),
            ("100 0 60 0 40", &["WrittenOff"], P::PartiallyWrittenOff),
            ("100 0 0 100 0", &["Void"], P::Canceled),
            ("100 0 0 100 0", &[], P::Canceled),
        ] {
            assert_eq!(status(amounts, words), expected, "{amounts} {words:?}");
            assert!(POSSIBLE.contains(&expected), "{expected:?}");
        }
    }

    #[test]
    fn contradictions_and_gaps_are_unknown_rather_than_guessed() {
        for (amounts, words) in [
            ("100 100 0 0 0", &["Paid"][..]),
            ("100 0 100 0 0", &["Overdue"]),
            ("100 0 0 0 0", &["Paid"]),
            ("100 -1 101 0 0", &["Paid"]),
            ("100 0 50 0 0", &["Paid"]),
            ("100 0 100 0 0", &["Void"]),
            ("100 - 0 0 0", &["Due"]),
            ("100 60 - 0 0", &["Due"]),
            ("100 0 - 0 0", &["Paid"]),
            ("100 100 0 0 0", &["Quarantined"]),
            ("100 100 0 0 0", &["Overdue", "Quarantined"]),
        ] {
            assert_eq!(status(amounts, words), P::Unknown, "{amounts} {words:?}");
        }
        let wordless = PaymentStanding {
            balance: Some(Decimal::ONE),
            words: &[None],
            ..PaymentStanding::default()
        };
        assert_eq!(wordless.payment_status(), P::Unknown);
    }
}
