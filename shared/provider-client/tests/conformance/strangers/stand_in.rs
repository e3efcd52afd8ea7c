//! The stand-in, and what stands between it and the bridge.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::response::Response;
use engine::Connection;
use futures::stream;
use http::{HeaderName, HeaderValue, Method, header};
use provider_client::transport::{Reply, Request};
use provider_client::{ConnectionSecret, Deadline, Provider, Transport, connect};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Longer than the stand-in needs on a machine that does other things beside.
const PATIENCE: Duration = Duration::from_secs(60);
const KEY: &str = "Bearer sk_test_strangers";
/// How many lines an invoice holds by itself: "the first handful" (stripe R9).
const HANDFUL: usize = 10;

/// A fresh account at the stand-in.
pub struct StandIn {
    /// Its address, without the way between.
    account: String,
    transport: Transport,
    pub way: Arc<Way>,
    secret: Value,
}

/// The way between the bridge and the stand-in.
pub struct Way {
    /// Where the stand-in is.
    origin: String,
    transport: Transport,
    /// Of a hundred answers, so many meet with something.
    pub ill: AtomicU32,
    calls: AtomicUsize,
    /// What changes something, as it was sent.
    writes: Mutex<Vec<Sent>>,
}

/// A call that changes something.
#[derive(Debug, Clone)]
pub struct Sent {
    pub path: String,
    pub key: Option<String>,
}

type Fields = Vec<(String, String)>;

impl StandIn {
    /// A fresh account, through a way of its own.
    pub async fn open(name: &str) -> Self {
        let origin = std::env::var("STRIPE_STAND_IN").expect("see .ci/strangers");
        let transport = Transport::new().unwrap();
        let way = Arc::new(Way {
            origin: origin.clone(),
            transport: transport.clone(),
            ill: AtomicU32::new(0),
            calls: AtomicUsize::new(0),
            writes: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let path = format!("/worlds/{name}-{}", fastrand::u64(..));
        let base = format!("http://{}{path}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(pass).with_state(Arc::clone(&way));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let secret = json!({
            "provider": "stripe", "apiKey": KEY.strip_prefix("Bearer "), "baseUrl": base,
        });
        Self { account: format!("{origin}{path}"), transport, way, secret }
    }

    pub fn provider(&self) -> Arc<dyn Provider> {
        let name = "stripe".parse().unwrap();
        let secret = ConnectionSecret::parse(&name, &self.secret.to_string()).unwrap();
        Arc::from(connect(&secret, &Transport::new().unwrap()).unwrap())
    }

    /// The same, for a transport that sends no write.
    pub fn reading_only(&self) -> Box<dyn Provider> {
        let name = "stripe".parse().unwrap();
        let secret = ConnectionSecret::parse(&name, &self.secret.to_string()).unwrap();
        connect(&secret, &Transport::new().unwrap().reading_only()).unwrap()
    }

    pub fn connection(&self) -> Connection {
        Connection { name: "stripe".parse().unwrap(), provider: Ok(self.provider()) }
    }

    /// A call of the tests' own; its answer, or what it is refused with.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        form: &[(&str, String)],
    ) -> Result<Value, Value> {
        let url = format!("{}/v1/{path}", self.account).parse().unwrap();
        let form: Fields =
            form.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let request = Request::write(method, url)
            .header(header::AUTHORIZATION, HeaderValue::from_static(KEY))
            .form(&form);
        let reply = self.transport.send(&request, Deadline::after(PATIENCE)).await.unwrap();
        let body = serde_json::from_slice(&reply.body).unwrap();
        if reply.status.is_success() { Ok(body) } else { Err(body) }
    }

    pub async fn post(&self, path: &str, form: &[(&str, String)]) -> Value {
        let done = self.call(Method::POST, path, form).await;
        done.unwrap_or_else(|refusal| panic!("{path}: {refusal}"))
    }

    pub async fn read(&self, path: &str) -> Value {
        let read = self.call(Method::GET, path, &[]).await;
        read.unwrap_or_else(|refusal| panic!("{path}: {refusal}"))
    }

    /// All objects of a list, page after page.
    pub async fn all(&self, list: &str) -> Vec<Value> {
        let (mut all, mut after): (Vec<Value>, _) = (Vec::new(), String::new());
        loop {
            let mut page = self.read(&format!("{list}limit=100{after}")).await;
            all.extend(std::mem::take(page["data"].as_array_mut().unwrap()));
            if page["has_more"] != true {
                return all;
            }
            after = format!("&starting_after={}", all.last().unwrap()["id"].as_str().unwrap());
        }
    }

