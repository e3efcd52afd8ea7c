//! A function that does what its caller asks for (`?do=`), so that the tests
//! can watch the stack around it. The answer is the event itself, with what
//! the process knows of its surroundings. Fed by a queue, it prints each batch
//! and does what the messages' details ask for.

use std::collections::BTreeMap;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var_os("PROBE_FAILS_AT_START").is_some() {
        eprintln!("the probe does not start");
        return Err("told not to start".into());
    }
    lambda_runtime::run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, context) = event.into_parts();
    if let Some(records) = event.get("Records").and_then(Value::as_array) {
        println!("{}", json!({ "batch": records }));
        return take(records).await;
    }
    let parameter = |name: &str| {
        let value = event.pointer(&format!("/queryStringParameters/{name}"));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    match parameter("do").as_str() {
        "fail" => return Err("told to fail".into()),
        "exit" => std::process::exit(3),
        "hang" => std::future::pending().await,
        "sleep" => tokio::time::sleep(Duration::from_millis(parameter("ms").parse()?)).await,
        "answer" => return Ok(serde_json::from_str(&parameter("json"))?),
        "flood" => return Ok(json!({"statusCode": 200, "body": "x".repeat(7 * 1024 * 1024)})),
        "print" => {
            println!("plain words");
            println!("{}", json!({"level": "INFO", "message": "structured words"}));
        }
        _ => {}
    }
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let body = json!({
        "event": event,
        "environment": environment,
        "pid": std::process::id(),
        "requestId": context.request_id,
        "deadline": context.deadline,
        "arn": context.invoked_function_arn,
    });
    Ok(json!({
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": body.to_string(),
    }))
}

/// Takes a batch of messages. A detail may say below which receive it fails
/// (`failsBelow`), takes the whole batch down (`throwsBelow`), or never ends.
async fn take(records: &[Value]) -> Result<Value, Error> {
    let mut failed = Vec::new();
    for record in records {
        let text = |pointer| record.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let receives: u64 = text("/attributes/ApproximateReceiveCount").parse()?;
        let body: Value = serde_json::from_str(text("/body"))?;
        let asked = |name: &str| body.pointer(&format!("/detail/{name}"));
        let is_below =
            |name| asked(name).and_then(Value::as_u64).is_some_and(|bound| receives < bound);
        if asked("hangs").is_some() {
            std::future::pending::<()>().await;
        }
        if is_below("throwsBelow") {
            return Err("told to throw".into());
        }
        if is_below("failsBelow") {
            failed.push(json!({ "itemIdentifier": text("/messageId") }));
        }
    }
    Ok(json!({ "batchItemFailures": failed }))
}
