//! Writes whose answers say less than what was done: reading tells, and nothing
//! is sent twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use engine::writing::{
    self, InvoiceLock, InvoiceSnapshot, Ledger, LedgerError, OutcomeRecord, Sent, WriteContext,
};
use invoice::{Action, Field, Invoice, Outcome, Patch, Reference, Scope, Write, WriteResult};
use jiff::Timestamp;
use provider_client::SendKey;
use provider_client::capability::Sending;
use provider_client::error::Fate;
use provider_client::provider::View;
use sandbox::{Fault, FaultKind, Operation};

use super::subject::{Subject, soon};

/// How long after its answer a late write is carried out.
const LATE: Duration = Duration::from_secs(3);
/// Longer than any test: what was sent may be carried out still.
const UNSETTLED: Duration = Duration::from_secs(600);

/// The ledger of one key, asked again and again.
#[derive(Default)]
pub struct OneKey(Mutex<BTreeMap<Reference, Sent>>);

impl OneKey {
    pub fn has_sent(&self) -> bool {
        !self.0.lock().unwrap().is_empty()
    }
}

#[async_trait]
impl Ledger for OneKey {
    async fn recall(&self, invoices: &[Reference]) -> Vec<Result<Option<Sent>, LedgerError>> {
        let sent = self.0.lock().unwrap();
        invoices.iter().map(|id| Ok(sent.get(id).cloned())).collect()
    }

    async fn lock(
        &self,
        _: &Write,
        invoices: &[Reference],
    ) -> Vec<Result<InvoiceLock, LedgerError>> {
        vec![Ok(InvoiceLock::Ours); invoices.len()]
    }

    async fn sending(
        &self,
        _: &Write,
        invoices: &[InvoiceSnapshot],
    ) -> Vec<Result<SendKey, LedgerError>> {
        let since = Timestamp::now();
        let sent = |before: &InvoiceSnapshot| Sent {
            since,
            unclear_for: UNSETTLED,
            before: before.clone(),
            superseded: None,
        };
        self.0.lock().unwrap().extend(invoices.iter().map(|one| (one.id.clone(), sent(one))));
        invoices
            .iter()
            .map(|one| Ok(SendKey::of(&fastrand::u64(..).to_string(), &one.id)))
            .collect()
    }

    async fn record(&self, _: &Write, _: &[OutcomeRecord]) {}
}

/// What a write by this key comes to.
pub async fn execute(
    subject: &Subject,
    write: &Write,
    invoices: &[Reference],
    key: &OneKey,
) -> Vec<WriteResult> {
    let connections = [subject.connection()];
    let asked = WriteContext {
        connections: &connections,
        scope: &Scope::All,
        precondition: None,
        deadline: soon(),
    };
    writing::execute(&asked, write, invoices, key).await
}

/// What can be written by each call of the provider's: a comment, of an update.
fn writes(subject: &Subject) -> Vec<(Write, Operation)> {
    let capabilities = subject.capabilities();
    let writes = capabilities.writes.iter().filter_map(|(action, _)| match action {
        Action::Activate => {
            Some((Write::Activate { invoice_date: None, comment: None }, Operation::Activate))
        }
        Action::Cancel => Some((Write::Cancel { comment: None }, Operation::Cancel)),
        Action::Delete => Some((Write::Delete, Operation::Delete)),
        Action::Update if capabilities.updatable.contains(&Field::Comment) => {
            Some((comment("said late"), Operation::Update))
        }
        Action::Update => None,
    });
    writes.collect()
}

fn comment(text: &str) -> Write {
    Write::Update(Box::new(Patch { comment: Some(text.to_owned()), ..Patch::default() }))
}

