//! Texts of bounded size, which are the same where the texts themselves are.

use crate::Digest;

/// The longest text that is held as it is; a longer one is held by its
/// digest. Providers' notes and purchase orders are shorter.
const LONGEST_TEXT: usize = 1_000;
/// The most texts of a kind that are held; the last stands for the rest.
const MOST_TEXTS: usize = 16;

/// A text as a record of bounded size holds it. Of what it holds, the same text.
pub fn bounded_text(text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    format!("sha256:{}", Digest::of(&[text]))
}

/// Texts as a record of bounded size holds them. Of what it holds, the same texts: so those
/// of an invoice are alike to those of its record where both are bounded.
pub fn bounded_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut texts: Vec<String> = texts.map(bounded_text).collect();
    if texts.len() > MOST_TEXTS {
        let rest = texts.split_off(MOST_TEXTS - 1);
        texts.push(format!("sha256:{}", Digest::of(&rest)));
    }
    texts
}
