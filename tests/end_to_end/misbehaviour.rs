//! One provider misbehaves: its caller is told what the API's document says, the
//! others' invoices come all the same, and nothing that leaks is leaked.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use crate::stack::{CONNECTIONS, Fault, Stack, file, invoices, texts, wait_until};

const ALL: &str = "/invoices?sort=-invoiceDate&limit=200";

/// A problem's status and code.
type Told = (u16, &'static str);

/// A fault, and the problem that it is: of a list, and of one invoice.
fn faults() -> Vec<(Value, Told, Told)> {
    let status = |status: u16| json!({"kind": "status", "status": status});
    let kind = |kind: &str| json!({ "kind": kind });
    let both = |fault, problem| (fault, problem, problem);
    vec![
        both(status(401), (502, "provider_credentials")),
        both(status(403), (502, "provider_credentials")),
        (status(404), (502, "provider_error"), (404, "invoice_not_found")),
        both(status(409), (502, "provider_error")),
        both(status(429), (429, "rate_limited")),
        both(status(500), (502, "provider_error")),
        both(status(502), (502, "provider_error")),
        both(status(503), (502, "provider_error")),
        both(kind("stopMidBody"), (502, "provider_error")),
        both(kind("invalidJson"), (502, "provider_bad_response")),
        both(kind("emptyBody"), (502, "provider_bad_response")),
    ]
}

/// What providers do, and not what is kept of them.
fn uncached(arguments: &[&str]) -> Stack {
    let off = ["ListingTtlSeconds=0", "ListingStaleSeconds=0"];
    let off = off.iter().flat_map(|parameter| ["--parameter", *parameter]);
    Stack::start(&arguments.iter().copied().chain(off).collect::<Vec<_>>())
}

/// How many invoices of each connection an answer has.
fn counts(page: &Value) -> BTreeMap<&str, usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for invoice in page["data"].as_array().unwrap() {
        *counts.entry(invoice["connection"].as_str().unwrap()).or_default() += 1;
    }
    counts
}

fn source<'p>(page: &'p Value, connection: &str) -> &'p Value {
    let mut sources = page["sources"].as_array().unwrap().iter();
    sources.find(|source| source["connection"] == connection).unwrap()
}

#[test]
fn one_connection_failing_is_told_and_costs_nothing_else() {
    let stack = uncached(&["--invoices", "12"]);
    let sound = stack.get(ALL).ok();
    assert_eq!(counts(&sound), CONNECTIONS.map(|name| (name, 12)).into());
    for connection in CONNECTIONS {
        let id = stack.truth(connection).into_keys().next().unwrap();
        for (fault, on_list, on_get) in faults() {
            // Its contract says what a 403 of this edition means.
            let not_enabled = connection == "nue-self-service" && fault["status"] == 403;
            let or_not_enabled = |problem| if not_enabled { (422, "not_enabled") } else { problem };
            let struck = Fault::set(&stack, connection, &fault);

            let page = stack.get(ALL).ok();
            let expected = CONNECTIONS.iter().filter(|name| **name != connection);
            let expected: BTreeMap<&str, usize> = expected.map(|name| (*name, 12)).collect();
            assert_eq!(counts(&page), expected, "{connection} {fault}");
            let failed = source(&page, connection);
            let (status, code) = or_not_enabled(on_list);
            assert_eq!(failed["status"], "failed", "{connection} {fault}");
            assert_eq!(failed["problem"]["code"], code, "{connection} {fault}");
            assert_eq!(failed["problem"]["status"], status, "{connection} {fault}");
            assert_eq!(failed["problem"]["provider"]["connection"], connection);
            // A limit without a word on the wait has one all the same.
            let asked_to_wait = if status == 429 { json!(10) } else { Value::Null };
            assert_eq!(failed["problem"]["retryAfter"], asked_to_wait, "{connection} {fault}");
            assert_eq!(page["total"], Value::Null, "what is not known is not summed");

            let (status, code) = or_not_enabled(on_get);
            let answer = stack.get(&format!("/invoices/{id}"));
            let problem = answer.problem(status, code);
            if code != "invoice_not_found" {
                let told = &problem["provider"];
                assert_eq!(told["status"], fault.get("status").cloned().unwrap_or_default());
            }
            let wait = answer.header("retry-after").map(|wait| wait.parse().unwrap());
            assert_eq!(wait, asked_to_wait.as_u64(), "{connection} {fault}");
            drop(struck);
            // An answer between two failures: else it would be left alone.
            stack.get(&format!("/invoices/{id}")).ok();
            assert_eq!(stack.get(ALL).ok()["data"], sound["data"], "it is over");
        }
    }
}

