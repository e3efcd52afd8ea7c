//! What a URI cannot hold, encoded on its way in.
//!
//! API Gateway passes a query on as the providers' documentation prints it,
//! `customerIds=["nue:1"]` (aws R8). hyper does not: its URI type has no place
//! for a raw `"`, and answers with a bare 400 before any code of ours is asked.
//! So requests are looked at as bytes, and in their targets, nowhere else, such
//! characters are percent-encoded.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// A longer line is not looked at: hyper refuses it anyway.
const MAX_LINE: usize = 64 * 1024;

/// A listener whose connections encode what a URI cannot hold.
#[derive(Debug)]
pub struct Encoding(pub TcpListener);

impl Listener for Encoding {
    type Io = Encoded<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        (Encoded { stream, requests: Requests::default(), ready: BytesMut::new() }, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Who is at the other end.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Encoding>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Encoding>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// A connection whose requests are encoded while they are read.
#[derive(Debug)]
pub struct Encoded<S> {
    stream: S,
    requests: Requests,
    ready: BytesMut,
}

impl<S: AsyncRead + Unpin> AsyncRead for Encoded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.ready.is_empty() {
            let mut chunk = [0; 8192];
            let mut read = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut read))?;
            if read.filled().is_empty() {
                // The end; a line without one of its own is handed over too.
                this.ready = std::mem::take(&mut this.requests.line);
                break;
            }
            this.requests.read(read.filled(), &mut this.ready);
        }
        let now = this.ready.len().min(buffer.remaining());
        buffer.put_slice(&this.ready.split_to(now));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Encoded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The requests of one connection, told apart well enough to know which lines
/// are request lines.
#[derive(Debug, Default)]
struct Requests {
    part: Part,
    /// The beginning of a line whose end has not come yet.
    line: BytesMut,
}

/// Where in a request the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Part {
    #[default]
    RequestLine,
    Headers(Framing),
    /// So many more bytes of the body.
    Body(u64),
    ChunkSize,
    /// So many more bytes of a chunk, the end of its line included.
    Chunk(u64),
    Trailers,
    /// What cannot be told apart any more is left as it is.
    Opaque,
}

/// How a body's end is known.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Framing {
    Length(u64),
    Chunked,
}

impl Requests {
    fn read(&mut self, mut input: &[u8], out: &mut BytesMut) {
        while !input.is_empty() {
            match self.part {
                Part::Opaque => {
                    out.extend_from_slice(input);
                    return;
                }
                Part::Body(left) => {
                    let left = pass(&mut input, left, out);
                    self.part = if left == 0 { Part::RequestLine } else { Part::Body(left) };
                }
                Part::Chunk(left) => {
                    let left = pass(&mut input, left, out);
                    self.part = if left == 0 { Part::ChunkSize } else { Part::Chunk(left) };
                }
                _ => self.read_line(&mut input, out),
            }
        }
    }

    fn read_line(&mut self, input: &mut &[u8], out: &mut BytesMut) {
        let end = input.iter().position(|byte| *byte == b'\n');
        let (now, rest) = input.split_at(end.map_or(input.len(), |at| at + 1));
        *input = rest;
        self.line.extend_from_slice(now);
        let line = if end.is_some() {
            std::mem::take(&mut self.line)
        } else if self.line.len() > MAX_LINE {
            self.part = Part::Opaque;
            out.extend_from_slice(&std::mem::take(&mut self.line));
            return;
        } else {
            return;
        };
        if self.part == Part::RequestLine {
            encode(&line, out);
        } else {
            out.extend_from_slice(&line);
        }
        self.part = after(self.part, &String::from_utf8_lossy(&line));
    }
}

/// Hands over what belongs to the `left` bytes; how many there are still.
fn pass(input: &mut &[u8], left: u64, out: &mut BytesMut) -> u64 {
    let now = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
    out.extend_from_slice(input.get(..now).unwrap_or_default());
    input.advance(now);
    left.saturating_sub(u64::try_from(now).unwrap_or(u64::MAX))
}

