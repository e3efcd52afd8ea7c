//! Texts to match, with `*` for any characters and `[empty]` for none.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;

/// One text asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextPattern {
    /// `[empty]`: the provider sends null or nothing.
    Empty,
    /// Exactly this text.
    Exact(String),
    /// Pieces in order, with anything (or nothing) at each joint: `INV-*7` is `["INV-",
    /// "7"]`. There are always at least two.
    Wildcard(Vec<String>),
}

impl TextPattern {
    /// Reads one value; `*` is a wildcard only where the parameter has them.
    pub(crate) fn parse(text: &str, wildcards: bool) -> Self {
        match text {
            "[empty]" => Self::Empty,
            _ if wildcards && text.contains('*') => {
                Self::Wildcard(text.split('*').map(str::to_owned).collect())
            }
            _ => Self::Exact(text.to_owned()),
        }
    }

    fn matches(&self, text: &str) -> bool {
        let text = composed(text);
        match self {
            Self::Empty => text.is_empty(),
            Self::Exact(wanted) => text == composed(wanted),
            Self::Wildcard(pieces) => wildcard(pieces, &text),
        }
    }
}

/// `text` in Unicode's form NFC: one that looks the same is the same then, however its
/// accents came about.
fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// `text` as it is searched: whatever its case, and however its accents came about. The sigma
/// that ends a word is every other sigma: what is looked for may end within a word.
pub(crate) fn searchable(text: &str) -> String {
    composed(&text.to_lowercase().replace('\u{3c2}', "\u{3c3}")).into_owned()
}

/// Greedy from the left is right here: only the last piece is tied to the end.
fn wildcard(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return false;
    };
    let Some(mut rest) = text.strip_prefix(&*composed(first)) else {
        return false;
    };
    for piece in middle {
        let Some((_, after)) = rest.split_once(&*composed(piece)) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(&*composed(last))
}

impl fmt::Display for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("[empty]"),
            Self::Exact(text) => f.write_str(text),
            Self::Wildcard(pieces) => f.write_str(&pieces.join("*")),
        }
    }
}

/// Any of several texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextFilter(pub BTreeSet<TextPattern>);

impl TextFilter {
    /// Whether any of `texts` matches any pattern; no text at all is what
    /// `[empty]` asks for.
    pub fn matches<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        let mut texts = texts.into_iter().peekable();
        if texts.peek().is_none() {
            return self.0.contains(&TextPattern::Empty);
        }
        texts.any(|text| self.0.iter().any(|pattern| pattern.matches(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_any_characters_or_none() {
        let matches = |pattern: &str, text| TextPattern::parse(pattern, true).matches(text);
        for (pattern, text) in [
            ("*", ""),
            ("*", "a"),
            ("INV-*", "INV-"),
            ("INV-*7", "INV-077"),
            ("a*b*c", "abc"),
            ("*b*", "abc"),
            ("a*a", "aa"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("INV-*", "XINV-"), ("a*a", "a"), ("a*b*c", "acb"), ("*b*", "ac"), ("abc", "ABC")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(!TextPattern::parse("a*", false).matches("ab"));
    }

    #[test]
    fn texts_that_look_the_same_are_the_same() {
        for (one, other) in [
            ("Bu\u{308}ro-7", "B\u{fc}ro-7"),
            ("\u{212b}", "\u{c5}"),
            ("\u{1100}\u{1161}", "\u{ac00}"),
        ] {
            for (pattern, text) in [(one, other), (other, one)] {
                assert!(TextPattern::Exact(pattern.into()).matches(text), "{pattern} {text}");
                let joint = format!("{pattern}*");
                assert!(TextPattern::parse(&joint, true).matches(text), "{joint} {text}");
                let (found, within) = (searchable(pattern), searchable(&format!("x {text}y")));
                assert!(within.contains(&found), "{pattern} {text}");
            }
        }
        assert_eq!(searchable("B\u{dc}RO"), searchable("bu\u{308}ro"));
        let sigmas = "\u{3a3}\u{39f}\u{3a6}\u{39f}\u{3a3}";
        for within in [format!("{sigmas} A.E."), format!("{sigmas}\u{391}"), sigmas.to_lowercase()]
        {
            assert!(searchable(&within).contains(&searchable(sigmas)), "{within}");
        }
        assert!(!TextPattern::Exact("Buro".into()).matches("B\u{fc}ro"));
    }

    #[test]
    fn empty_asks_for_nothing() {
        let filter = TextFilter([TextPattern::Empty, TextPattern::Exact("7".into())].into());
        assert!(filter.matches([]));
        assert!(filter.matches([""]));
        assert!(filter.matches(["7"]));
        assert!(!filter.matches(["8"]));
    }
}