#[test]
fn odd_content_is_shown_for_what_it_is() {
    let stack = uncached(&["--invoices", "12"]);
    for connection in CONNECTIONS {
        let strange = |page: &Value| {
            let all = page["data"].as_array().unwrap().iter();
            let of = all.filter(|invoice| invoice["connection"] == connection);
            of.filter(|invoice| {
                let shown = |status: &str, word: &str| {
                    invoice[status] == "unknown" && invoice[word] == "Quarantined"
                };
                shown("status", "providerStatus") || shown("paymentStatus", "providerPaymentStatus")
            })
            .count()
        };
        let unpriced = |page: &Value| {
            let all = page["data"].as_array().unwrap().iter();
            let of = all.filter(|invoice| invoice["connection"] == connection);
            of.filter(|invoice| invoice["amounts"]["total"].is_null()).count()
        };
        let sound = stack.get(ALL).ok();
        assert_eq!((strange(&sound), unpriced(&sound)), (0, 0), "{connection}");
        for kind in ["unknownStatus", "nullRequired"] {
            let _fault = Fault::set(&stack, connection, &json!({ "kind": kind }));
            let page = stack.get(ALL).ok();
            assert_eq!(counts(&page), CONNECTIONS.map(|name| (name, 12)).into(), "{kind}");
            assert_eq!(
                texts(&page["sources"], "/status"),
                ["ok"; CONNECTIONS.len()],
                "{connection} {kind}"
            );
            let found = if kind == "unknownStatus" { strange(&page) } else { unpriced(&page) };
            assert!(found > 0, "{connection} {kind}");
        }
    }
}

#[test]
fn an_invoice_on_two_pages_is_listed_once() {
    // More than one page of any provider's.
    let stack = uncached(&["--invoices", "130"]);
    for connection in CONNECTIONS {
        let _fault = Fault::set(&stack, connection, &json!({"kind": "repeatedInvoice"}));
        for sort in ["", "&sort=-createdAt"] {
            let asked = format!("/invoices?connection={connection}&limit=60{sort}");
            let pages = stack.walk(&asked, None);
            let mut listed: Vec<&str> =
                invoices(&pages).iter().map(|one| one["id"].as_str().unwrap()).collect();
            listed.sort_unstable();
            let mut expected: Vec<String> = stack.truth(connection).into_keys().collect();
            expected.sort_unstable();
            assert_eq!(listed, expected, "{asked}");
        }
    }
}

#[test]
fn a_fault_that_passes_is_waited_out() {
    let stack = uncached(&["--invoices", "12"]);
    let status = |status: u16| json!({"kind": "status", "status": status, "times": 1});
    let passing = [
        status(429),
        status(502),
        status(503),
        json!({"kind": "stopMidBody", "times": 2}),
        json!({"kind": "status", "status": 429, "retryAfter": 1, "times": 1}),
        json!({"kind": "slow", "delayMs": 300, "times": 1}),
    ];
    for (fault, connection) in passing.iter().zip(CONNECTIONS.iter().cycle()) {
        let _fault = Fault::set(&stack, connection, fault);
        let begun = Instant::now();
        let page = stack.get(&format!("/invoices?connection={connection}&limit=200")).ok();
        assert_eq!(texts(&page["sources"], "/status"), ["ok"], "{fault}: {page}");
        assert_eq!(counts(&page), [(*connection, 12)].into(), "{fault}");
        if fault.get("retryAfter").is_some() {
            assert!(begun.elapsed().as_millis() >= 1000, "it asked to be left alone for a second");
        }
        let left = stack.control("GET", &format!("{connection}/faults"), &Value::Null).json();
        assert_eq!(left, json!([]), "it did strike");
    }
}

/// A stack whose functions have but a few seconds, with a connection that does
/// not answer at all.
fn hanging(connection: &'static str) -> Stack {
    let template = include_str!("../../template.yaml");
    let brief = template.replace("    Timeout: 29\n", "    Timeout: 5\n");
    assert_ne!(brief, template);
    let template = file(&format!("brief-{connection}.yaml"), &brief);
    let stack = uncached(&["--invoices", "12", "--template", template.to_str().unwrap()]);
    // The first call of a process is the slowest, and not what this is about.
    stack.get(ALL).ok();
    let slow = json!({"kind": "slow", "delayMs": 600_000});
    stack.control("PUT", &format!("{connection}/faults"), &slow);
    stack
}

