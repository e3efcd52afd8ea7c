//! Answers as HTTP brings them: coded, late, of a proxy, of another invoice, or an error
//! that calls itself a success.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::middleware::{Next, from_fn};
use flate2::Compression;
use flate2::write::GzEncoder;
use invoice::{Action, Code, Invoice, Patch, Problem, Write};
use provider_client::SendKey;
use provider_client::error::Fate;
use provider_client::provider::View;
use provider_client::{Deadline, ErrorKind};
use sandbox::{FaultKind, ProviderKind, Resource};
use tokio::net::TcpListener;

use super::refusals::{assert_discreet, known, reads};
use super::subject::{Subject, shown, soon};

/// The subject's connection, whose answers go through `change` on their way.
async fn changed(
    subject: &Subject,
    change: impl Fn(Response<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
) -> Subject {
    let change = Arc::new(change);
    let pass = from_fn(move |request: Request, next: Next| {
        let change = Arc::clone(&change);
        async move {
            let (head, body) = next.run(request).await.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            change(Response::from_parts(head, body)).map(Body::from)
        }
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = subject.sandbox.router().layer(pass);
    tokio::spawn(async move { axum::serve(listener, router).await });
    subject.with_secret(subject.sandbox.secret(&subject.name, &origin).unwrap())
}

fn zipped(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap().into()
}

fn with(
    mut response: Response<Bytes>,
    name: header::HeaderName,
    value: &str,
    body: Bytes,
) -> Response<Bytes> {
    response.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
    *response.body_mut() = body;
    response
}

pub async fn an_answer_in_gzip_or_behind_a_mark_is_read(subject: &Subject) {
    let id = known(subject);
    let plain = shown(&subject.get(&id, &View::default()).await.unwrap());
    let page = subject.first_page(soon()).await.unwrap().invoices;
    let gzip = |response: Response<Bytes>| {
        let body = zipped(response.body());
        with(response, header::CONTENT_ENCODING, "gzip", body)
    };
    let marked = |response: Response<Bytes>| {
        response.map(|body| [&b"\xEF\xBB\xBF"[..], &body[..]].concat().into())
    };
    let (gzip, marked) = (changed(subject, gzip).await, changed(subject, marked).await);
    for one in [gzip, marked] {
        assert_eq!(shown(&one.get(&id, &View::default()).await.unwrap()), plain, "{subject}");
        let listed = one.first_page(soon()).await.unwrap().invoices;
        assert_eq!(
            listed.iter().map(shown).collect::<Vec<_>>(),
            page.iter().map(shown).collect::<Vec<_>>(),
            "{subject}"
        );
    }
}

/// A refusal keeps its meaning all the same.
pub async fn a_coding_that_is_not_read_is_named(subject: &Subject) {
    let coded = changed(subject, |response| {
        with(response, header::CONTENT_ENCODING, "br", Bytes::from_static(b"\x0b\x02\x80"))
    });
    let coded = coded.await;
    for (operation, outcome, calls) in reads(&coded, soon, || ()).await {
        let error = outcome.unwrap_err();
        let context = format!("{subject} {operation}: {error}");
        assert_eq!(error.kind, ErrorKind::BadResponse, "{context}");
        assert!(error.detail.contains("`br`"), "{context}");
        assert_eq!(calls, 1, "{context}");
    }
    let fail = || subject.fail_always(FaultKind::Status { status: 409, retry_after: None });
    for (operation, outcome, _) in reads(&coded, soon, fail).await {
        assert_eq!(outcome.unwrap_err().kind, ErrorKind::Conflict, "{subject} {operation}");
    }
}

/// The forms of RFC 9110, 5.6.7; and what is none of them.
pub async fn a_wait_in_every_form_of_date_is_waited_for(subject: &Subject) {
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    for form in forms.map(Some).into_iter().chain([None]) {
        let is_first = AtomicBool::new(true);
        let late = changed(subject, move |response| {
            if !is_first.swap(false, Ordering::SeqCst) {
                return response;
            }
            let until = SystemTime::now() + Duration::from_secs(2);
            let until = jiff::Timestamp::try_from(until).unwrap();
            let until = form.map(|form| until.strftime(form).to_string());
            let until = until.unwrap_or_else(|| "in a while".to_owned());
            let mut refused = with(response, header::RETRY_AFTER, &until, Bytes::new());
            *refused.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            refused
        });
        let (late, began) = (late.await, Instant::now());
        late.get(&known(subject), &View::default()).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(900), "{subject} {form:?}");
    }
    // What cannot be waited for is told, and never more than a day.
    let late = changed(subject, |response| {
        let far = "Fri, 31 Dec 9999 23:59:59 GMT";
        let mut refused = with(response, header::RETRY_AFTER, far, Bytes::new());
        *refused.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        refused
    });
    for (operation, outcome, calls) in reads(&late.await, soon, || ()).await {
        let problem = Problem::from(&outcome.unwrap_err());
        assert_eq!(problem.retry_after, Some(24 * 3600), "{subject} {operation}");
        assert_eq!(calls, 1, "{subject} {operation}");
    }
}

/// Nor of what became of a write.
pub async fn a_404_of_a_proxy_says_nothing_of_the_invoice(subject: &Subject) {
    for (kind, body) in [
        ("text/html", "<html><h1>404 Not Found</h1></html>"),
        ("text/plain", "default backend - 404"),
        ("application/json", "[\"not found\"]"),
        ("application/json", ""),
    ] {
        let foreign = changed(subject, move |response| {
            let mut page =
                with(response, header::CONTENT_TYPE, kind, Bytes::from_static(body.as_bytes()));
            *page.status_mut() = StatusCode::NOT_FOUND;
            page
        });
        let foreign = foreign.await;
        for (operation, outcome, calls) in reads(&foreign, soon, || ()).await {
            let error = outcome.unwrap_err();
            let context = format!("{subject} {operation} {kind} {body:?}: {error}");
            let code = Problem::from(&error).code;
            assert!([Code::ProviderBadResponse, Code::ProviderError].contains(&code), "{context}");
            assert_eq!((error.status, calls), (Some(404), 1), "{context}");
        }
        let Some((write, invoice)) = a_write(subject).await else { continue };
        let error = foreign
            .provider
            .write(&write, &[invoice], &SendKey::from(fastrand::u64(..).to_string()), soon())
            .await
            .unwrap_err();
        assert_eq!(error.fate, Fate::Unclear, "{subject} {kind} {body:?}: {error}");
    }
    let blocked = changed(subject, |response| {
        let page = Bytes::from_static(b"<html>Request blocked</html>");
        let mut page = with(response, header::CONTENT_TYPE, "text/html", page);
        *page.status_mut() = StatusCode::FORBIDDEN;
        page
    });
    for (operation, outcome, _) in reads(&blocked.await, soon, || ()).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse, "{subject} {operation}: {error}");
        assert_discreet(subject, &error);
    }
}

