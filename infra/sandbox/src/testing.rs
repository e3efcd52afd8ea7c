//! A served sandbox and a client for it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{Operation, Options, Resource, Sandbox};

pub(crate) struct RunningSandbox {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) origin: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// The values of one field in a list of objects.
pub(crate) fn field<'a>(rows: &'a Value, name: &str) -> Vec<&'a Value> {
    rows.as_array().unwrap().iter().map(|row| &row[name]).collect()
}

pub(crate) async fn run(invoices: usize) -> RunningSandbox {
    let sandbox = Sandbox::new(Options { invoices, ..Options::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(Arc::clone(&sandbox).serve(listener, std::future::pending()));
    RunningSandbox { sandbox, origin, client: Client::builder(TokioExecutor::new()).build_http() }
}

impl RunningSandbox {
    /// The headers that the connection's secret makes.
    pub(crate) fn headers(&self, connection: &str) -> Vec<(&'static str, String)> {
        let secret = self.sandbox.secret(connection, &self.origin).unwrap();
        let key = |name: &str| secret[name].as_str().unwrap().to_owned();
        match key("provider").as_str() {
            "nue" | "nue-self-service" => vec![("nue-api-key", key("apiKey"))],
            "fusebill" => vec![("authorization", format!("Basic {}", key("apiKey")))],
            "stripe" => vec![
                ("authorization", format!("Bearer {}", key("apiKey"))),
                ("stripe-version", "2026-08-26.dahlia".to_owned()),
            ],
            "simplepin" => vec![("authorization", key("authorization")), ("token", key("token"))],
            _ => {
                let pair = STANDARD.encode(format!("{}:{}", key("username"), key("password")));
                vec![("authorization", format!("Basic {pair}"))]
            }
        }
    }

    /// Any call at all.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> Result<Answer, String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::from(body.to_owned())).unwrap();
        let response = self.client.request(request).await.map_err(|e| e.to_string())?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|e| e.to_string())?;
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(body.to_bytes().to_vec()).unwrap(),
        })
    }

    /// A GET with the connection's credentials.
    pub(crate) async fn get(&self, connection: &str, path: &str) -> Answer {
        self.call(connection, "GET", path, "").await
    }

    /// A POST with the connection's credentials.
    pub(crate) async fn post(&self, connection: &str, path: &str, body: &Value) -> Answer {
        self.call(connection, "POST", path, &body.to_string()).await
    }

    /// A call with the connection's credentials.
    pub(crate) async fn call(
        &self,
        connection: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Answer {
        let path = format!("/{connection}{path}");
        let headers = self.headers(connection);
        self.send(method, &path, &headers, body).await.unwrap()
    }

    /// The bytes that arrive for a call with the connection's credentials,
    /// until the connection closes.
    pub(crate) async fn bytes(
        &self,
        connection: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Vec<u8> {
        let address = self.origin.trim_start_matches("http://");
        let mut request = format!("{method} /{connection}{path} HTTP/1.1\r\nhost: {address}\r\n");
        for (name, value) in self.headers(connection) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", body.len()));
        request.push_str(body);
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut arrived = Vec::new();
        match socket.read_to_end(&mut arrived).await {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => panic!("{error}"),
            _ => arrived,
        }
    }

    /// Sets a fault.
    pub(crate) async fn fault(&self, connection: &str, fault: Value) {
        let path = format!("/{connection}/faults");
        let answer = self.control("PUT", &path, &fault.to_string()).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }

    /// One invoice as it is now.
    pub(crate) fn now(&self, connection: &str, resource: Resource, id: &str) -> Value {
        let record = self.sandbox.record(connection, resource, id);
        let record = record.unwrap_or_else(|| panic!("{connection} has no {resource:?} {id}"));
        serde_json::from_str(&record.json).unwrap()
    }

    /// How often an operation on one invoice was asked for, and done.
    pub(crate) fn count(
        &self,
        connection: &str,
        resource: Resource,
        id: &str,
        operation: Operation,
    ) -> (u64, u64) {
        let count = self.sandbox.writes(connection).count(resource, id, operation);
        (count.requested, count.applied)
    }

    /// A control call.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> Answer {
        let path = format!("/_control{path}");
        self.send(method, &path, &[], body).await.unwrap()
    }

    /// The truth, as JSON values.
    pub(crate) fn truth(&self, connection: &str) -> Vec<Value> {
        let records = self.sandbox.population(connection).into_iter();
        records.map(|record| serde_json::from_str(&record.json).unwrap()).collect()
    }
}