/// The part that follows on a whole line of `part`.
fn after(part: Part, line: &str) -> Part {
    let line = line.trim_end();
    match part {
        // An empty line before a request is allowed (RFC 9112, 2.2).
        Part::RequestLine if line.is_empty() => Part::RequestLine,
        Part::RequestLine => Part::Headers(Framing::Length(0)),
        Part::Headers(Framing::Chunked) if line.is_empty() => Part::ChunkSize,
        Part::Headers(Framing::Length(0)) if line.is_empty() => Part::RequestLine,
        Part::Headers(Framing::Length(length)) if line.is_empty() => Part::Body(length),
        Part::Headers(framing) => header(line, framing),
        Part::ChunkSize => {
            let size = line.split(';').next().unwrap_or_default().trim();
            match u64::from_str_radix(size, 16) {
                Ok(0) => Part::Trailers,
                Ok(size) => Part::Chunk(size.saturating_add(2)),
                Err(_) => Part::Opaque,
            }
        }
        Part::Trailers if line.is_empty() => Part::RequestLine,
        other => other,
    }
}

fn header(line: &str, framing: Framing) -> Part {
    let (name, value) = line.split_once(':').unwrap_or_default();
    if name.eq_ignore_ascii_case("transfer-encoding") {
        return Part::Headers(Framing::Chunked);
    }
    if name.eq_ignore_ascii_case("content-length") && framing != Framing::Chunked {
        let length = value.trim().parse().map(Framing::Length);
        return length.map_or(Part::Opaque, Part::Headers);
    }
    Part::Headers(framing)
}

/// A request line, with its target encoded; a line that is none, as it is.
fn encode(line: &[u8], out: &mut BytesMut) {
    let is_one = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next();
    if !is_one.is_some_and(|version| version.starts_with(b"HTTP/1.")) {
        out.extend_from_slice(line);
        return;
    }
    let mut in_query = false;
    for byte in line {
        in_query |= *byte == b'?';
        match byte {
            b'"' if in_query => out.extend_from_slice(b"%22"),
            b'`' if !in_query => out.extend_from_slice(b"%60"),
            b'<' => out.extend_from_slice(b"%3C"),
            b'>' => out.extend_from_slice(b"%3E"),
            other => out.extend_from_slice(&[*other]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out when the bytes come in pieces of `size`.
    fn read(bytes: &str, size: usize) -> String {
        let (mut requests, mut out) = (Requests::default(), BytesMut::new());
        for piece in bytes.as_bytes().chunks(size) {
            requests.read(piece, &mut out);
        }
        out.extend_from_slice(&requests.line);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn only_targets_are_encoded_however_the_bytes_arrive() {
        let came = "\r\nGET /a<b`?ids=[\"nue:1\"]&x=<`> HTTP/1.1\r\nX-Quoted: \"a\"\r\n\r\n\
            PUT /?a=\" HTTP/1.1\r\nContent-Length: 29\r\n\r\nGET /?b=\"not-a-line\" HTTP/1.1\
            POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n12;x=y\r\nGET /?c=\" HTTP/1.1\r\n0\r\nT: \"\r\n\r\n\
            GET /?d=\" HTTP/1.0\r\n\r\n";
        let expected = came
            .replace("/a<b`?ids=[\"nue:1\"]&x=<`>", "/a%3Cb%60?ids=[%22nue:1%22]&x=%3C`%3E")
            .replace("/?a=\"", "/?a=%22")
            .replace("/?d=\"", "/?d=%22");
        for size in 1..=came.len() {
            assert_eq!(read(came, size), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn what_is_no_request_passes_as_it_is() {
        let endless = format!("GET /?a=\"{}", "x".repeat(2 * MAX_LINE));
        for bytes in [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\"",
            "GET /?\"\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: some\r\n\r\nGET /?\" HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nsome\r\nGET /?\" HTTP/1.1\r\n",
            "GET /?\" HTTP/1.1",
            &endless,
        ] {
            assert_eq!(read(bytes, 4096), bytes);
        }
    }
}
