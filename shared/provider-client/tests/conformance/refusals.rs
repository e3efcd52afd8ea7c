//! What the provider refuses, and when it is asked again.

use std::error::Error;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use invoice::{Code, Problem};
use provider_client::provider::View;
use provider_client::{Deadline, ErrorKind, ProviderError};
use sandbox::{Fault, FaultKind, ProviderKind};
use serde_json::Value;

use super::subject::{Subject, soon};

/// An invoice that is there.
pub fn known(subject: &Subject) -> String {
    subject.truth().into_keys().next().unwrap()
}

/// What becomes of the first page and of one invoice by `deadline`, each with
/// the number of calls it took. Each is asked of a connection just opened, which
/// earlier failures have taught nothing.
pub async fn reads(
    subject: &Subject,
    deadline: impl Fn() -> Deadline,
    fail: impl Fn(),
) -> [(&'static str, Result<(), ProviderError>, u64); 2] {
    let id = known(subject);
    fail();
    let before = subject.calls();
    let listed = subject.reopened().first_page(deadline()).await.map(drop);
    let between = subject.calls();
    fail();
    let provider = subject.reopened().provider;
    let got = provider.get(&id, &View::default(), deadline()).await.map(drop);
    subject.fail([]);
    [("list", listed, between - before), ("get", got, subject.calls() - between)]
}

/// All that is said of a failure, to us and to callers: no secret is in it.
fn everything_said(error: &ProviderError) -> String {
    let problem = Problem::from(error);
    let mut said = format!("{error} {error:?} {error:#?} {problem} {problem:?}");
    said.push_str(&serde_json::to_string(&problem).unwrap());
    let mut source = error.source();
    while let Some(cause) = source {
        said.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    said
}

pub fn assert_discreet(subject: &Subject, error: &ProviderError) {
    let said = everything_said(error);
    for secret in secrets(&subject.secret) {
        assert!(!said.contains(&secret), "{subject}: a secret is told: {said}");
    }
}

/// The fields of a secret that are secret.
fn secret_fields(secret: &Value) -> Vec<(String, String)> {
    let fields = secret.as_object().unwrap().iter();
    let texts =
        fields.filter(|(key, _)| !["provider", "baseUrl", "customers"].contains(&key.as_str()));
    texts.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// As they are, and as they travel.
fn secrets(secret: &Value) -> Vec<String> {
    let mut secrets: Vec<String> =
        secret_fields(secret).into_iter().map(|(_, secret)| secret).collect();
    let encoded: Vec<String> = secrets.iter().map(|secret| STANDARD.encode(secret)).collect();
    secrets.extend(encoded);
    if let (Some(user), Some(password)) = (secret["username"].as_str(), secret["password"].as_str())
    {
        secrets.push(STANDARD.encode(format!("{user}:{password}")));
    }
    secrets
}

/// Each of the fields by itself.
pub async fn wrong_credentials_are_told_and_never_shown(subject: &Subject) {
    let fields = secret_fields(&subject.secret);
    assert!(!fields.is_empty());
    for (field, _) in fields {
        let mut secret = subject.secret.clone();
        secret[&field] = "wrong-but-secret-all-the-same".into();
        let wrong = subject.with_secret(secret);
        for (operation, outcome, calls) in reads(&wrong, soon, || ()).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Credentials, "{subject} {operation}: {error}");
            assert_eq!(Problem::from(&error).code, Code::ProviderCredentials);
            assert_eq!(calls, 1, "{subject} {operation}");
            assert_discreet(&wrong, &error);
            assert_discreet(subject, &error);
        }
    }
}

fn status(status: u16, retry_after: Option<u32>) -> FaultKind {
    FaultKind::Status { status, retry_after }
}

/// By the kind, by what callers are told, and with the provider's own words.
pub async fn each_refusal_keeps_its_meaning(subject: &Subject) {
    let forbidden = match subject.kind {
        // The self-service edition has a licence of its own (nue-self-service R8, R9).
        ProviderKind::NueSelfService => (ErrorKind::NotEnabled, Code::NotEnabled),
        _ => (ErrorKind::Credentials, Code::ProviderCredentials),
    };
    let failed = (ErrorKind::Failed, Code::ProviderError);
    for (answered, (kind, code)) in [
        (401, (ErrorKind::Credentials, Code::ProviderCredentials)),
        (403, forbidden),
        (404, (ErrorKind::NotFound, Code::InvoiceNotFound)),
        (409, (ErrorKind::Conflict, Code::ProviderError)),
        (429, (ErrorKind::RateLimited, Code::RateLimited)),
        (500, failed),
        (502, failed),
        (503, failed),
    ] {
        // No wait that the deadline leaves room for: one call tells.
        let asked = matches!(answered, 429 | 503).then_some(600);
        let fail = || subject.fail_always(status(answered, asked));
        for (operation, outcome, calls) in reads(subject, soon, fail).await {
            let error = outcome.unwrap_err();
            let context = format!("{subject} {operation} {answered}: {error}");
            assert_eq!((error.kind, error.status), (kind, Some(answered)), "{context}");
            let problem = Problem::from(&error);
            // A listing that is not there is no invoice that is not there.
            let code = match (operation, code) {
                ("list", Code::InvoiceNotFound) => Code::ProviderError,
                (_, code) => code,
            };
            assert_eq!(problem.code, code, "{context}");
            assert_eq!(problem.retry_after, asked.map(u64::from), "{context}");
            let provider = problem.provider.as_ref().unwrap();
            assert_eq!(provider.status, Some(answered), "{context}");
            // A 502 is a page of a gateway in front of the API: nobody's words.
            assert_eq!(provider.message.is_some(), answered != 502, "{context}");
            // What is not asked to wait is asked again: see below.
            assert_eq!(calls, if answered == 502 { 3 } else { 1 }, "{context}");
            assert_discreet(subject, &error);
        }
    }
}

/// Three times in all, and no more often than it takes.
pub async fn a_read_is_sent_again_only_where_it_may_help(subject: &Subject) {
    let sound = reads(subject, soon, || ()).await;
    for (answered, again) in [
        (401, false),
        (403, false),
        (404, false),
        (409, false),
        (500, false),
        (429, true),
        (502, true),
        (503, true),
    ] {
        let fail = || subject.fail_always(status(answered, None));
        for (operation, outcome, calls) in reads(subject, soon, fail).await {
            assert!(outcome.is_err());
            assert_eq!(calls, if again { 3 } else { 1 }, "{subject} {operation} {answered}");
        }
        if again {
            let fail = || subject.fail([Fault::times(status(answered, None), 2)]);
            for ((operation, outcome, calls), (_, _, usual)) in
                reads(subject, soon, fail).await.into_iter().zip(&sound)
            {
                assert!(outcome.is_ok(), "{subject} {operation} {answered}: {outcome:?}");
                assert_eq!(calls, usual + 2, "{subject} {operation} {answered}");
            }
        }
    }
}

/// And one that does not fit is told at once, with its length.
pub async fn a_wait_that_fits_the_deadline_is_waited_for(subject: &Subject) {
    for answered in [429, 503] {
        let fail = || subject.fail([Fault::times(status(answered, Some(1)), 1)]);
        let began = Instant::now();
        for (operation, outcome, calls) in reads(subject, soon, fail).await {
            assert!(outcome.is_ok(), "{subject} {operation} {answered}: {outcome:?}");
            assert!(calls >= 2, "{subject} {operation} {answered}");
        }
        assert!(began.elapsed() >= Duration::from_secs(2), "{subject}: a second each");
        let short = || Deadline::after(Duration::from_secs(3));
        let fail = || subject.fail_always(status(answered, Some(4)));
        for (operation, outcome, calls) in reads(subject, short, fail).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.retry_after, Some(Duration::from_secs(4)), "{subject} {operation}");
            assert_eq!(calls, 1, "{subject} {operation} {answered}");
        }
    }
}
