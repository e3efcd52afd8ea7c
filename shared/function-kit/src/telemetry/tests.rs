//! What stands in the log, as a process of its own writes it: the log is one
//! for the process, and so is the hook for panics.

use std::process::Command;

use ::metrics::counter;
use invoice::Problem;
use serde_json::Value;

use super::*;
use crate::reply::Reply;
use crate::testing::Event;

/// Runs the ignored test `name` as a process, and reads its log, without the
/// metrics.
fn log_of(name: &str) -> Vec<Value> {
    let lines = lines_of(name).into_iter();
    lines.filter(|line| line.get("_aws").is_none()).collect()
}

fn lines_of(name: &str) -> Vec<Value> {
    let this = std::env::current_exe().unwrap();
    let name = format!("telemetry::tests::{name}");
    let arguments = [&name, "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    let output = Command::new(this).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // Without colours or a line of its own, the harness writes before the log.
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter_map(|line| line.find('{').map(|at| &line[at..]));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn answer(outcome: Result<(), Problem>) {
    let event = Event::get("/invoices/{id}", "search=hush").parameter("id", "nue:hush").claims(&[
        ("sub", "hush"),
        ("scope", "invoices/read"),
        ("customers", "nue:hush"),
    ]);
    let call = Call::new(event.request());
    let names = ["nue", "fusebill"].map(|name| name.parse().unwrap());
    let answer = outcome.and_then(|()| crate::Answer::json(&"hush"));
    call.answer(async { Reply::from(answer).over(names.to_vec()) }).await;
}

#[tokio::test]
#[ignore = "run as a process of its own"]
async fn child_answers() {
    begin(Level::INFO, "InvoiceBridge/a-stack");
    answer(Ok(())).await;
    answer(Err(Problem::new(Code::ProviderTimeout, "hush"))).await;
}

#[test]
fn a_request_is_one_line_without_ids_and_queries() {
    let lines = log_of("child_answers");
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, status, level, code) in
        [(&lines[0], 200, "INFO", Value::Null), (&lines[1], 504, "WARN", "provider_timeout".into())]
    {
        assert!(!line.to_string().contains("hush"), "{line}");
        for (key, value) in [
            ("level", Value::from(level)),
            ("message", "request".into()),
            ("requestId", "r-1".into()),
            ("method", "GET".into()),
            ("route", "/invoices/{id}".into()),
            ("caller", "customer".into()),
            ("connections", "nue,fusebill".into()),
            ("status", status.into()),
            ("code", code.clone()),
            ("coldStart", (status == 200).into()),
        ] {
            assert_eq!(line[key], value, "{key}");
        }
        assert!(line["durationMs"].is_u64() && line["timestamp"].is_string());
        assert_eq!((&line["providerCalls"], &line["providerMs"]), (&0.into(), &0.into()));
        let keys = if code.is_null() { 13 } else { 14 };
        assert_eq!(line.as_object().unwrap().len(), keys, "nothing else is logged: {line}");
    }
}

#[test]
#[ignore = "run as a process of its own"]
fn child_of_many_crates() {
    begin(Level::TRACE, "InvoiceBridge/a-stack");
    tracing::trace!(target: "provider_client::transport", "ours");
    tracing::info!(target: "hyper", "headers");
    tracing::trace!(target: "lambda_runtime", "body");
    tracing::warn!(target: "aws_smithy_runtime", "theirs");
}

#[test]
fn of_other_crates_only_warnings_are_logged() {
    let lines = log_of("child_of_many_crates");
    let messages: Vec<&Value> = lines.iter().map(|line| &line["message"]).collect();
    assert_eq!(messages, ["ours", "theirs"]);
}

#[tokio::test]
#[ignore = "run as a process of its own"]
async fn child_counts() {
    begin(Level::INFO, "InvoiceBridge/a-stack");
    counter!("CacheHit").increment(1);
    counter!("CacheMiss").increment(1);
    counter!("CacheStale").increment(1);
    counter!("CacheFailure").increment(1);
    let result = |id: &str, outcome| invoice::WriteResult {
        id: id.parse().unwrap(),
        outcome,
        status: None,
        new_id: None,
        invoice: None,
        problem: None,
    };
    use invoice::Outcome::{Applied, Unknown};
    metrics::outcomes(&[result("nue:hush", Applied), result("nue:hush2", Unknown)]);
    answer(Ok(())).await;
    answer(Ok(())).await;
}

#[test]
fn what_is_counted_is_written_in_cloudwatchs_format_and_names_connections_alone() {
    let lines = lines_of("child_counts");
    let metrics: Vec<&Value> = lines.iter().filter(|line| line.get("_aws").is_some()).collect();
    assert!(!format!("{metrics:?}").contains("hush"));
    let found = |dimension: &str, name: &str| {
        let of = |line: &&&Value| {
            let told = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(told["Namespace"], "InvoiceBridge/a-stack");
            let dimensions = told["Dimensions"][0].as_array().unwrap();
            dimensions.iter().all(|one| one == dimension)
                && dimensions.is_empty() == dimension.is_empty()
        };
        let values = metrics.iter().filter(of).filter_map(|line| line[name].as_u64());
        values.collect::<Vec<_>>()
    };
    assert_eq!(found("", "CacheHit"), [1]);
    assert_eq!(found("", "CacheMiss"), [1]);
    assert_eq!(found("", "CacheStale"), [1]);
    assert_eq!(found("", "CacheFailure"), [1]);
    assert_eq!(found("", "OutcomeApplied"), [1]);
    assert_eq!(found("", "OutcomeUnknown"), [1]);
    assert_eq!(found("Function", "ColdStart"), [1], "once for the process");
    assert_eq!(found("", "LeaseWait"), Vec::<u64>::new());
}
