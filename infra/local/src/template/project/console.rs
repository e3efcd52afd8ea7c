//! The console: its routes are open, and only where the owner asks for it; beside them,
//! those of webhooks are, and no others.

use std::collections::BTreeSet;

use serde_json::json;

use super::{ByName, stack, template};
use crate::template::{Authorization, Stack};

const CLIENT: (&str, &str) = ("ConsoleClientId", "the-console");
const ISSUER: (&str, &str) = ("JwtIssuer", "https://login.example/");

/// The stack with everything that an owner may ask for.
pub fn with_console() -> Stack {
    stack(&[CLIENT, ISSUER])
}

fn open(stack: &Stack) -> BTreeSet<String> {
    let open = stack.routes.iter().filter(|route| route.authorization == Authorization::Open);
    open.map(|route| route.key()).collect()
}

#[test]
fn the_consoles_routes_are_open_where_there_is_one_and_no_others() {
    let expected = ["/console", "/console/{proxy+}"].iter();
    let expected = expected.flat_map(|path| [format!("GET {path}"), format!("HEAD {path}")]);
    let webhooks: BTreeSet<String> =
        ["", "/{token}"].map(|token| format!("POST /webhooks/{{connection}}{token}")).into();
    assert_eq!(open(&with_console()), expected.chain(webhooks.clone()).collect());
    for parameters in [&[][..], &[("AuthMode", "IAM"), CLIENT]] {
        let stack = stack(parameters);
        assert_eq!(open(&stack), webhooks, "{parameters:?}");
        assert!(stack.functions.iter().all(|one| one.binary != "console"), "{parameters:?}");
    }
}

#[test]
fn the_console_is_told_who_signs_people_in() {
    let settings = |more: &[(&str, &str)]| {
        let stack = stack(&[&[CLIENT, ISSUER, ("JwtAudience", "a,b")], more].concat());
        let function = stack.functions.into_iter().find(|one| one.binary == "console").unwrap();
        let read = ::console::Configuration::read(|name| function.environment.get(name).cloned());
        let read = read.unwrap();
        let settings: ByName<serde_json::Value> = serde_json::from_str(&read.settings()).unwrap();
        (settings, read.policy().to_owned())
    };
    let (usual, policy) = settings(&[]);
    assert_eq!(usual["issuer"], json!(ISSUER.1));
    assert_eq!((&usual["clientId"], &usual["audience"]), (&json!(CLIENT.1), &json!("a")));
    assert_eq!(usual["scope"], json!("openid invoices/read invoices/write invoices/all"));
    assert!(policy.contains("connect-src 'self' https://login.example;"), "{policy}");
    let (named, policy) = settings(&[
        ("ConsoleScopes", "openid api://bridge/.default"),
        ("ConsoleConnectOrigins", "https://a.example,https://b.example"),
    ]);
    assert_eq!(named["scope"], json!("openid api://bridge/.default"));
    assert!(policy.contains(" https://a.example https://b.example;"), "{policy}");
}

#[test]
fn the_console_has_its_alarms_where_it_is_there() {
    let document = template(&[]);
    for (name, alarm) in document.resources("AWS::CloudWatch::Alarm").unwrap() {
        if name.starts_with("Function") {
            let metrics = alarm["Properties"]["Metrics"].as_array().unwrap().iter();
            let conditional: Vec<_> = metrics.filter_map(|metric| metric.get("Fn::If")).collect();
            assert_eq!(conditional.len(), 1, "{name}");
            assert_eq!(conditional[0][0], "HasConsole", "{name}");
            let watched = &conditional[0][1]["MetricStat"]["Metric"]["Dimensions"][0]["Value"];
            assert_eq!(watched, &json!({"Ref": "ConsoleFunction"}), "{name}");
        }
    }
}
