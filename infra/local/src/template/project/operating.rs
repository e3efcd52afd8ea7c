//! What an operator sees: logs, alarms, the dashboard.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{ByName, repository, stack, template};

#[test]
fn the_access_log_tells_of_a_request_and_not_of_a_customer() {
    let document = template(&[]);
    let format = &document.section("Resources")["Api"]["Properties"]["AccessLogSettings"]["Format"];
    let format: ByName<String> = serde_json::from_str(format.as_str().unwrap()).unwrap();
    let told: Vec<&str> = format.values().map(String::as_str).collect();
    assert!(told.contains(&"$context.requestId") && told.contains(&"$context.routeKey"));
    // Who called, and from where: a token's subject, or a principal.
    const CALLER: [&str; 4] = [
        "$context.authorizer.claims.client_id",
        "$context.authorizer.claims.sub",
        "$context.identity.sourceIp",
        "$context.identity.userArn",
    ];
    for caller in CALLER {
        assert!(told.contains(&caller), "{caller}: {told:?}");
    }
    let told: Vec<&str> = told.into_iter().filter(|variable| !CALLER.contains(variable)).collect();
    for personal in ["path", "Path", "query", "domain", "identity", "claims", "principal", "Agent"]
    {
        assert!(!told.iter().any(|variable| variable.contains(personal)), "{personal}: {told:?}");
    }
}

/// A table that was deleted takes the audit with it.
#[test]
fn no_table_is_deleted_by_a_slip() {
    let document = template(&[]);
    let tables = document.resources("AWS::DynamoDB::Table").unwrap();
    assert!(!tables.is_empty());
    for (name, table) in tables {
        assert_eq!(table["Properties"]["DeletionProtectionEnabled"], true, "{name}");
        assert_eq!(table["DeletionPolicy"], "Retain", "{name}");
    }
}

/// All Rust sources of a folder, one after the other.
fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = entries.map(|path| match path.extension() {
        None if path.is_dir() => sources(&path),
        Some(kind) if kind == "rs" => std::fs::read_to_string(path).unwrap(),
        _ => String::new(),
    });
    read.collect()
}

/// An alarm on a metric that nobody writes never tells of anything.
#[test]
fn what_an_operator_has_to_look_into_has_an_alarm_on_what_is_counted() {
    let counted = ["shared", "functions"].map(|folder| sources(&repository(folder))).concat();
    let document = template(&[]);
    let alarms = document.resources("AWS::CloudWatch::Alarm").unwrap();
    let own = alarms.iter().filter_map(|(_, alarm)| {
        let alarm = &alarm["Properties"];
        let namespace = alarm["Namespace"].get("Fn::Sub")?.as_str()?;
        namespace.starts_with("InvoiceBridge/").then(|| alarm["MetricName"].as_str().unwrap())
    });
    let own: BTreeSet<&str> = own.collect();
    for name in &own {
        assert!(
            counted.contains(&format!("counter!(\"{name}\")"))
                || counted.contains(&format!("=> \"{name}\"")),
            "{name}"
        );
    }
    for needed in ["CacheFailure", "EventsNotPublished", "OutcomeUnknown", "RecordsNotKept"] {
        assert!(own.contains(needed), "{needed}: {own:?}");
    }
}

#[test]
fn every_log_is_given_up_in_time() {
    let document = template(&[]);
    let logs = document.resources("AWS::Logs::LogGroup").unwrap();
    assert!(!logs.is_empty());
    for (name, log) in logs {
        assert_eq!(
            log["Properties"]["RetentionInDays"],
            json!({"Ref": "LogRetentionDays"}),
            "{name}"
        );
    }
    let log = &document.section("Globals")["Function"]["LoggingConfig"]["LogGroup"];
    assert_eq!(log, &json!({"Ref": "FunctionLogs"}));
}

#[test]
fn every_alarm_is_told_and_says_what_it_means() {
    let document = template(&[]);
    let functions: BTreeSet<String> =
        stack(&[]).functions.into_iter().map(|one| one.name).collect();
    let alarms = document.resources("AWS::CloudWatch::Alarm").unwrap();
    assert!(!alarms.is_empty());
    for (name, alarm) in alarms {
        let alarm = &alarm["Properties"];
        assert_eq!(alarm["AlarmActions"], json!([{"Ref": "Alarms"}]), "{name}");
        assert!(alarm["AlarmDescription"].as_str().unwrap().ends_with('.'), "{name}");
        if name.starts_with("Function") {
            let metrics = alarm["Metrics"].as_array().unwrap().iter();
            let watched = metrics.filter_map(|metric| {
                metric.pointer("/MetricStat/Metric/Dimensions/0/Value/Ref")?.as_str()
            });
            assert_eq!(watched.map(str::to_owned).collect::<BTreeSet<_>>(), functions, "{name}");
        }
    }
}

#[test]
fn the_dashboard_shows_every_function() {
    let document = template(&[]);
    let body = &document.section("Resources")["Dashboard"]["Properties"]["DashboardBody"];
    let body = document.text(body, "Dashboard").unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let mut places = BTreeSet::new();
    for widget in body["widgets"].as_array().unwrap() {
        let place = ["x", "y"].map(|axis| widget[axis].as_u64().unwrap());
        assert!(places.insert(place), "two at {place:?}");
        let title = widget["properties"]["title"].as_str().unwrap();
        let metrics = widget["properties"]["metrics"].to_string();
        for function in stack(&[]).functions {
            let shown = !title.starts_with("Functions") || metrics.contains(&function.name);
            assert!(shown, "{title}: {}", function.name);
        }
    }
}
