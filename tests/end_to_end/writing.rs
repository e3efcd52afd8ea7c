//! Writes, as finance operations sends them: what is told of each invoice is
//! what the provider has, and nothing is done twice.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use serde_json::{Value, json};

use crate::http::Answer;
use crate::stack::{Stack, texts, wait_until};

fn send(stack: &Stack, method: &'static str, target: &str, body: &Value) -> Answer {
    stack.request(target).method(method).body(body).send()
}

fn post(stack: &Stack, target: &str, body: &Value) -> Answer {
    send(stack, "POST", target, body)
}

pub fn keyed(stack: &Stack, target: &str, key: &str, body: &Value) -> Answer {
    stack.request(target).method("POST").header("Idempotency-Key", key).body(body).send()
}

/// The references of a connection's drafts that can be activated now.
pub fn drafts(stack: &Stack, connection: &str) -> Vec<String> {
    let pages =
        stack.walk(&format!("/invoices?connection={connection}&status=draft&limit=200"), None);
    let ready = pages.iter().flat_map(|page| page["data"].as_array().unwrap());
    let ready = ready.filter(|invoice| invoice["availableActions"]["activate"].is_object());
    ready.map(|invoice| invoice["id"].as_str().unwrap().to_owned()).collect()
}

/// How often each invoice was written at the sandbox, by the operation.
pub fn applied(stack: &Stack, connection: &str, operation: &str) -> BTreeMap<String, u64> {
    let writes = stack.control("GET", &format!("{connection}/writes"), &Value::Null).json();
    let counted = writes["invoices"].as_array().unwrap().iter().map(|one| {
        let draft = if one["resource"] == "draft" { "draft." } else { "" };
        let id = format!("{connection}:{draft}{}", one["id"].as_str().unwrap());
        (id, one["operations"][operation]["applied"].as_u64().unwrap_or_default())
    });
    counted.filter(|(_, times)| *times > 0).collect()
}

fn outcomes(answer: &Value) -> BTreeMap<&str, &str> {
    let results = answer["results"].as_array().unwrap();
    texts(&answer["results"], "/id")
        .into_iter()
        .zip(results.iter().map(|one| one["outcome"].as_str().unwrap()))
        .collect()
}

#[test]
fn two_spellings_of_an_id_are_one_invoice() {
    let stack = Stack::start(&["--invoices", "120"]);
    let id = drafts(&stack, "nue").remove(0);
    let other = format!("nue:{}", id.trim_start_matches("nue:").to_uppercase());
    assert_ne!(id, other);
    let body = json!({"invoiceIds": [id, other]});
    let answer = post(&stack, "/invoices/activate", &body).ok();
    let told = outcomes(&answer);
    assert_eq!(told, BTreeMap::from([(id.as_str(), "applied"), (other.as_str(), "applied")]));
    assert_eq!(applied(&stack, "nue", "activate"), BTreeMap::from([(id, 1)]));
}

#[test]
fn a_draft_lives_its_whole_life_at_nue() {
    let stack = Stack::start(&["--invoices", "120"]);
    let drafts = drafts(&stack, "nue");
    let at = |tail: &str| format!("/invoices/{}{tail}", drafts[0]);
    let before = stack.get(&at("")).ok();
    let body = json!({"invoiceDate": "2026-07-01", "comment": "approve and activate"});
    let result = post(&stack, &at("/activate"), &body).ok();
    assert_eq!((&result["id"], &result["outcome"]), (&json!(drafts[0]), &json!("applied")));
    let active = &result["invoice"];
    assert_eq!(
        (&active["status"], &active["dates"]["invoice"]),
        (&json!("active"), &json!("2026-07-01"))
    );
    assert_ne!(active["dates"]["due"], before["dates"]["due"], "the due date moves with it");
    let comment = active["comments"].as_array().unwrap().last().unwrap();
    assert_eq!(comment["text"], "approve and activate");
    let read = stack.get(&at("")).ok();
    assert_eq!(read["dates"], active["dates"]);
    let again = post(&stack, "/invoices/activate", &json!({"invoiceIds": [drafts[0]]})).ok();
    assert_eq!(again["results"][0]["outcome"], "unchanged");
    assert_eq!(
        post(&stack, &at("/cancel"), &json!({"comment": "wrong"})).ok()["invoice"]["status"],
        "canceled"
    );
    let refused = send(&stack, "PATCH", &at(""), &json!({"dates": {"due": "2027-01-01"}}));
    let problem = refused.problem(409, "state_conflict");
    assert!(problem["availableActions"]["delete"].is_object(), "{problem}");
    assert_eq!(send(&stack, "DELETE", &at(""), &Value::Null).ok()["outcome"], "applied");
    stack.get(&at("")).problem(404, "invoice_not_found");
    assert_eq!(applied(&stack, "nue", "activate"), [(drafts[0].clone(), 1)].into());
}