#[test]
fn a_provider_that_does_not_answer_is_not_waited_for() {
    let stack = hanging("nue");
    let page = stack.get(ALL).ok();
    assert_eq!(source(&page, "nue")["problem"]["code"], "provider_timeout", "{page}");
    let others = CONNECTIONS.iter().filter(|name| **name != "nue").map(|name| (*name, 12));
    assert_eq!(counts(&page), others.collect());
    let sample = "/invoices/nue:c52f7158-b164-44fa-93c5-e4b16420c371";
    stack.get(sample).problem(504, "provider_timeout");
}

#[test]
fn a_provider_that_does_not_answer_costs_the_others_nothing() {
    let stack = hanging("simplepin");
    let page = stack.get(ALL).ok();
    assert_eq!(source(&page, "simplepin")["problem"]["code"], "provider_timeout", "{page}");
    let others = CONNECTIONS.iter().filter(|name| **name != "simplepin").map(|name| (*name, 12));
    assert_eq!(counts(&page), others.collect());
}

#[test]
fn a_walk_without_a_sort_ends_though_a_provider_does_not_answer() {
    let stack = hanging("fusebill");
    let pages = stack.walk("/invoices?limit=200", None);
    let others = CONNECTIONS.iter().filter(|name| **name != "fusebill");
    assert_eq!(invoices(&pages).len(), others.count() * 12);
}

#[test]
fn all_failing_is_an_error_and_so_is_one_where_all_are_required() {
    let stack = uncached(&["--invoices", "5"]);
    let failing = json!({"kind": "status", "status": 500});
    let one = Fault::set(&stack, "nue", &failing);
    stack.get("/invoices?require=all&sort=amount").problem(502, "provider_error");
    stack.get("/invoices?connection=nue").problem(502, "provider_error");
    assert_eq!(counts(&stack.get(ALL).ok()).len(), CONNECTIONS.len() - 1);
    drop(one);
    assert_eq!(counts(&stack.get(ALL).ok()).len(), CONNECTIONS.len());
    let all = CONNECTIONS.map(|name| Fault::set(&stack, name, &failing));
    stack.get("/invoices").problem(502, "provider_error");
    stack.get(ALL).problem(502, "provider_error");
    drop(all);
    assert_eq!(
        counts(&stack.get("/invoices?require=all&sort=amount").ok()).len(),
        CONNECTIONS.len()
    );
}

#[test]
fn a_provider_that_asks_to_be_left_alone_is() {
    let stack = uncached(&["--invoices", "5"]);
    for connection in CONNECTIONS {
        let id = stack.truth(connection).into_keys().next().unwrap();
        let calls = || stack.control("GET", &format!("{connection}/calls"), &Value::Null).json();
        let _fault = Fault::set(
            &stack,
            connection,
            &json!({"kind": "status", "status": 429, "retryAfter": 77}),
        );
        let told = || {
            let answer = stack.get(&format!("/invoices/{id}"));
            let problem = answer.problem(429, "rate_limited");
            let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert_eq!(problem["retryAfter"], wait);
            (problem["provider"]["status"].clone(), wait)
        };
        assert_eq!(told(), (json!(429), 77), "{connection}");
        let before = calls();
        let (status, wait) = told();
        assert!(status.is_null() && wait <= 77, "{connection}: {status} {wait}");
        assert_eq!(calls(), before, "{connection}: nothing was sent");
    }
}

#[test]
fn a_rotation_of_keys_fails_no_request() {
    let mut stack = uncached(&["--invoices", "12"]);
    for connection in CONNECTIONS {
        let id = stack.truth(connection).into_keys().next().unwrap();
        let asked = |stack: &Stack| {
            let page = stack.get(&format!("/invoices?connection={connection}&limit=200")).ok();
            assert_eq!(counts(&page), [(connection, 12)].into());
            stack.get(&format!("/invoices/{id}")).ok();
        };
        asked(&stack);
        let name = format!("invoice-bridge/{connection}");
        let kept = stack.secrets_manager("GetSecretValue", json!({ "SecretId": name }));
        let mut secret: Value =
            serde_json::from_str(kept["SecretString"].as_str().unwrap()).unwrap();
        let mut accepted = json!({});
        for (field, value) in secret.as_object_mut().unwrap() {
            if !["provider", "baseUrl", "customers", "webhook"].contains(&field.as_str()) {
                *value = json!(format!("rotated-{field}-of-{connection}"));
            }
            if !["baseUrl", "customers", "webhook"].contains(&field.as_str()) {
                accepted[field] = value.clone();
            }
        }
        stack.secrets.add(&secret);
        let put = json!({"SecretId": name, "SecretString": secret.to_string()});
        stack.secrets_manager("PutSecretValue", put);
        // The secret comes first, and the provider later.
        asked(&stack);
        stack.control("PUT", &format!("{connection}/credentials"), &accepted);
        asked(&stack);
    }
}

