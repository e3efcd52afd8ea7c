//! Fusebill's writes (fusebill R39, R42, R44, R45, R47). Nothing states what a `PATCH`,
//! a reversal and a write-off answer: 200 with the invoice as it then is assumed (fusebill R58).

use serde::{Deserialize, Deserializer};

use crate::cell::{Money, Text};
use crate::exchange::{Call, Operation, Reply};
use crate::provider::{Manner, Resource, Target, Written};

use super::api::Fusebill;
use super::posting::{posted_from, ready};
use super::resources::{View, draft, invoice};
use super::settling::{reverse, write_off};
use super::terms::{Subject, days};

/// A refusal, before it has the provider's shape.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) why: String,
}

impl Refused {
    pub(super) fn new(status: u16, why: impl Into<String>) -> Self {
        Refused { status, why: why.into() }
    }
}

/// A call that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The draft of `draftInvoiceId`.
    Post,
    CancelDraft(String),
    UpdateDraft,
    UpdatePosted,
    Reverse,
    WriteOff,
}

impl Change {
    /// Letter case and a trailing slash do not matter (fusebill R62).
    pub(super) fn of(call: &Call) -> Option<Self> {
        let segments: Vec<String> = call.segments.iter().map(|s| s.to_lowercase()).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (call.method.as_str(), segments.as_slice()) {
            ("POST", ["v1", "invoices"]) => Some(Change::Post),
            ("POST", ["v1", "draftinvoices", "cancel", id]) => {
                Some(Change::CancelDraft((*id).to_owned()))
            }
            ("PATCH", ["v1", "draftinvoices"]) => Some(Change::UpdateDraft),
            ("PATCH", ["v1", "invoices"]) => Some(Change::UpdatePosted),
            ("POST", ["v1", "invoices", "reverse"]) => Some(Change::Reverse),
            ("POST", ["v1", "invoices", "writeoff"]) => Some(Change::WriteOff),
            _ => None,
        }
    }

    pub(super) fn operation(&self) -> Operation {
        match self {
            Change::Post => Operation::Activate,
            Change::CancelDraft(_) => Operation::Cancel,
            Change::UpdateDraft | Change::UpdatePosted => Operation::Update,
            Change::Reverse => Operation::Reverse,
            Change::WriteOff => Operation::WriteOff,
        }
    }

    /// The invoice it names, wherever a call of its kind names one.
    pub(super) fn target(&self, call: &Call) -> Option<Target> {
        let (resource, id) = match self {
            Change::Post => {
                (Resource::Draft, call.parameter_any_case("draftInvoiceId")?.to_owned())
            }
            Change::CancelDraft(id) => (Resource::Draft, id.clone()),
            Change::UpdateDraft => (Resource::Draft, Named::read(call)?),
            _ => (Resource::Posted, Named::read(call)?),
        };
        Some((resource, id))
    }
}

/// The id in a body, whatever else stands there.
#[derive(Deserialize)]
struct Named {
    #[serde(alias = "invoiceId")]
    id: i64,
}

impl Named {
    fn read(call: &Call) -> Option<String> {
        let named: Named = serde_json::from_str(&call.body).ok()?;
        Some(named.id.to_string())
    }
}

/// The body of a `PATCH` (fusebill R45, R47). The terms need `netTermsSet` beside them.
/// Of a draft's, `draftCharges` is not simulated: it is refused as unknown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Patch {
    #[serde(rename = "id")]
    _id: i64,
    /// Null takes it away (fusebill R49).
    #[serde(default, deserialize_with = "given")]
    notes: Option<Option<Text>>,
    #[serde(default, deserialize_with = "given")]
    po_number: Option<Option<Text>>,
    net_terms: Option<String>,
    #[serde(default)]
    net_terms_set: bool,
}

/// Tells null from absent.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Text>>, D::Error> {
    Deserialize::deserialize(from).map(Some)
}

impl Patch {
    /// The lengths are the vendor's; that terms without `netTermsSet` are refused
    /// and not ignored is assumed (fusebill R59).
    fn check(&self) -> Result<(), Refused> {
        let longest = [("notes", &self.notes, 500), ("poNumber", &self.po_number, 255)];
        for (name, text, most) in longest {
            let text = text.as_ref().and_then(Option::as_ref);
            if text.is_some_and(|text| text.chars().count() > most) {
                let why = format!("The field {name} has a maximum length of {most} characters.");
                return Err(Refused::new(400, why));
            }
        }
        match (&self.net_terms, self.net_terms_set) {
            (Some(_), false) => Err(Refused::new(400, "netTerms requires netTermsSet to be true.")),
            (None, true) => Err(Refused::new(400, "netTermsSet requires netTerms.")),
            _ => Ok(()),
        }
    }

    fn apply(self, mut subject: Subject<'_>) -> Result<(), Refused> {
        if let Some(terms) = self.net_terms {
            let days = days(&terms).ok_or_else(|| {
                Refused::new(400, format!("netTerms {terms:?} is not one of the simulated terms."))
            })?;
            subject.change_terms(terms.into(), days);
        }
        if let Some(notes) = self.notes {
            *subject.notes = notes;
        }
        if let (Some(po_number), Some(place)) = (self.po_number, subject.po_number) {
            *place = po_number;
        }
        Ok(())
    }
}