#[test]
fn a_change_is_made_only_to_what_was_read() {
    let stack = Stack::start(&["--invoices", "120"]);
    let target = format!("/invoices/{}", drafts(&stack, "nue")[0]);
    let tag = stack.get(&target).header("etag").unwrap().to_owned();
    let change =
        |due: &str| json!({"dates": {"due": due}, "billToContactId": "003KS000005ImUIYAO"});
    let patch = |due: &str| {
        stack.request(&target).method("PATCH").header("If-Match", &tag).body(&change(due)).send()
    };
    let changed = &patch("2026-12-30").ok()["invoice"];
    assert_eq!(
        (&changed["dates"]["due"], &changed["billToContactId"]),
        (&json!("2026-12-30"), &json!("003KS000005ImUIYAO"))
    );
    patch("2026-12-31").problem(412, "precondition_failed");
    assert_eq!(stack.get(&target).ok()["dates"]["due"], "2026-12-30");
    let two =
        json!({"dates": {"due": "2020-01-01", "invoice": "2020-02-01"}, "amounts": {"total": "1"}});
    let problem = send(&stack, "PATCH", &target, &two).problem(422, "unsupported_field");
    assert_eq!(texts(&problem["errors"], "/pointer"), ["/amounts", "/dates/due"]);
    send(&stack, "PATCH", &target, &json!({"terms": "Net30"})).problem(422, "unsupported_field");
    assert_eq!(applied(&stack, "nue", "update").values().sum::<u64>(), 1);
}

#[test]
fn a_dry_run_of_one_tells_its_result_and_sends_nothing() {
    let stack = Stack::start(&["--invoices", "120"]);
    let draft = &drafts(&stack, "nue")[0];
    let target = format!("/invoices/{draft}");
    let foretold = |method, tail: &str, body: Value| {
        let result = send(&stack, method, &format!("{target}{tail}"), &body).ok();
        assert_eq!((&result["id"], &result["dryRun"]), (&json!(draft), &json!(true)));
        (result["outcome"].clone(), result["problem"]["code"].clone())
    };
    let applied_to_be = (json!("applied"), Value::Null);
    assert_eq!(foretold("POST", "/activate", json!({"dryRun": true})), applied_to_be);
    let due = json!({"dates": {"due": "2026-12-30"}, "dryRun": true});
    assert_eq!(foretold("PATCH", "", due), applied_to_be);
    let rejected = |code: &str| (json!("rejected"), json!(code));
    assert_eq!(foretold("DELETE", "", json!({"dryRun": true})), rejected("state_conflict"));
    let terms = json!({"terms": "Net30", "dryRun": true});
    assert_eq!(foretold("PATCH", "", terms), rejected("unsupported_field"));
    for operation in ["activate", "update", "delete"] {
        assert!(applied(&stack, "nue", operation).is_empty(), "{operation}");
    }
}

