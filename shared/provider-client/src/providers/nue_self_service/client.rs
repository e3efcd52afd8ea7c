//! Nue Self-Service's one call.

use std::borrow::Cow;
use std::collections::BTreeSet;

use async_trait::async_trait;
use http::{Method, StatusCode};
use invoice::{Filter, Include, Invoice, Parameter};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::CAPABILITIES;
use crate::account::Account;
use crate::error::Said;
use crate::provider::{Page, Part, PartOrder, Plan, Provider, Question, Start, View};
use crate::providers::nue::words::payment_words;
use crate::providers::nue::{HOST, key_header, refusal, wire};
use crate::secret::{ConnectionSecret, SecretFault};
use crate::transport::{Reply, Request};
use crate::{Capabilities, Deadline, ErrorKind, ProviderError, Transport, identity};

/// Customers in one call: their ids stand in the address, and addresses longer
/// than some 8,000 characters are refused on many a way.
const CUSTOMERS: usize = 100;

struct NueSelfService {
    account: Account,
    api_key: SecretString,
    roster: BTreeSet<String>,
}

pub(super) fn connect(
    secret: &ConnectionSecret,
    transport: Transport,
) -> Result<Box<dyn Provider>, SecretFault> {
    Ok(Box::new(open(secret, transport)?))
}

fn open(secret: &ConnectionSecret, transport: Transport) -> Result<NueSelfService, SecretFault> {
    let mut fields = secret.reader();
    let api_key = fields.secret("apiKey");
    let roster = fields.customers().unwrap_or_default();
    let base = fields.base_url(Some(HOST));
    let base = fields.finish(base)?;
    let name = secret.connection().clone();
    Ok(NueSelfService {
        account: Account::new(&CAPABILITIES, name, base, transport, explain)
            .explaining_success_by(refusal::explain_success),
        api_key,
        roster,
    })
}

/// Like Nue's own, but the edition has its own licence, which the account may
/// lack [vendor]; that it is then a 403 is [assumed].
fn explain(reply: &Reply) -> (ErrorKind, Said) {
    let (kind, said) = refusal::explain(reply);
    if reply.status == StatusCode::FORBIDDEN { (ErrorKind::NotEnabled, said) } else { (kind, said) }
}

/// What of a question the one `status` parameter applies.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    word: Option<&'static str>,
    by_provider: BTreeSet<Parameter>,
}

/// Nothing where no invoice can answer.
fn asked(filter: &Filter) -> Option<Asked> {
    let payment = filter.payment_status.as_ref().and_then(payment_words);
    // The life cycle cannot be asked for: a status that may be one is ours.
    let status = filter
        .status
        .as_ref()
        .filter(|wanted| wanted.lifecycle.is_empty())
        .and_then(|wanted| payment_words(&wanted.payment));
    let mut asked = Asked::default();
    for (parameter, words) in [(Parameter::PaymentStatus, payment), (Parameter::Status, status)] {
        match words.as_deref() {
            Some([]) => return None,
            Some([one]) if asked.word.is_none_or(|word| word == *one) => {
                asked.word = Some(one);
                asked.by_provider.insert(parameter);
            }
            _ => {}
        }
    }
    Some(asked)
}

/// The customers' groups, one a call, each named by its first.
fn groups(customers: &BTreeSet<String>) -> impl Iterator<Item = (String, Vec<&str>)> {
    let ids: Vec<&str> = customers.iter().map(String::as_str).collect();
    let groups: Vec<Vec<&str>> = ids.chunks(CUSTOMERS).map(<[&str]>::to_vec).collect();
    groups.into_iter().filter_map(|group| Some((format!("from {}", group.first()?), group)))
}

/// `includes=`, if anything is to be included [seed 000].
fn includes(view: &View) -> Option<String> {
    let words: Vec<&str> = [(Include::Assets, "assets"), (Include::Orders, "orders")]
        .into_iter()
        .filter(|(include, _)| view.wants(*include))
        .map(|(_, word)| word)
        .collect();
    (!words.is_empty()).then(|| words.join(","))
}

