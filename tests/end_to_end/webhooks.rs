//! What the providers tell by themselves, from the sandbox through the gateway to what
//! callers see.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::stack::{Fault, Stack, wait_until};
use crate::writing::{applied, drafts, keyed};

/// The connections whose providers tell anything.
const TELLING: [&str; 5] = ["nue", "simplepin", "fusebill", "finexio", "stripe"];

/// A webhook of an invoice, made by the sandbox in this manner and not sent.
fn made(stack: &Stack, connection: &str, id: &str, manner: &str) -> Value {
    let body = json!({"id": id, "manner": manner});
    stack.control("POST", &format!("{connection}/webhooks"), &body).json()
}

fn send(stack: &Stack, delivery: &Value) -> Answer {
    let request = stack.request(delivery["path"].as_str().unwrap()).method("POST");
    let headers = delivery["headers"].as_array().unwrap().iter();
    let request = headers.fold(request, |request, header| {
        request.header(header[0].as_str().unwrap(), header[1].as_str().unwrap())
    });
    request.text(delivery["body"].as_str().unwrap()).send()
}

/// The provider's id of one of its invoices.
fn first(stack: &Stack, connection: &str) -> String {
    let (reference, _) = stack.truth(connection).into_iter().next().unwrap();
    let id = reference.split_once(':').unwrap().1;
    id.trim_start_matches("draft.").to_owned()
}

fn calls(stack: &Stack, connection: &str) -> BTreeMap<String, u64> {
    let calls = stack.control("GET", &format!("{connection}/calls"), &Value::Null).json();
    serde_json::from_value(calls).unwrap()
}

/// How many messages of webhooks wait, or are in somebody's hand.
fn waiting(stack: &Stack, queue: &str) -> u64 {
    let address = stack.address("queues");
    let url = stack.ready["queueUrls"][queue].as_str().unwrap();
    let headers = [
        ("Content-Type".to_owned(), "application/x-amz-json-1.0".to_owned()),
        ("X-Amz-Target".to_owned(), "AmazonSQS.GetQueueAttributes".to_owned()),
    ];
    let body = json!({"QueueUrl": url, "AttributeNames": ["All"]}).to_string();
    let answer = http::send(address, "POST", "/", &headers, &body).json();
    let number = |name: &str| answer["Attributes"][name].as_str().unwrap().parse::<u64>().unwrap();
    number("ApproximateNumberOfMessages") + number("ApproximateNumberOfMessagesNotVisible")
}

