//! Texts to match, with `*` for any characters and `[empty]` for none.

use std::collections::BTreeSet;
use std::fmt;

/// One text asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextPattern {
    /// `[empty]`: the provider sends null or nothing.
    Empty,
    /// Exactly this text.
    Exact(String),
    /// These pieces in order, with anything (or nothing) at each joint: `INV-*7`
    /// is `["INV-", "7"]`. There are always at least two.
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
        match self {
            Self::Empty => text.is_empty(),
            Self::Exact(wanted) => text == wanted,
            Self::Wildcard(pieces) => wildcard(pieces, text),
        }
    }
}

/// Greedy from the left is right here: only the last piece is tied to the end.
fn wildcard(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return false;
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    for piece in middle {
        let Some((_, after)) = rest.split_once(piece.as_str()) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last.as_str())
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
    fn empty_asks_for_nothing() {
        let filter = TextFilter([TextPattern::Empty, TextPattern::Exact("7".into())].into());
        assert!(filter.matches([]));
        assert!(filter.matches([""]));
        assert!(filter.matches(["7"]));
        assert!(!filter.matches(["8"]));
    }
}
