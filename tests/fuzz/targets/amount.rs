//! Amounts, held to decimals without limits: what is read is exactly what was written, and only
//! what 28 digits cannot hold is refused.
#![no_main]

use std::str::FromStr;

use bigdecimal::BigDecimal;
use invoice::{Amount, Exact};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(value) = Exact::parse(text) else {
        // A JSON number that 28 digits can hold is not refused.
        if serde_json::from_str::<serde_json::Number>(text).is_ok()
            && text.trim() == text
            && let Ok(exact) = BigDecimal::from_str(text)
        {
            let exact = exact.normalized();
            let (digits, scale) = exact.as_bigint_and_exponent();
            let few = digits.to_string().trim_start_matches('-').len() <= 28;
            // So is what is written with more digits than that, leading or trailing zeros among
            // them, or with an exponent that no 32 bits hold.
            let short =
                text.len() <= 28 && text.split(['e', 'E']).nth(1).is_none_or(|it| it.len() < 9);
            assert!(!(few && short && (0..=28).contains(&scale)), "{text} is refused");
        }
        return;
    };
    let exact = BigDecimal::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(
        BigDecimal::from_str(&value.to_string()).unwrap(),
        exact,
        "{text} is read as {value}"
    );
    let shown = serde_json::to_string(&Amount::new(value, None)).unwrap();
    let again: Amount = serde_json::from_str(&shown).unwrap();
    assert_eq!(again, Amount::new(value, None), "{text} is shown as {shown}");
});
