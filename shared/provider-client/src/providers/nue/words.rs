//! Nue's status words, and ours for them.

use std::collections::BTreeSet;

use invoice::{PaymentStatus, Status};

/// The thirteen payment words (nue R22), spelled as the vendor's other
/// pages have them.
const PAYMENT: [(PaymentStatus, &str); 13] = [
    (PaymentStatus::NotTransferred, "NotTransferred"),
    (PaymentStatus::Transferred, "Transferred"),
    (PaymentStatus::TransferError, "TransferError"),
    (PaymentStatus::Paid, "Paid"),
    (PaymentStatus::PartiallyPaid, "PartiallyPaid"),
    (PaymentStatus::Canceled, "Canceled"),
    (PaymentStatus::CreditBack, "CreditBack"),
    (PaymentStatus::Applied, "Applied"),
    (PaymentStatus::PartiallyApplied, "PartiallyApplied"),
    (PaymentStatus::Refunded, "Refunded"),
    (PaymentStatus::PartiallyRefunded, "PartiallyRefunded"),
    (PaymentStatus::WrittenOff, "WrittenOff"),
    (PaymentStatus::PartiallyWrittenOff, "PartiallyWrittenOff"),
];

/// Every spelling of a life-cycle word (nue R23); `PendingActivation` was seen
/// beside the stated form (nue R24).
fn spellings(status: Status) -> &'static [&'static str] {
    match status {
        Status::Draft => &["Draft"],
        Status::PendingActivation => &["Pending Activation", "PendingActivation"],
        Status::Active => &["Active"],
        Status::Canceled => &["Canceled"],
        Status::Unknown => &[],
    }
}

/// A payment word of theirs.
pub(super) fn payment_status(word: &str) -> PaymentStatus {
    PaymentStatus::parse(word)
        .filter(|status| PAYMENT.iter().any(|(known, _)| known == status))
        .unwrap_or(PaymentStatus::Unknown)
}

/// A life-cycle word of theirs.
pub(super) fn status(word: &str) -> Status {
    Status::parse(word).unwrap_or(Status::Unknown)
}

/// Their words for the wanted ones, fewer or none where Nue has no such state;
/// nothing where `unknown` is wanted, which cannot be asked for.
pub(in crate::providers) fn payment_words(
    wanted: &BTreeSet<PaymentStatus>,
) -> Option<Vec<&'static str>> {
    let words = PAYMENT.iter().filter(|(status, _)| wanted.contains(status)).map(|(_, word)| *word);
    (!wanted.contains(&PaymentStatus::Unknown)).then(|| words.collect())
}

/// The provider's words for the wanted life-cycle states; none where one has no word.
pub(super) fn lifecycle_words(wanted: &BTreeSet<Status>) -> Option<Vec<&'static str>> {
    let words = wanted.iter().flat_map(|status| spellings(*status)).copied();
    (!wanted.contains(&Status::Unknown)).then(|| words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_asked_for_as_it_is_read() {
        for (status_, word) in PAYMENT {
            assert_eq!(payment_status(word), status_);
            assert_eq!(payment_words(&[status_].into()), Some(vec![word]));
        }
        for status_ in Status::ALL {
            for word in spellings(*status_) {
                assert_eq!(status(word), *status_);
            }
        }
        assert_eq!(
            lifecycle_words(&[Status::PendingActivation].into()),
            Some(vec!["Pending Activation", "PendingActivation"])
        );
    }

    #[test]
    fn what_is_unknown_is_not_asked_for_and_what_nue_lacks_has_no_word() {
        assert_eq!(payment_status("Overdue"), PaymentStatus::Unknown);
        assert_eq!(status("Quarantined"), Status::Unknown);
        let paid_or_unknown = [PaymentStatus::Paid, PaymentStatus::Unknown];
        assert_eq!(payment_words(&paid_or_unknown.into()), None);
        assert_eq!(payment_words(&[PaymentStatus::Overdue].into()), Some(vec![]));
        assert_eq!(lifecycle_words(&[Status::Unknown].into()), None);
    }
}
