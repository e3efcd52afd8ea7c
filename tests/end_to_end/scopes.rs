//! Who may do what: every route, by every kind of caller, on its own invoice, on
//! another's and on one at another connection. Each cell of the tables was written
//! down by hand.

mod handlers;
mod signed;

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::http::Answer;
use crate::stack::{Stack, invoices, texts, wait_until};
use crate::tokens::token;
use crate::writing::{applied, put_event};

/// A status; of a listing with whose invoices it shows, of a write on many (and of
/// a dry run) with why it is not done. "own" is the customer whom `customer` and
/// `its reader` are held to, "another" the one whom `another` is; "elsewhere" is an
/// invoice at a connection where neither has any, "any" a listing of `nue` that names
/// no customer. `nobody` has the claim `customers` with nothing in it. Operators (`reader`,
/// `writer`, `both`) have the scope `invoices/all`; `narrowed` has it beside the claim of
/// `customer`, and `neither` has no claim and only the scopes to read and write.
const CELLS: &str = "
route, whose                        | no token | reader  | writer  | both    | customer | its reader | another | nobody | narrowed | neither
GET /invoices own                   | 401      | own     | 403     | own     | own      | own        | none    | none | own      | 403
GET /invoices another               | 401      | another | 403     | another | none     | none       | another | none | none     | 403
GET /invoices any                   | 401      | all     | 403     | all     | own      | own        | another | 404 | own      | 403
GET /invoices/summary own           | 401      | some    | 403     | some    | some     | some       | none    | none | some     | 403
GET /invoices/summary another       | 401      | some    | 403     | some    | none     | none       | some    | none | none     | 403
GET /connections -                  | 401      | all     | 403     | all     | nue      | nue        | nue     | none | nue      | 403
GET /invoices/{id} own              | 401      | 200     | 403     | 200     | 200      | 200        | 404     | 404 | 200      | 403
GET /invoices/{id} another          | 401      | 200     | 403     | 200     | 404      | 404        | 200     | 404 | 404      | 403
GET /invoices/{id} elsewhere        | 401      | 200     | 403     | 200     | 404      | 404        | 404     | 404 | 404      | 403
PATCH /invoices/{id} own            | 401      | 403     | 200     | 200     | 200      | 403        | 404     | 404 | 200      | 403
PATCH /invoices/{id} another        | 401      | 403     | 200     | 200     | 404      | 403        | 200     | 404 | 404      | 403
PATCH /invoices/{id} elsewhere      | 401      | 403     | 200     | 200     | 404      | 403        | 404     | 404 | 404      | 403
DELETE /invoices/{id} own           | 401      | 403     | state   | state   | state    | 403        | 404     | 404 | state    | 403
DELETE /invoices/{id} another       | 401      | 403     | state   | state   | 404      | 403        | state   | 404 | 404      | 403
DELETE /invoices/{id} elsewhere     | 401      | 403     | cannot  | cannot  | 404      | 403        | 404     | 404 | 404      | 403
POST /invoices/{id}/activate own    | 401      | 403     | 200     | 200     | 200      | 403        | 404     | 404 | 200      | 403
POST /invoices/{id}/activate another | 401     | 403     | 200     | 200     | 404      | 403        | 200     | 404 | 404      | 403
POST /invoices/{id}/activate elsewhere | 401   | 403     | 200     | 200     | 404      | 403        | 404     | 404 | 404      | 403
POST /invoices/{id}/cancel own      | 401      | 403     | 200     | 200     | 200      | 403        | 404     | 404 | 200      | 403
POST /invoices/{id}/cancel another  | 401      | 403     | 200     | 200     | 404      | 403        | 200     | 404 | 404      | 403
POST /invoices/{id}/cancel elsewhere | 401     | 403     | 200     | 200     | 404      | 403        | 404     | 404 | 404      | 403
POST /invoices/activate own         | 401      | 403     | 200     | 200     | 200      | 403        | absent  | absent | 200      | 403
POST /invoices/activate another     | 401      | 403     | 200     | 200     | absent   | 403        | 200     | absent | absent   | 403
POST /invoices/activate elsewhere   | 401      | 403     | 200     | 200     | absent   | 403        | absent  | absent | absent   | 403
POST /invoices/cancel own           | 401      | 403     | 200     | 200     | 200      | 403        | absent  | absent | 200      | 403
POST /invoices/cancel another       | 401      | 403     | 200     | 200     | absent   | 403        | 200     | absent | absent   | 403
POST /invoices/cancel elsewhere     | 401      | 403     | 200     | 200     | absent   | 403        | absent  | absent | absent   | 403
POST /invoices/delete own           | 401      | 403     | state   | state   | state    | 403        | absent  | absent | state    | 403
POST /invoices/delete another       | 401      | 403     | state   | state   | absent   | 403        | state   | absent | absent   | 403
POST /invoices/delete elsewhere     | 401      | 403     | cannot  | cannot  | absent   | 403        | absent  | absent | absent   | 403
DELETE /invoices own                | 401      | 403     | state   | state   | state    | 403        | absent  | absent | state    | 403
DELETE /invoices another            | 401      | 403     | state   | state   | absent   | 403        | state   | absent | absent   | 403
DELETE /invoices elsewhere          | 401      | 403     | cannot  | cannot  | absent   | 403        | absent  | absent | absent   | 403
";