impl NueSelfService {
    /// Who is meant: those named, else the roster.
    fn customers<'a>(
        &'a self,
        operation: &'static str,
        named: Option<&'a BTreeSet<String>>,
    ) -> Result<&'a BTreeSet<String>, ProviderError> {
        let roster = Some(&self.roster).filter(|roster| !roster.is_empty());
        named.or(roster).ok_or_else(|| {
            let what = "it shows invoices by customer only";
            let detail = if operation == "list" {
                format!(
                    "{what}: name customers in `customerIds`, or list them as `customers` in the \
                     connection's secret"
                )
            } else {
                format!("{what}: list the customers as `customers` in the connection's secret")
            };
            self.account.error(ErrorKind::CustomerRequired, operation, detail)
        })
    }

    fn request(
        &self,
        operation: &'static str,
        customers: &[&str],
        word: Option<&str>,
        view: &View,
    ) -> Result<Request, ProviderError> {
        let mut url = self.account.url(operation, &["invoices"])?;
        let ids = serde_json::Value::from(customers).to_string();
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("customerIds", &ids);
            if let Some(includes) = includes(view) {
                pairs.append_pair("includes", &includes);
            }
            if let Some(word) = word {
                pairs.append_pair("status", word);
            }
        }
        Ok(Request::read(Method::GET, url).secret_header(key_header(), &self.api_key))
    }

    /// The rows of an answer from this one on, as one page.
    fn page_of(&self, operation: &'static str, rows: &[&RawValue], view: &View) -> Page {
        let read =
            |raw: &&RawValue| wire::invoice(&self.account, &CAPABILITIES, operation, raw, view);
        Page::of_rows(rows, read)
    }
}

/// The rows of an answer, bare or as `data` [assumed].
fn rows<'a>(
    account: &Account,
    operation: &'static str,
    body: &'a [u8],
) -> Result<Vec<&'a RawValue>, ProviderError> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: Vec<&'a RawValue>,
    }
    let whole: &RawValue = account.json(operation, body)?;
    if whole.get().starts_with('[') {
        account.json(operation, whole.get().as_bytes())
    } else {
        let envelope: Envelope<'_> = account.json(operation, whole.get().as_bytes())?;
        Ok(envelope.data)
    }
}

#[async_trait]
impl Provider for NueSelfService {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn plan(&self, question: &Question) -> Result<Plan, ProviderError> {
        let customers = self.customers("list", question.customers.as_ref())?;
        let Some(mut asked) = asked(&question.filter) else {
            return Ok(Plan::default());
        };
        if question.customers.is_some() {
            asked.by_provider.insert(Parameter::CustomerIds);
        }
        Ok(Plan {
            parts: groups(customers)
                .map(|(name, _)| Part { name, order: PartOrder::Own })
                .collect(),
            by_provider: asked.by_provider,
        })
    }

    async fn page(
        &self,
        question: &Question,
        part: &Part,
        start: &Start,
        deadline: Deadline,
    ) -> Result<Page, ProviderError> {
        let customers = self.customers("list", question.customers.as_ref())?;
        let group = groups(customers).find(|(name, _)| *name == part.name);
        let (Some((_, group)), Some(asked)) = (group, asked(&question.filter)) else {
            // The roster has changed since the cursor was made.
            let detail = "the customers listed are not the same any more";
            return Err(self.account.error(ErrorKind::InvalidStart, "list", detail));
        };
        let request = self.request("list", &group, asked.word, &question.view)?;
        let reply = self.account.send("list", request, deadline).await?;
        let rows = rows(&self.account, "list", &reply.body)?;
        let total = u64::try_from(rows.len()).ok();
        let from = usize::try_from(start.skip).unwrap_or(usize::MAX);
        let page = self.page_of("list", rows.get(from..).unwrap_or_default(), &question.view);
        // A number of ours: rows that are left out are no invoices in it.
        Ok(Page { total: total.filter(|_| page.left_out.is_empty()), ..page })
    }

    /// Through the list of the roster's customers: there is no call for one.
    async fn get(
        &self,
        id: &str,
        view: &View,
        deadline: Deadline,
    ) -> Result<Invoice, ProviderError> {
        let mut unread = None;
        for (_, group) in groups(self.customers("get", None)?) {
            let request = self.request("get", &group, None, view)?;
            let reply = self.account.send("get", request, deadline).await?;
            let rows = rows(&self.account, "get", &reply.body)?;
            let Page { invoices, left_out, .. } = self.page_of("get", &rows, view);
            let found = invoices.into_iter().find(|one| identity::is_same(self, one.id.id(), id));
            if let Some(invoice) = found {
                return Ok(invoice);
            }
            unread = unread.or(left_out.into_iter().next());
        }
        if let Some(row) = unread {
            // It may be the invoice asked for.
            return Err(self.account.error(ErrorKind::BadResponse, "get", row.reason));
        }
        let detail = "none of the roster's customers has such an invoice";
        Err(self.account.error(ErrorKind::NotFound, "get", detail))
    }

    /// As those of Nue's other edition.
    fn canonical_id<'a>(&self, id: &'a str) -> Cow<'a, str> {
        identity::in_lower_case(id)
    }
}

#[cfg(test)]
mod tests;
