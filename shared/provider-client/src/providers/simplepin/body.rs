//! The bodies of SimplePin's writes.

use std::collections::BTreeMap;

use invoice::{Change, Patch};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::note::with_comment;
use crate::wire::day;

/// The body of `POST /invoice/update_status` (simplepin R16). It has no place for a
/// comment: why an invoice is sent or canceled stays in our own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct NewStatus {
    status: &'static str,
    sent: bool,
}

/// Sends it to the customer (simplepin R17).
pub(super) const SENT: NewStatus = NewStatus { status: "SENT", sent: true };
/// Withdraws it (simplepin R17); that `sent` is false then is assumed (simplepin R18).
pub(super) const CANCELLED: NewStatus = NewStatus { status: "CANCELLED", sent: false };

/// An invoice's members, each value as it was sent.
type Members = BTreeMap<String, Box<RawValue>>;

/// The body of `POST /v2/invoice/update`: the invoice as just read, with what
/// `patch` changes. All other values, `version` among them, are returned byte
/// for byte (simplepin R19, R20).
///
/// # Errors
/// Why it cannot be made of `object`. Nothing is sent then.
pub(super) fn updated(object: &RawValue, patch: &Patch) -> Result<Members, String> {
    let mut members: Members = invoice::json::read(object.get())
        .map_err(|_| "the invoice it shows is no JSON object".to_owned())?;
    // Without it, what others have written since would be overwritten unseen.
    if members.get("version").is_none_or(|version| version.get() == "null") {
        return Err("the invoice it shows has no `version`".to_owned());
    }
    set_day(&mut members, "invoice_due_date", &patch.due)?;
    set_day(&mut members, "invoice_date", &patch.invoice_date)?;
    if let Some(comment) = &patch.comment {
        add(&mut members, "additional_description", comment)?;
    }
    Ok(members)
}

/// Writes a day in the form in which one stands there: alone, or as the
/// beginning of a timestamp. The form is nowhere stated; where none stands
/// there, it is `YYYY-MM-DD`, as is assumed (simplepin R22).
fn set_day(members: &mut Members, name: &str, change: &Change<Date>) -> Result<(), String> {
    let wanted = match change {
        Change::Keep => return Ok(()),
        Change::Clear => return Err(format!("`{name}` cannot be cleared")),
        Change::Set(wanted) => wanted,
    };
    let present = members.get(name).map_or("null", |present| present.get());
    let present = invoice::json::read::<Option<String>>(present);
    let rest = match present.as_ref().map(Option::as_deref) {
        Ok(None | Some("")) => "",
        Ok(Some(text)) if day(Some(text)).is_some() => text.get(10..).unwrap_or_default(),
        _ => return Err(format!("its `{name}` is in a form we do not know")),
    };
    set(members, name, &format!("{wanted}{rest}"))
}

/// Adds `comment` to the one text there is for all of them. How long it may be is not
/// stated: what is too long is SimplePin's to refuse.
fn add(members: &mut Members, name: &str, comment: &str) -> Result<(), String> {
    let present = members.get(name).map_or("null", |present| present.get());
    let present: Option<String> = invoice::json::read(present)
        .map_err(|_| format!("its `{name}` is in a form we do not know"))?;
    set(members, name, &with_comment(present.as_deref(), comment))
}

