//! The writing engine over a provider and a ledger made up for the purpose:
//! whatever is lost on the way, nothing is sent twice and nothing is claimed
//! that is not so.
#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use invoice::{
    Action, AvailableAction, Code, Direction, Field, Invoice, Outcome, Reference, Scope, Status,
    Write, WriteResult,
};
use jiff::Timestamp;
use provider_client::capability::{Capabilities, Sending};
use provider_client::error::Fate;
use provider_client::provider::{Page, Part, Plan, Question, Start, View, Written};
use provider_client::writing::{self, Asked, Claim, Ledger, LedgerError, Settled, Trace};
use provider_client::{Connection, Deadline, ErrorKind, Provider, ProviderError};

const fn capabilities(sending: &'static [(Action, Sending)]) -> Capabilities {
    Capabilities {
        provider: "made-up",
        title: "Made up",
        direction: Direction::Receivable,
        customer_required: false,
        filters: &[],
        sorts: &[],
        includes: &[],
        writes: sending,
        updatable: &[Field::Terms],
        concurrency: 4,
        assumptions: &[],
    }
}

static BULK: Capabilities = capabilities(&[(Action::Activate, Sending::Bulk(4))]);
static SINGLE: Capabilities = capabilities(&[(Action::Activate, Sending::Single)]);

/// What befalls one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Luck {
    Fine,
    /// Applied, and answered without showing it.
    Silent,
    AppliedThenLost,
    AppliedThenFailed,
    LostBefore,
    FailedBefore,
    Refused,
}

#[derive(Default)]
struct Truth {
    status: BTreeMap<String, Status>,
    applied: BTreeMap<String, u32>,
    requested: u32,
    luck: Vec<Luck>,
    reads_fail: bool,
}

struct MadeUp {
    capabilities: &'static Capabilities,
    truth: Mutex<Truth>,
}

impl MadeUp {
    fn error(&self, kind: ErrorKind, fate: Fate) -> ProviderError {
        let error =
            ProviderError::new(kind, "made-up", &"a".parse().unwrap(), "activate", "it failed");
        ProviderError { fate, ..error }
    }

    fn invoice(id: &str, status: Status) -> Invoice {
        let reference = Reference::new(&"a".parse().unwrap(), id);
        let mut invoice = Invoice::unknown(reference, "made-up", Direction::Receivable);
        invoice.status = status;
        if status == Status::Draft {
            let active = AvailableAction { resulting_status: Some(Status::Active) };
            invoice.available_actions.insert(Action::Activate, active);
        }
        invoice
    }
}

#[async_trait]
impl Provider for MadeUp {
    fn capabilities(&self) -> &'static Capabilities {
        self.capabilities
    }

    fn plan(&self, _: &Question) -> Result<Plan, ProviderError> {
        Ok(Plan::default())
    }

    async fn page(
        &self,
        _: &Question,
        _: &Part,
        _: &Start,
        _: Deadline,
    ) -> Result<Page, ProviderError> {
        Ok(Page::default())
    }

    async fn get(&self, id: &str, _: &View, _: Deadline) -> Result<Invoice, ProviderError> {
        tokio::task::yield_now().await;
        let truth = self.truth.lock().unwrap();
        if truth.reads_fail {
            return Err(self.error(ErrorKind::Failed, Fate::Finished));
        }
        let status = truth
            .status
            .get(id)
            .ok_or_else(|| self.error(ErrorKind::NotFound, Fate::NotAccepted))?;
        Ok(Self::invoice(id, *status))
    }

    async fn write(
        &self,
        _: &Write,
        invoices: &[Invoice],
        _: Deadline,
    ) -> Result<Vec<Written>, ProviderError> {
        tokio::task::yield_now().await;
        let mut truth = self.truth.lock().unwrap();
        truth.requested += 1;
        let luck = truth.luck.pop().unwrap_or(Luck::Fine);
        match luck {
            Luck::LostBefore => return Err(self.error(ErrorKind::Unreachable, Fate::Unclear)),
            Luck::FailedBefore => return Err(self.error(ErrorKind::Failed, Fate::Finished)),
            Luck::Refused => return Err(self.error(ErrorKind::Rejected, Fate::NotAccepted)),
            _ => {}
        }
        for invoice in invoices {
            truth.status.insert(invoice.id.id().to_owned(), Status::Active);
            *truth.applied.entry(invoice.id.id().to_owned()).or_default() += 1;
        }
        match luck {
            Luck::AppliedThenLost => Err(self.error(ErrorKind::Timeout, Fate::Unclear)),
            Luck::AppliedThenFailed => Err(self.error(ErrorKind::Failed, Fate::Finished)),
            Luck::Silent => Ok(Vec::new()),
            _ => Ok(invoices
                .iter()
                .map(|one| Written {
                    id: one.id.id().to_owned(),
                    invoice: Self::invoice(one.id.id(), Status::Active),
                })
                .collect()),
        }
    }
}

