//! Answers that are late, cut short, not readable, or odd.

use std::time::{Duration, Instant};

use api::ListQuery;
use engine::Connection;
use engine::listing::{SourceStatus, list};
use invoice::{Code, Invoice, Problem, Scope};
use provider_client::provider::Reading;
use provider_client::{Deadline, ErrorKind};
use sandbox::{Fault, FaultKind};

use super::refusals::{assert_discreet, reads};
use super::subject::{Subject, all, ids, soon, sorted};

pub async fn an_answer_that_comes_too_late_is_a_timeout(subject: &Subject) {
    let deadline = || Deadline::after(Duration::from_millis(1_500));
    let fail = || subject.fail_always(FaultKind::Slow { delay_ms: 60_000 });
    let began = Instant::now();
    for (operation, outcome, calls) in reads(subject, deadline, fail).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout, "{subject} {operation}: {error}");
        assert_eq!(Problem::from(&error).code, Code::ProviderTimeout);
        assert_eq!(calls, 1, "{subject} {operation}");
        assert_discreet(subject, &error);
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{subject}");
}

pub async fn an_answer_that_is_cut_short_is_asked_for_again(subject: &Subject) {
    let sound = reads(subject, soon, || ()).await;
    let fail = || subject.fail_always(FaultKind::StopMidBody);
    for (operation, outcome, calls) in reads(subject, soon, fail).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable, "{subject} {operation}: {error}");
        assert_eq!(Problem::from(&error).code, Code::ProviderError);
        assert_eq!(calls, 3, "{subject} {operation}");
        assert_discreet(subject, &error);
    }
    let fail = || subject.fail([Fault::times(FaultKind::StopMidBody, 1)]);
    for ((operation, outcome, calls), (_, _, usual)) in
        reads(subject, soon, fail).await.into_iter().zip(&sound)
    {
        assert!(outcome.is_ok(), "{subject} {operation}: {outcome:?}");
        assert_eq!(calls, usual + 1, "{subject} {operation}");
    }
}

/// And is not asked for again: it would be the same.
pub async fn an_answer_that_cannot_be_read_is_told_as_such(subject: &Subject) {
    for fault in [FaultKind::InvalidJson, FaultKind::EmptyBody] {
        let fail = || subject.fail_always(fault.clone());
        for (operation, outcome, calls) in reads(subject, soon, fail).await {
            let error = outcome.unwrap_err();
            let context = format!("{subject} {operation} {fault:?}: {error}");
            assert_eq!(error.kind, ErrorKind::BadResponse, "{context}");
            assert_eq!(Problem::from(&error).code, Code::ProviderBadResponse, "{context}");
            assert_eq!(calls, 1, "{context}");
            assert_discreet(subject, &error);
        }
    }
}

/// The word that is not known is kept beside `unknown`, the null is null, and
/// all other invoices are what they were.
pub async fn an_odd_invoice_spoils_no_page(subject: &Subject) {
    let sound = subject.first_page(soon()).await.unwrap().invoices;
    for fault in [FaultKind::UnknownStatus, FaultKind::NullRequired] {
        subject.fail_always(fault.clone());
        let odd = subject.first_page(soon()).await.unwrap().invoices;
        let got = subject.get(sound[0].id.id(), &Default::default()).await.unwrap();
        subject.fail([]);
        assert_eq!(ids(&odd), ids(&sound), "{subject}");
        let text = |invoice: &Invoice| serde_json::to_string(invoice).unwrap();
        for (odd, sound) in odd.iter().zip(&sound).skip(1) {
            assert_eq!(text(odd), text(sound), "{subject}");
        }
        for odd in [&odd[0], &got] {
            assert_ne!(text(odd), text(&sound[0]), "{subject}");
            if fault == FaultKind::NullRequired {
                assert_eq!(odd.amounts.total, None, "{subject}");
                continue;
            }
            let shown = serde_json::to_value(odd).unwrap();
            let told = [("providerStatus", "status"), ("providerPaymentStatus", "paymentStatus")]
                .into_iter()
                .find(|(word, _)| shown[word] == "Quarantined");
            let (_, status) =
                told.unwrap_or_else(|| panic!("{subject}: the word is lost: {shown}"));
            assert_eq!(shown[status], "unknown", "{subject}");
        }
    }
}

/// As when a row is inserted while someone pages.
pub async fn an_invoice_on_two_pages_is_given_once(subject: &Subject) {
    let population: Vec<String> = subject.truth().into_keys().collect();
    subject.fail_always(FaultKind::RepeatedInvoice);
    let connections = [subject.connection()];
    let mut repeated = 0;
    for query in
        ["limit=3", "limit=40&sort=-amount", "limit=60&sort=number", "limit=33&sort=invoiceDate"]
    {
        let mut query = ListQuery::parse(query).unwrap();
        let mut given = Vec::new();
        loop {
            let listing = list(&connections, &query, &Scope::All, soon()).await.unwrap();
            given.extend(ids(listing.invoices()));
            query.cursor = listing.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(sorted(given), population, "{subject} {}", query.canonical());
        let limit = Reading::Few(query.limit);
        let read = subject.walk(&subject.question(&query.canonical(), limit)).await.len();
        repeated += read - population.len();
    }
    // The self-service edition has no pages, so none is repeated.
    let pages = subject.kind != sandbox::ProviderKind::NueSelfService;
    assert_eq!(repeated > 0, pages, "{subject}: the fault struck nothing");
}

/// A failed connection's source says why; the others' invoices are there, unless all
/// are required.
pub async fn one_connection_failing_is_told_beside_the_others(subject: &Subject) {
    let mut others: Vec<Subject> = all(40).await;
    others.retain(|other| other.name != subject.name);
    let mut connections: Vec<Connection> = others.iter().map(Subject::connection).collect();
    connections.insert(0, subject.connection());
    for sort in ["", "sort=dueDate&"] {
        subject.fail_always(FaultKind::Status { status: 500, retry_after: None });
        let query = ListQuery::parse(&format!("{sort}limit=100")).unwrap();
        let listing = list(&connections, &query, &Scope::All, soon()).await.unwrap();
        assert_eq!(listing.data.len(), 100, "{subject}");
        assert_eq!(listing.total, None, "{subject}");
        for source in &listing.sources {
            let failed = source.connection.as_str() == subject.name;
            let is_told = source.status == SourceStatus::Failed;
            let code = source.problem.as_ref().map(|problem| problem.code);
            assert_eq!(code, failed.then_some(Code::ProviderError), "{subject}");
            assert_eq!(is_told, failed, "{subject}");
        }
        let all = ListQuery { require_all: true, ..query.clone() };
        let problem = list(&connections, &all, &Scope::All, soon()).await.unwrap_err();
        assert_eq!(problem.code, Code::ProviderError, "{subject}");
        let alone = list(&connections[..1], &query, &Scope::All, soon()).await.unwrap_err();
        assert_eq!(alone.code, Code::ProviderError, "{subject}");
        // It comes late rather than never: here, by one that does not rest.
        subject.fail([]);
        connections[0] = subject.reopened().connection();
        let mut query = ListQuery { cursor: listing.next_cursor, ..query };
        let mut late = Vec::new();
        while query.cursor.is_some() {
            let listing = list(&connections, &query, &Scope::All, soon()).await.unwrap();
            let own = |it: &&Invoice| it.connection.as_str() == subject.name;
            late.extend(listing.invoices().filter(own).map(|it| it.id.id().to_owned()));
            query.cursor = listing.next_cursor;
        }
        assert_eq!(sorted(late), subject.truth().into_keys().collect::<Vec<_>>(), "{subject}");
    }
}
