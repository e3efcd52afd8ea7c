//! What is wrong is refused, by its name and with what would be right.

use serde_json::Value;

use crate::stack::{CONNECTIONS, Stack, texts};

#[test]
fn a_faulty_parameter_is_named_with_what_would_be_right() {
    let stack = Stack::shared();
    let cases: [(&str, &str, &[&str]); 19] = [
        ("limit=0", "?limit", &["whole number from 1 to 200"]),
        ("limit=201", "?limit", &["whole number from 1 to 200"]),
        ("limit=abc", "?limit", &["whole number from 1 to 200"]),
        ("limit=-1", "?limit", &["whole number from 1 to 200"]),
        ("limit", "?limit", &["whole number from 1 to 200"]),
        ("statu=active", "?statu", &["no such parameter", "did you mean status?"]),
        ("frobnicate=1", "?frobnicate", &["no such parameter", "connection, customerIds, status"]),
        ("customerIds=[1", "?customerIds", &["JSON array", "[\"nue:001KS\",\"fusebill:123456\"]"]),
        ("customerIds=%5B1", "?customerIds", &["JSON array"]),
        ("customerIds=[1]", "?customerIds", &["JSON array of texts"]),
        ("invoiceDate[gte]=2025-02-30", "?invoiceDate[gte]", &["YYYY-MM-DD"]),
        ("invoiceDate%5Bgte%5D=2025-02-30", "?invoiceDate[gte]", &["YYYY-MM-DD"]),
        ("dueDate[ge]=2025-02-03", "?dueDate[ge]", &["gte"]),
        ("amount[gt]=1e400", "?amount[gt]", &["decimal", "12.50"]),
        ("status=actve", "?status", &["`actve`", "did you mean active"]),
        ("status=PartiallyPayed", "?status", &["did you mean partially_paid"]),
        ("paymentStatus=draft", "?paymentStatus", &["unpaid", "written_off"]),
        ("sort=dueDat", "?sort", &["did you mean dueDate"]),
        ("limit=1&limit=2", "?limit", &["twice"]),
    ];
    for (query, pointer, right) in cases {
        let body = stack.get(&format!("/invoices?{query}")).problem(400, "invalid_parameter");
        assert_eq!(texts(&body["errors"], "/pointer"), [pointer], "{query}: {body}");
        let detail = body["errors"][0]["detail"].as_str().unwrap();
        assert_eq!(body["detail"], detail, "one fault is the whole story");
        let name = format!("`{}`", pointer.trim_start_matches('?'));
        for word in right.iter().chain([&name.as_str()]) {
            assert!(detail.contains(word), "{query}: {detail}");
        }
    }
}

#[test]
fn a_status_without_a_likeness_is_shown_every_one_once() {
    let stack = Stack::shared();
    let body = stack.get("/invoices?status=zzzzzz").problem(400, "invalid_parameter");
    let detail = body["detail"].as_str().unwrap();
    for status in ["draft", "canceled", "partially_written_off", "unknown"] {
        let words = detail.split([' ', ',']).filter(|word| *word == status).count();
        assert_eq!(words, 1, "{status}: {detail}");
    }
}

#[test]
fn all_faults_are_told_at_once_and_no_provider_is_asked() {
    let stack = Stack::start(&["--invoices", "5"]);
    let query = "limit=201&nonsense=1&customerIds=[1&invoiceDate[gte]=2025-02-30&amount[gt]=1e400&status=actve&sort=nix&require=some";
    let body = stack.get(&format!("/invoices?{query}")).problem(400, "invalid_parameter");
    assert_eq!(
        texts(&body["errors"], "/pointer"),
        [
            "?limit",
            "?nonsense",
            "?customerIds",
            "?invoiceDate[gte]",
            "?amount[gt]",
            "?status",
            "?sort",
            "?require"
        ]
    );
    assert_eq!(CONNECTIONS.map(|name| stack.lists_asked(name)), [0; 6]);
}

#[test]
fn a_connection_that_is_not_there_is_not_found() {
    let stack = Stack::shared();
    for target in ["/invoices?connection=nope", "/invoices?connection=nue,nope", "/invoices/nope:1"]
    {
        let body = stack.get(target).problem(404, "connection_not_found");
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains("`nope`"), "{detail}");
        assert!(CONNECTIONS.iter().all(|known| detail.contains(known)), "{detail}");
    }
}

#[test]
fn what_is_no_reference_is_told_what_one_looks_like() {
    let stack = Stack::shared();
    for id in ["c52f7158", "nue:", ":1", "Nue:1"] {
        let body = stack.get(&format!("/invoices/{id}")).problem(400, "invalid_parameter");
        assert_eq!(body["errors"][0]["pointer"], "/id", "{body}");
    }
    let body = stack.get("/invoices/nue:1?limit=3").problem(400, "invalid_parameter");
    assert!(body["detail"].as_str().unwrap().contains("includes"), "{body}");
    stack.get("/connections?limit=3").problem(400, "invalid_parameter");
}