/// Claims of all requests, by invoice: the owner, and since when it is sent.
type Claims = Arc<Mutex<BTreeMap<Reference, (String, Option<(Timestamp, bool, Trace)>)>>>;

struct InMemory {
    owner: String,
    claims: Claims,
    broken: bool,
}

#[async_trait]
impl Ledger for InMemory {
    async fn claim(&self, _: &Write, invoices: &[Reference]) -> Result<Vec<Claim>, LedgerError> {
        if self.broken {
            return Err(LedgerError("no table".into()));
        }
        let mut claims = self.claims.lock().unwrap();
        let claim = |reference: &Reference| match claims.get(reference) {
            Some((owner, _)) if *owner != self.owner => {
                Claim::Busy { retry_after: Duration::from_secs(1) }
            }
            Some((_, Some((since, under_way, before)))) => {
                Claim::Sent { since: *since, under_way: *under_way, before: before.clone() }
            }
            _ => {
                claims.insert(reference.clone(), (self.owner.clone(), None));
                Claim::Ours
            }
        };
        Ok(invoices.iter().map(claim).collect())
    }

    async fn sending(&self, _: &Write, invoices: &[Trace]) -> Result<(), LedgerError> {
        let mut claims = self.claims.lock().unwrap();
        for trace in invoices {
            let sent = Some((Timestamp::now(), true, trace.clone()));
            claims.insert(trace.id.clone(), (self.owner.clone(), sent));
        }
        Ok(())
    }

    async fn record(&self, _: &Write, settled: &[Settled]) {
        let mut claims = self.claims.lock().unwrap();
        for one in settled {
            if claims.get(&one.invoice).is_none_or(|(owner, _)| *owner != self.owner) {
                continue;
            }
            if one.outcome != Outcome::Unknown {
                claims.remove(&one.invoice);
            } else if let Some((_, Some((_, under_way, _)))) = claims.get_mut(&one.invoice) {
                *under_way = one.under_way;
            }
        }
    }
}

struct Stage {
    provider: Arc<MadeUp>,
    connections: Vec<Connection>,
    claims: Claims,
}

impl Stage {
    fn new(capabilities: &'static Capabilities, drafts: usize, luck: &[Luck]) -> Self {
        let mut truth = Truth { luck: luck.iter().rev().copied().collect(), ..Truth::default() };
        for id in 0..drafts {
            truth.status.insert(format!("{id:02}"), Status::Draft);
        }
        let provider = Arc::new(MadeUp { capabilities, truth: Mutex::new(truth) });
        let connection = Connection { name: "a".parse().unwrap(), provider: Ok(provider.clone()) };
        Self { provider, connections: vec![connection], claims: Claims::default() }
    }

    fn ledger(&self, owner: &str) -> InMemory {
        InMemory { owner: owner.to_owned(), claims: self.claims.clone(), broken: false }
    }

    async fn activate(&self, owner: &str, ids: &[String]) -> Vec<WriteResult> {
        let ledger = self.ledger(owner);
        let asked = Asked {
            connections: &self.connections,
            scope: &Scope::All,
            precondition: None,
            deadline: Deadline::after(Duration::from_secs(20)),
        };
        let ids: Vec<Reference> = ids.iter().map(|id| format!("a:{id}").parse().unwrap()).collect();
        writing::execute(&asked, &ACTIVATE, &ids, &ledger).await.unwrap()
    }

    fn applied(&self, id: &str) -> u32 {
        self.provider.truth.lock().unwrap().applied.get(id).copied().unwrap_or(0)
    }

    fn requested(&self) -> u32 {
        self.provider.truth.lock().unwrap().requested
    }

    /// The provider can no longer be at anything.
    fn time_passes(&self) {
        for (_, sent) in self.claims.lock().unwrap().values_mut() {
            if let Some((_, under_way, _)) = sent {
                *under_way = false;
            }
        }
    }
}

const ACTIVATE: Write = Write::Activate { invoice_date: None, comment: None };

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|id| format!("{id:02}")).collect()
}

fn outcomes(results: &[WriteResult]) -> Vec<Outcome> {
    results.iter().map(|result| result.outcome).collect()
}

