//! `infra/put-secret`, before a stand-in of the AWS CLI.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../put-secret");
const SECRET: &str = r#"{"provider": "nue", "apiKey": "s3cr3t"}"#;

/// Knows a secret once it was created; keeps its arguments and what it read.
const AWS: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >> arguments
cat > read
case $2 in
    put-secret-value) [ -e there ] || { echo "(ResourceNotFoundException)" >&2; exit 254; } ;;
    create-secret) touch there ;;
esac
echo arn:secret
"#;

fn folder(name: &str) -> PathBuf {
    let name = format!("{}-put-secret-{name}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("aws"), AWS).unwrap();
    fs::set_permissions(folder.join("aws"), Permissions::from_mode(0o755)).unwrap();
    folder
}

fn put(folder: &Path, arguments: &[&str], secret: &str) -> Output {
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(SCRIPT);
    command.args(arguments).env("PATH", path).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may refuse before it has read.
    let _ = child.stdin.take().unwrap().write_all(secret.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn a_secret_is_created_and_then_renewed_and_never_an_argument() {
    let folder = folder("twice");
    let asked = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let created = put(&folder, &["nue", "--prefix", "team/", "--kms-key-id", "k"], SECRET);
    assert!(created.status.success(), "{created:?}");
    assert!(asked("arguments").contains("create-secret --name team/nue --kms-key-id k "));
    assert_eq!(asked("read"), SECRET);
    let file = folder.join("nue.json");
    fs::write(&file, SECRET.replace("s3cr3t", "n3w")).unwrap();
    let renewed = put(&folder, &["nue", file.to_str().unwrap(), "--prefix", "team/"], "");
    assert!(renewed.status.success(), "{renewed:?}");
    assert_eq!(asked("read"), SECRET.replace("s3cr3t", "n3w"));
    let arguments = asked("arguments");
    assert_eq!(arguments.matches("put-secret-value --secret-id team/nue ").count(), 2);
    assert_eq!(arguments.matches("create-secret").count(), 1);
    for told in [created.stdout, created.stderr, renewed.stdout, renewed.stderr] {
        assert!(!String::from_utf8(told).unwrap().contains("s3cr3t"));
    }
    assert!(!arguments.contains("s3cr3t") && !arguments.contains("n3w"));
}

#[test]
fn what_is_no_secret_of_a_connection_is_not_sent() {
    let folder = folder("refused");
    for (connection, secret, said) in [
        ("nue", "{\"provider\": \"nue\", \"apiKey\": \"s3cr3t", "not JSON"),
        ("nue", "[\"s3cr3t\"]", "no JSON object with a \"provider\""),
        ("nue", "{\"apiKey\": \"s3cr3t\"}", "no JSON object with a \"provider\""),
        (
            "nue",
            "{\"provider\": \"nue\", \"apiKey\": \"YOUR-API-KEY\"}",
            "still the sample's: apiKey",
        ),
        ("9nue", SECRET, "a connection's name is"),
        ("--nue", SECRET, "no option"),
    ] {
        let refused = put(&folder, &[connection], secret);
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && told.contains(said), "{secret}: {told}");
        assert!(!told.contains("s3cr3t"), "{told}");
    }
    assert!(!folder.join("arguments").exists());
}
