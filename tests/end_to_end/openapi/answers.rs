//! Every route answers, over all providers and in all the ways that the document
//! has for it; that each answer is one of the document's, the harness sees to.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::document::{document, hold};
use crate::http::Answer;
use crate::stack::{CONNECTIONS, Fault, Request, Stack};
use crate::tokens::token;

const ALL_INCLUDES: &str = "includes=lines,assets,orders,payments,raw&showTrackedItems=true";

/// Documented, and not to be had from a stack in order: a fault of ours, a store
/// out of reach.
const OF_FAILURES: [u16; 2] = [500, 503];

/// What was answered: operation and status.
#[derive(Default)]
struct Seen(BTreeSet<(&'static str, u16)>);

impl Seen {
    fn ask(&mut self, method: &'static str, request: Request<'_>, target: &str) -> Answer {
        let answer = request.method(method).send();
        let operation = hold(method, target, &answer).unwrap();
        self.0.insert((operation, answer.status));
        answer
    }

    fn get(&mut self, stack: &Stack, target: &str) -> Answer {
        self.ask("GET", stack.request(target), target)
    }

    fn post(&mut self, stack: &Stack, target: &str, body: &Value) -> Answer {
        self.ask("POST", stack.request(target).body(body), target)
    }

    fn patch(&mut self, stack: &Stack, target: &str, body: &Value) -> Answer {
        self.ask("PATCH", stack.request(target).body(body), target)
    }

    fn delete(&mut self, stack: &Stack, target: &str, body: &Value) -> Answer {
        self.ask("DELETE", stack.request(target).body(body), target)
    }
}

/// A connection's invoices to which this may be done now.
fn open_to(stack: &Stack, connection: &str, action: &str) -> Vec<String> {
    let pages = stack.walk(&format!("/invoices?connection={connection}&limit=200"), None);
    let all = pages.iter().flat_map(|page| page["data"].as_array().unwrap());
    let open = all.filter(|invoice| invoice["availableActions"][action].is_object());
    open.map(|invoice| invoice["id"].as_str().unwrap().to_owned()).collect()
}

/// Changes are told of a connection whose first sync is complete.
fn changes(seen: &mut Seen) {
    let stack = Stack::start(&["--invoices", "50", "--sync", "finexio"]);
    let target = "/invoices/changes?connection=finexio&limit=5";
    crate::stack::wait_until("the first sync", || (stack.get(target).status == 200).then_some(()));
    seen.get(&stack, target);
    seen.ask("HEAD", stack.request(target), target);
    // Before the copy was made.
    let target = "/invoices/changes?connection=finexio&since=2020-01-01T00:00:00Z";
    assert_eq!(seen.get(&stack, target).status, 410);
}

#[test]
fn every_route_answers_in_every_documented_way() {
    let stack = Stack::start(&["--invoices", "120"]);
    let mut seen = Seen::default();
    reads(&stack, &mut seen);
    writes(&stack, &mut seen);
    refusals(&stack, &mut seen);
    webhooks(&stack, &mut seen);
    changes(&mut seen);
    let ways = document().operations().flat_map(|(_, _, operation)| {
        let name = operation["operationId"].as_str().unwrap();
        let statuses = operation["responses"].as_object().unwrap().keys();
        statuses.map(move |status| (name, status.parse::<u16>().unwrap()))
    });
    let ways: BTreeSet<(&str, u16)> = ways.collect();
    let unseen: Vec<_> = ways.difference(&seen.0).filter(|(_, status)| *status < 400).collect();
    assert!(unseen.is_empty(), "nothing answers {unseen:?}");
    let problems = |ways: &BTreeSet<(&str, u16)>| -> BTreeSet<u16> {
        let statuses = ways.iter().map(|(_, status)| *status).filter(|status| *status >= 400);
        statuses.filter(|status| !OF_FAILURES.contains(status)).collect()
    };
    assert_eq!(problems(&ways), problems(&seen.0));
}

fn reads(stack: &Stack, seen: &mut Seen) {
    for target in ["/connections", "/invoices?limit=5", "/invoices/summary?by=aging,status"] {
        seen.get(stack, target).ok();
        let known = stack.request(target).header("If-None-Match", "*");
        assert_eq!(seen.ask("GET", known, target).status, 304);
    }
    let heads =
        ["/connections", "/invoices/summary", "/invoices?limit=5", "/invoices/fusebill:123456"];
    for target in heads {
        assert_eq!(seen.ask("HEAD", stack.request(target), target).status, 200);
        let known = stack.request(target).header("If-None-Match", "*");
        assert_eq!(seen.ask("HEAD", known, target).status, 304);
    }
    for connection in CONNECTIONS {
        for query in ["limit=200", "limit=1&sort=-dueDate&status=active&amount[gt]=1"] {
            let target = format!("/invoices?connection={connection}&{query}&{ALL_INCLUDES}");
            seen.get(stack, &target).ok();
        }
        let sums = format!(
            "/invoices/summary?connection={connection}&by=connection,paymentStatus,currency"
        );
        seen.get(stack, &sums).ok();
        for id in stack.truth(connection).into_keys().take(5) {
            let target = format!("/invoices/{id}?{ALL_INCLUDES}");
            let answer = seen.get(stack, &target);
            assert!(answer.ok()["raw"].is_object(), "{id}");
            let known = stack.request(&target).header("If-None-Match", "*");
            assert_eq!(seen.ask("GET", known, &target).status, 304);
        }
    }
}

fn writes(stack: &Stack, seen: &mut Seen) {
    let finexio = stack.truth("finexio").into_keys().next().unwrap();
    for connection in ["nue", "fusebill", "simplepin"] {
        let drafts = open_to(stack, connection, "activate");
        let one = |verb: &str, id: &str| format!("/invoices/{id}/{verb}");
        seen.post(stack, &one("activate", &drafts[0]), &json!({"dryRun": true}));
        seen.post(stack, &one("activate", &drafts[0]), &json!({"comment": "month end"})).ok();
        seen.post(stack, &one("cancel", &drafts[1]), &Value::Null).ok();
        let some = json!({"invoiceIds": [drafts[2], finexio], "comment": "month end"});
        let key = |target: &str| {
            let request = stack.request(target).header("Idempotency-Key", "month-end");
            request.body(&some)
        };
        for target in ["/invoices/activate", "/invoices/cancel"] {
            for _ in ["first", "again"] {
                seen.ask("POST", key(target), target);
            }
        }
        seen.patch(stack, &format!("/invoices/{}", drafts[3]), &json!({"comment": "on hold"}));
        let _lost = Fault::set(stack, connection, &json!({"kind": "dropBefore"}));
        seen.post(stack, &one("activate", &drafts[4]), &Value::Null);
        seen.post(stack, &one("cancel", &drafts[5]), &Value::Null);
        seen.patch(stack, &format!("/invoices/{}", drafts[6]), &json!({"comment": "on hold"}));
        if connection == "nue" {
            let canceled = open_to(stack, connection, "delete");
            seen.delete(stack, &format!("/invoices/{}", canceled[0]), &Value::Null);
        }
    }
    let all_as_asked = open_to(stack, "nue", "cancel");
    seen.post(stack, "/invoices/cancel", &json!({"invoiceIds": [all_as_asked[0]]})).ok();
    let drafts = open_to(stack, "nue", "activate");
    let by_filter = json!({"filter": {"connection": "nue", "status": ["draft"]}, "dryRun": true});
    seen.post(stack, "/invoices/activate", &by_filter).ok();
    seen.post(stack, "/invoices/activate", &json!({"invoiceIds": [drafts[0]]})).ok();
    let canceled = open_to(stack, "nue", "delete");
    seen.delete(stack, &format!("/invoices/{}", canceled[1]), &Value::Null).ok();
    seen.post(stack, "/invoices/delete", &json!({"invoiceIds": [canceled[2]]})).ok();
    seen.delete(stack, "/invoices", &json!({"invoiceIds": [canceled[3]]})).ok();
    for verb in ["activate", "cancel"] {
        seen.post(stack, &format!("/invoices/{finexio}/{verb}"), &json!({"dryRun": true})).ok();
    }
    seen.delete(stack, &format!("/invoices/{finexio}"), &json!({"dryRun": true})).ok();
    let foretold = json!({"comment": "on hold", "dryRun": true});
    seen.patch(stack, &format!("/invoices/{}", drafts[1]), &foretold).ok();
    let none = json!({"invoiceIds": [finexio]});
    seen.post(stack, "/invoices/delete", &none);
    seen.delete(stack, "/invoices", &none);
}

fn webhooks(stack: &Stack, seen: &mut Seen) {
    let basic = BASE64_STANDARD.encode("bridge:sandbox-webhook-secret-finexio");
    let proved = stack.request("/webhooks/finexio").text("{}");
    let proved = proved.header("Authorization", &format!("Basic {basic}"));
    assert_eq!(seen.ask("POST", proved, "/webhooks/finexio").status, 200);
    let with_token = "/webhooks/simplepin/sandbox-webhook-secret-simplepin";
    assert_eq!(seen.ask("POST", stack.request(with_token).text("{}"), with_token).status, 200);
    for target in ["/webhooks/finexio", "/webhooks/simplepin/another-token-of-theirs"] {
        assert_eq!(seen.ask("POST", stack.request(target).text("{}"), target).status, 401);
    }
}

fn refusals(stack: &Stack, seen: &mut Seen) {
    let finexio = format!("/invoices/{}", stack.truth("finexio").into_keys().next().unwrap());
    // The first ones have had writes that are not settled yet.
    let draft = format!("/invoices/{}", open_to(stack, "nue", "activate").last().unwrap());
    seen.get(stack, "/invoices?limit=0&sort=x").problem(400, "invalid_parameter");
    seen.get(stack, "/invoices?connection=nue&cursor=x").problem(400, "invalid_cursor");
    seen.get(stack, "/invoices/x?includes=x").problem(400, "invalid_parameter");
    seen.get(stack, "/connections?x=1").problem(400, "invalid_parameter");
    seen.post(stack, "/invoices/activate", &json!({"x": 1})).problem(400, "invalid_request");
    let form = stack.request("/invoices/activate").text("x=1");
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    seen.ask("POST", form, "/invoices/activate").problem(415, "unsupported_media_type");
    seen.get(stack, "/invoices?connection=x").problem(404, "connection_not_found");
    seen.get(stack, "/invoices/nue:x").problem(404, "invoice_not_found");
    seen.delete(stack, &draft, &Value::Null).problem(409, "state_conflict");
    let stale = stack.request(&draft).header("If-Match", "\"x\"").body(&json!({"terms": "x"}));
    seen.ask("PATCH", stale, &draft).problem(412, "precondition_failed");
    seen.patch(stack, &finexio, &json!({"amounts": {}})).problem(422, "unsupported_field");
    seen.patch(stack, &finexio, &json!({"terms": "x"})).problem(422, "unsupported_operation");
    let listing = "/invoices?search=never+asked+before";
    let cached = stack.request(listing).header("Cache-Control", "only-if-cached");
    seen.ask("GET", cached, listing).problem(504, "not_cached");
    let large = json!({"comment": "x".repeat(11 << 20)});
    assert_eq!(seen.post(stack, "/invoices/activate", &large).status, 413);
    for (bad, status) in [("x".to_owned(), 401), (token(&["--scope", "openid"]), 403)] {
        let answer = seen.ask("GET", stack.request("/invoices").token(Some(&bad)), "/invoices");
        assert_eq!(answer.status, status);
    }
    for (status, code) in [(429, "rate_limited"), (502, "provider_error")] {
        let _fault = Fault::set(stack, "nue", &json!({"kind": "status", "status": status}));
        let listing = "/invoices?connection=nue";
        let listed = stack.request(listing).header("Cache-Control", "no-cache");
        seen.ask("GET", listed, listing).problem(status, code);
        seen.get(stack, &draft).problem(status, code);
        seen.post(stack, &format!("{draft}/activate"), &Value::Null).problem(status, code);
    }
}
