//! `ib api`: a request as it is, with the profile's address, token and retries.

use std::io::{Read, Write};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::args::ApiCall;
use crate::client::{Call, Client};
use crate::exit::{Exit, Failure};
use crate::output::written;

/// `ib api`.
pub(crate) async fn run(client: &Client, call: &ApiCall) -> Result<Exit, Failure> {
    let mut headers = headers(&call.headers)?;
    let key = HeaderName::from_static("idempotency-key");
    // A write that is asked again needs its name.
    if call.method != Method::GET && call.method != Method::HEAD && !headers.contains_key(&key) {
        let made = uuid::Uuid::new_v4().to_string();
        headers.extend(HeaderValue::from_str(&made).ok().map(|value| (key, value)));
    }
    if !call.path.starts_with('/') {
        return Err(Failure::usage(format!(
            "`{}` is no path: it begins with /, such as /connections",
            call.path
        )));
    }
    let body = call.data.as_deref().map(body).transpose()?;
    let request = Call { method: call.method.clone(), target: call.path.clone(), headers, body };
    let answer = client.send(&request).await?;
    let mut out = std::io::stdout().lock();
    if call.include {
        written(writeln!(out, "HTTP {}", answer.status))?;
        for (name, value) in &answer.headers {
            written(writeln!(out, "{name}: {}", String::from_utf8_lossy(value.as_bytes())))?;
        }
        written(writeln!(out))?;
    }
    written(out.write_all(&answer.body).and_then(|()| writeln!(out)))?;
    drop(out);
    // What the answer says is on standard output already.
    answer.ok().map(|_| Exit::Done)
}

fn headers(lines: &[String]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let parts = line.split_once(':').and_then(|(name, value)| {
            let name = name.trim().parse::<HeaderName>().ok()?;
            Some((name, HeaderValue::from_str(value.trim()).ok()?))
        });
        let (name, value) = parts.ok_or_else(|| {
            Failure::usage(format!("`{line}` is no header: write it as 'Name: value'"))
        })?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn body(data: &str) -> Result<Bytes, Failure> {
    let read = match data.strip_prefix('@') {
        None => Ok(data.as_bytes().to_vec()),
        Some("-") => {
            let mut text = Vec::new();
            std::io::stdin().lock().read_to_end(&mut text).map(|_| text)
        }
        Some(file) => std::fs::read(file),
    };
    read.map(Bytes::from).map_err(|error| Failure::usage(format!("cannot read {data}: {error}")))
}
