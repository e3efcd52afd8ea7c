//! Fusebill's writes: sending one, and establishing what came of it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use futures::FutureExt;
use http::{StatusCode, header};
use invoice::{Invoice, Status, Write};
use jiff::Timestamp;
use serde_json::value::RawValue;

use super::CAPABILITIES;
use super::call::{Call, call};
use super::client::Fusebill;
use super::draft_resolution::{became, is_since, question};
use super::resource::Resource;
use super::rules::present_note;
use super::wire;
use crate::error::Fate;
use crate::provider::{After, BringsNothing, PartRead, Provider, View, Written, read_part};
use crate::rules;
use crate::transport::{Reply, Request};
use crate::{Deadline, ErrorKind, ProviderError};

impl Fusebill {
    /// Sends `write` for one invoice, once.
    pub(super) async fn send(
        &self,
        write: &Write,
        before: &Invoice,
        deadline: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        let Some(call) = call(write, before.id.id(), present_note(before)) else {
            return Err(rules::unsupported(&CAPABILITIES, &before.connection, write));
        };
        let operation = write.action().word();
        let reply = self.account.send(operation, self.request(operation, &call)?, deadline).await?;
        // It was taken, whatever we make of the answer.
        let invoice = self.shown(write, before, &reply);
        let invoice = invoice.map_err(|error| ProviderError { fate: Fate::Unclear, ..error })?;
        let written = |invoice| Written { id: before.id.id().to_owned(), invoice };
        Ok(invoice.map(written).into_iter().collect())
    }

    fn request(&self, operation: &'static str, call: &Call<'_>) -> Result<Request, ProviderError> {
        let mut url = self.account.url(operation, &call.path)?;
        if let Some((name, value)) = call.parameter {
            url.query_pairs_mut().append_pair(name, value);
        }
        let request = Request::write(call.method.clone(), url)
            .secret_header(header::AUTHORIZATION, &self.authorization);
        Ok(match &call.body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    /// The invoice as the answer shows it; none where it shows nothing.
    fn shown(
        &self,
        write: &Write,
        before: &Invoice,
        reply: &Reply,
    ) -> Result<Option<Invoice>, ProviderError> {
        let read = |resource| {
            let operation = write.action().word();
            let raw: &RawValue = self.account.json(operation, &reply.body)?;
            wire::invoice(&self.account, operation, resource, raw, &View::default())
        };
        match write {
            // The posted invoice, whose id is taken to be a new one (fusebill R40).
            Write::Activate { .. } => read(Resource::Posted).map(Some),
            // 204 says that it is canceled, and nothing else of it (fusebill R42).
            Write::Cancel { .. } if reply.status == StatusCode::NO_CONTENT => Ok(Some(Invoice {
                status: Status::Canceled,
                provider_status: None,
                available_actions: BTreeMap::new(),
                ..before.clone()
            })),
            // What a `PATCH` answers is stated nowhere.
            Write::Update(_) if !reply.body.is_empty() => {
                let resource = Resource::find(before.id.id()).map(|(resource, _)| resource);
                let invoice = resource.map(read).transpose()?;
                match invoice {
                    Some(other) if other.id != before.id => {
                        let detail = "its answer shows another invoice";
                        let operation = write.action().word();
                        Err(self.account.error(ErrorKind::BadResponse, operation, detail))
                    }
                    invoice => Ok(invoice),
                }
            }
            _ => Ok(None),
        }
    }

    /// What has become of the invoice `before`. A draft that was posted or
    /// canceled may be gone; it is read before what was posted is looked
    /// through, so that none slips in between.
    pub(super) async fn became(
        &self,
        write: &Write,
        before: &Invoice,
        since: Timestamp,
        deadline: Deadline,
    ) -> Result<After, ProviderError> {
        match self.get(before.id.id(), &View::default(), deadline).await {
            Ok(now)
                if now.status == Status::Unknown
                    && before.status != Status::Unknown
                    && !write.is_shown_by(&now) =>
            {
                Ok(After::Unclear)
            }
            Err(error) if is_gone(before, &error) => {
                Ok(match self.posted_since(before, since, deadline).await? {
                    Some(posted) => became(write, before, posted),
                    None => After::Unclear,
                })
            }
            now => rules::after(write, now),
        }
    }

    /// What the customer of `before` had posted since; none where it cannot be
    /// asked.
    async fn posted_since(
        &self,
        before: &Invoice,
        since: Timestamp,
        deadline: Deadline,
    ) -> Result<Option<Vec<Invoice>>, ProviderError> {
        let Some(customer) = &before.customer.id else { return Ok(None) };
        let question = &question(customer.id(), since);
        let parts = self.plan(question)?.parts;
        let mut posted = Vec::new();
        for part in &parts {
            let page =
                |start| async move { self.page(question, part, &start, deadline).await }.boxed();
            let brings_nothing =
                || self.account.error(ErrorKind::BadResponse, "list", BringsNothing::DETAIL);
            let mut is_whole = true;
            let mut visit = |read: PartRead| {
                // A row that cannot be read may be the invoice.
                is_whole &= read.left_out.is_empty();
                posted.extend(read.invoices.into_iter().filter(|one| is_since(one, since)));
                Ok(if is_whole { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
            };
            read_part(&page, &brings_nothing, &mut visit).await?;
            if !is_whole {
                return Ok(None);
            }
        }
        Ok((!parts.is_empty()).then_some(posted))
    }
}

/// Whether a draft is gone, in the provider's own words: a proxy's 404 says
/// nothing of it.
fn is_gone(before: &Invoice, error: &ProviderError) -> bool {
    let draft = matches!(Resource::find(before.id.id()), Some((Resource::Drafts, _)));
    draft && error.kind == ErrorKind::NotFound && error.said.message.is_some()
}
