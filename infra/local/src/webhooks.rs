//! The providers' webhooks, on their way from the sandbox to the API.
//!
//! Each is sent by itself, so that they come in any order, and tried again where the API
//! does not take it, as providers do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sandbox::{Delivery, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

/// Webhooks that are on their way at the same time.
const AT_ONCE: usize = 32;
/// How often a webhook is sent that is not taken, and how long after the last time.
const TRIES: u32 = 4;
const AGAIN: Duration = Duration::from_millis(500);

/// Sends what the sandbox tells to the API at `address`, until the stack ends.
pub fn send(sandbox: &Sandbox, address: SocketAddr) {
    let (mut webhooks, places) = (sandbox.webhooks(), Arc::new(Semaphore::new(AT_ONCE)));
    tokio::spawn(async move {
        while let Some(delivery) = webhooks.recv().await {
            let places = places.clone();
            tokio::spawn(async move {
                // It is never closed.
                let _place = places.acquire_owned().await;
                deliver(address, &delivery).await;
            });
        }
    });
}

async fn deliver(address: SocketAddr, delivery: &Delivery) {
    for _ in 0..TRIES {
        // What was refused would be refused again.
        if post(address, delivery).await.is_ok_and(|status| status < 500) {
            return;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The status that a webhook is answered, on this machine and over no TLS.
async fn post(address: SocketAddr, delivery: &Delivery) -> std::io::Result<u16> {
    let Delivery { path, headers, body } = delivery;
    let mut request = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()));
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let line = String::from_utf8_lossy(&answer);
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::Error::other("no answer of HTTP's"))
}
