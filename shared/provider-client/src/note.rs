//! Comments at a provider that keeps one text for all of them: each is added on lines
//! of its own, and none is lost.

use invoice::is_part_of;

/// `present` with `comment` added below it; as it is where it shows the comment
/// already.
pub(crate) fn with_comment(present: Option<&str>, comment: &str) -> String {
    match present.filter(|text| !text.trim().is_empty()) {
        None => comment.to_owned(),
        Some(text) if is_part_of(text, comment) => text.to_owned(),
        Some(text) => format!("{text}\n{comment}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_added_once_and_takes_no_place() {
        for (present, comment, expected) in [
            (None, "new", "new"),
            (Some(""), "new", "new"),
            (Some("old"), "new", "old\nnew"),
            (Some("old\nnew"), "new", "old\nnew"),
            (Some("old\r\nnew\r\nnewer"), "new", "old\r\nnew\r\nnewer"),
            (Some("renewed"), "new", "renewed\nnew"),
            (Some("a"), "b\nc", "a\nb\nc"),
        ] {
            let text = with_comment(present, comment);
            assert_eq!(text, expected, "{present:?}");
            assert!(is_part_of(&text, comment), "{text:?}");
        }
    }
}
