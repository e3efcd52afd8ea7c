//! The two statuses of an invoice: where it is in its life, and how far it is
//! paid. A provider's word that is not known is `unknown`, beside the word.

/// Declares a closed list of words with their spelling in the API.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every word, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word as it is written in the API.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The word that is written exactly so, if there is one.
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }

            /// Reads a word in any spelling: `PartiallyPaid`, `partially_paid`
            /// and `Partially Paid` are one.
            pub fn parse(text: &str) -> Option<Self> {
                let spelled = $crate::status::american(text);
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| $crate::status::letters(known.word()).eq($crate::status::letters(spelled)))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        /// What we have written ourselves: exactly so, and nothing else.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::named(&word).ok_or_else(|| serde::de::Error::custom("a word that is none of ours"))
            }
        }
    };
}
pub(crate) use words;

/// The letters of a word, in lower case: what two spellings of it share.
pub(crate) fn letters(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).map(|c| c.to_ascii_lowercase())
}

/// British `cancelled` is the one word the providers spell in two ways.
pub(crate) fn american(text: &str) -> &str {
    if text.eq_ignore_ascii_case("cancelled") { "canceled" } else { text }
}

words! {
    /// Where an invoice is in its life.
    Status {
        /// Not yet binding; may be changed or canceled.
        Draft = "draft",
        /// Waiting to be activated by the provider.
        PendingActivation = "pending_activation",
        /// Binding: payable and visible to the customer.
        Active = "active",
        /// Withdrawn.
        Canceled = "canceled",
        /// The provider's word is not known to us.
        Unknown = "unknown",
    }
}

words! {
    /// How far an invoice is paid: Nue's thirteen words (nue R22), and what
    /// the other providers say beside them.
    PaymentStatus {
        /// Not yet handed to the payment system.
        NotTransferred = "not_transferred",
        /// Handed to the payment system.
        Transferred = "transferred",
        /// Could not be handed over.
        TransferError = "transfer_error",
        /// Nothing is paid yet.
        Unpaid = "unpaid",
        /// A part is paid.
        PartiallyPaid = "partially_paid",
        /// All is paid.
        Paid = "paid",
        /// Turned into a credit.
        CreditBack = "credit_back",
        /// A credit that was used up.
        Applied = "applied",
        /// A credit that was used in part.
        PartiallyApplied = "partially_applied",
        /// Paid back.
        Refunded = "refunded",
        /// Paid back in part.
        PartiallyRefunded = "partially_refunded",
        /// Given up.
        WrittenOff = "written_off",
        /// Given up in part.
        PartiallyWrittenOff = "partially_written_off",
        /// Unpaid past its due date, as the provider says.
        Overdue = "overdue",
        /// The customer disputes it.
        Disputed = "disputed",
        /// Nothing is to be paid any more.
        Canceled = "canceled",
        /// A payment is on its way.
        Processing = "processing",
        /// A payment failed.
        Failed = "failed",
        /// The provider says nothing, or a word that is not known to us.
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_providers_spelling() {
        for text in
            ["PartiallyPaid", "partiallypaid", "partially_paid", "Partially Paid", "PARTIALLY-PAID"]
        {
            assert_eq!(PaymentStatus::parse(text), Some(PaymentStatus::PartiallyPaid), "{text}");
        }
        assert_eq!(Status::parse("Pending Activation"), Some(Status::PendingActivation));
        assert_eq!(Status::parse("CANCELLED"), Some(Status::Canceled));
        assert_eq!(Status::parse("Frozen"), None);
        for status in PaymentStatus::ALL {
            assert_eq!(PaymentStatus::parse(status.word()), Some(*status));
        }
    }
}
