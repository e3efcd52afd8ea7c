//! One event, as a caller hands it in and as rules and queues see it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::template::{ACCOUNT, REGION};

/// An event as PutEvents takes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    pub event_bus_name: Option<String>,
    pub source: Option<String>,
    pub detail_type: Option<String>,
    pub detail: Option<String>,
    #[serde(default)]
    pub resources: Vec<String>,
    /// Epoch seconds.
    pub time: Option<f64>,
}

/// Why an entry was not taken: code and text.
pub type Rejection = (&'static str, String);

/// An event as it is delivered.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Envelope {
    version: &'static str,
    pub id: String,
    detail_type: String,
    source: String,
    account: &'static str,
    time: String,
    region: &'static str,
    resources: Vec<String>,
    /// To the byte what the caller sent: a number keeps its digits.
    detail: Box<RawValue>,
}

impl Entry {
    /// The bus that it is for, from a name or an ARN.
    pub fn bus(&self) -> &str {
        let named = self.event_bus_name.as_deref().unwrap_or("default");
        named.rsplit('/').next().unwrap_or(named)
    }

    /// The event that it is, put at `now` unless it says otherwise; or what is
    /// wrong with it, in the service's own words (aws R20).
    pub fn into_envelope(self, now: Timestamp) -> Result<Envelope, Rejection> {
        let source = required("Source", self.source)?;
        let detail_type = required("DetailType", self.detail_type)?;
        let detail = required("Detail", self.detail)?;
        if source.starts_with("aws.") {
            let text = "Not authorized for the source.".to_owned();
            return Err(("NotAuthorizedForSourceException", text));
        }
        let malformed = || ("MalformedDetail", "Detail is malformed.".to_owned());
        let detail = RawValue::from_string(detail).map_err(|_| malformed())?;
        if !detail.get().starts_with('{') {
            return Err(malformed());
        }
        let time = match self.time {
            None => Some(now),
            Some(seconds) => instant(seconds),
        };
        let time =
            time.ok_or_else(|| ("InvalidArgument", "Parameter Time is not valid.".to_owned()))?;
        Ok(Envelope {
            version: "0",
            id: Uuid::new_v4().to_string(),
            detail_type,
            source,
            account: ACCOUNT,
            time: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            region: REGION,
            resources: self.resources,
            detail,
        })
    }
}

fn required(name: &'static str, value: Option<String>) -> Result<String, Rejection> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        let text = format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
        ("InvalidArgument", text)
    })
}

fn instant(seconds: f64) -> Option<Timestamp> {
    let since_epoch = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_duration(since_epoch).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn envelope(entry: Value) -> Result<Value, Rejection> {
        let entry = Entry::deserialize(entry).unwrap();
        let envelope = entry.into_envelope(Timestamp::UNIX_EPOCH)?;
        Ok(serde_json::to_value(envelope).unwrap())
    }

    #[test]
    fn an_event_is_delivered_in_its_envelope() {
        let entry = json!({
            "Source": "shop", "DetailType": "Asked", "Detail": " {\"a\": 1.10} ",
            "Resources": ["r"], "Time": 1_767_225_600.5,
        });
        let delivered = envelope(entry).unwrap();
        assert_eq!(delivered["id"].as_str().unwrap().len(), 36);
        let mut expected = json!({
            "version": "0", "detail-type": "Asked", "source": "shop", "account": "000000000000",
            "time": "2026-01-01T00:00:00Z", "region": "us-east-1", "resources": ["r"],
            "detail": {"a": 1.1},
        });
        expected["id"] = delivered["id"].clone();
        assert_eq!(delivered, expected);
    }

    #[test]
    fn the_detail_keeps_its_digits_and_the_call_its_time() {
        let entry = json!({"Source": "shop", "DetailType": "Asked", "Detail": "{\"a\": 1.10}"});
        let envelope = Entry::deserialize(entry).unwrap().into_envelope(Timestamp::UNIX_EPOCH);
        let text = serde_json::to_string(&envelope.unwrap()).unwrap();
        assert!(text.ends_with(r#""detail":{"a": 1.10}}"#), "{text}");
        assert!(text.contains(r#""time":"1970-01-01T00:00:00Z""#), "{text}");
    }

    #[test]
    fn a_malformed_entry_is_rejected() {
        let whole = json!({"Source": "shop", "DetailType": "Asked", "Detail": "{}"});
        let with = |key: &str, value: Value| {
            let mut entry = whole.clone();
            entry[key] = value;
            envelope(entry).map_err(|(code, _)| code)
        };
        assert!(envelope(whole.clone()).is_ok());
        for key in ["Source", "DetailType", "Detail"] {
            assert_eq!(with(key, Value::Null), Err("InvalidArgument"), "{key}");
            assert_eq!(with(key, json!("")), Err("InvalidArgument"), "{key}");
        }
        for detail in ["{", "[]", "1", "\"{}\"", "{} {}"] {
            assert_eq!(with("Detail", json!(detail)), Err("MalformedDetail"), "{detail}");
        }
        assert_eq!(with("Source", json!("aws.s3")), Err("NotAuthorizedForSourceException"));
        assert_eq!(with("Time", json!(1e300)), Err("InvalidArgument"));
    }
}