#[test]
fn fusebill_and_simplepin_write_by_their_own_rules_and_finexio_never() {
    let stack = Stack::start(&["--invoices", "150"]);
    let fusebill = drafts(&stack, "fusebill");
    let body = json!({"invoiceIds": [fusebill[0], fusebill[0]]});
    let posted = post(&stack, "/invoices/activate", &body).ok();
    let [result] = posted["results"].as_array().unwrap().as_slice() else { panic!("{posted}") };
    let new_id = result["newId"].as_str().unwrap();
    assert_eq!(stack.get(&format!("/invoices/{new_id}")).ok()["status"], "active");
    stack.get(&format!("/invoices/{}", fusebill[0])).problem(404, "invoice_not_found");
    let refused = post(&stack, &format!("/invoices/{new_id}/cancel"), &Value::Null);
    let detail = refused.problem(422, "unsupported_operation")["detail"].to_string();
    assert!(detail.contains("reverse") && detail.contains("write it off"), "{detail}");
    let canceled = post(&stack, &format!("/invoices/{}/cancel", fusebill[1]), &Value::Null).ok();
    assert_eq!(canceled["status"], "canceled");
    let change = json!({"tracking": {"poNumbers": ["PO-7"]}, "terms": "Net30"});
    let changed = send(&stack, "PATCH", &format!("/invoices/{}", fusebill[2]), &change).ok();
    let changed = &changed["invoice"];
    assert_eq!(
        (&changed["tracking"]["poNumbers"], &changed["terms"]),
        (&json!(["PO-7"]), &json!("Net30"))
    );

    let simplepin = drafts(&stack, "simplepin");
    let sent = post(&stack, &format!("/invoices/{}/activate", simplepin[0]), &Value::Null).ok();
    assert_eq!(sent["invoice"]["providerStatus"], "SENT");
    let due = json!({"dates": {"due": "2027-01-31"}});
    let moved = send(&stack, "PATCH", &format!("/invoices/{}", simplepin[1]), &due).ok();
    assert_eq!(moved["invoice"]["dates"]["due"], "2027-01-31");

    let finexio = stack.truth("finexio").into_keys().next().unwrap();
    for verb in ["activate", "cancel"] {
        post(&stack, &format!("/invoices/{finexio}/{verb}"), &Value::Null)
            .problem(422, "unsupported_operation");
    }
    send(&stack, "DELETE", &format!("/invoices/{finexio}"), &Value::Null)
        .problem(422, "unsupported_operation");
    assert_eq!(stack.control("GET", "finexio/writes", &Value::Null).json()["invoices"], json!([]));
}

#[test]
fn a_month_end_is_done_by_filter_once_and_told_again_to_whoever_asks_again() {
    let stack = Stack::start(&["--invoices", "900"]);
    let all = drafts(&stack, "nue");
    let body =
        json!({"filter": {"status": ["draft"], "connection": "nue"}, "comment": "month end"});
    let dry = json!({"filter": {"status": ["draft"], "connection": "nue"}, "dryRun": true});
    assert_eq!(post(&stack, "/invoices/activate", &dry).ok()["summary"]["applied"], all.len());
    assert!(applied(&stack, "nue", "activate").is_empty(), "a dry run sends nothing");
    let first = keyed(&stack, "/invoices/activate", "month-end", &body);
    assert_eq!(first.ok()["summary"]["applied"], all.len());
    let again = keyed(&stack, "/invoices/activate", "month-end", &body);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.text, first.text);
    let other = json!({"filter": {"status": ["draft"]}});
    keyed(&stack, "/invoices/activate", "month-end", &other).problem(422, "idempotency_key_reused");
    assert!(applied(&stack, "nue", "activate").values().all(|times| *times == 1));
    let too_many = post(&stack, "/invoices/activate", &json!({"filter": {"connection": "nue"}}));
    let problem = too_many.problem(422, "too_many");
    assert!(problem["detail"].to_string().contains("900 invoices match"), "{problem}");
    assert_eq!((&problem["matched"], &problem["limit"]), (&json!(900), &json!(500)));
}

#[test]
fn bodies_that_cannot_be_meant_are_refused_and_nothing_is_sent() {
    let stack = Stack::shared();
    for (body, pointer) in [
        (json!({"invoiceIds": ["nue:a"], "filter": {"status": ["draft"]}}), "/filter"),
        (json!({"invoiceIds": []}), "/invoiceIds"),
        (json!({"filter": {}}), "/filter"),
        (json!({"invoiceIds": ["nope"]}), "/invoiceIds/0"),
        (json!({"invoiceIds": ["nue:a"], "invoiceDate": "2025-02-30"}), "/invoiceDate"),
    ] {
        let problem = post(&stack, "/invoices/activate", &body).problem(400, "invalid_request");
        assert_eq!(texts(&problem["errors"], "/pointer"), [pointer], "{body}");
    }
}