#[test]
fn a_cursor_serves_only_the_question_it_came_from() {
    let stack = Stack::shared();
    let asked = "/invoices?connection=nue&sort=dueDate&limit=3";
    let page = stack.get(asked).ok();
    let cursor = page["nextCursor"].as_str().unwrap();
    let refused = |query: &str| -> Value {
        stack.get(&format!("/invoices?{query}")).problem(400, "invalid_cursor")
    };
    let same = "connection=nue&sort=dueDate&limit=3";
    for end in [1, cursor.len() / 3, cursor.len() / 2, cursor.len() - 4, cursor.len() - 1] {
        let body = refused(&format!("{same}&cursor={}", &cursor[..end]));
        assert!(body["detail"].as_str().unwrap().contains("start again without it"), "{body}");
    }
    let altered = cursor.replacen(&cursor[9..10], if &cursor[9..10] == "A" { "B" } else { "A" }, 1);
    refused(&format!("{same}&cursor={altered}"));
    refused(&format!("{same}&cursor={cursor}{cursor}"));
    for other in
        ["connection=nue&sort=-dueDate", "sort=dueDate", "connection=nue&sort=dueDate&status=draft"]
    {
        let body = refused(&format!("{other}&cursor={cursor}"));
        assert!(body["detail"].as_str().unwrap().contains("another query"), "{body}");
    }
    // Another page size and another spelling are the same question.
    let more =
        stack.get(&format!("/invoices?sort=dueDate&connection=nue&limit=5&cursor={cursor}")).ok();
    assert_eq!(more["data"].as_array().unwrap().len(), 5);
}

#[test]
fn a_name_twice_in_a_body_is_pointed_at_and_nothing_is_sent() {
    let stack = Stack::shared();
    let one = "/invoices/fusebill:123456";
    for (method, target, body, pointer) in [
        (
            "POST",
            "/invoices/activate".to_owned(),
            r#"{"invoiceIds": ["nue:a"], "dryRun": true, "dryRun": false}"#,
            "/dryRun",
        ),
        (
            "DELETE",
            "/invoices".to_owned(),
            r#"{"invoiceIds": ["nue:a"], "invoiceIds": ["nue:b"]}"#,
            "/invoiceIds",
        ),
        (
            "POST",
            "/invoices/cancel".to_owned(),
            r#"{"filter": {"status": "draft", "amount": {"lt": 5, "lt": 6}}}"#,
            "/filter/amount/lt",
        ),
        ("POST", format!("{one}/cancel"), r#"{"comment": "a", "comment": "b"}"#, "/comment"),
        ("PATCH", one.to_owned(), r#"{"customFields": {"a": 1, "a": 2}}"#, "/customFields/a"),
    ] {
        let request = stack.request(&target).method(method);
        let answer = request.text(body).header("Content-Type", "application/json").send();
        let problem = answer.problem(400, "invalid_request");
        assert_eq!(texts(&problem["errors"], "/pointer"), [pointer], "{body}");
    }
}

#[test]
fn two_keys_are_refused_and_a_quoted_one_may_hold_anything() {
    let stack = Stack::shared();
    let asked = |keys: &[&str]| {
        let request = stack.request("/invoices/nue:a/activate").method("POST");
        let request =
            keys.iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        request.body(&serde_json::json!({"dryRun": true})).send()
    };
    for keys in [&["k-1", "k-2"][..], &["k-1", "k-1"], &["k-1,k-2"], &["\"k 1\"", "\"k 2\""]] {
        let problem = asked(keys).problem(400, "invalid_request");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("`Idempotency-Key`: expected one key"), "{keys:?}: {detail}");
    }
    for key in ["\"month end, 2026-11\"", "month-end-2026-11", "\"k\""] {
        let answer = asked(&[key]);
        assert!([200, 207].contains(&answer.status), "{key}: {}", answer.text);
    }
}

#[test]
fn a_body_in_another_form_is_refused_with_what_is_read() {
    let stack = Stack::shared();
    let body = r#"{"dryRun": true}"#;
    for (method, target) in [
        ("POST", "/invoices/activate"),
        ("POST", "/invoices/nue:a/cancel"),
        ("PATCH", "/invoices/nue:a"),
        ("DELETE", "/invoices/nue:a"),
        ("DELETE", "/invoices"),
    ] {
        let request = || stack.request(target).method(method).text(body);
        for header in [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Type", "text/plain"),
            ("Content-Type", "application/json; charset=utf-16"),
            ("Content-Encoding", "gzip"),
            ("Content-Encoding", "br"),
        ] {
            let answer = request().header(header.0, header.1).send();
            let problem = answer.problem(415, "unsupported_media_type");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.starts_with(&format!("`{}`", header.0)), "{method} {target}: {detail}");
            assert!(answer.header("accept").unwrap().contains("application/json"));
            assert_eq!(answer.header("accept-encoding"), Some("identity"));
        }
        let plain = request().send();
        assert_ne!(plain.status, 415, "{method} {target} without a type: {}", plain.text);
    }
    let patch = stack.request("/invoices/nue:a/activate").method("POST").text(body);
    let patch = patch.header("Content-Type", "application/merge-patch+json").send();
    patch.problem(415, "unsupported_media_type");
}
