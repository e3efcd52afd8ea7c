//! As much of HTTP/1.1 as the stand-ins need, one thread a connection and no
//! runtime between: what is measured is the function, and what stands opposite
//! should add as little as can be.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request, read whole.
#[derive(Debug, Default)]
pub struct Request {
    /// The request's method.
    pub method: String,
    /// The request's path and query, as they came.
    pub target: String,
    /// The request's headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The request's body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The answer's status.
    pub status: u16,
    /// The answer's headers, but for the body's length.
    pub headers: Vec<(String, String)>,
    /// The answer's body.
    pub body: Vec<u8>,
}

impl Reply {
    /// 200 with this body.
    pub fn json(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self { status: 200, headers, body: body.into() }
    }

    /// With another header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.body.len() + 512);
        bytes.extend(format!("HTTP/1.1 {} -\r\n", self.status).bytes());
        for (name, value) in &self.headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(format!("content-length: {}\r\n\r\n", self.body.len()).bytes());
        bytes.extend(&self.body);
        bytes
    }
}

/// What answers.
pub trait Service: Send + Sync + 'static {
    /// The answer to a request; with none the connection is closed.
    fn answer(&self, request: &Request) -> Option<Reply>;

    /// The answer is on its way.
    fn sending(&self) {}
}

/// Serves on a free port of loopback for as long as the process lives.
///
/// # Errors
/// When no port can be had.
pub fn serve(service: Arc<dyn Service>, tls: Option<Arc<ServerConfig>>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (service, tls) = (service.clone(), tls.clone());
            // A connection that breaks is its caller's to notice.
            thread::spawn(move || connection(&*service, stream, tls));
        }
    });
    Ok(address)
}

fn connection(
    service: &dyn Service,
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match tls {
        None => exchanges(service, stream),
        Some(tls) => {
            let session = ServerConnection::new(tls).map_err(io::Error::other)?;
            exchanges(service, StreamOwned::new(session, stream))
        }
    }
}

fn exchanges(service: &dyn Service, stream: impl Read + Write) -> io::Result<()> {
    let mut stream = BufReader::with_capacity(64 * 1024, stream);
    while let Some(request) = request(&mut stream)? {
        let Some(reply) = service.answer(&request) else { return Ok(()) };
        let bytes = reply.written();
        service.sending();
        stream.get_mut().write_all(&bytes)?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

/// The next request; none where the caller has gone.
fn request(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(first) = line(stream)? else { return Ok(None) };
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers = headers(stream)?;
    let mut request = Request { method, target, headers, body: Vec::new() };
    request.body = body(stream, &request)?;
    Ok(Some(request))
}

fn headers(stream: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    while let Some(line) = line(stream)?.filter(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Ok(headers)
}

fn body(stream: &mut impl BufRead, request: &Request) -> io::Result<Vec<u8>> {
    if request.header("transfer-encoding").is_some() {
        return chunks(stream);
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = line(stream)?.unwrap_or_default();
        let length = u64::from_str_radix(length.trim(), 16).map_err(io::Error::other)?;
        stream.by_ref().take(length).read_to_end(&mut body)?;
        line(stream)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn line(stream: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8(line).map_err(io::Error::other)?;
    Ok(Some(line.trim_end().to_owned()))
}

/// A caller of the simplest kind, which keeps its connection: what an exchange
/// takes by itself.
pub struct Caller {
    stream: BufReader<TcpStream>,
}

impl Caller {
    /// Opens a connection.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn new(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(64 * 1024, stream) })
    }

    /// Sends `request`, and returns the answer's body.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn call(&mut self, request: &Request) -> io::Result<Vec<u8>> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", request.method, request.target).into_bytes();
        let length = ("content-length".to_owned(), request.body.len().to_string());
        let others = request.headers.iter().filter(|(name, _)| name != "content-length");
        for (name, value) in others.chain([&length]) {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&request.body);
        self.stream.get_mut().write_all(&bytes)?;
        line(&mut self.stream)?;
        let reply = Request { headers: headers(&mut self.stream)?, ..Request::default() };
        body(&mut self.stream, &reply)
    }
}