/// So many invoices that `write` is possible for, of those not yet taken.
async fn possible(
    subject: &Subject,
    write: &Write,
    count: usize,
    taken: &mut BTreeSet<Reference>,
) -> Vec<Invoice> {
    let mut found = Vec::new();
    for id in subject.truth().keys() {
        if found.len() == count {
            break;
        }
        let Ok(invoice) = subject.get(id, &View::default()).await else { continue };
        let is_free = !taken.contains(&invoice.id);
        if is_free && subject.provider.refusal(write, &invoice).is_none() {
            taken.insert(invoice.id.clone());
            found.push(invoice);
        }
    }
    assert_eq!(found.len(), count, "{subject}: too few to {write:?}");
    found
}

/// How often the sandbox was asked for the operation on an invoice, and did it.
fn counted(subject: &Subject, id: &str, operation: Operation) -> (u64, u64) {
    let bare = id.strip_prefix("draft.").unwrap_or(id);
    let writes = subject.sandbox.writes(&subject.name);
    let of_it = writes.counts().filter(|(resource, counted, counted_operation, _)| {
        let is_draft = *resource == sandbox::Resource::Draft;
        *counted == bare && is_draft == id.starts_with("draft.") && *counted_operation == operation
    });
    of_it.fold((0, 0), |sum, (_, _, _, count)| (sum.0 + count.requested, sum.1 + count.applied))
}

/// Unknown until it shows, and never sent again.
pub async fn a_write_carried_out_after_a_504_settles_by_reading(subject: &Subject) {
    let delay_ms = LATE.as_millis().try_into().unwrap();
    let mut taken = BTreeSet::new();
    for (write, operation) in writes(subject) {
        let invoice = possible(subject, &write, 1, &mut taken).await.remove(0);
        let (id, ids) = (invoice.id.id(), [invoice.id.clone()]);
        let late = FaultKind::StatusThenApply { status: 504, delay_ms };
        subject.fail([Fault { operation: Some(operation), ..Fault::times(late, 1) }]);
        let key = OneKey::default();
        let began = Instant::now();
        let mut told = execute(subject, &write, &ids, &key).await.remove(0);
        assert_eq!(told.outcome, Outcome::Unknown, "{subject} {operation:?}: {told:?}");
        while told.outcome == Outcome::Unknown {
            assert!(told.problem.as_ref().unwrap().retryable, "{subject} {operation:?}: {told:?}");
            assert_eq!(counted(subject, id, operation).0, 1, "{subject} {operation:?} {id}");
            assert!(began.elapsed() < LATE * 10, "{subject} {operation:?} stays open: {told:?}");
            told = execute(subject, &write, &ids, &key).await.remove(0);
        }
        assert_eq!(told.outcome, Outcome::Applied, "{subject} {operation:?}: {told:?}");
        assert_eq!(counted(subject, id, operation), (1, 1), "{subject} {operation:?} {id}");
    }
    subject.fail([]);
}

/// Half of it was done all the same, and of the rest half again, until one alone
/// is left that the provider refuses.
pub async fn a_bulk_refused_when_half_was_done_is_told_one_by_one(subject: &Subject) {
    let bulk = |action: Action| matches!(subject.capabilities().write(action), Some(Sending::Bulk(most)) if most >= 4);
    let mut taken = BTreeSet::new();
    for (write, operation) in writes(subject).into_iter().filter(|(it, _)| bulk(it.action())) {
        let four = possible(subject, &write, 4, &mut taken).await;
        let ids: Vec<Reference> = four.into_iter().map(|invoice| invoice.id).collect();
        subject.fail([Fault {
            operation: Some(operation),
            ..Fault::always(FaultKind::HalfBulkRefused)
        }]);
        let told = execute(subject, &write, &ids, &OneKey::default()).await;
        subject.fail([]);
        let mut refused = 0;
        for result in &told {
            let context = format!("{subject} {operation:?}: {result:?}");
            let (requested, applied) = counted(subject, result.id.id(), operation);
            assert_eq!(result.outcome == Outcome::Applied, applied == 1, "{context}");
            assert!(applied <= 1, "{context}");
            if applied == 1 {
                continue;
            }
            refused += 1;
            assert_eq!(result.outcome, Outcome::Rejected, "{context}");
            let provider = result.problem.as_ref().unwrap().provider.as_ref().unwrap();
            let words = provider.message.as_deref().unwrap_or_default();
            assert!(words.contains("a fault set on the sandbox"), "{context}");
            assert!(requested > 1, "{context}: the rest was tried by itself");
        }
        assert_eq!((told.len(), refused), (4, 1), "{subject} {operation:?}: {told:?}");
    }
}

