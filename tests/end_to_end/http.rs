//! A client that sends its request target exactly as given, which no library's
//! does: theirs hold URIs, and what curl sends need not be one.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::read::GzDecoder;
use serde_json::Value;

/// Longer than the gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// By names in lower case; none of ours comes twice.
    pub headers: BTreeMap<String, String>,
    pub text: String,
    /// All of it as it came, but for its being compressed.
    pub raw: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body of a success.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/json"));
        self.json()
    }

    /// The body of a problem, which has to be this one.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(body["status"], status, "{body}");
        assert_eq!(body["requestId"].as_str(), self.header("x-request-id"), "{body}");
        body
    }
}

/// Sends one request on a connection of its own.
pub fn send(
    address: &str,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &str,
) -> Answer {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = body.len();
    request.push_str(&format!("Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"));
    stream.write_all(request.as_bytes()).unwrap();
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).unwrap_or_else(|error| panic!("{method} {target}: {error}"));
    answer(&raw, method == "HEAD")
}

fn answer(raw: &[u8], is_head: bool) -> Answer {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("cut off: {:?}", String::from_utf8_lossy(raw)));
    let (head, body) = (String::from_utf8(raw[..end].to_vec()).unwrap(), &raw[end + 4..]);
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: BTreeMap<String, String> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    assert!(!headers.contains_key("transfer-encoding"), "{head}");
    if is_head {
        assert!(body.is_empty(), "a HEAD is answered with a body: {head}");
    } else if let Some(length) = headers.get("content-length") {
        assert_eq!(length.parse(), Ok(body.len()), "the body is not whole: {head}");
    }
    let mut text = String::new();
    let is_compressed = headers.get("content-encoding").is_some_and(|coding| coding == "gzip");
    if is_compressed && !is_head {
        GzDecoder::new(body).read_to_string(&mut text).unwrap();
    } else {
        text.push_str(std::str::from_utf8(body).unwrap());
    }
    let raw = format!("{head}\r\n\r\n{text}");
    Answer { status, headers, text, raw }
}