/// The rows of a table without its head: what is asked, and each caller's cell.
fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    table.trim().lines().skip(1).map(|row| {
        let mut cells = row.split('|').map(str::trim);
        (cells.next().unwrap(), cells.collect())
    })
}

/// An invoice that the tables speak of, and its customer.
struct Subject {
    invoice: String,
    customer: String,
}

/// Drafts of two customers of Nue, and one of Fusebill.
struct Subjects {
    own: Subject,
    another: Subject,
    elsewhere: Subject,
}

impl Subjects {
    fn find(stack: &Stack, operator: &str) -> Self {
        let mut drafts = ["nue", "fusebill"].map(|connection| {
            let asked = format!("/invoices?connection={connection}&status=draft&limit=200");
            let pages = stack.walk(&asked, Some(operator));
            let ready = |one: &&Value| one["availableActions"]["activate"].is_object();
            let of = |invoice: &Value, at: &str| {
                invoice.pointer(at).unwrap().as_str().unwrap().to_owned()
            };
            let drafts = invoices(&pages).into_iter().filter(ready);
            let drafts = drafts
                .map(|one| Subject { invoice: of(one, "/id"), customer: of(one, "/customer/id") });
            drafts.collect::<Vec<_>>()
        });
        let own = drafts[0].remove(0);
        let another = drafts[0].iter().position(|one| one.customer != own.customer).unwrap();
        Self { another: drafts[0].remove(another), elsewhere: drafts[1].remove(0), own }
    }

    fn named(&self, whose: &str) -> &Subject {
        match whose {
            "another" => &self.another,
            "elsewhere" => &self.elsewhere,
            _ => &self.own,
        }
    }
}

/// What the table's callers sign their requests with, in its order.
fn authorizations(subjects: &Subjects) -> Vec<Option<String>> {
    const BOTH: &[&str] = &["--scope", "invoices/read", "--scope", "invoices/write"];
    let held = |scopes: &[&str], subject: &Subject| {
        Some(token(&[scopes, &["--customer", &subject.customer]].concat()))
    };
    let operator = |scopes: &[&str]| Some(token(&[scopes, &["--scope", "invoices/all"]].concat()));
    let tokens = [
        None,
        operator(&["--scope", "invoices/read"]),
        operator(&["--scope", "invoices/write"]),
        operator(BOTH),
        held(BOTH, &subjects.own),
        held(&["--scope", "invoices/read"], &subjects.own),
        held(BOTH, &subjects.another),
        Some(nobodys()),
        held(&[BOTH, &["--scope", "invoices/all"]].concat(), &subjects.own),
        Some(token(BOTH)),
    ];
    tokens.map(|token| token.map(|token| format!("Bearer {token}"))).into()
}