/// The body of a reversal (fusebill R44).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reversal {
    #[serde(rename = "invoiceId")]
    _invoice_id: i64,
    reverse_charge_option: String,
    #[serde(rename = "reference")]
    _reference: Option<String>,
}

/// The body of a write-off (fusebill R44).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WriteOff {
    #[serde(rename = "invoiceId")]
    _invoice_id: i64,
    amount: Money,
}

fn read<'a, T: Deserialize<'a>>(call: &'a Call) -> Result<T, Refused> {
    serde_json::from_str(&call.body)
        .map_err(|error| Refused::new(400, format!("The request is not valid: {error}")))
}

impl Fusebill {
    pub(super) fn carry_out(
        &mut self,
        change: &Change,
        call: &Call,
        manner: Manner,
    ) -> Result<Written, Refused> {
        if *change == Change::WriteOff && !manner.rules.write_offs {
            return Err(Refused::new(404, "The resource was not found."));
        }
        let target = change
            .target(call)
            .ok_or_else(|| Refused::new(400, "The request names no invoice."))?;
        let id = target.1.clone();
        let mut posted = None;
        let reply = match change {
            Change::Post => {
                let (new, reply) = self.post(&id, call, manner)?;
                posted = Some((id, new));
                reply
            }
            Change::CancelDraft(_) => self.cancel(&id)?,
            Change::UpdateDraft => self.update_draft(&id, read(call)?, manner)?,
            Change::UpdatePosted => self.update_posted(&id, read(call)?, manner)?,
            Change::Reverse => {
                let reversal: Reversal = read(call)?;
                self.settle(&id, manner, |one| reverse(one, &reversal.reverse_charge_option))?
            }
            Change::WriteOff => {
                let body: WriteOff = read(call)?;
                self.settle(&id, manner, |one| write_off(one, body.amount.0))?
            }
        };
        Ok(Written { posted, ..Written::applied(reply, vec![target]) })
    }

    /// A draft becomes a posted invoice with an id of its own, and is gone.
    fn post(&mut self, id: &str, call: &Call, manner: Manner) -> Result<(String, Reply), Refused> {
        let asks_more =
            call.parameter_any_case("preview").is_some() || !matches!(call.body.trim(), "" | "{}");
        if asks_more {
            let why = "Previews and single charges are not simulated: send an empty body.";
            return Err(Refused::new(400, why));
        }
        let one = self.drafts.get(id).ok_or_else(|| no_draft(id))?;
        ready(one, "posted")?;
        let customer = one.invoice.customer_id.to_string();
        let last = self.posted.at(self.posted.of_customer(&customer)).last();
        let opening = last.map_or_else(Default::default, |last| last.invoice.closing_ar_balance.0);
        let posted = posted_from(one.clone(), &mut self.numbers, opening);
        let new = posted.invoice.id.to_string();
        let reply = Reply::text(200, invoice(&posted, View::default(), manner.distortion));
        self.drafts.remove(&[id.to_owned()]);
        self.posted.add(posted);
        Ok((new, reply))
    }

    /// Drafts of every status can be cancelled (fusebill R43).
    fn cancel(&mut self, id: &str) -> Result<Reply, Refused> {
        self.drafts.get(id).ok_or_else(|| no_draft(id))?;
        self.drafts.remove(&[id.to_owned()]);
        Ok(Reply::empty())
    }

    fn update_draft(&mut self, id: &str, patch: Patch, manner: Manner) -> Result<Reply, Refused> {
        patch.check()?;
        let mut one = self.drafts.get(id).ok_or_else(|| no_draft(id))?.clone();
        ready(&one, "modified")?;
        patch.apply(Subject::draft(&mut one.invoice))?;
        let reply = Reply::text(200, draft(&one, View::default(), manner.distortion));
        self.drafts.change(id, |place| *place = one);
        Ok(reply)
    }

    fn update_posted(&mut self, id: &str, patch: Patch, manner: Manner) -> Result<Reply, Refused> {
        patch.check()?;
        if patch.po_number.is_some() {
            return Err(Refused::new(400, "A posted invoice's poNumber cannot be modified."));
        }
        self.settle(id, manner, |one| patch.apply(Subject::posted(&mut one.invoice)))
    }

    /// Changes a posted invoice, wholly or not at all.
    fn settle(
        &mut self,
        id: &str,
        manner: Manner,
        change: impl FnOnce(&mut super::object::Posted) -> Result<(), Refused>,
    ) -> Result<Reply, Refused> {
        let mut one = self.posted.get(id).ok_or_else(|| no_invoice(id))?.clone();
        change(&mut one)?;
        one.invoice.touch();
        let reply = Reply::text(200, invoice(&one, View::default(), manner.distortion));
        self.posted.change(id, |place| *place = one);
        Ok(reply)
    }
}

/// The vendor's own words.
fn no_draft(id: &str) -> Refused {
    Refused::new(404, format!("Draft Invoice with id {id} not found."))
}

fn no_invoice(id: &str) -> Refused {
    Refused::new(404, format!("Invoice with id {id} not found."))
}