fn set(members: &mut Members, name: &str, text: &str) -> Result<(), String> {
    let value = to_raw_value(text).map_err(|_| format!("`{name}` cannot be written"))?;
    members.insert(name.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(object: &str) -> Box<RawValue> {
        RawValue::from_string(object.to_owned()).unwrap()
    }

    fn due(day: &str) -> Patch {
        Patch { due: Change::Set(day.parse().unwrap()), ..Patch::default() }
    }

    #[test]
    fn a_status_is_set_with_whether_it_is_sent() {
        assert_eq!(serde_json::to_string(&SENT).unwrap(), r#"{"status":"SENT","sent":true}"#);
        assert_eq!(
            serde_json::to_string(&CANCELLED).unwrap(),
            r#"{"status":"CANCELLED","sent":false}"#
        );
    }

    #[test]
    fn all_that_is_not_changed_is_returned_byte_for_byte() {
        let object = read(
            r#"{"version": 7, "amount": 1234567890123.100, "odd\u00e9 key": [1.0,  {"b":2, "a":1e2}],
                "invoice_due_date": "2025-03-31", "nothing": null, "email": "\u0061@b"}"#,
        );
        let patch = Patch { comment: Some("call \"first\"".into()), ..due("2025-04-30") };
        let members = updated(&object, &patch).unwrap();
        let shown = |name: &str| members[name].get();
        assert_eq!(shown("version"), "7");
        assert_eq!(shown("amount"), "1234567890123.100");
        assert_eq!(shown("oddé key"), r#"[1.0,  {"b":2, "a":1e2}]"#);
        assert_eq!(shown("nothing"), "null");
        assert_eq!(shown("email"), r#""\u0061@b""#);
        assert_eq!(shown("invoice_due_date"), r#""2025-04-30""#);
        assert_eq!(shown("additional_description"), r#""call \"first\"""#);
        assert_eq!(members.len(), 7);
        let sent = serde_json::to_string(&members).unwrap();
        assert!(sent.contains(r#""amount":1234567890123.100,"#), "{sent}");
    }

    #[test]
    fn a_day_is_written_in_the_form_that_stands_there() {
        for (present, written) in [
            (json!("2025-03-31"), json!("2025-04-30")),
            (json!("2025-03-31T00:00:00.000+02:00"), json!("2025-04-30T00:00:00.000+02:00")),
            (json!(""), json!("2025-04-30")),
            (Value::Null, json!("2025-04-30")),
        ] {
            let object = read(&json!({"version": 0, "invoice_due_date": present}).to_string());
            let members = updated(&object, &due("2025-04-30")).unwrap();
            assert_eq!(members["invoice_due_date"].get(), written.to_string(), "{present}");
        }
        let absent = updated(&read(r#"{"version": 0}"#), &due("2025-04-30")).unwrap();
        assert_eq!(absent["invoice_due_date"].get(), r#""2025-04-30""#);
    }

    #[test]
    fn a_comment_is_added_to_the_description_that_stands_there() {
        let patch = Patch { comment: Some("paid by \"wire\"".into()), ..Patch::default() };
        for (present, written) in [
            (json!("Order 7"), json!("Order 7\npaid by \"wire\"")),
            (json!("paid by \"wire\"\nsince"), json!("paid by \"wire\"\nsince")),
            (json!(""), json!("paid by \"wire\"")),
            (Value::Null, json!("paid by \"wire\"")),
        ] {
            let object = json!({"version": 0, "additional_description": present}).to_string();
            let members = updated(&read(&object), &patch).unwrap();
            let shown: Value =
                serde_json::from_str(members["additional_description"].get()).unwrap();
            assert_eq!(shown, written, "{present}");
        }
        let odd = read(r#"{"version": 0, "additional_description": ["Order 7"]}"#);
        assert!(updated(&odd, &patch).unwrap_err().contains("`additional_description`"));
    }

    #[test]
    fn an_invoice_that_cannot_be_returned_safely_is_not() {
        let cleared = Patch { due: Change::Clear, ..Patch::default() };
        for (object, patch, why) in [
            (r#"{"version": 1, "invoice_due_date": "03/31/2025"}"#, due("2025-04-30"), "form"),
            (r#"{"version": 1, "invoice_due_date": 1743379200}"#, due("2025-04-30"), "form"),
            (r#"{"invoice_due_date": "2025-03-31"}"#, due("2025-04-30"), "`version`"),
            (r#"{"version": null}"#, due("2025-04-30"), "`version`"),
            ("[]", due("2025-04-30"), "object"),
            (r#"{"version": 1}"#, cleared, "cleared"),
        ] {
            let error = updated(&read(object), &patch).unwrap_err();
            assert!(error.contains(why), "{object}: {error}");
        }
    }
}