/// A draft may be paid for as soon as it is activated, as one of nothing is: it has been
/// activated all the same, whatever its payment status.
pub async fn what_is_active_in_any_payment_status_is_activated(subject: &Subject) {
    let write = Write::Activate { invoice_date: None, comment: None };
    if subject.capabilities().write(Action::Activate).is_none() {
        return;
    }
    let mut became = BTreeSet::new();
    for id in subject.truth().keys() {
        let Ok(invoice) = subject.get(id, &View::default()).await else { continue };
        if subject.provider.refusal(&write, &invoice).is_some() {
            continue;
        }
        let ids = [invoice.id.clone()];
        let told = execute(subject, &write, &ids, &OneKey::default()).await.remove(0);
        assert_eq!(told.outcome, Outcome::Applied, "{subject}: {told:?}");
        assert_eq!(told.status, Some(invoice::Status::Active), "{subject}: {told:?}");
        became.extend(told.invoice.map(|now| now.payment_status.word()));
    }
    if subject.kind == sandbox::ProviderKind::Stripe {
        assert_eq!(became, ["paid", "unpaid"].into(), "{subject}");
    }
}

/// An invoice that takes a comment; none where the provider keeps none.
async fn one_to_comment_on(subject: &Subject) -> Option<Invoice> {
    let capabilities = subject.capabilities();
    let is_possible = capabilities.write(Action::Update).is_some()
        && capabilities.updatable.contains(&Field::Comment);
    let taken = &mut BTreeSet::new();
    if is_possible { possible(subject, &comment("c"), 1, taken).await.pop() } else { None }
}

/// Where what is read before a write cannot be had, nothing is sent, and that is known.
pub async fn what_was_not_sent_is_known_not_to_have_been(subject: &Subject) {
    let Some(invoice) = one_to_comment_on(subject).await else { return };
    let fault = Fault::always(FaultKind::Status { status: 503, retry_after: None });
    subject.sandbox.set_fault(&subject.name, fault).unwrap();
    let (write, key) = (comment("c"), SendKey::from("test".to_owned()));
    let sent = subject.provider.write(&write, std::slice::from_ref(&invoice), &key, soon()).await;
    let error = sent.unwrap_err();
    subject.sandbox.clear_faults(&subject.name).unwrap();
    let (requested, _) = counted(subject, invoice.id.id(), Operation::Update);
    assert_eq!(error.fate == Fate::NotAccepted, requested == 0, "{subject}: {error}");
}

/// What was said before stays, in its order.
pub async fn a_comment_is_added_to_those_there_are(subject: &Subject) {
    let Some(invoice) = one_to_comment_on(subject).await else { return };
    let texts = async || -> String {
        let now = subject.get(invoice.id.id(), &View::default()).await.unwrap();
        now.comments.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join("\n")
    };
    let mut said: Vec<String> = invoice.comments.iter().map(|one| one.text.clone()).collect();
    for text in ["first of two", "second of two"] {
        let ids = [invoice.id.clone()];
        let told = execute(subject, &comment(text), &ids, &OneKey::default()).await.remove(0);
        assert_eq!(told.outcome, Outcome::Applied, "{subject}: {told:?}");
        said.push(text.to_owned());
        let now = texts().await;
        for text in &said {
            assert!(now.contains(text.as_str()), "{subject}: {text:?} is lost in {now:?}");
        }
    }
}
