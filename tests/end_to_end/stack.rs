//! A running stack, and the requests put to it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::openapi;
use crate::secrets::Secrets;

/// Long enough for a machine that does other things beside.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// The connections that the sandbox has.
pub const CONNECTIONS: [&str; 6] =
    ["finexio", "fusebill", "nue", "nue-self-service", "simplepin", "stripe"];

/// The program, as a user starts it.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_invoice-bridge"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A stack that is up.
pub struct Stack {
    child: Child,
    pub ready: Value,
    pub secrets: Secrets,
    printed: Vec<JoinHandle<String>>,
}

impl Stack {
    /// One stack for all the tests that only read, up as long as any of them
    /// runs.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Stack>> = Mutex::new(Weak::new());
        // A test that failed while it held the lock left the stack as it was.
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let stack = Arc::new(Self::start(&["--invoices", "150"]));
            *shared = Arc::downgrade(&stack);
            stack
        })
    }

    /// Starts the program with these arguments and waits until it is up. The
    /// functions log all they can: what is told there must be fit to be told.
    pub fn start(arguments: &[&str]) -> Self {
        let own = ["--port", "0", "--parameter", "LogLevel=trace"];
        let mut child = program(&[&own, arguments].concat()).spawn().unwrap();
        let errors = collect(child.stderr.take().unwrap(), String::new());
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let Ok(ready) = serde_json::from_str(&line) else {
            panic!("no ready line but {line:?}, and: {}", errors.join().unwrap());
        };
        let printed = vec![collect(out, line), errors];
        let mut stack = Self { child, ready, secrets: Secrets::default(), printed };
        let listed = stack.secrets_manager("ListSecrets", json!({}));
        for entry in listed["SecretList"].as_array().unwrap() {
            let id = json!({ "SecretId": entry["Name"] });
            let secret = stack.secrets_manager("GetSecretValue", id);
            let secret: Value =
                serde_json::from_str(secret["SecretString"].as_str().unwrap()).unwrap();
            stack.secrets.add(&secret);
        }
        stack
    }

    /// A request to the API, to be put with [`Request::send`].
    pub fn request(&self, target: &str) -> Request<'_> {
        Request {
            stack: self,
            method: "GET",
            target: target.to_owned(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    /// What the API answers.
    pub fn get(&self, target: &str) -> Answer {
        self.request(target).send()
    }

    /// Every page of a listing, by the links that lead from one to the next.
    pub fn walk(&self, first: &str, token: Option<&str>) -> Vec<Value> {
        let mut pages = Vec::new();
        let mut target = Some(first.to_owned());
        while let Some(asked) = target {
            assert!(pages.len() < 40, "{first} does not end");
            let answer = self.request(&asked).token(token).send();
            let page = answer.ok();
            target = answer.header("link").map(|link| {
                let next = link.strip_prefix('<').and_then(|l| l.strip_suffix(">; rel=\"next\""));
                next.unwrap_or_else(|| panic!("{link}")).to_owned()
            });
            assert_eq!(page["hasMore"], target.is_some(), "{asked}");
            pages.push(page);
        }
        pages
    }

    /// A call to the sandbox's control routes.
    pub fn control(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer =
            http::send(self.address("sandbox"), method, &format!("/_control/{path}"), &[], &body);
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.text);
        answer
    }

    /// The references of all that a connection of the sandbox holds, each with
    /// its customer's.
    pub fn truth(&self, connection: &str) -> BTreeMap<String, String> {
        let held = self.control("GET", &format!("{connection}/invoices"), &Value::Null).json();
        let of = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
        held.as_array()
            .unwrap()
            .iter()
            .map(|record| {
                let draft = if record["resource"] == "draft" { "draft." } else { "" };
                let id = format!("{connection}:{draft}{}", of(record, "id"));
                (id, format!("{connection}:{}", of(record, "customer")))
            })
            .collect()
    }

    /// How often a connection was asked for lists.
    pub fn lists_asked(&self, connection: &str) -> u64 {
        let calls = self.control("GET", &format!("{connection}/calls"), &Value::Null).json();
        calls["list"].as_u64().unwrap_or_default()
    }

    /// Where one of its parts listens.
    pub fn address(&self, part: &str) -> &str {
        self.ready[part].as_str().unwrap().strip_prefix("http://").unwrap()
    }

    /// A call to its Secrets Manager.
    pub fn secrets_manager(&self, operation: &str, body: Value) -> Value {
        let headers = [("X-Amz-Target", format!("secretsmanager.{operation}"))]
            .map(|(name, value)| (name.to_owned(), value));
        let address = self.address("secretsManager");
        let answer = http::send(address, "POST", "/", &headers, &body.to_string());
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text);
        answer.json()
    }

    /// The processes that it started.
    pub fn children(&self) -> Vec<u32> {
        let parent = self.child.id().to_string();
        let output = Command::new("pgrep").args(["-P", &parent]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// All that it printed since it was asked last, once it has ended.
    pub fn printed(&mut self) -> String {
        let printed: String = self.printed.drain(..).map(|all| all.join().unwrap()).collect();
        self.secrets.must_not_be_in(&printed, "the stack's output");
        printed
    }

    /// Presses Ctrl-C, and waits for its end.
    pub fn interrupt(&mut self) -> ExitStatus {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        wait_until("the stack to end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Stack {
    /// Whatever a test was about: nothing that was printed tells a secret.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            self.printed();
        }
    }
}

/// A request to the API.
#[derive(Clone)]
pub struct Request<'s> {
    stack: &'s Stack,
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request<'_> {
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body; null is none.
    pub fn body(mut self, body: &Value) -> Self {
        if body.is_null() {
            return self;
        }
        self.body = body.to_string();
        self.header("Content-Type", "application/json")
    }

    /// With a body as it is, of no type.
    pub fn text(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    pub fn token(self, token: Option<&str>) -> Self {
        match token {
            Some(token) => self.header("Authorization", &format!("Bearer {token}")),
            None => self,
        }
    }

    pub fn send(self) -> Answer {
        let Self { stack, method, target, headers, body } = self;
        let answer = http::send(stack.address("api"), method, &target, &headers, &body);
        stack.secrets.must_not_be_in(&answer.raw, &target);
        openapi::hold(method, &target, &answer);
        answer
    }
}

/// A fault of the sandbox, until it is dropped.
pub struct Fault<'s> {
    stack: &'s Stack,
    connection: &'s str,
}

impl<'s> Fault<'s> {
    pub fn set(stack: &'s Stack, connection: &'s str, fault: &Value) -> Self {
        stack.control("PUT", &format!("{connection}/faults"), fault);
        Self { stack, connection }
    }
}

impl Drop for Fault<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stack.control("DELETE", &format!("{}/faults", self.connection), &Value::Null);
        }
    }
}

/// All that is printed from now on, when it has ended.
fn collect(mut output: impl Read + Send + 'static, mut text: String) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before a reading failed is looked at, too.
        let _ = output.read_to_end(&mut bytes);
        text.push_str(&String::from_utf8_lossy(&bytes));
        text
    })
}

/// The texts at `pointer` of every item of a list.
pub fn texts<'v>(list: &'v Value, pointer: &str) -> Vec<&'v str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| item.pointer(pointer).unwrap().as_str().unwrap()).collect()
}

/// The invoices of all pages.
pub fn invoices(pages: &[Value]) -> Vec<&Value> {
    pages.iter().flat_map(|page| page["data"].as_array().unwrap()).collect()
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

/// A file of its own for a test.
pub fn file(name: &str, text: &str) -> PathBuf {
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}