/// An item of the table.
fn item(stack: &Stack, key: &str) -> Value {
    let headers = [
        ("x-amz-target", "DynamoDB_20120810.GetItem"),
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-date", "20260101T000000Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
        ),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body = json!({"TableName": "Table", "Key": {"pk": {"S": key}}, "ConsistentRead": true});
    let answer = http::send(stack.address("dynamodb"), "POST", "/", &headers, &body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["Item"].take()
}

/// Has a draft finalized at Stripe itself.
fn finalize(stack: &Stack, draft: &str) {
    let id = draft.split_once(':').unwrap().1;
    let target = format!("/stripe/v1/invoices/{id}/finalize");
    let headers =
        [("Authorization", "Bearer sandbox-key-stripe"), ("Stripe-Version", "2026-08-26.dahlia")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let changed = http::send(stack.address("sandbox"), "POST", &target, &headers, "");
    assert_eq!(changed.status, 200, "{}", changed.text);
}

#[test]
fn a_webhook_forged_in_any_way_is_401_and_nothing_happens() {
    let stack = Stack::start(&["--invoices", "60", "--webhooks", "--require-token"]);
    let mut before = BTreeMap::new();
    for connection in TELLING {
        before.insert(connection, calls(&stack, connection));
        let id = first(&stack, connection);
        for manner in ["forged", "old", "flipped", "unproved"] {
            let answer = send(&stack, &made(&stack, connection, &id, manner));
            assert_eq!(answer.status, 401, "{connection} {manner}");
            assert_eq!(answer.text, "", "{connection} {manner}");
        }
        // What is true of one connection is not true of another.
        let mut other = made(&stack, connection, &id, "true");
        let to = if connection == "nue" { "simplepin" } else { "nue" };
        let path = other["path"].as_str().unwrap().replace(connection, to);
        other["path"] =
            path.replace(&format!("secret-{to}"), &format!("secret-{connection}")).into();
        assert_eq!(send(&stack, &other).status, 401, "{connection} to {to}");
    }
    for connection in ["nue-self-service", "nowhere"] {
        let forged =
            json!({"path": format!("/webhooks/{connection}"), "headers": [], "body": "{}"});
        assert_eq!(send(&stack, &forged).status, 401, "{connection}");
    }
    for connection in TELLING {
        assert_eq!(calls(&stack, connection), before[connection], "{connection} was asked");
        for key in ["generation", "webhook"] {
            let there = item(&stack, &format!("{key}#{connection}"));
            assert!(there.is_null(), "{connection}: {there}");
        }
    }
    for queue in ["InvoiceWebhooks", "InvoiceWebhookDeadLetters"] {
        assert_eq!(waiting(&stack, queue), 0, "{queue}");
    }
}

/// Without the webhook it would show after an hour.
#[test]
fn a_change_at_the_provider_shows_in_the_next_listing() {
    let stack =
        Stack::start(&["--invoices", "60", "--webhooks", "--parameter", "ListingTtlSeconds=3600"]);
    let listing = "/invoices?connection=stripe&limit=200";
    let status = |id: &str| {
        let listed = stack.get(listing).ok();
        let found = listed["data"].as_array().unwrap().iter().find(|one| one["id"] == *id).cloned();
        found.unwrap()["status"].as_str().unwrap().to_owned()
    };
    let draft = drafts(&stack, "stripe").remove(0);
    assert_eq!(status(&draft), "draft");
    wait_until("the listing to be kept", || {
        let cached = stack.get(listing).header("cache-status").unwrap().contains("; hit");
        cached.then_some(())
    });
    let id = draft.split_once(':').unwrap().1;
    finalize(&stack, &draft);
    let since = Instant::now();
    wait_until("the change to show", || (status(&draft) == "active").then_some(()));
    eprintln!("shown after {:?}", since.elapsed());
    // Whatever it came with, and however often: it is read anew, and shows the same.
    stack.control("POST", "stripe/webhooks", &json!({"id": id, "send": 3}));
    wait_until("all to be read", || (waiting(&stack, "InvoiceWebhooks") == 0).then_some(()));
    assert_eq!(status(&draft), "active");
}

/// The connection as `GET /connections` tells of it.
fn connection(stack: &Stack, name: &str) -> Value {
    let all = stack.get("/connections").ok();
    all["data"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone()
}

/// Without the webhook the next sync would show it, in an hour.
#[test]
fn a_change_shows_in_a_copy_and_among_the_changes() {
    let arguments = ["--invoices", "60", "--webhooks", "--sync", "stripe", "--sync-rate", "1h"];
    let stack = Stack::start(&arguments);
    wait_until("the first sync", || {
        let synced = !connection(&stack, "stripe")["copy"]["complete"].is_null();
        synced.then_some(())
    });
    let webhooks = |name: &str| connection(&stack, name)["webhooks"].clone();
    assert_eq!(webhooks("stripe"), json!({"scheme": "hmac-timestamped", "lastReceived": null}));
    assert_eq!(webhooks("nue-self-service"), Value::Null);
    let mut feed = stack.get("/invoices/changes?connection=stripe&limit=200").ok();
    let next = |feed: &Value| {
        let cursor = feed["nextCursor"].as_str().unwrap();
        stack.get(&format!("/invoices/changes?connection=stripe&limit=200&cursor={cursor}")).ok()
    };
    while feed["hasMore"] == true {
        feed = next(&feed);
    }
    let shown = |id: &str| {
        let listed = stack.get("/invoices?connection=stripe&limit=200&sort=-number").ok();
        assert_eq!(listed["sources"][0]["from"], "copy");
        let found = listed["data"].as_array().unwrap().iter().find(|one| one["id"] == *id).cloned();
        found.unwrap()["status"].as_str().unwrap().to_owned()
    };
    let draft = drafts(&stack, "stripe").remove(0);
    assert_eq!(shown(&draft), "draft");
    finalize(&stack, &draft);
    let since = Instant::now();
    wait_until("the change to show", || (shown(&draft) == "active").then_some(()));
    let listed = since.elapsed();
    let told = wait_until("the change to be told", || {
        let told = next(&feed)["data"].as_array().unwrap().first().cloned();
        told.filter(|change| change["id"] == draft)
    });
    eprintln!("listed after {listed:?}, told after {:?}", since.elapsed());
    assert_eq!((&told["kind"], &told["causedBy"]), (&json!("changed"), &json!("provider")));
    assert!(webhooks("stripe")["lastReceived"].is_string());
}

#[test]
fn an_unknown_activation_is_settled_by_the_providers_event() {
    let stack = Stack::start(&["--invoices", "60", "--webhooks"]);
    let draft = drafts(&stack, "stripe").remove(0);
    let fault = json!({"kind": "statusThenApply", "status": 504, "delayMs": 3_000, "operation": "activate", "times": 1});
    let _late = Fault::set(&stack, "stripe", &fault);
    let target = format!("/invoices/{draft}/activate");
    let first = keyed(&stack, &target, "month-end", &Value::Null);
    assert_eq!(first.status, 202, "{}", first.text);
    assert_eq!(first.json()["outcome"], "unknown");
    // Nobody asks: the provider tells, once it has done it.
    let lock = format!("idempotency#claim#{draft}");
    wait_until("the write to be settled", || {
        let is_open =
            item(&stack, &lock)["unknownOf"]["S"].as_str().is_some_and(|by| !by.is_empty());
        (!is_open).then_some(())
    });
    let asked = calls(&stack, "stripe");
    let again = keyed(&stack, &target, "month-end", &Value::Null);
    assert_eq!(again.header("idempotency-replayed"), Some("true"), "{}", again.text);
    let again = again.ok();
    assert_eq!(
        (&again["outcome"], &again["invoice"]["status"]),
        (&json!("applied"), &json!("active"))
    );
    assert_eq!(calls(&stack, "stripe"), asked, "the provider was asked again");
    assert_eq!(applied(&stack, "stripe", "activate"), [(draft, 1)].into());
}

/// A thousand at once, in any order: each is taken, and the last of them counts.
#[test]
fn a_burst_of_a_thousand_webhooks_is_taken_and_read() {
    let stack = Stack::start(&["--invoices", "60", "--webhooks"]);
    let id = first(&stack, "stripe");
    stack.control("POST", "stripe/webhooks", &json!({"id": id, "send": 1_000}));
    let read = || calls(&stack, "stripe").get("get").copied().unwrap_or_default();
    wait_until("all to be read", || (read() >= 1_000).then_some(()));
    wait_until("none to wait", || (waiting(&stack, "InvoiceWebhooks") == 0).then_some(()));
    assert_eq!(waiting(&stack, "InvoiceWebhookDeadLetters"), 0);
    let pace =
        item(&stack, "webhook#stripe")["moves"]["N"].as_str().unwrap().parse::<u64>().unwrap();
    let moved = item(&stack, "generation#stripe")["generation"]["N"].as_str().unwrap().to_owned();
    eprintln!("{pace} times of a thousand were listings told");
    assert_eq!(moved, pace.to_string());
    assert!(pace < 500, "{pace}");
}
