//! Stripe's calls that change an invoice: one invoice each, as a form (stripe R1,
//! R30 to R33, R55).

use http::{HeaderName, HeaderValue, Method};
use invoice::{Change, Invoice, Patch, Write};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::client::Stripe;
use super::wire;
use crate::SendKey;
use crate::error::Fate;
use crate::note::with_comment;
use crate::provider::{Provider, View, Written};
use crate::transport::Request;
use crate::{Deadline, ErrorKind, ProviderError};

/// A call below `/v1/invoices/{id}`.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    method: Method,
    verb: Option<&'static str>,
    form: Vec<(String, String)>,
}

/// The call that does `write`.
///
/// No activation says `auto_advance`: whether Stripe goes on to charge or to mail
/// is the invoice's own setting (stripe R30).
fn call(write: &Write, memo: Option<&str>) -> Call {
    let post = |verb| Call { method: Method::POST, verb, form: Vec::new() };
    match write {
        Write::Activate { .. } => post(Some("finalize")),
        Write::Cancel { .. } => post(Some("void")),
        Write::Delete => Call { method: Method::DELETE, ..post(None) },
        Write::Update(patch) => Call { form: changes(patch, memo), ..post(None) },
    }
}

/// The fields to change, and no others; an empty text takes an entry of metadata
/// away (stripe R31).
fn changes(patch: &Patch, memo: Option<&str>) -> Vec<(String, String)> {
    let mut form = Vec::new();
    let mut set = |name: String, value: String| form.push((name, value));
    for (name, change) in [("due_date", &patch.due), ("effective_at", &patch.invoice_date)] {
        match change {
            Change::Keep => {}
            Change::Clear => set(name.to_owned(), String::new()),
            Change::Set(day) => set(name.to_owned(), noon(*day)),
        }
    }
    if let Some(memo) = memo {
        set("description".to_owned(), memo.to_owned());
    }
    for (name, value) in &patch.custom_fields {
        let text = invoice::json::read::<String>(value.get()).unwrap_or_default();
        set(format!("metadata[{name}]"), text);
    }
    form
}

/// Noon in UTC: the same day in nearly every time zone an account may be in
/// (stripe R22, assumed).
fn noon(day: Date) -> String {
    let noon = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
    noon.map(|noon| noon.timestamp().as_second().to_string()).unwrap_or_default()
}

impl Stripe {
    /// Sends `write` for one invoice, once.
    pub(super) async fn send(
        &self,
        write: &Write,
        before: &Invoice,
        key: &SendKey,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let operation = write.action().word();
        let id = before.id.id();
        let memo = match write {
            Write::Update(patch) => match &patch.comment {
                Some(comment) => {
                    let memo = self.memo_with(id, comment, deadline).await;
                    // Whatever became of the reading, nothing has been written.
                    Some(memo.map_err(|error| ProviderError { fate: Fate::NotAccepted, ..error })?)
                }
                None => None,
            },
            _ => None,
        };
        let call = call(write, memo.as_deref());
        let path: Vec<&str> = ["v1", "invoices", id].into_iter().chain(call.verb).collect();
        let url = self.account.url(operation, &path)?;
        let mut request = self.signed(Request::write(call.method, url).form(&call.form));
        if let Ok(key) = HeaderValue::from_str(key.as_str()) {
            request = request.header(HeaderName::from_static("idempotency-key"), key);
        }
        let sent = self.account.send(operation, request, deadline).await;
        let reply = sent.map_err(|error| match error.said.code.as_deref() {
            // Another sending under the same key is at it still (stripe R40).
            Some("idempotency_key_in_use") => ProviderError { fate: Fate::Unclear, ..error },
            _ => error,
        })?;
        if matches!(write, Write::Delete) {
            return Ok(Vec::new());
        }
        let raw: &RawValue = self.account.json(operation, &reply.body)?;
        let invoice = wire::invoice(&self.account, operation, raw, &View::default());
        // The deed is done by now, whatever we make of the answer.
        let invoice = invoice.map_err(|error| ProviderError { fate: Fate::Finished, ..error })?;
        Ok(vec![Written { id: id.to_owned(), invoice }])
    }

    /// The memo of an invoice with `comment` added: a comment adds, and the
    /// customer reads the memo whole.
    async fn memo_with(
        &self,
        id: &str,
        comment: &str,
        deadline: Deadline,
    ) -> Result<String, ProviderError> {
        let view = View { includes: vec![invoice::Include::Raw], ..View::default() };
        let now = self.get(id, &view, deadline).await?;
        #[derive(Deserialize)]
        struct Memo {
            description: Option<String>,
        }
        let memo = now.raw.and_then(|raw| invoice::json::read::<Memo>(raw.get()).ok());
        let memo = memo.and_then(|memo| memo.description);
        let memo = with_comment(memo.as_deref(), comment);
        let longest = super::rules::LONGEST_MEMO;
        if memo.chars().count() > longest {
            let detail =
                format!("its memo holds {longest} characters, and the comment has no room");
            return Err(self.account.error(ErrorKind::Rejected, "update", detail));
        }
        Ok(memo)
    }
}
