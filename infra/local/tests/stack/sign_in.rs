//! Signing in to the stack's own issuer, step by step as a client does.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::{Client, Response, redirect};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::Url;

use crate::running::Stack;

const CALLBACK: &str = "http://127.0.0.1:1/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";
const SCOPES: &str = "openid invoices/read invoices/write invoices/all";

/// A browser and a client in one, which goes to no redirection by itself.
struct Visitor<'s> {
    stack: &'s Stack,
    client: Client,
    discovery: Value,
}

impl<'s> Visitor<'s> {
    async fn of(stack: &'s Stack) -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        let discovery = json(stack.get("/.well-known/openid-configuration").await).await;
        Self { stack, client, discovery }
    }

    fn endpoint(&self, name: &str) -> String {
        self.discovery[name].as_str().unwrap().to_owned()
    }

    fn authorize(&self, more: &[(&str, &str)]) -> String {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let mut url = Url::parse(&self.endpoint("authorization_endpoint")).unwrap();
        url.query_pairs_mut()
            .extend_pairs([("client_id", "test"), ("redirect_uri", CALLBACK)])
            .extend_pairs([("response_type", "code"), ("scope", SCOPES)])
            .extend_pairs([("state", "s & t"), ("nonce", "n")])
            .extend_pairs([
                ("code_challenge", challenge.as_str()),
                ("code_challenge_method", "S256"),
            ])
            .extend_pairs(more);
        url.into()
    }

    /// What the client is sent back with.
    async fn pick(&self, persona: &str) -> Url {
        let form = form(&[("persona", persona)]);
        let picked = self.client.post(self.authorize(&[])).body(form).send().await.unwrap();
        assert_eq!(picked.status(), 303);
        location(&picked)
    }

    async fn redeem(&self, fields: &[(&str, &str)]) -> Response {
        let form = form(fields);
        self.client.post(self.endpoint("token_endpoint")).body(form).send().await.unwrap()
    }

    async fn tokens(&self, persona: &str) -> Value {
        let code = query(&self.pick(persona).await, "code").unwrap();
        json(self.redeem(&redemption(&code)).await).await
    }

    async fn call(&self, token: &Value) -> u16 {
        let call = self.client.post(self.stack.url("/probe/1"));
        call.bearer_auth(token.as_str().unwrap()).send().await.unwrap().status().as_u16()
    }
}

