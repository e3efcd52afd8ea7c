//! What `check` finds of each provider's assumptions: all that a reading can show holds at the
//! sandbox, and where an account breaks one of them, that one is found, and no write is sent.

#![cfg(test)]

#[expect(dead_code, reason = "tests of other providers use the rest of it")]
#[path = "sandboxed/rig.rs"]
mod rig;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use provider_client::probe::{Finding, check};
use provider_client::{ConnectionSecret, PROVIDERS, Transport, connect};
use rig::{NAME, serve};
use sandbox::{Fault, FaultKind, Options, ProviderKind, Sandbox};
use serde_json::{Value, json};

/// An exchange with the provider, to be changed.
struct Exchange {
    target: String,
    asked: Value,
}

/// What of an exchange is changed: the request on its way, and the answer on its way back.
type OnTheWay = fn(&mut Exchange);
type OnTheWayBack = fn(&Exchange, &mut StatusCode, &mut Value);

fn untouched(_: &mut Exchange) {}
fn unchanged(_: &Exchange, _: &mut StatusCode, _: &mut Value) {}

/// What is found at an account, by assumption, and how many invoices a write named.
async fn found(
    kind: ProviderKind,
    refused: &[&str],
    there: OnTheWay,
    back: OnTheWayBack,
    fault: Option<FaultKind>,
) -> BTreeMap<&'static str, Finding> {
    let connections = vec![(NAME.to_owned(), kind)];
    // More of one customer's than a page of SimplePin's holds by default.
    let invoices = if kind == ProviderKind::SimplePin { 2600 } else { 350 };
    let sandbox = Sandbox::new(Options { invoices, connections, ..Options::default() });
    sandbox.refuse(NAME, refused.iter().copied()).unwrap();
    if let Some(fault) = fault {
        sandbox.set_fault(NAME, Fault::always(fault)).unwrap();
    }
    let change = move |request: Request, next: Next| exchange(request, next, there, back);
    let origin = serve(sandbox.router().layer(from_fn(change))).await;
    let secret = sandbox.secret(NAME, &origin).unwrap();
    let secret = ConnectionSecret::parse(&NAME.parse().unwrap(), &secret.to_string()).unwrap();
    let provider = connect(&secret, &Transport::new().unwrap().reading_only()).unwrap();
    let checked = check(provider.as_ref()).await.unwrap();
    assert_eq!(sandbox.writes(NAME).counts().count(), 0, "a write was sent");
    drop(Arc::clone(&sandbox));
    checked.into_iter().map(|one| (one.assumption.name, one.finding)).collect()
}

async fn exchange(request: Request, next: Next, there: OnTheWay, back: OnTheWayBack) -> Response {
    let (mut parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let asked = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let mut exchange = Exchange { target: parts.uri.to_string(), asked };
    there(&mut exchange);
    parts.uri = exchange.target.parse().unwrap();
    parts.headers.remove(header::CONTENT_LENGTH);
    // Answers are read here: they come without a coding.
    parts.headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let body = if exchange.asked.is_null() {
        Body::from(bytes)
    } else {
        Body::from(exchange.asked.to_string())
    };
    let (mut parts, body) = next.run(Request::from_parts(parts, body)).await.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let Ok(mut answer) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let before = answer.clone();
    back(&exchange, &mut parts.status, &mut answer);
    if answer == before {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(answer.to_string()))
}

fn names(
    found: &BTreeMap<&'static str, Finding>,
    is: fn(&Finding) -> bool,
) -> BTreeSet<&'static str> {
    found.iter().filter(|(_, finding)| is(finding)).map(|(name, _)| *name).collect()
}

fn is_broken(finding: &Finding) -> bool {
    matches!(finding, Finding::Broken(_))
}

#[tokio::test]
async fn at_the_sandbox_all_that_a_reading_shows_holds() {
    for (kind, holds, not_probed) in [
        (ProviderKind::Nue, 45, 4),
        // All comes at once there, as the guide has it: a second page is not seen.
        (ProviderKind::NueSelfService, 2, 1),
        (ProviderKind::SimplePin, 4, 2),
        (ProviderKind::Fusebill, 1, 3),
        (ProviderKind::Finexio, 1, 0),
        (ProviderKind::Stripe, 1, 3),
    ] {
        let found = found(kind, &[], untouched, unchanged, None).await;
        let count = |is: fn(&Finding) -> bool| names(&found, is).len();
        let counts = (
            count(|one| *one == Finding::Holds),
            count(|one| matches!(one, Finding::NotProbed(_))),
        );
        assert_eq!(counts, (holds, not_probed), "{kind:?}: {found:#?}");
        assert_eq!(names(&found, is_broken), BTreeSet::new(), "{kind:?}: {found:#?}");
    }
}