#[tokio::test]
async fn what_was_applied_is_told_however_the_answer_was_lost() {
    for luck in [Luck::Fine, Luck::Silent, Luck::AppliedThenLost, Luck::AppliedThenFailed] {
        for capabilities in [&BULK, &SINGLE] {
            let stage = Stage::new(capabilities, 1, &[luck]);
            assert_eq!(
                outcomes(&stage.activate("k", &ids(1)).await),
                [Outcome::Applied],
                "{luck:?}"
            );
            assert_eq!(
                outcomes(&stage.activate("k", &ids(1)).await),
                [Outcome::Unchanged],
                "{luck:?}"
            );
            assert_eq!(stage.requested(), 1);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_unknown_and_settled_by_reading_alone() {
    for luck in [Luck::LostBefore, Luck::FailedBefore] {
        let stage = Stage::new(&SINGLE, 1, &[luck]);
        let first = stage.activate("k", &ids(1)).await;
        assert_eq!(outcomes(&first), [Outcome::Unknown], "{luck:?}");
        assert_eq!(
            outcomes(&stage.activate("other", &ids(1)).await),
            [Outcome::Rejected],
            "nobody else may send"
        );
        stage.time_passes();
        let again = stage.activate("k", &ids(1)).await;
        assert_eq!(outcomes(&again), [Outcome::Rejected], "{luck:?}");
        assert_eq!(stage.requested(), 1, "asking again with the same key never sends");
        assert_eq!(outcomes(&stage.activate("new", &ids(1)).await), [Outcome::Applied]);
        assert_eq!(stage.applied("00"), 1);
    }
}

#[tokio::test]
async fn a_lost_answer_stays_unknown_while_the_provider_may_be_at_it() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::LostBefore]);
    stage.activate("k", &ids(1)).await;
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Unknown]);
    // It carries it out late.
    stage.provider.truth.lock().unwrap().status.insert("00".into(), Status::Active);
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Applied]);
    assert_eq!(stage.requested(), 1);
}

#[tokio::test]
async fn a_refused_batch_is_taken_apart_until_each_has_its_own_outcome() {
    let stage = Stage::new(&BULK, 10, &[]);
    // Between reading and sending, somebody else activates one of the batch.
    let stale = Stage::new(&BULK, 4, &[Luck::Refused, Luck::Fine, Luck::Refused]);
    assert_eq!(
        outcomes(&stale.activate("k", &ids(4)).await),
        [Outcome::Applied, Outcome::Applied, Outcome::Applied, Outcome::Applied]
    );
    assert_eq!(stale.requested(), 5, "four, two, two, one, one");
    let results = stage.activate("k", &ids(10)).await;
    assert_eq!(stage.requested(), 3, "ten in batches of four");
    assert!(results.iter().all(|result| result.outcome == Outcome::Applied));
    let order: Vec<&str> = results.iter().map(|result| result.id.id()).collect();
    assert_eq!(order, ids(10));
}

#[tokio::test]
async fn a_single_refusal_carries_what_may_be_done_instead() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::Refused]);
    stage.provider.truth.lock().unwrap().status.insert("07".into(), Status::Canceled);
    let results = stage.activate("k", &["00".into(), "07".into(), "99".into()]).await;
    assert_eq!(outcomes(&results), [Outcome::Rejected; 3]);
    let codes: Vec<Code> =
        results.iter().map(|result| result.problem.as_ref().unwrap().code).collect();
    assert_eq!(codes, [Code::ProviderError, Code::StateConflict, Code::InvoiceNotFound]);
    assert!(results[1].problem.as_ref().unwrap().available_actions.as_ref().unwrap().is_empty());
    assert_eq!(stage.requested(), 1);
}

