//! The orders of a listing: what lacks the key comes last, and equals stand by
//! their reference.

use std::cmp::Ordering;

use invoice::SortKey;
use rust_decimal::Decimal;

use super::Known;

/// Which of two invoices comes first.
pub fn compare(key: SortKey, descending: bool, a: &Known, b: &Known) -> Ordering {
    by_key(key, descending, a, b).then_with(|| {
        // By connection and then by id; as whole texts `a-b:1` would come before `a:1`.
        let parts = |known: &Known| {
            let (connection, id) = known.id().split_once(':').unwrap();
            (connection.to_owned(), id.to_owned())
        };
        parts(a).cmp(&parts(b))
    })
}

/// Which of two invoices comes first by the key alone, without their references.
pub fn by_key(key: SortKey, descending: bool, a: &Known, b: &Known) -> Ordering {
    let field = match key {
        SortKey::InvoiceDate => "/dates/invoice",
        SortKey::DueDate => "/dates/due",
        SortKey::CreatedAt => "/timestamps/created",
        SortKey::ModifiedAt => "/timestamps/modified",
        SortKey::Amount => "/amounts/total",
        SortKey::Balance => "/amounts/balance",
        SortKey::Number => "/number",
    };
    let (Some(one), Some(other)) = (a.text(field), b.text(field)) else {
        // `false` comes before `true`: what has a value first.
        return a.text(field).is_none().cmp(&b.text(field).is_none());
    };
    let order = match key {
        SortKey::Amount | SortKey::Balance => number(one).cmp(&number(other)),
        SortKey::CreatedAt | SortKey::ModifiedAt => {
            a.instant(field).unwrap().cmp(&b.instant(field).unwrap())
        }
        SortKey::InvoiceDate | SortKey::DueDate => one.cmp(other),
        SortKey::Number => tokens(one).cmp(&tokens(other)).then_with(|| one.cmp(other)),
    };
    if descending { order.reverse() } else { order }
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A piece of a number as people read it. Digits stand where their first would.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Digits(u128),
    Other(u8),
}

impl Ord for Token {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Digits(a), Self::Digits(b)) => a.cmp(b),
            (Self::Other(a), Self::Other(b)) => a.cmp(b),
            (Self::Digits(_), Self::Other(b)) => b'0'.cmp(b),
            (Self::Other(a), Self::Digits(_)) => a.cmp(&b'0'),
        }
    }
}

impl PartialOrd for Token {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn tokens(text: &str) -> Vec<Token> {
    assert!(text.is_ascii(), "no number of the population has other characters: {text}");
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        tokens.push(match digits {
            0 => Token::Other(first),
            _ => Token::Digits(rest[..digits].parse().unwrap()),
        });
        rest = &rest[digits.max(1)..];
    }
    tokens
}
