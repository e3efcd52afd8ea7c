//! SimplePin's calls that change something.

use http::Method;
use invoice::{Include, Invoice, Patch, Write};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{self, NewStatus};
use super::client::SimplePin;
use super::{CAPABILITIES, rules};
use crate::error::Fate;
use crate::provider::{Provider, View};
use crate::transport::{Reply, Request};
use crate::wire::Text;
use crate::{Deadline, ErrorKind, ProviderError};

impl SimplePin {
    /// Sends `write` for `invoice`, once.
    pub(super) async fn write_one(
        &self,
        write: &Write,
        invoice: &Invoice,
        deadline: Deadline,
    ) -> Result<(), ProviderError> {
        let operation = write.action().word();
        let request = self.write_request(write, invoice, deadline).await?;
        match self.account.send(operation, request, deadline).await {
            Ok(reply) => self.taken(operation, invoice, &reply),
            Err(error) => Err(self.forbidden(error, invoice, deadline).await),
        }
    }

    /// The v1 call: no other is published (simplepin R16). It takes no version: SENT,
    /// for a draft that others cancel between our reading and its arrival,
    /// would reopen it.
    pub(super) fn status_request(
        &self,
        operation: &'static str,
        uuid: &str,
        status: NewStatus,
    ) -> Result<Request, ProviderError> {
        let url = self.url(operation, &["invoice", "update_status"], ("uuid", uuid))?;
        Ok(self.signed(Request::write(Method::POST, url).json(&status)))
    }

    /// `object` is the invoice as just read.
    pub(super) fn update_request(
        &self,
        uuid: &str,
        object: &RawValue,
        patch: &Patch,
    ) -> Result<Request, ProviderError> {
        let body = body::updated(object, patch).map_err(|why| self.bad("update", &why))?;
        let url = self.url("update", &["v2", "invoice", "update"], ("uuid", uuid))?;
        Ok(self.signed(Request::write(Method::POST, url).json(&body)))
    }

    /// The request that does `write` to `invoice`. An update returns the whole
    /// invoice, so it is read once more for it.
    async fn write_request(
        &self,
        write: &Write,
        invoice: &Invoice,
        deadline: Deadline,
    ) -> Result<Request, ProviderError> {
        let uuid = invoice.id.id();
        match write {
            Write::Activate { .. } => self.status_request("activate", uuid, body::SENT),
            Write::Cancel { .. } => self.status_request("cancel", uuid, body::CANCELLED),
            Write::Delete => {
                Err(crate::rules::unsupported(&CAPABILITIES, &invoice.connection, write))
            }
            Write::Update(patch) => {
                let view = View { includes: vec![Include::Raw], ..View::default() };
                let now = self.get(uuid, &view, deadline).await;
                // Whatever became of the reading, nothing has been written.
                let now =
                    now.map_err(|error| ProviderError { fate: Fate::NotAccepted, ..error })?;
                match &now.raw {
                    Some(object) if rules::same(invoice, &now) => {
                        self.update_request(uuid, object, patch)
                    }
                    _ => Err(self.account.error(
                        ErrorKind::Conflict,
                        "update",
                        "the invoice has changed since it was read: nothing was sent",
                    )),
                }
            }
        }
    }

    /// 403 is listed without a word on when (simplepin R23): it may be meant of the
    /// credentials, or of the invoice. Where the invoice has changed since it
    /// was read, it is taken to be of the invoice (simplepin R24).
    async fn forbidden(
        &self,
        error: ProviderError,
        invoice: &Invoice,
        deadline: Deadline,
    ) -> ProviderError {
        if error.status != Some(403) {
            return error;
        }
        match self.get(invoice.id.id(), &View::default(), deadline).await {
            Ok(now) if !rules::same(invoice, &now) => ProviderError {
                kind: ErrorKind::Conflict,
                detail: format!("{}: the invoice has changed since it was read", error.detail),
                ..error
            },
            _ => error,
        }
    }

    /// Reads the answer of success to a write: it must be JSON, and of no other
    /// invoice.
    pub(super) fn taken(
        &self,
        operation: &'static str,
        invoice: &Invoice,
        reply: &Reply,
    ) -> Result<(), ProviderError> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default)]
            uuid: Text,
        }
        let answer: Answer = self.account.json(operation, &reply.body)?;
        match answer.uuid.filled() {
            Some(uuid) if !uuid.eq_ignore_ascii_case(invoice.id.id()) => Err(ProviderError {
                fate: Fate::Unclear,
                ..self.bad(operation, "its answer names another invoice than was written")
            }),
            _ => Ok(()),
        }
    }
}
