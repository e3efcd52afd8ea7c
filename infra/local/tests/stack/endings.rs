//! How the program ends, and that nothing of it stays behind.

use crate::running::{Stack, folder, probing, run, wait_for_end_of, wait_until};

#[tokio::test]
async fn a_signal_ends_everything() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let mut stack = Stack::probe(&[]);
        stack.probed("/probe/1").await;
        let busy = tokio::spawn(stack.client.get(stack.url("/probe/1?do=hang")).send());
        let idle = tokio::spawn(stack.client.get(stack.url("/brief")).send());
        idle.await.unwrap().unwrap();
        let children = wait_until("both functions' processes", || {
            Some(stack.children()).filter(|children| children.len() == 2)
        });
        stack.signal(signal);
        assert_eq!(stack.wait().code(), Some(0), "{signal}");
        children.into_iter().for_each(wait_for_end_of);
        // Whatever became of it, it is not left waiting.
        let _ = busy.await.unwrap();
    }
}

#[tokio::test]
async fn functions_do_not_outlive_a_stack_that_was_killed() {
    // The program's own functions, and built binaries, which have nothing but
    // the Runtime API to notice it by.
    for arguments in [vec!["--port".to_owned(), "0".to_owned()], probing()] {
        let mut stack = Stack::start(&arguments);
        stack.get("/invoices").await;
        stack.get("/probe/1").await;
        let children = stack.children();
        assert!(!children.is_empty());
        stack.signal("-KILL");
        stack.wait();
        children.into_iter().for_each(wait_for_end_of);
    }
}

#[tokio::test]
async fn the_projects_own_template_is_up_with_its_functions() {
    let stack = Stack::start(&[
        "--port".to_owned(),
        "0".to_owned(),
        "--invoices".to_owned(),
        "20".to_owned(),
    ]);
    for path in ["/invoices?limit=1", "/connections"] {
        let response = stack.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
    }
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let stack = Stack::probe(&[]);
    let port = stack.ready["api"].as_str().unwrap().rsplit_once(':').unwrap().1;
    let (code, out, errors) = run(&["--port".to_owned(), port.to_owned()]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(errors.starts_with(&format!("invoice-bridge: port {port} is taken")), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
}

#[test]
fn what_cannot_run_is_said_at_once() {
    let folder = folder("faults");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let unknown =
        "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: nothing}}}";
    let broken = "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: list, Timeout: !Ref Nobody}}}";
    let many: serde_json::Map<String, serde_json::Value> = (0..60)
        .map(|number| (format!("z{number:02}"), serde_json::json!({"provider": "nue"})))
        .collect();
    let many = serde_json::Value::Object(many).to_string();
    let cases = [
        (
            ["--secrets", &file("many.json", &many)],
            "connections, and 50 are allowed: z44 is the first beyond",
        ),
        (
            ["--template", &file("unknown.yaml", unknown)],
            "F: this program has no binary nothing (it has list, get",
        ),
        (
            ["--template", &file("broken.yaml", broken)],
            "Resources.F.Properties.Timeout: refers to Nobody",
        ),
        (["--template", "no-such.yaml"], "cannot read no-such.yaml"),
        (
            ["--secrets", &file("secrets.json", r#"{"nue": "sk-secret"}"#)],
            "nue is not an object with a \"provider\"",
        ),
        (
            ["--secrets", &file("garbled.json", r#"{"nue": sk-secret}"#)],
            "is not a JSON object of connection to secret (line 1, column 9)",
        ),
    ];
    for (arguments, expected) in cases {
        let arguments: Vec<String> = [&["--port", "0"], &arguments[..]]
            .concat()
            .iter()
            .map(|one| (*one).to_owned())
            .collect();
        let (code, _, errors) = run(&arguments);
        assert_eq!((code, errors.lines().count()), (Some(1), 1), "{errors}");
        assert!(errors.contains(expected), "{errors}");
        assert!(!errors.contains("sk-secret"), "{errors}");
    }
}