/// Eight callers at once, repeating each other's keys and invoices, while three
/// calls in ten are lost, cut or fail: at the end every invoice was posted at
/// most once, and every outcome told is so.
#[test]
fn in_a_storm_nothing_is_done_twice_and_nothing_is_told_that_is_not_so() {
    let stack = Stack::start(&["--invoices", "700", "--parameter", "UnsettledSeconds=1"]);
    let connections = ["nue", "fusebill", "simplepin"];
    for connection in connections {
        for (kind, probability) in
            [("applyThenDrop", 0.1), ("applyThenCut", 0.05), ("dropBefore", 0.05)]
        {
            let fault = json!({"kind": kind, "operation": "activate", "probability": probability});
            stack.control("PUT", &format!("{connection}/faults"), &fault);
        }
        for (kind, status, probability) in [("applyThenStatus", 500, 0.05), ("status", 500, 0.05)] {
            let fault = json!({"kind": kind, "status": status, "operation": "activate", "probability": probability});
            stack.control("PUT", &format!("{connection}/faults"), &fault);
        }
    }
    let wanted: Vec<String> = connections.iter().flat_map(|name| drafts(&stack, name)).collect();
    let requests: Vec<(String, Value)> = wanted
        .chunks(4)
        .enumerate()
        .map(|(at, some)| (format!("storm-{at}"), json!({ "invoiceIds": some })))
        .collect();
    let asked = |offset: usize| -> Vec<Value> {
        let turned =
            requests.iter().cycle().skip(offset * requests.len() / 16).take(requests.len() / 2);
        turned.map(|(key, body)| keyed(&stack, "/invoices/activate", key, body).json()).collect()
    };
    let answers: Vec<Value> = thread::scope(|scope| {
        let callers: Vec<_> = (0..8).map(|offset| scope.spawn(move || asked(offset))).collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    let in_storm = |connection: &str| applied(&stack, connection, "activate");
    let truth: BTreeMap<String, u64> = connections.iter().flat_map(|name| in_storm(name)).collect();
    assert!(truth.values().all(|times| *times == 1), "{truth:?}");
    for answer in answers.iter().filter(|answer| answer["results"].is_array()) {
        for (id, outcome) in outcomes(answer) {
            assert!(
                !matches!(outcome, "applied" | "unchanged") || truth.contains_key(id),
                "{id}: {outcome}"
            );
        }
    }
    for connection in connections {
        stack.control("DELETE", &format!("{connection}/faults"), &Value::Null);
    }
    // Asking with the same keys settles all.
    for (key, body) in &requests {
        let mut last = Value::Null;
        let settled = (0..2_000).any(|_| {
            last = keyed(&stack, "/invoices/activate", key, body).json();
            outcomes_if_any(&last).is_some_and(|told| !told.contains("unknown"))
        });
        assert!(settled, "{key} stays open: {last}");
    }
    for connection in connections {
        let times = in_storm(connection);
        assert!(times.values().all(|times| *times == 1), "{times:?}");
    }
}

/// The outcomes told; none while another try is at it.
fn outcomes_if_any(answer: &Value) -> Option<BTreeSet<&str>> {
    let results = answer["results"].as_array()?;
    Some(results.iter().map(|one| one["outcome"].as_str().unwrap()).collect())
}

#[test]
fn a_function_killed_between_sending_and_answering_is_gone_on_from() {
    let stack = Stack::start(&["--invoices", "120"]);
    let id = drafts(&stack, "nue")[0].clone();
    let body = json!({ "invoiceIds": [id] });
    // Applied, and the answer does not come for a long time.
    let hang =
        json!({"kind": "applyThenHang", "delayMs": 600_000, "operation": "activate", "times": 1});
    stack.control("PUT", "nue/faults", &hang);
    thread::scope(|scope| {
        let first = scope.spawn(|| keyed(&stack, "/invoices/activate", "killed", &body));
        wait_until("the write to arrive", || {
            (!applied(&stack, "nue", "activate").is_empty()).then_some(())
        });
        for process in stack.children() {
            let killed =
                std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status();
            assert!(killed.unwrap().success());
        }
        assert!(first.join().unwrap().status >= 500);
    });
    let settled = wait_until("the key to be free again", || {
        let answer = keyed(&stack, "/invoices/activate", "killed", &body);
        (answer.status == 200).then(|| answer.json())
    });
    assert_eq!(settled["results"][0]["outcome"], "applied", "{settled}");
    assert_eq!(applied(&stack, "nue", "activate"), [(id, 1)].into());
}

/// A call to the queues, as the SDK sends it.
fn queue(stack: &Stack, operation: &str, body: &Value) -> Value {
    let headers = [
        ("X-Amz-Target".to_owned(), format!("AmazonSQS.{operation}")),
        ("Content-Type".to_owned(), "application/x-amz-json-1.0".to_owned()),
    ];
    let address = stack.address("queues");
    let answer = crate::http::send(address, "POST", "/", &headers, &body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn waiting(stack: &Stack, name: &str) -> u64 {
    let body = json!({"QueueUrl": stack.ready["queueUrls"][name], "AttributeNames": ["All"]});
    let attributes = queue(stack, "GetQueueAttributes", &body);
    attributes["Attributes"]["ApproximateNumberOfMessages"].as_str().unwrap().parse().unwrap()
}

/// Messages as the bus puts them into the queue, ten at a time.
fn deliver(stack: &Stack, messages: &[&Value]) {
    let url = &stack.ready["queueUrls"]["InvoiceActivationRequests"];
    for ten in messages.chunks(10) {
        let entries: Vec<Value> = ten
            .iter()
            .enumerate()
            .map(|(id, message)| json!({"Id": id.to_string(), "MessageBody": message.to_string()}))
            .collect();
        let sent = queue(stack, "SendMessageBatch", &json!({"QueueUrl": url, "Entries": entries}));
        assert_eq!(sent["Successful"].as_array().unwrap().len(), ten.len(), "{sent}");
    }
}

fn event(number: usize, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": format!("00000000-0000-0000-0000-{number:012}"),
        "detail-type": "Invoice Activation Requested",
        "source": "finance",
        "account": "000000000000",
        "time": "2026-11-30T18:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    })
}

/// A thousand events, each delivered twice and out of order: each invoice is
/// activated once, and those that are malformed, every tenth, end as dead letters.
#[test]
fn events_activate_once_and_the_malformed_end_as_dead_letters() {
    let stack = Stack::start(&["--invoices", "900", "--time-scale", "3600"]);
    let all = drafts(&stack, "nue");
    let events: Vec<Value> = (0..1_000)
        .map(|number| match number % 10 {
            0 => event(number, &json!({"invoiceIds": "all of them"})),
            _ => event(number, &json!({"invoiceIds": [all[number % all.len()]]})),
        })
        .collect();
    // 797 shares no factor with 2,000: every place comes once, far from its neighbours.
    let twice = (0..2_000).map(|place| &events[place * 797 % 2_000 / 2]);
    deliver(&stack, &twice.collect::<Vec<_>>());
    wait_until("the queue to be empty, and the dead letters", || {
        let done = waiting(&stack, "InvoiceActivationDeadLetters") == 200
            && waiting(&stack, "InvoiceActivationRequests") == 0;
        done.then_some(())
    });
    let asked: BTreeSet<&String> = (0..1_000)
        .filter(|number| number % 10 != 0)
        .map(|number| &all[number % all.len()])
        .collect();
    let times = applied(&stack, "nue", "activate");
    assert_eq!(times.keys().collect::<BTreeSet<_>>(), asked);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}

/// Puts a request for an activation on the event bus.
pub fn put_event(stack: &Stack, detail: &Value) {
    let headers = [
        ("X-Amz-Target".to_owned(), "AWSEvents.PutEvents".to_owned()),
        ("Content-Type".to_owned(), "application/x-amz-json-1.1".to_owned()),
    ];
    let entry = json!({
        "EventBusName": stack.ready["eventBuses"][0],
        "Source": stack.ready["eventSources"][0],
        "DetailType": "Invoice Activation Requested",
        "Detail": detail.to_string(),
    });
    let body = json!({ "Entries": [entry] }).to_string();
    let put = crate::http::send(stack.address("events"), "POST", "/", &headers, &body);
    assert_eq!(put.json()["FailedEntryCount"], 0, "{}", put.text);
}

/// By the bus, its rule and the queue; and a provider that is down is waited for.
#[test]
fn an_event_on_the_bus_is_done_when_its_provider_is_back() {
    let stack = Stack::start(&["--invoices", "120", "--time-scale", "720"]);
    let id = drafts(&stack, "nue")[0].clone();
    stack.control("PUT", "nue/faults", &json!({"kind": "status", "status": 503}));
    let calls = || stack.control("GET", "nue/calls", &Value::Null).json()["get"].as_u64();
    let before = calls();
    put_event(&stack, &json!({ "invoiceIds": [id] }));
    wait_until("the provider to be asked", || (calls() > before).then_some(()));
    assert!(applied(&stack, "nue", "activate").is_empty());
    stack.control("DELETE", "nue/faults", &Value::Null);
    wait_until("the draft to be active", || {
        (!applied(&stack, "nue", "activate").is_empty()).then_some(())
    });
    assert_eq!(applied(&stack, "nue", "activate"), [(id, 1)].into());
}