#[tokio::test]
async fn nothing_is_sent_without_a_record() {
    let stage = Stage::new(&SINGLE, 1, &[]);
    let ledger = InMemory { broken: true, ..stage.ledger("k") };
    let asked = Asked {
        connections: &stage.connections,
        scope: &Scope::All,
        precondition: None,
        deadline: Deadline::after(Duration::from_secs(20)),
    };
    let problem =
        writing::execute(&asked, &ACTIVATE, &["a:00".parse().unwrap()], &ledger).await.unwrap_err();
    assert_eq!(problem.code, Code::Unavailable);
    assert_eq!(stage.requested(), 0);
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_a_failed_precondition_neither() {
    let stage = Stage::new(&SINGLE, 2, &[]);
    let asked = Asked {
        connections: &stage.connections,
        scope: &Scope::All,
        precondition: Some(&|invoice| invoice.id.id() == "00"),
        deadline: Deadline::after(Duration::from_secs(20)),
    };
    let ids = ["a:00".parse().unwrap(), "a:01".parse().unwrap()];
    let results = writing::dry_run(&asked, &ACTIVATE, &ids).await;
    assert_eq!(outcomes(&results), [Outcome::Applied, Outcome::Rejected]);
    assert_eq!(results[0].status, Some(Status::Active));
    assert_eq!(results[1].problem.as_ref().unwrap().code, Code::PreconditionFailed);
    assert_eq!(stage.requested(), 0);
}

#[tokio::test]
async fn a_customer_learns_nothing_of_others_invoices_and_keeps_nobody_from_them() {
    let stage = Stage::new(&SINGLE, 1, &[Luck::LostBefore]);
    stage.activate("operator", &ids(1)).await;
    let ledger = stage.ledger("customer");
    let own = Scope::Customers(["a:me".parse().unwrap()].into());
    let asked = Asked {
        connections: &stage.connections,
        scope: &own,
        precondition: None,
        deadline: Deadline::after(Duration::from_secs(20)),
    };
    let results =
        writing::execute(&asked, &ACTIVATE, &["a:00".parse().unwrap()], &ledger).await.unwrap();
    let code = results[0].problem.as_ref().unwrap().code;
    assert_eq!(code, Code::InvoiceNotFound, "not that another is writing to it");
    assert_eq!(stage.claims.lock().unwrap().len(), 1, "the operator's claim alone");
}

#[tokio::test]
async fn reading_that_fails_before_sending_sends_nothing() {
    let stage = Stage::new(&SINGLE, 1, &[]);
    stage.provider.truth.lock().unwrap().reads_fail = true;
    assert_eq!(outcomes(&stage.activate("k", &ids(1)).await), [Outcome::Rejected]);
    assert_eq!(stage.requested(), 0);
}

/// Eight callers at once over the same invoices and keys, with the luck of a
/// seeded draw: whatever is told is so, or unknown, and nothing is done twice.
#[tokio::test]
async fn under_eight_callers_nothing_is_done_twice_and_nothing_is_told_that_is_not_so() {
    for seed in 0..40 {
        let mut draw = fastrand::Rng::with_seed(seed);
        let all = [
            Luck::Fine,
            Luck::Fine,
            Luck::Silent,
            Luck::AppliedThenLost,
            Luck::AppliedThenFailed,
            Luck::LostBefore,
            Luck::FailedBefore,
            Luck::Refused,
        ];
        let luck: Vec<Luck> = (0..400).map(|_| all[draw.usize(..all.len())]).collect();
        let capabilities = if seed % 2 == 0 { &BULK } else { &SINGLE };
        let stage = Stage::new(capabilities, 20, &luck);
        let requests: Vec<(String, Vec<String>)> = (0..40)
            .map(|_| {
                let mut wanted = ids(20);
                draw.shuffle(&mut wanted);
                wanted.truncate(draw.usize(1..6));
                (format!("key-{}", draw.u8(..12)), wanted)
            })
            .collect();
        for eight in requests.chunks(8) {
            // One key makes one request at a time: the record of keys sees to it.
            let eight: BTreeMap<&String, &Vec<String>> =
                eight.iter().map(|(key, wanted)| (key, wanted)).collect();
            let answers = eight.iter().map(|(key, wanted)| stage.activate(key, wanted));
            for result in futures::future::join_all(answers).await.into_iter().flatten() {
                let truth = stage.provider.truth.lock().unwrap().status[result.id.id()];
                if matches!(result.outcome, Outcome::Applied | Outcome::Unchanged) {
                    assert_eq!(truth, Status::Active, "{seed}: {result:?}");
                }
            }
        }
        stage.time_passes();
        stage.provider.truth.lock().unwrap().luck.clear();
        for key in 0..12 {
            let results = stage.activate(&format!("key-{key}"), &ids(20)).await;
            assert!(!outcomes(&results).contains(&Outcome::Unknown), "{seed}: key {key}");
        }
        let settled = stage.activate("another", &ids(20)).await;
        let done = |outcome| matches!(outcome, Outcome::Applied | Outcome::Unchanged);
        assert!(outcomes(&settled).into_iter().all(done), "{seed}");
        for id in ids(20) {
            assert!(
                stage.applied(&id) <= 1,
                "{seed}: {id} was activated {} times",
                stage.applied(&id)
            );
        }
    }
}