/// Whoever answers so has let nothing pass, so that it is a refusal; but of whose key.
pub async fn a_401_with_a_page_may_be_a_proxys_and_is_told_so(subject: &Subject) {
    let barred = changed(subject, |response| {
        let page = Bytes::from_static(b"<html>Sign in</html>");
        let mut page = with(response, header::CONTENT_TYPE, "text/html", page);
        *page.status_mut() = StatusCode::UNAUTHORIZED;
        page
    });
    let barred = barred.await;
    let mut told: Vec<_> = reads(&barred, soon, || ()).await.into_iter().collect();
    if let Some((write, invoice)) = a_write(subject).await {
        let error = barred
            .provider
            .write(&write, &[invoice], &SendKey::from("test".to_owned()), soon())
            .await
            .map(drop);
        told.push(("write", error, 1));
    }
    for (operation, outcome, _) in told {
        let error = outcome.unwrap_err();
        let context = format!("{subject} {operation}: {error}");
        assert_eq!(
            (error.kind, error.fate),
            (ErrorKind::Credentials, Fate::NotAccepted),
            "{context}"
        );
        assert!(error.detail.contains("a proxy on the way"), "{context}");
        assert_discreet(subject, &error);
    }
}

/// Whoever answers so has let nothing pass, and says when to come again.
pub async fn a_429_with_a_page_is_a_limit_like_any_other(subject: &Subject) {
    let limited = changed(subject, |response| {
        let page = Bytes::from_static(b"<html>Too many requests</html>");
        let mut page = with(response, header::CONTENT_TYPE, "text/html", page);
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3600"));
        *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        page
    });
    let limited = limited.await;
    let mut told: Vec<_> = reads(&limited, soon, || ()).await.into_iter().collect();
    if let Some((write, invoice)) = a_write(subject).await {
        let key = SendKey::from("test".to_owned());
        let error = limited.provider.write(&write, &[invoice], &key, soon()).await.map(drop);
        told.push(("write", error, 1));
    }
    for (operation, outcome, _) in told {
        let error = outcome.unwrap_err();
        let context = format!("{subject} {operation}: {error}");
        let told = (error.kind, error.fate);
        assert_eq!(told, (ErrorKind::RateLimited, Fate::NotAccepted), "{context}");
        assert_eq!(Problem::from(&error).retry_after, Some(3600), "{context}");
    }
}