fn redemption(code: &str) -> [(&str, &str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", "test"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]
}

fn form(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn location(response: &Response) -> Url {
    Url::parse(response.headers()["location"].to_str().unwrap()).unwrap()
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

async fn json(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

fn claims(token: &Value) -> Value {
    let body = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

#[tokio::test]
async fn a_persona_signs_in_with_a_code_and_a_proof() {
    let stack = Stack::probe(&["--require-token"]);
    let visitor = Visitor::of(&stack).await;
    let issuer = &visitor.discovery["issuer"];
    assert_eq!(issuer, &stack.ready["api"]);
    let page = visitor.client.get(visitor.authorize(&[])).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    for persona in ["operator", "reader", "customer", "another-customer"] {
        assert!(page.contains(&format!("value=\"{persona}\"")), "{persona}");
    }
    let back = visitor.pick("operator").await;
    assert!(back.as_str().starts_with(CALLBACK), "{back}");
    assert_eq!(query(&back, "state").as_deref(), Some("s & t"));
    assert_eq!(query(&back, "iss").as_deref(), issuer.as_str());
    let code = query(&back, "code").unwrap();
    let tokens = json(visitor.redeem(&redemption(&code)).await).await;
    let id = claims(&tokens["id_token"]);
    assert_eq!((&id["aud"], &id["nonce"], &id["iss"]), (&json!("test"), &json!("n"), issuer));
    assert_eq!(visitor.call(&tokens["access_token"]).await, 200);
    let again = visitor.redeem(&redemption(&code)).await;
    assert_eq!(json(again).await, json!({"error": "invalid_grant"}), "a code is redeemed once");
}

#[tokio::test]
async fn a_personas_token_says_what_that_persona_may() {
    let stack = Stack::probe(&["--require-token"]);
    let visitor = Visitor::of(&stack).await;
    let reader = visitor.tokens("reader").await;
    assert_eq!(reader["scope"], "openid invoices/read invoices/all");
    assert_eq!(visitor.call(&reader["access_token"]).await, 403);
    let customer = claims(&visitor.tokens("customer").await["access_token"]);
    assert_eq!(customer["scope"], "openid invoices/read invoices/write");
    assert_eq!(customer["customers"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_code_is_worth_nothing_without_its_proof() {
    let stack = Stack::probe(&["--require-token"]);
    let visitor = Visitor::of(&stack).await;
    for (at, other) in [
        ("code_verifier", "another"),
        ("client_id", "another"),
        ("redirect_uri", "http://127.0.0.1:2/"),
    ] {
        let code = query(&visitor.pick("operator").await, "code").unwrap();
        let fields =
            redemption(&code).map(|(name, value)| (name, if name == at { other } else { value }));
        let refused = visitor.redeem(&fields).await;
        assert_eq!(
            (refused.status().as_u16(), json(refused).await["error"].clone()),
            (400, json!("invalid_grant")),
            "{at}"
        );
    }
}

#[tokio::test]
async fn a_code_goes_to_this_machine_and_nowhere_else() {
    let stack = Stack::probe(&[]);
    let visitor = Visitor::of(&stack).await;
    let ask = async |from: &str, to: &str| {
        visitor.client.get(visitor.authorize(&[]).replace(from, to)).send().await.unwrap()
    };
    let encoded = |text: &str| form(&[("", text)]).trim_start_matches('=').to_owned();
    for elsewhere in
        ["https://evil.example/", "javascript:alert(1)", "http://127.0.0.1.evil.example/"]
    {
        let refused = ask(&encoded(CALLBACK), &encoded(elsewhere)).await;
        assert_eq!(refused.status(), 400, "{elsewhere}");
    }
    let unproven = ask("code_challenge_method=S256", "code_challenge_method=plain").await;
    assert_eq!(query(&location(&unproven), "error").as_deref(), Some("invalid_request"));
    let page = visitor.client.get(visitor.authorize(&[])).header("origin", "https://evil.example");
    assert_eq!(page.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn who_is_signed_in_is_remembered_until_they_sign_out() {
    let stack = Stack::probe(&[]);
    let visitor = Visitor::of(&stack).await;
    let ask = async |more: &[(&str, &str)], cookie: &str| {
        visitor.client.get(visitor.authorize(more)).header("cookie", cookie).send().await.unwrap()
    };
    assert_eq!(ask(&[], "").await.status(), 200);
    let back = ask(&[], "x=1; persona=reader").await;
    assert!(query(&location(&back), "code").is_some());
    assert_eq!(ask(&[("prompt", "login")], "persona=reader").await.status(), 200);
    let none = ask(&[("prompt", "none")], "").await;
    assert_eq!(query(&location(&none), "error").as_deref(), Some("login_required"));
    let out = format!(
        "{}?{}",
        visitor.endpoint("end_session_endpoint"),
        form(&[("post_logout_redirect_uri", CALLBACK)])
    );
    let out = visitor.client.get(out).send().await.unwrap();
    assert_eq!(location(&out).as_str(), CALLBACK);
    assert!(out.headers()["set-cookie"].to_str().unwrap().starts_with("persona=; "));
}

#[tokio::test]
async fn a_refresh_token_is_good_for_another_token_of_its_client() {
    let stack = Stack::probe(&["--require-token", "--token-lifetime", "1s"]);
    let visitor = Visitor::of(&stack).await;
    let tokens = visitor.tokens("operator").await;
    assert_eq!(tokens["expires_in"], 1);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while visitor.call(&tokens["access_token"]).await != 401 {
        assert!(std::time::Instant::now() < until, "the token never ended");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let fields = |client| {
        [("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", refresh)]
    };
    let another = json(visitor.redeem(&fields("test")).await).await;
    assert_eq!(visitor.call(&another["access_token"]).await, 200);
    assert_eq!(
        json(visitor.redeem(&fields("other")).await).await,
        json!({"error": "invalid_grant"})
    );
}

#[tokio::test]
async fn a_device_is_signed_in_from_elsewhere() {
    let stack = Stack::probe(&["--require-token"]);
    let visitor = Visitor::of(&stack).await;
    let at = visitor.endpoint("device_authorization_endpoint");
    let asked = form(&[("client_id", "ib"), ("scope", SCOPES)]);
    let codes = json(visitor.client.post(at).body(asked).send().await.unwrap()).await;
    let device = codes["device_code"].as_str().unwrap();
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", "ib"),
        ("device_code", device),
    ];
    let pending = json(visitor.redeem(&fields).await).await;
    assert_eq!(pending, json!({"error": "authorization_pending"}));
    let page = codes["verification_uri_complete"].as_str().unwrap();
    let page = visitor.client.get(page).send().await.unwrap().text().await.unwrap();
    let code = codes["user_code"].as_str().unwrap();
    assert!(page.contains(&format!("value=\"{code}\"")), "{page}");
    let approve = async |code: &str| {
        let form = form(&[("user_code", code), ("persona", "reader")]);
        let at = codes["verification_uri"].as_str().unwrap();
        visitor.client.post(at).body(form).send().await.unwrap().status().as_u16()
    };
    assert_eq!(approve("AAAA-AAAA").await, 400);
    assert_eq!(approve(&code.to_lowercase()).await, 200);
    let tokens = json(visitor.redeem(&fields).await).await;
    assert_eq!(claims(&tokens["access_token"])["sub"], "reader");
    assert_eq!(json(visitor.redeem(&fields).await).await, json!({"error": "invalid_grant"}));
}