#[test]
fn a_provider_that_fails_again_and_again_is_left_alone() {
    let stack = uncached(&["--invoices", "5"]);
    let id = stack.truth("nue").into_keys().next().unwrap();
    let _fault = Fault::set(&stack, "nue", &json!({"kind": "status", "status": 500}));
    let calls = || stack.control("GET", "nue/calls", &Value::Null).json()["get"].as_u64();
    let answers: Vec<_> = (0..8).map(|_| stack.get(&format!("/invoices/{id}"))).collect();
    assert_eq!(calls(), Some(5), "the rest was not sent");
    for answer in &answers[5..] {
        let problem = answer.problem(502, "provider_error");
        assert!(problem["detail"].as_str().unwrap().contains("is left alone"), "{problem}");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=10).contains(&wait), "{wait}");
    }
}

#[test]
fn keys_of_the_users_own_open_what_they_open_and_are_never_told() {
    let providers = uncached(&["--invoices", "12"]);
    let at = |path: &str| format!("http://{}/{path}", providers.address("sandbox"));
    let own = |name: &str| {
        let id = json!({"SecretId": format!("invoice-bridge/{name}")});
        let secret = providers.secrets_manager("GetSecretValue", id);
        serde_json::from_str::<Value>(secret["SecretString"].as_str().unwrap()).unwrap()
    };
    let fusebill = own("fusebill");
    // Nobody listens on port 1.
    let secrets = json!({
        "fusebill": fusebill,
        "finexio-eu": own("finexio"),
        "gone": {"provider": "nue", "apiKey": "key-of-one-that-is-gone", "baseUrl": "http://127.0.0.1:1"},
        "wrong": {"provider": "simplepin", "authorization": "wrong-authorization", "token": "wrong-token-of-one", "baseUrl": at("simplepin"), "customers": ["x"]},
        "plain": {"provider": "nue", "apiKey": "key-that-would-travel-in-the-open", "baseUrl": "http://api.example.invalid"},
        "odd": {"provider": "finexio", "username": "user-without-a-password"},
        "unknown": {"provider": "chargebee", "apiKey": "key-of-a-stranger"},
    });
    let path = file("own-secrets.json", &secrets.to_string());
    let mut stack = uncached(&["--invoices", "5", "--secrets", path.to_str().unwrap()]);
    assert_eq!(
        stack.ready["realConnections"],
        json!(["finexio-eu", "fusebill", "gone", "odd", "plain", "unknown", "wrong"])
    );
    let page = stack.get(ALL).ok();
    assert_eq!(counts(&page)["fusebill"], 12, "the user's, not the sandbox's five");
    assert_eq!(counts(&page)["finexio-eu"], 12);
    assert_eq!(counts(&page)["nue"], 5);
    for (name, code) in [
        ("gone", "provider_error"),
        ("wrong", "provider_credentials"),
        ("plain", "provider_credentials"),
        ("odd", "provider_credentials"),
        ("unknown", "provider_credentials"),
    ] {
        assert_eq!(source(&page, name)["problem"]["code"], code, "{name}");
    }
    let shown = stack.get("/connections").ok();
    let shown = shown["data"].as_array().unwrap();
    for (name, word) in [("odd", "`password`"), ("plain", "`baseUrl`"), ("unknown", "provider")] {
        let entry = shown.iter().find(|entry| entry["name"] == name).unwrap();
        assert_eq!(entry["status"], "failed");
        let detail = entry["problem"]["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{detail}");
    }

    // The provider takes the key away, and the secret does not change.
    let rotated = json!({"provider": "fusebill", "apiKey": "another-key-at-the-provider"});
    providers.control("PUT", "fusebill/credentials", &rotated);
    let refused = stack.get("/invoices/fusebill:123456").problem(502, "provider_credentials");
    assert_eq!(refused["provider"]["status"], 401);
    assert!(stack.interrupt().success());
    wait_until("the functions to end", || stack.children().is_empty().then_some(()));
    let printed = stack.printed();
    assert!(printed.contains("\"level\":\"WARN\""), "{printed}");
}