#[test]
fn every_assumption_has_a_probe_and_every_probe_an_assumption() {
    for kind in PROVIDERS {
        let probed: Vec<&str> = kind.probes.iter().map(|probe| probe.assumption).collect();
        let assumed: Vec<&str> = kind.capabilities.assumptions.iter().map(|one| one.name).collect();
        let sorted =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(sorted(&probed), sorted(&assumed), "{}", kind.capabilities.provider);
        assert_eq!(probed.len(), assumed.len(), "{}", kind.capabilities.provider);
    }
}

/// What an account may refuse by name.
#[tokio::test]
async fn what_is_refused_by_name_is_broken_in_the_providers_words() {
    for (kind, name) in [
        (ProviderKind::Nue, "order_by"),
        (ProviderKind::Nue, "limit of 500"),
        (ProviderKind::Nue, "_in"),
        (ProviderKind::Nue, "variables"),
        (ProviderKind::Nue, "Invoice.taxStatus"),
        (ProviderKind::SimplePin, "customer_id in the query"),
        (ProviderKind::SimplePin, "count of 500"),
        (ProviderKind::SimplePin, "dates of invoices"),
    ] {
        let found = found(kind, &[name], untouched, unchanged, None).await;
        assert_eq!(names(&found, is_broken), BTreeSet::from([name]), "{found:#?}");
        let Finding::Broken(what) = &found[name] else { panic!("{found:#?}") };
        assert!(what.starts_with("it refuses it: "), "{what}");
    }
}

