//! A running stack, for a test to look at.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Long enough for a machine that does other things beside.
const PATIENCE: Duration = Duration::from_secs(30);

/// The binary under test. A variable of the user's own is set around it, which
/// must not reach any function.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_invoice-bridge"));
    command.env("OF_THE_USER", "1").env("AWS_PROFILE", "of-the-user");
    command.stdin(Stdio::null());
    command
}

/// The arguments that run the tests' own template.
pub fn probing() -> Vec<String> {
    let binaries = Path::new(env!("CARGO_BIN_EXE_probe")).parent().unwrap().to_str().unwrap();
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stack/probe.yaml");
    ["--port", "0", "--template", template, "--binaries", binaries].map(str::to_owned).to_vec()
}

/// A stack that is up.
pub struct Stack {
    child: Child,
    /// The JSON line that the stack prints when it is ready.
    pub ready: Value,
    /// A client for it.
    pub client: reqwest::Client,
    errors: mpsc::Receiver<String>,
}

impl Stack {
    /// The tests' own template, with further arguments.
    pub fn probe(more: &[&str]) -> Self {
        let mut arguments = probing();
        arguments.extend(more.iter().map(|one| (*one).to_owned()));
        Self::start(&arguments)
    }

    /// Starts the program and waits until it says that it is up.
    pub fn start(arguments: &[String]) -> Self {
        let mut command = program();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, errors) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("no ready line but {line:?}, and: {:?}", errors.iter().collect::<Vec<_>>())
        });
        Self { child, ready, client: client(), errors }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.ready["api"].as_str().unwrap())
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    /// What the probe answers, having checked that it did.
    pub async fn probed(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// One call to an emulated AWS service.
    pub async fn aws(&self, service: &str, target: &str, body: Value) -> Value {
        let response = self
.client
            .post(format!("{}/", self.ready[service].as_str().unwrap()))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .header("x-amz-date", "20260101T000000Z")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=0")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// Waits for a line of standard error.
    pub fn wait_for_line(&self, mut fits: impl FnMut(&str) -> bool) -> String {
        let mut seen = Vec::new();
        while let Ok(line) = self.errors.recv_timeout(PATIENCE) {
            if fits(&line) {
                return line;
            }
            seen.push(line);
        }
        panic!("the line never came; there were {seen:?}");
    }

    /// The processes that it started.
    pub fn children(&self) -> Vec<u32> {
        let output =
            Command::new("pgrep").args(["-P", &self.child.id().to_string()]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        wait_until("the stack to end", || self.child.try_wait().unwrap())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // A test that failed leaves it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client needs a TLS provider even where nothing is encrypted.
fn client() -> reqwest::Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
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

/// Waits until a process is gone, or at least dead.
pub fn wait_for_end_of(pid: u32) {
    wait_until("a process to end", || {
        let output =
            Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
        let state = String::from_utf8(output.stdout).unwrap();
        (state.trim().is_empty() || state.starts_with('Z')).then_some(())
    });
}

/// Runs the program to its end: exit code, standard output and error.
pub fn run(arguments: &[String]) -> (Option<i32>, String, String) {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A folder of its own for a test.
pub fn folder(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A token as the program prints it.
pub fn token(arguments: &[&str]) -> String {
    let arguments: Vec<String> =
        [&["token"], arguments].concat().iter().map(|one| (*one).to_owned()).collect();
    let (code, token, _) = run(&arguments);
    assert_eq!(code, Some(0));
    token.trim().to_owned()
}

/// A DynamoDB item of one text.
pub fn item(key: &str) -> Value {
    json!({"TableName": "Table", "Item": {"pk": {"S": key}}})
}
