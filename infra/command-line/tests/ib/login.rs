//! Signing in to the local stack's own issuer, as a person does.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::fake::{Fake, page};
use crate::support::{Ib, Stack, form, text};

/// The address in a line of what `ib login` shows.
fn address(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> (String, String) {
    loop {
        let line = lines.next().unwrap().unwrap();
        if let Some(start) = line.find("http://") {
            let url = line[start..].split(' ').next().unwrap().to_owned();
            return (url, line);
        }
    }
}

#[test]
fn a_browser_signs_in_and_the_token_opens_the_stack() {
    let stack = Stack::start(&["--invoices", "50", "--require-token"]);
    let ib = stack.ib();
    let ended = ib.run(&["ls"]).code(5);
    assert!(ended.errors.contains("`ib login`"), "{}", ended.errors);
    // No keyring is there, and it is said before anybody signs in.
    #[cfg(target_os = "linux")]
    {
        let ended = ib.run(&["login"]).code(2);
        assert!(ended.errors.contains("no keyring"), "{}", ended.errors);
        assert!(ended.errors.contains("--insecure-storage"), "{}", ended.errors);
        assert!(ended.errors.contains("IB_TOKEN"), "{}", ended.errors);
    }
    let mut child =
        ib.command(&["login", "--insecure-storage"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (url, _) = address(&mut lines);
    // What does not bear the state that was sent is nobody's.
    let back = url.split("redirect_uri=").nth(1).unwrap().split('&').next().unwrap();
    let back = back.replace("%3A", ":").replace("%2F", "/");
    assert_eq!(form("GET", &format!("{back}?code=x&state=forged"), "").0, 404);
    let (status, head) = form("POST", &url, "persona=operator");
    assert_eq!(status, 303, "{head}");
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    assert_eq!(form("GET", location, "").0, 200);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    ib.run(&["ls"]).code(0);
    let who = ib.run(&["whoami"]).code(0).lines();
    assert_eq!(
        (who[0]["subject"].as_str(), who[0]["signedIn"].as_bool()),
        (Some("operator"), Some(true))
    );
    hold_session(&ib);
    ib.run(&["logout"]).code(0);
    ib.run(&["ls"]).code(5);
}

/// What is kept is this user's alone, and goes to no other API.
fn hold_session(ib: &Ib) {
    let path = ib.file(".local/state/invoice-bridge/sessions/local.json");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let fake = Fake::new(|_, _| (200, page(&["nue:1"], None)));
    let output = ib.command(&["ls"]).env("IB_API", &fake.address).output().unwrap();
    assert!(output.status.success());
    assert_eq!(fake.asked()[0].token, None);
    // A token that has ended is made anew.
    let mut session: Value = serde_json::from_str(&text(&path)).unwrap();
    let before = session["tokens"]["accessToken"].clone();
    session["expiresAt"] = 1.into();
    session["tokens"]["accessToken"] = "stale".into();
    std::fs::write(&path, session.to_string()).unwrap();
    open_to_others(&path);
    let ended = ib.run(&["ls"]).code(0);
    #[cfg(unix)]
    assert!(ended.errors.contains("Other users"), "{}", ended.errors);
    let renewed: Value = serde_json::from_str(&text(&path)).unwrap();
    assert!(renewed["tokens"]["accessToken"] != "stale" && before.is_string(), "not renewed");
}

#[test]
fn a_device_without_a_browser_signs_in_with_a_code() {
    let stack = Stack::start(&["--invoices", "50", "--require-token"]);
    let ib = stack.ib();
    let arguments = ["login", "--device", "--insecure-storage"];
    let mut child = ib.command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (url, line) = address(&mut lines);
    let code = line.rsplit(' ').next().unwrap();
    assert_eq!(form("POST", &url, &format!("user_code={code}&persona=reader")).0, 200);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    ib.run(&["ls"]).code(0);
    // A reader may not write: that is told, and nothing is sent.
    let id =
        ib.run(&["ls", "-c", "nue", "--status", "draft", "--limit", "1", "-o", "id"]).code(0).out;
    ib.run(&["activate", id.trim(), "--yes"]).code(5);
}

#[test]
fn a_session_opens_no_api_without_tls() {
    let ib = Ib::at("http://api.invalid");
    let ended = ib.run(&["login", "--insecure-storage"]).code(2);
    assert!(ended.errors.contains("without TLS"), "{}", ended.errors);
    // As an ib that asked for no TLS has left it.
    let session = serde_json::json!({
        "api": "http://api.invalid/", "issuer": "https://issuer.invalid", "expiresAt": null,
        "tokens": { "accessToken": "secret", "refreshToken": null },
    });
    let path = ib.file(".local/state/invoice-bridge/sessions/local.json");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, session.to_string()).unwrap();
    let ended = ib.run(&["ls"]).code(2);
    assert!(ended.errors.contains("without TLS"), "{}", ended.errors);
    ib.run(&["logout"]).code(0);
}

/// As a copying from elsewhere may leave a file.
fn open_to_others(path: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
}