    /// How often each invoice was finalized, by the stand-in's own log.
    pub async fn finalized(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for event in self.all("events?type=invoice.finalized&").await {
            let id = event["data"]["object"]["id"].as_str().unwrap().to_owned();
            *times.entry(id).or_default() += 1;
        }
        times
    }
}

impl Way {
    /// How many calls the bridge has made.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// What was sent since this was last asked.
    pub fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.writes.lock().unwrap())
    }
}

/// What an answer meets with on the way.
#[derive(Clone, Copy)]
enum Luck {
    Fine,
    Lost,
    Cut,
    /// The answer is late.
    Late,
    /// The request is: it arrives when nobody waits for it any more.
    RequestLate,
}

impl Luck {
    fn draw(ill: u32) -> Self {
        if fastrand::u32(..100) >= ill {
            return Self::Fine;
        }
        match fastrand::u8(..4) {
            0 => Self::Lost,
            1 => Self::Cut,
            2 => Self::Late,
            _ => Self::RequestLate,
        }
    }
}

async fn pass(State(way): State<Arc<Way>>, request: axum::extract::Request) -> Response {
    way.calls.fetch_add(1, Ordering::Relaxed);
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let form: Fields = url::form_urlencoded::parse(&body).into_owned().collect();
    let url = format!("{}{}", way.origin, head.uri.path_and_query().unwrap());
    // What docs/providers/stripe.md promises of every call.
    assert_eq!(head.headers["stripe-version"], "2026-08-26.dahlia");
    assert!(form.iter().all(|(name, _)| name != "auto_advance"), "{form:?}");
    if head.method != Method::GET {
        let key = head.headers.get("idempotency-key");
        let key = key.map(|key| key.to_str().unwrap().to_owned());
        let path = head.uri.path().split_once("/v1/").unwrap().1.to_owned();
        way.writes.lock().unwrap().push(Sent { path, key });
    }
    let mut onward = Request::write(head.method, url.parse().unwrap()).form(&form);
    for name in ["authorization", "stripe-version", "idempotency-key"] {
        if let Some(value) = head.headers.get(name) {
            onward = onward.header(HeaderName::from_static(name), value.clone());
        }
    }
    let luck = Luck::draw(way.ill.load(Ordering::Relaxed));
    let transport = way.transport.clone();
    let asked = async move {
        if matches!(luck, Luck::RequestLate) {
            tokio::time::sleep(Duration::from_secs(3)).await;
        }
        transport.send(&onward, Deadline::after(PATIENCE)).await.unwrap()
    };
    // Carried out even where the one who asks has gone.
    let asked = tokio::spawn(asked);
    let broken = || Err(std::io::Error::other("the way is broken"));
    let (reply, body) = match luck {
        Luck::RequestLate => return Response::new(Body::from_stream(stream::iter([broken()]))),
        _ => answered(asked.await.unwrap()),
    };
    let response =
        Response::builder().status(reply.status).header("content-type", "application/json");
    let half = body.slice(..body.len() / 2);
    let body = match luck {
        Luck::Lost => Body::from_stream(stream::iter([broken()])),
        Luck::Cut => Body::from_stream(stream::iter([Ok(half), broken()])),
        _ => Body::from(body),
    };
    if matches!(luck, Luck::Late) {
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    response.body(body).unwrap()
}

/// With no more lines in an invoice than Stripe holds there: "lines held whole" is a
/// difference of the stand-in.
fn answered(reply: Reply) -> (Reply, Bytes) {
    fn shorten(value: &mut Value) {
        match value {
            Value::Object(fields) if fields.get("object") == Some(&json!("invoice")) => {
                let lines = fields.get_mut("lines").and_then(Value::as_object_mut);
                let Some(lines) = lines else { return };
                let held = lines["data"].as_array_mut().unwrap();
                if held.len() > HANDFUL {
                    held.truncate(HANDFUL);
                    lines["has_more"] = true.into();
                }
            }
            Value::Object(fields) => {
                let rows = fields.get_mut("data").and_then(Value::as_array_mut);
                rows.into_iter().flatten().for_each(shorten);
            }
            _ => {}
        }
    }
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap();
    shorten(&mut body);
    let body = Bytes::from(body.to_string());
    (reply, body)
}