/// What an account takes and does not do, one after the other.
#[tokio::test]
async fn what_is_taken_and_not_done_is_broken() {
    type Case = (ProviderKind, &'static str, OnTheWay, OnTheWayBack);
    let cases: [Case; 15] = [
        (ProviderKind::Nue, "order_by", untouched, |exchange, _, answer| {
            let order =
                exchange.asked["query"].as_str().and_then(|query| query.split_once("order_by"));
            if order.is_some_and(|(_, order)| {
                order.get(..24).is_some_and(|key| key.contains("invoiceDate"))
            }) {
                reverse(answer, "/data/Invoice");
            }
        }),
        (
            ProviderKind::Nue,
            "offset",
            |exchange| set(&mut exchange.asked, "/variables/offset", json!(0)),
            unchanged,
        ),
        (
            ProviderKind::Nue,
            "limit",
            |exchange| {
                let is_few =
                    exchange.asked["variables"]["limit"].as_u64().is_some_and(|limit| limit < 300);
                if is_few {
                    set(&mut exchange.asked, "/variables/limit", json!(300));
                }
            },
            unchanged,
        ),
        (
            ProviderKind::Nue,
            "_in",
            |exchange| {
                if exchange.asked["variables"]["where"].to_string().contains("_in") {
                    set(&mut exchange.asked, "/variables/where", json!({}));
                }
            },
            unchanged,
        ),
        (
            ProviderKind::Nue,
            "amounts as texts",
            |exchange| {
                if exchange.asked["variables"]["where"].to_string().contains("amount") {
                    set(&mut exchange.asked, "/variables/where", json!({}));
                }
            },
            unchanged,
        ),
        (ProviderKind::Nue, "data", untouched, |exchange, _, answer| {
            if exchange.target.contains("includes=") {
                rename(answer, "data", "rows");
            }
        }),
        (ProviderKind::NueSelfService, "invoice", untouched, |_, _, answer| {
            for row in rows(answer) {
                rename(row, "name", "invoiceNumber");
            }
        }),
        (ProviderKind::NueSelfService, "data", untouched, |_, _, answer| {
            *answer = json!({ "rows": answer.take() });
        }),
        (ProviderKind::NueSelfService, "page", untouched, |exchange, _, answer| {
            let first: Vec<Value> = rows(answer).take(10).map(|row| row.take()).collect();
            let page = if exchange.target.contains("page=2") { Vec::new() } else { first };
            *answer = json!({ "data": page, "pagination": { "total": 35 } });
        }),
        (
            ProviderKind::SimplePin,
            "customer_id in the query",
            |exchange| {
                exchange.target = exchange.target.replace("CUST-1001", "CUST-1002");
            },
            unchanged,
        ),
        (
            ProviderKind::SimplePin,
            "dates of invoices",
            |exchange| {
                if let Some(asked) = exchange.asked.as_object_mut() {
                    asked.remove("date_from");
                }
            },
            unchanged,
        ),
        (ProviderKind::SimplePin, "get", untouched, |exchange, status, answer| {
            if exchange.target.contains("/invoice/get") {
                (*status, *answer) = (StatusCode::NOT_FOUND, json!({ "message": "no such route" }));
            }
        }),
        (ProviderKind::Fusebill, "unknown customers", untouched, |exchange, status, answer| {
            if exchange.target.contains("2147483646") {
                (*status, *answer) = (
                    StatusCode::FORBIDDEN,
                    json!({ "Errors": [{ "Key": "x", "Value": "not yours" }] }),
                );
            }
        }),
        (ProviderKind::Finexio, "past the end", untouched, |_, status, answer| {
            if *status == StatusCode::NOT_FOUND {
                *answer = json!({ "detail": "Not found." });
            }
        }),
        (ProviderKind::Stripe, "deleted cursor", untouched, |exchange, _, answer| {
            if exchange.target.contains("goneGONE") {
                *answer = json!({ "error": { "type": "invalid_request_error", "code": "parameter_invalid", "message": "what cursor?" } });
            }
        }),
    ];
    for (kind, name, there, back) in cases {
        let found = found(kind, &[], there, back, None).await;
        assert_eq!(names(&found, is_broken), BTreeSet::from([name]), "{kind:?} {name}: {found:#?}");
    }
}

/// Of the self-service edition, which the sandbox plays as its guide has it: all at once.
#[tokio::test]
async fn pages_are_seen_where_there_are_any_and_refused_where_not() {
    let paged: OnTheWayBack = |exchange, _, answer| {
        let number = if exchange.target.contains("page=2") { 1 } else { 0 };
        let page = rows(answer).skip(number * 10).take(10).map(|row| row.take()).collect();
        *answer = Value::Array(page);
    };
    let seen = found(ProviderKind::NueSelfService, &[], untouched, paged, None).await;
    assert_eq!(seen["page"], Finding::Holds, "{seen:#?}");
    let refused: OnTheWayBack = |exchange, status, answer| {
        if exchange.target.contains("page=") {
            (*status, *answer) =
                (StatusCode::BAD_REQUEST, json!({ "error": "page is not a parameter" }));
        }
    };
    let broken = found(ProviderKind::NueSelfService, &[], untouched, refused, None).await;
    assert_eq!(names(&broken, is_broken), BTreeSet::from(["page"]), "{broken:#?}");
}

#[tokio::test]
async fn pages_that_are_capped_are_broken() {
    for (kind, name) in
        [(ProviderKind::Nue, "limit of 500"), (ProviderKind::SimplePin, "count of 500")]
    {
        let found = found(kind, &[], untouched, unchanged, Some(FaultKind::CappedPages)).await;
        assert_eq!(names(&found, is_broken), BTreeSet::from([name]), "{found:#?}");
    }
}

/// A write does not pass a transport that reads alone, whatever asks for it.
#[tokio::test]
async fn a_transport_that_reads_alone_sends_no_write() {
    let connections = vec![(NAME.to_owned(), ProviderKind::SimplePin)];
    let sandbox = Sandbox::new(Options { invoices: 50, connections, ..Options::default() });
    let origin = serve(sandbox.router()).await;
    let secret = sandbox.secret(NAME, &origin).unwrap();
    let secret = ConnectionSecret::parse(&NAME.parse().unwrap(), &secret.to_string()).unwrap();
    let provider = connect(&secret, &Transport::new().unwrap().reading_only()).unwrap();
    let question = rig::everything();
    let part = provider.plan(&question).unwrap().parts.remove(0);
    let page = provider.page(&question, &part, &Default::default(), rig::soon()).await.unwrap();
    let write = invoice::Write::Cancel { comment: None };
    let key = provider_client::SendKey::of("attempt", &page.invoices[0].id);
    let refused = provider.write(&write, &page.invoices[..1], &key, rig::soon()).await.unwrap_err();
    assert!(refused.to_string().contains("nothing was sent"), "{refused}");
    assert_eq!(sandbox.writes(NAME).counts().count(), 0);
}

fn set(value: &mut Value, pointer: &str, new: Value) {
    if let Some(place) = value.pointer_mut(pointer) {
        *place = new;
    }
}

fn reverse(value: &mut Value, pointer: &str) {
    if let Some(rows) = value.pointer_mut(pointer).and_then(Value::as_array_mut) {
        rows.reverse();
    }
}

/// The rows of an answer, bare or as `data`.
fn rows(answer: &mut Value) -> impl Iterator<Item = &mut Value> {
    let rows = if answer.is_array() { Some(answer) } else { answer.get_mut("data") };
    rows.and_then(Value::as_array_mut).into_iter().flatten()
}

fn rename(value: &mut Value, old: &str, new: &str) {
    if let Some(members) = value.as_object_mut()
        && let Some(member) = members.remove(old)
    {
        members.insert(new.to_owned(), member);
    }
}
