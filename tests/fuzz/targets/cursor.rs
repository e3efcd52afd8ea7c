//! Cursors. One that was sealed opens for its own query and caller alone, and with any byte
//! changed for nobody; any other text is refused.
#![no_main]

use api::{Binding, open_cursor, seal_cursor};
use invoice::Scope;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|drawn: (&str, &str, usize, u8)| {
    let (text, query, place, byte) = drawn;
    let binding = Binding { query, scope: &Scope::All };
    let _ = open_cursor::<Value>(text, binding);
    let Some(sealed) = seal_cursor(&text, binding) else { return };
    let opened = open_cursor::<String>(&sealed, binding);
    assert_eq!(opened.as_deref(), Ok(text));
    let other = Binding { query: &format!("{query}&"), ..binding };
    assert!(open_cursor::<String>(&sealed, other).is_err(), "it opens for another query");
    let mut bytes = sealed.clone().into_bytes();
    let place = place % bytes.len();
    if bytes[place] != byte && byte.is_ascii_graphic() {
        bytes[place] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        assert!(open_cursor::<String>(&changed, binding).is_err(), "{sealed} opens as {changed}");
    }
});