/// A write that is possible now, where there is any.
async fn a_write(subject: &Subject) -> Option<(Write, Invoice)> {
    for id in subject.truth().keys() {
        let invoice = subject.get(id, &View::default()).await.unwrap();
        let write = match invoice.available_actions.keys().next() {
            Some(Action::Activate) => Write::Activate { invoice_date: None, comment: None },
            Some(Action::Cancel) => Write::Cancel { comment: None },
            Some(Action::Delete) => Write::Delete,
            Some(Action::Update) => {
                Write::Update(Box::new(Patch { comment: Some("x".into()), ..Patch::default() }))
            }
            None => continue,
        };
        // An update may read first: that is another call.
        if !matches!(write, Write::Update(_)) {
            return Some((write, invoice));
        }
    }
    None
}

/// And its meaning, as far as it does not lie in the status alone.
pub async fn an_error_that_comes_with_success_keeps_its_words(subject: &Subject) {
    let success = changed(subject, |mut response| {
        *response.status_mut() = StatusCode::OK;
        response
    });
    let success = success.await;
    for status in [404, 409, 500] {
        let fail = || subject.fail_always(FaultKind::Status { status, retry_after: None });
        let refused = reads(subject, soon, fail).await;
        let told = reads(&success, soon, fail).await;
        for ((operation, refused, _), (_, told, calls)) in refused.into_iter().zip(told) {
            let (refused, told) = (refused.unwrap_err(), told.unwrap_err());
            let context = format!("{subject} {operation} {status}: {told}");
            assert_eq!(told.said, refused.said, "{context}");
            assert_eq!((told.status, calls), (Some(200), 1), "{context}");
            // Finexio's errors are words alone (finexio R4).
            let kind = match subject.kind {
                ProviderKind::Finexio => ErrorKind::Failed,
                _ => refused.kind,
            };
            assert_eq!(told.kind, kind, "{context}");
            assert_discreet(subject, &told);
        }
    }
}

/// Whatever the reason: a cache on the way, a mistake of theirs.
pub async fn another_invoice_is_not_the_one_asked_for(subject: &Subject) {
    let records = subject.sandbox.population(&subject.name);
    let mut records = records.iter().filter(|record| record.resource != Resource::Draft);
    let (one, other) = (records.next().unwrap().id.clone(), records.next().unwrap().id.clone());
    let (asked, answered) = (one.clone(), other);
    let mixed_up = changed(subject, move |response| {
        response
            .map(|body| String::from_utf8(body.to_vec()).unwrap().replace(&asked, &answered).into())
    });
    let mixed_up = mixed_up.await;
    let error = mixed_up.get(&one, &View::default()).await.unwrap_err();
    let kinds = [ErrorKind::OtherInvoice, ErrorKind::NotFound];
    assert!(kinds.contains(&error.kind), "{subject}: {error}");
    assert_eq!(Problem::from(&error).code, Code::InvoiceNotFound, "{subject}: {error}");
    // Nor is what was written known by it.
    let before = subject.get(&one, &View::default()).await.unwrap();
    let since = jiff::Timestamp::now();
    let by = Deadline::after(Duration::from_secs(20));
    let writes = [Write::Delete, Write::Cancel { comment: None }].into_iter();
    for write in writes.filter(|write| subject.capabilities().write(write.action()).is_some()) {
        let before = std::slice::from_ref(&before);
        let after = mixed_up.provider.after(&write, before, since, by).await.remove(0);
        let is_told = matches!(after, Ok(provider_client::provider::After::Done(_)));
        assert!(!is_told, "{subject} {write:?}: {after:?}");
    }
}

/// Nothing that the same invoice allows when its word is known.
pub async fn an_unknown_word_forbids_nothing(subject: &Subject) {
    let mut allowed = 0;
    for id in subject.truth().keys().step_by(3) {
        let sound = subject.get(id, &View::default()).await.unwrap();
        subject.fail_always(FaultKind::UnknownStatus);
        let odd = subject.get(id, &View::default()).await.unwrap();
        subject.fail([]);
        for action in sound.available_actions.keys() {
            assert!(odd.available_actions.contains_key(action), "{subject} {id} {action:?}");
            allowed += 1;
        }
    }
    assert_eq!(allowed > 0, !subject.capabilities().writes.is_empty(), "{subject}");
}
