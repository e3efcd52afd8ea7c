//! Who calls: tokens, as the program prints them, and what they open.

use serde_json::Value;

use crate::stack::{CONNECTIONS, Stack, program, wait_until};

/// A token, as the program prints it.
pub fn token(arguments: &[&str]) -> String {
    let output = program(&[&["token"], arguments].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn without_a_good_token_nothing_is_told() {
    let stack = Stack::start(&["--invoices", "5", "--require-token"]);
    let good = token(&[]);
    let (signed, tag) = good.rsplit_once('.').unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let other = token(&["--customer", "nue:1"]);
    let other_tag = other.rsplit_once('.').unwrap().1;
    let garbled = [
        "x".to_owned(),
        signed.to_owned(),
        format!("{signed}."),
        format!("{good}x"),
        format!("{signed}.{other_tag}"),
        format!("{head}.{}.{tag}", &claims[..claims.len() - 2]),
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{claims}."),
    ];
    for target in
        ["/invoices", "/connections", "/invoices/nue:c52f7158-b164-44fa-93c5-e4b16420c371"]
    {
        let none = stack.get(target);
        assert_eq!((none.status, none.header("www-authenticate")), (401, Some("Bearer")));
        assert_eq!(none.text, r#"{"message":"Unauthorized"}"#);
        for bad in &garbled {
            let answer = stack.request(target).token(Some(bad)).send();
            assert_eq!(answer.status, 401, "{bad}");
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        }
        stack.request(target).token(Some(&good)).send().ok();
    }
}

#[test]
fn a_token_ends() {
    let stack = Stack::shared();
    let brief = token(&["--expires-in", "2s"]);
    let refused = wait_until("the token's end", || {
        Some(stack.request("/connections").token(Some(&brief)).send())
            .filter(|answer| answer.status != 200)
    });
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").unwrap().contains("expired"));
}

#[test]
fn a_scope_that_is_missing_closes_the_route() {
    let stack = Stack::shared();
    let reader = token(&["--scope", "invoices/read", "--scope", "invoices/all"]);
    let writer = token(&["--scope", "invoices/write", "--scope", "invoices/all"]);
    let stranger = token(&["--scope", "openid"]);
    for target in ["/invoices?limit=1", "/connections", "/invoices/fusebill:123456"] {
        let answer = stack.request(target).token(Some(&reader)).send();
        assert_eq!(answer.status, 200, "{target}");
        for token in [&writer, &stranger] {
            let answer = stack.request(target).token(Some(token)).send();
            assert_eq!((answer.status, answer.text.as_str()), (403, r#"{"message":"Forbidden"}"#));
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.contains("insufficient_scope"), "{challenge}");
            assert!(challenge.contains("invoices/read"), "{challenge}");
        }
    }
}

/// Amazon Cognito issues custom scopes only as `{resource server}/{scope}`.
#[test]
fn a_stack_may_call_its_scopes_as_its_issuer_does() {
    const NAMED: [&str; 6] = [
        "--parameter",
        "ReadScope=bridge/read",
        "--parameter",
        "WriteScope=bridge/write",
        "--parameter",
        "OperatorScope=bridge/all",
    ];
    let stack = Stack::start(&[&["--invoices", "5"], &NAMED[..]].concat());
    let status = |scopes: &[&str]| {
        let scopes = scopes.iter().flat_map(|scope| ["--scope", scope]).collect::<Vec<_>>();
        stack.request("/connections").token(Some(&token(&scopes))).send().status
    };
    assert_eq!(status(&["bridge/read", "bridge/all"]), 200);
    assert_eq!(status(&["bridge/read"]), 403, "nobody's");
    assert_eq!(status(&["bridge/write", "bridge/all"]), 403);
    assert_eq!(status(&["invoices/read", "invoices/all"]), 403);
    assert_eq!(stack.get("/connections").status, 200, "the local operator has them");
}

#[test]
fn without_a_token_the_caller_is_the_operator_and_the_log_says_so() {
    let mut stack = Stack::start(&["--invoices", "5"]);
    let answer = stack.get("/connections");
    assert_eq!(answer.ok()["data"].as_array().unwrap().len(), CONNECTIONS.len());
    assert_eq!(stack.ready["requireToken"], Value::Bool(false));
    assert!(stack.interrupt().success());
    let printed = stack.printed();
    let id = answer.header("x-request-id").unwrap();
    let line =
        printed.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{printed}"));
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["route"], &line["caller"]), (&"/connections".into(), &"operator".into()));
}

/// As the AWS SDKs write it. The local gateway does not check it.
pub const SIGNATURE: &str = "AWS4-HMAC-SHA256 \
    Credential=AKID/20260102/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00";

#[test]
fn where_callers_sign_no_token_lets_anybody_in() {
    let mut stack =
        Stack::start(&["--invoices", "5", "--require-token", "--parameter", "AuthMode=IAM"]);
    let token = token(&[]);
    for refused in
        [stack.get("/connections"), stack.request("/connections").token(Some(&token)).send()]
    {
        assert_eq!((refused.status, refused.text.as_str()), (403, r#"{"message":"Forbidden"}"#));
        assert_eq!(refused.header("www-authenticate"), None);
    }
    let answer = stack.request("/connections").header("Authorization", SIGNATURE).send();
    assert_eq!(answer.ok()["data"].as_array().unwrap().len(), CONNECTIONS.len());
    assert!(stack.interrupt().success());
    let printed = stack.printed();
    let id = answer.header("x-request-id").unwrap();
    let line = printed.lines().find(|line| line.contains(id)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(line).unwrap()["caller"], "iam");
}