/// A customer's token without a customer, which the program does not print. The
/// key is the local issuer's own, and public.
fn nobodys() -> String {
    const KEY: &[u8] = include_bytes!("../../infra/local/src/issuer/key.der");
    let claims = json!({
        "iss": "https://invoice-bridge.local", "aud": "invoice-bridge", "sub": "nobody",
        "scope": "invoices/read invoices/write", "customers": [], "exp": i32::MAX,
    });
    let encode = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
    let signed = format!(
        "{}.{}",
        encode(br#"{"alg":"RS256","typ":"JWT","kid":"invoice-bridge-local"}"#),
        encode(claims.to_string().as_bytes())
    );
    let pair = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", encode(&signature))
}

/// Asks for one cell. What is to be refused is sent in earnest, what is allowed
/// as a dry run, so that the next cell finds the same.
fn ask(
    stack: &Stack,
    asked: &str,
    subject: &Subject,
    whose: &str,
    authorization: Option<&str>,
    refused: bool,
) -> Answer {
    let (route, _) = asked.rsplit_once(' ').unwrap();
    let (method, path) = route.split_once(' ').unwrap();
    let target = match route {
        "GET /invoices" if whose == "any" => "/invoices?connection=nue&limit=200".to_owned(),
        "GET /invoices" => format!("/invoices?limit=200&customerIds={}", subject.customer),
        "GET /invoices/summary" => format!("{path}?customerIds={}", subject.customer),
        _ => path.replace("{id}", &subject.invoice),
    };
    let body = match (method, path) {
        ("GET", _) => Value::Null,
        ("PATCH", _) => json!({"comment": "on hold", "dryRun": !refused}),
        (_, path) if path.contains("{id}") => json!({ "dryRun": !refused }),
        _ => json!({"invoiceIds": [subject.invoice], "dryRun": !refused}),
    };
    let method: &'static str = method.to_owned().leak();
    let request = stack.request(&target).method(method).body(&body);
    match authorization {
        Some(value) => request.header("Authorization", value),
        None => request,
    }
    .send()
}

/// An answer in the table's words.
fn cell(answer: &Answer, subjects: &Subjects) -> String {
    if !matches!(answer.status, 200 | 207) {
        return answer.status.to_string();
    }
    let body = answer.json();
    let of_many = body.pointer("/results/0/problem/code");
    if let Some(problem) = of_many.or_else(|| body.pointer("/problem/code")) {
        return match problem.as_str().unwrap() {
            "state_conflict" => "state",
            "unsupported_operation" => "cannot",
            "invoice_not_found" => "absent",
            other => other,
        }
        .to_owned();
    }
    if let (Some(count), true) = (body.get("count"), body.get("groups").is_some()) {
        return if *count == 0 { "none" } else { "some" }.to_owned();
    }
    let Some(data) = body.get("data").filter(|data| data.is_array()) else {
        return answer.status.to_string();
    };
    let is_listing = body.get("sources").is_some();
    let shown: BTreeSet<&str> =
        texts(data, if is_listing { "/customer/id" } else { "/name" }).into_iter().collect();
    match shown.into_iter().collect::<Vec<_>>().as_slice() {
        [] => "none",
        [only] if *only == subjects.own.customer => "own",
        [only] if *only == subjects.another.customer => "another",
        [only] => only,
        _ => "all",
    }
    .to_owned()
}

#[test]
fn each_caller_may_do_what_the_table_says_and_nothing_else() {
    let stack = Stack::start(&["--invoices", "120", "--require-token"]);
    let operator = token(&[]);
    let subjects = Subjects::find(&stack, &operator);
    let callers = authorizations(&subjects);
    // What is refused first, all of it in earnest: it must have written nothing.
    for allowed in [false, true] {
        for (asked, cells) in rows(CELLS) {
            let whose = asked.rsplit_once(' ').unwrap().1;
            let subject = subjects.named(whose);
            assert_eq!(cells.len(), callers.len(), "{asked}");
            for (caller, (expected, authorization)) in cells.iter().zip(&callers).enumerate() {
                let refused = matches!(*expected, "401" | "403" | "404" | "absent");
                if refused == allowed {
                    continue;
                }
                let answer = ask(&stack, asked, subject, whose, authorization.as_deref(), refused);
                assert_eq!(
                    cell(&answer, &subjects),
                    *expected,
                    "{asked} by caller {caller}: {}",
                    answer.text
                );
                if refused || *expected == "none" {
                    tells_nothing(&answer, subject, asked);
                }
            }
        }
        if !allowed {
            for connection in ["nue", "fusebill"] {
                let writes = stack.control("GET", &format!("{connection}/writes"), &Value::Null);
                assert_eq!(writes.json()["invoices"], json!([]), "a refused write was sent");
            }
        }
    }
}

/// Nothing of the invoice but the name it was asked by, nor of its customer.
fn tells_nothing(answer: &Answer, subject: &Subject, asked: &str) {
    let customer = subject.customer.split_once(':').unwrap().1;
    assert!(!answer.text.contains(customer), "{asked}: {}", answer.text);
    for member in ["availableActions", "\"provider\":", "\"invoice\""] {
        assert!(!answer.text.contains(member), "{asked}: {}", answer.text);
    }
}

#[test]
fn a_write_by_filter_reaches_the_callers_own_only() {
    let stack = Stack::start(&["--invoices", "120", "--require-token"]);
    let subjects = Subjects::find(&stack, &token(&[]));
    let own = token(&["--customer", &subjects.own.customer]);
    let activate = |filter: Value, token: &str| {
        let request = stack.request("/invoices/activate").method("POST").token(Some(token));
        request.body(&json!({ "filter": filter })).send()
    };
    for filter in [
        json!({"customerIds": [subjects.another.customer]}),
        json!({"customerIds": [subjects.elsewhere.customer]}),
    ] {
        assert_eq!(activate(filter, &own).ok()["results"], json!([]));
    }
    let foreign = activate(json!({"connection": "fusebill", "status": "draft"}), &own);
    let foreign = foreign.problem(404, "connection_not_found");
    let absent = activate(json!({"connection": "zzzzbill", "status": "draft"}), &own);
    let absent = absent.problem(404, "connection_not_found");
    let told = |body: &Value, name: &str| body["detail"].as_str().unwrap().replace(name, "..");
    assert_eq!(told(&foreign, "fusebill"), told(&absent, "zzzzbill"));
    assert_eq!(activate(json!({"status": "draft"}), &nobodys()).ok()["results"], json!([]));
    assert!(applied(&stack, "nue", "activate").is_empty());
    let done = activate(json!({"status": "draft"}), &own).json();
    let mine: BTreeSet<String> = stack
        .truth("nue")
        .into_iter()
        .filter(|(_, customer)| *customer == subjects.own.customer)
        .map(|(id, _)| id)
        .collect();
    assert!(texts(&done["results"], "/id").contains(&subjects.own.invoice.as_str()), "{done}");
    for written in applied(&stack, "nue", "activate").keys() {
        assert!(mine.contains(written), "{written} is another's");
    }
    for connection in ["fusebill", "simplepin"] {
        assert!(applied(&stack, connection, "activate").is_empty());
    }
}

/// An event has no token: who may put one on the bus is the bus's policy, and it
/// reaches everybody's invoices.
#[test]
fn an_event_may_activate_anybodys_invoice() {
    let stack = Stack::start(&["--invoices", "120", "--require-token"]);
    let subjects = Subjects::find(&stack, &token(&[]));
    let all = [&subjects.own, &subjects.another, &subjects.elsewhere];
    let all = all.map(|subject| subject.invoice.clone());
    put_event(&stack, &json!({ "invoiceIds": all }));
    wait_until("all three to be activated", || {
        let mut done = applied(&stack, "nue", "activate");
        done.append(&mut applied(&stack, "fusebill", "activate"));
        (done == all.clone().map(|id| (id, 1)).into()).then_some(())
    });
}
