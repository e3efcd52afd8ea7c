//! Requests signed with AWS keys: held against the rules of Signature Version 4 as AWS's own
//! page states them, worked out here anew, and sent to a stack in IAM mode.

use std::collections::BTreeMap;
use std::process::Command;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::digest::{SHA256, digest};
use ring::hmac;

use crate::fake::{Asked, Fake, connections, page, results};
use crate::support::{Ib, Stack};

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// What stays as it is in a canonical request.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The signature that a request has to have, of the headers that it says are signed.
fn signature(asked: &Asked, region: &str, signed: &str) -> String {
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    // Segment by segment once more, for every service but S3.
    let path: Vec<String> = path.split('/').map(encoded).collect();
    let mut query: Vec<String> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            assert!(!pair.contains('+'), "what a plus stands for is not the same to everybody");
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
            format!("{}={}", encoded(&plain(name)), encoded(&plain(value)))
        })
        .collect();
    query.sort();
    let header = |name: &str| asked.headers[name].to_str().unwrap().trim().to_owned();
    let headers: String =
        signed.split(';').map(|name| format!("{name}:{}\n", header(name))).collect();
    let body = hex(digest(&SHA256, &asked.bytes).as_ref());
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{signed}\n{body}",
        asked.method,
        path.join("/"),
        query.join("&")
    );
    let date = header("x-amz-date");
    let day = &date[..8];
    let scope = format!("{day}/{region}/execute-api/aws4_request");
    let hash = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
    let mut key = format!("AWS4{SECRET}").into_bytes();
    for part in [day, region, "execute-api", "aws4_request", &text] {
        let with = hmac::Key::new(hmac::HMAC_SHA256, &key);
        key = hmac::sign(&with, part.as_bytes()).as_ref().to_vec();
    }
    hex(&key)
}

/// Fails unless a request is signed, with all that could be changed on its way.
fn hold(asked: &Asked, region: &str) {
    let authorization = asked.token.as_deref().unwrap();
    let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ").unwrap();
    let fields: BTreeMap<&str, &str> =
        fields.split(", ").map(|field| field.split_once('=').unwrap()).collect();
    assert!(fields["Credential"].starts_with(&format!("{ID}/")), "{authorization}");
    let signed = fields["SignedHeaders"];
    for name in ["host", "x-amz-date", "x-amz-security-token", "idempotency-key", "content-type"] {
        let is_signed = signed.split(';').any(|one| one == name);
        assert_eq!(is_signed, asked.headers.contains_key(name), "{name} of {}", asked.target);
    }
    assert_eq!(fields["Signature"], signature(asked, region, signed), "{}", asked.target);
    assert!(!format!("{:?}", asked.headers).contains(SECRET));
}

/// `ib` with a profile that signs.
fn signing(ib: &Ib, arguments: &[&str]) -> Command {
    let folder = ib.file(".config/invoice-bridge");
    std::fs::create_dir_all(&folder).unwrap();
    let profile = "[profile.aws]\nauth = \"iam\"\nregion = \"eu-central-1\"\n";
    std::fs::write(folder.join("config.toml"), profile).unwrap();
    let mut command = ib.command(arguments);
    command.env("IB_PROFILE", "aws");
    command
}

fn with_keys(command: &mut Command) -> &mut Command {
    command.env("AWS_ACCESS_KEY_ID", ID).env("AWS_SECRET_ACCESS_KEY", SECRET)
}

fn fake() -> Fake {
    Fake::new(|asked, _| match asked.target.as_str() {
        "/connections" => (200, connections()),
        target if target.starts_with("/invoices?") => (200, page(&["nue:1"], None)),
        _ => (200, results(asked, "applied", serde_json::Value::Null)),
    })
}

#[test]
fn every_request_is_signed_by_awss_rules() {
    let fake = fake();
    let ib = Ib::at(&fake.address);
    for arguments in [
        &["ls", "--search", "a b+c/d", "-c", "nue", "--amount", ">100"][..],
        &["activate", "nue:1", "nue:~2 é", "--yes"],
    ] {
        let mut command = signing(&ib, arguments);
        let output =
            with_keys(&mut command).env("AWS_SESSION_TOKEN", "of-a-role").output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let asked = fake.asked();
    assert!(asked.iter().any(|one| one.key.is_some()) && asked.len() >= 4, "{asked:?}");
    for one in &asked {
        assert_eq!(one.headers["x-amz-security-token"], "of-a-role");
        hold(one, "eu-central-1");
    }
}

#[test]
fn keys_come_from_awss_files_and_from_its_cli() {
    let fake = fake();
    let ib = Ib::at(&fake.address);
    let ls = |named: &str| {
        let mut command = signing(&ib, &["ls"]);
        command.env("AWS_PROFILE", named).env("PATH", ib.home.path());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, errors) = ls("default");
    assert_eq!(code, Some(5), "{errors}");
    for tried in ["AWS_ACCESS_KEY_ID", "profile `default`", "AWS CLI", "not installed"] {
        assert!(errors.contains(tried), "{tried}: {errors}");
    }
    std::fs::create_dir_all(ib.file(".aws")).unwrap();
    let keys = format!("[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n");
    std::fs::write(ib.file(".aws/credentials"), keys).unwrap();
    assert_eq!(ls("default"), (Some(0), String::new()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As the CLI answers for a profile of single sign-on.
        let told = serde_json::json!({
            "Version": 1, "AccessKeyId": ID, "SecretAccessKey": SECRET,
            "SessionToken": "of-sso", "Expiration": "2099-01-01T00:00:00+00:00",
        });
        let script = format!(
            "#!/bin/sh\n[ \"$1 $2 $6\" = 'configure export-credentials sso' ] && echo '{told}' && exit\necho 'Unable to parse' >&2; exit 255\n"
        );
        std::fs::write(ib.file("aws"), script).unwrap();
        let runs = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(ib.file("aws"), runs).unwrap();
        assert_eq!(ls("sso"), (Some(0), String::new()));
        assert_eq!(fake.asked().last().unwrap().headers["x-amz-security-token"], "of-sso");
        let (code, errors) = ls("nobody");
        assert!(code == Some(5) && errors.contains("Unable to parse"), "{errors}");
    }
    assert!(fake.asked().len() >= 2);
    fake.asked().iter().for_each(|one| hold(one, "eu-central-1"));
}

#[test]
fn a_stack_in_iam_mode_lets_in_who_signs_and_nobody_else() {
    let stack =
        Stack::start(&["--invoices", "60", "--require-token", "--parameter", "AuthMode=IAM"]);
    let ib = stack.ib();
    let ended = ib.run(&["ls"]).code(5);
    assert!(ended.errors.contains("auth = \"iam\""), "{}", ended.errors);
    let output = with_keys(&mut signing(&ib, &["ls"])).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 50);
    let output = with_keys(&mut signing(&ib, &["whoami"])).output().unwrap();
    let who: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((who["auth"].as_str(), who["awsKey"].as_str()), (Some("iam"), Some(ID)));
    let ended = with_keys(&mut signing(&ib, &["login"])).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
}
