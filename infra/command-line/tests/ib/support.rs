//! A running stack, and `ib` put to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Long enough for a machine that does other things beside.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A stack that is up, in a process of its own.
pub struct Stack {
    child: Child,
    pub ready: Value,
}

impl Stack {
    /// One stack for all the tests that only read.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Stack>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let stack = Arc::new(Self::start(&["--invoices", "150"]));
            *shared = Arc::downgrade(&stack);
            stack
        })
    }

    /// Starts the stack with these arguments and waits until it is up.
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(program())
            .args(["--port", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        // What it prints later is read, so that it is never held up.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        Self { child, ready }
    }

    /// Where its API listens.
    pub fn api(&self) -> &str {
        self.ready["api"].as_str().unwrap()
    }

    /// A call to the sandbox's control routes.
    pub fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let sandbox = self.ready["sandbox"].as_str().unwrap();
        let text = http(sandbox, method, &format!("/_control/{path}"), "", body);
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    /// A call to its Secrets Manager.
    pub fn secrets_manager(&self, operation: &str, body: &str) -> Value {
        let address = self.ready["secretsManager"].as_str().unwrap();
        let headers = format!("X-Amz-Target: secretsmanager.{operation}\r\n");
        serde_json::from_str(&http(address, "POST", "/", &headers, body)).unwrap()
    }

    /// How often each invoice of a connection was changed by `operation`.
    pub fn applied(
        &self,
        connection: &str,
        operation: &str,
    ) -> std::collections::BTreeMap<String, u64> {
        let writes = self.control("GET", &format!("{connection}/writes"), "");
        let counted = writes["invoices"].as_array().unwrap().iter().map(|one| {
            let draft = if one["resource"] == "draft" { "draft." } else { "" };
            let id = format!("{connection}:{draft}{}", one["id"].as_str().unwrap());
            (id, one["operations"][operation]["applied"].as_u64().unwrap_or_default())
        });
        counted.filter(|(_, times)| *times > 0).collect()
    }

    /// `ib` for this stack, with a home of its own.
    pub fn ib(&self) -> Ib {
        Ib::at(self.api())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One plain HTTP exchange; panics on a status that is no success.
fn http(base: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
    let address = base.strip_prefix("http://").unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\nContent-Type: application/json\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        return unchunked(body);
    }
    body.to_owned()
}

/// A form put to an address of this machine, as a browser that follows nothing: the status,
/// and the head with its names in lower case.
pub fn form(method: &str, url: &str, body: &str) -> (u16, String) {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let head = answer.split("\r\n\r\n").next().unwrap().to_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head)
}

fn unchunked(mut body: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        text.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
        if size == 0 {
            break;
        }
    }
    text
}

/// The local stack's program: beside this test where it is as its sources are, else built now.
/// Another package's program is in no variable of this test's, and the one that lies there may
/// be of yesterday.
fn program() -> PathBuf {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder =
            std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
        let path = folder.join(format!("invoice-bridge{}", std::env::consts::EXE_SUFFIX));
        if !is_fresh(&path) {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
            let arguments = ["build", "-q", "-p", "local", "--bin", "invoice-bridge", "--profile"];
            let built = Command::new(cargo).args(arguments).arg(profile).status().unwrap();
            assert!(built.success() && path.exists(), "the local stack cannot be built");
        }
        path
    });
    PROGRAM.clone()
}

/// Whether a program is younger than every source of it, which cargo lists beside it.
fn is_fresh(program: &Path) -> bool {
    let of = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let list = std::fs::read_to_string(program.with_extension("d")).unwrap_or_default();
    let sources = list.split_once(": ").map_or("", |(_, sources)| sources).trim();
    // A blank in a name is escaped.
    let sources = sources.replace("\\ ", "\0");
    let mut sources = sources.split(' ').map(|name| PathBuf::from(name.replace('\0', " ")));
    let Some(built) = of(program) else { return false };
    !list.is_empty() && sources.all(|source| of(&source).is_some_and(|edited| edited <= built))
}

#[test]
fn a_program_that_is_older_than_its_sources_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let [program, list, source] =
        ["stack", "stack.d", "a source.rs"].map(|name| folder.path().join(name));
    let touch = |path: &Path, seconds: u64, text: &str| {
        std::fs::write(path, text).unwrap();
        let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds);
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    let names =
        format!("{}: {}\n", program.display(), source.display().to_string().replace(' ', "\\ "));
    touch(&source, 100, "");
    assert!(!is_fresh(&program), "there is none");
    touch(&program, 200, "");
    assert!(!is_fresh(&program), "its sources are not known");
    touch(&list, 200, &names);
    assert!(is_fresh(&program));
    touch(&source, 300, "");
    assert!(!is_fresh(&program), "a source is younger");
    std::fs::remove_file(&source).unwrap();
    assert!(!is_fresh(&program), "a source is gone");
}

/// `ib`, with configuration and state of its own.
pub struct Ib {
    api: String,
    pub home: tempfile::TempDir,
}

impl Ib {
    /// For the API at this address.
    pub fn at(api: &str) -> Self {
        Self { api: api.to_owned(), home: tempfile::tempdir().unwrap() }
    }

    /// The program with these arguments, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ib"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("IB_API", &self.api)
            // The keyring of whoever runs the tests is none of theirs.
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs it with something on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ended::of(child.wait_with_output().unwrap())
    }

    /// The file of a run.
    pub fn run_file(&self, name: &str) -> PathBuf {
        self.home.path().join(".local/state/invoice-bridge/runs").join(format!("{name}.jsonl"))
    }

    /// A file of this test's.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub errors: String,
}

impl Ended {
    fn of(output: std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It, if it ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.errors);
        self
    }

    /// Standard output as lines of JSON.
    pub fn lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }
}

/// Asks until there is an answer.
pub fn wait_until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
