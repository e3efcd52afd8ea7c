//! Who may do what: the functions' roles, and the policies for callers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ByName, stack, template};
use crate::template::Document;

/// A list that may be written as its one item.
fn items(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |items| items.iter().collect())
}

fn texts(value: &Value) -> Vec<&str> {
    items(value).into_iter().map(|item| item.as_str().unwrap()).collect()
}

/// A resource as the template names it: its logical id, or the end of its ARN.
fn resource(document: &Document, value: &Value) -> String {
    if let Some([condition, then, otherwise]) = value["Fn::If"].as_array().map(Vec::as_slice) {
        let chosen = document.condition(condition.as_str().unwrap(), "Resource").unwrap();
        return resource(document, if chosen { then } else { otherwise });
    }
    let text = ["Fn::GetAtt", "Fn::Sub", "Ref"].iter().find_map(|call| value.get(*call)?.as_str());
    let text = text.or(value.as_str()).unwrap();
    text.rsplit(':').next().unwrap().trim_end_matches(".Arn").to_owned()
}

/// A statement in a line: actions, resources and, of a table, the items' keys.
fn line(document: &Document, statement: &Value) -> String {
    assert_eq!(statement["Effect"], "Allow");
    let resources: Vec<String> =
        items(&statement["Resource"]).into_iter().map(|one| resource(document, one)).collect();
    let mut line = format!("{} on {}", texts(&statement["Action"]).join(" "), resources.join(" "));
    if let Some(keys) = statement.pointer("/Condition/ForAllValues:StringLike/dynamodb:LeadingKeys")
    {
        line += &format!(" of {}", texts(keys).join(" "));
    }
    if let Some(said) = statement.pointer("/Condition/ForAllValues:StringEquals") {
        // A condition of every value holds where there is none.
        assert_eq!(
            statement["Condition"]["Null"],
            json!({"events:source": "false", "events:detail-type": "false"})
        );
        let (source, kinds) = (texts(&said["events:source"]), texts(&said["events:detail-type"]));
        line += &format!(" by {} of {}", source.join(" "), kinds.join(", "));
    }
    line
}

/// The statements of a policy's document, less those whose condition is off.
fn lines(document: &Document, policy: &Value) -> Vec<String> {
    let statements = items(&policy["PolicyDocument"]["Statement"]);
    let there =
        statements.into_iter().filter_map(|statement| match statement["Fn::If"].as_array() {
            None => Some(statement),
            Some(parts) => {
                let holds = document.condition(parts[0].as_str().unwrap(), "Statement").unwrap();
                holds.then(|| &parts[1])
            }
        });
    there.map(|statement| line(document, statement)).collect()
}

/// What each function may do, by its binary.
fn permissions(document: &Document) -> ByName<BTreeSet<String>> {
    let resources = document.section("Resources");
    let functions = resources.values().filter(|one| one["Type"] == "AWS::Serverless::Function");
    let mut roles = BTreeSet::new();
    functions
        .map(|function| {
            let role = function["Properties"]["Role"]["Fn::GetAtt"].as_str().unwrap();
            assert!(roles.insert(role), "{role} is another function's too");
            let role = &resources[role.trim_end_matches(".Arn")]["Properties"];
            let shared = items(&role["ManagedPolicyArns"]).into_iter();
            let shared = shared.map(|one| &resources[one["Ref"].as_str().unwrap()]["Properties"]);
            let own = match role["Policies"]["Fn::If"].as_array().map(Vec::as_slice) {
                Some([condition, then, _]) => {
                    let holds = document.condition(condition.as_str().unwrap(), "Policies");
                    holds.unwrap().then_some(then)
                }
                _ => Some(&role["Policies"]),
            };
            let own = own.and_then(Value::as_array).into_iter().flatten();
            let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
            let may = shared.chain(own).flat_map(|policy| lines(document, policy)).collect();
            (binary.to_owned(), may)
        })
        .collect()
}

const EVERY: [&str; 3] = [
    "logs:CreateLogStream logs:PutLogEvents on FunctionLogs",
    "secretsmanager:GetSecretValue on ${SecretPrefix}*",
    "xray:PutTraceSegments xray:PutTelemetryRecords on *",
];
const CACHING: [&str; 2] = [
    "dynamodb:BatchGetItem dynamodb:GetItem on Table of listing#* generation#* webhook#*",
    "dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem on Table of listing#*",
];
const WRITING: [&str; 3] = [
    "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem on Table of idempotency#* outbox#*",
    "dynamodb:PutItem dynamodb:UpdateItem on Table of audit#*",
    "dynamodb:UpdateItem on Table of generation#*",
];
const QUEUE: [&str; 1] =
    ["sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on InvoiceActivationRequests"];

/// The events that a function may put on the bus.
macro_rules! publishing {
    ($kinds:literal) => {
        concat!("events:PutEvents on EventBus by invoice-bridge of ", $kinds)
    };
}
const LOGGING: [&str; 2] = [
    "logs:CreateLogStream logs:PutLogEvents on FunctionLogs",
    "xray:PutTraceSegments xray:PutTelemetryRecords on *",
];
const SYNCING: [&str; 3] = [
    "dynamodb:UpdateItem on Table of generation#*",
    publishing!("Invoice Sync Continued"),
    "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on InvoiceSyncs",
];

const OF_EVENTS: [&str; 1] = [publishing!(
    "Invoice Activated, Invoice Activation Rejected, Invoice Activation Completed, Invoice Activation Continued"
)];

const WEBHOOKS: [&str; 2] = [
    "sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes on InvoiceWebhooks",
    "dynamodb:GetItem dynamodb:PutItem on Table of webhook#*",
];
const OF_WEBHOOKS: [&str; 1] =
    [publishing!("Invoice Changed, Invoice Deleted, Invoice Activated, Invoice Canceled")];

#[test]
fn each_function_may_do_what_it_does_and_no_more() {
    let expected: [(&str, &[&[&str]]); 12] = [
        ("list", &[&EVERY, &CACHING]),
        ("get", &[&EVERY]),
        ("activate", &[&EVERY, &WRITING, &[publishing!("Invoice Activated")]]),
        ("cancel", &[&EVERY, &WRITING, &[publishing!("Invoice Canceled")]]),
        ("delete", &[&EVERY, &WRITING, &[publishing!("Invoice Deleted")]]),
        ("update", &[&EVERY, &WRITING, &[publishing!("Invoice Updated")]]),
        ("console", &[&[EVERY[0], EVERY[2]]]),
        ("activate-on-event", &[&EVERY, &WRITING, &QUEUE, &OF_EVENTS]),
        ("webhook", &[&EVERY, &["sqs:SendMessage on InvoiceWebhooks"]]),
        ("webhook-on-message", &[&EVERY, &WRITING, &WEBHOOKS, &OF_WEBHOOKS]),
        ("changes", &[&LOGGING]),
        ("sync", &[&EVERY, &SYNCING]),
    ];
    let expected: ByName<BTreeSet<String>> = expected
        .into_iter()
        .map(|(name, may)| {
            let may = may.iter().copied().flatten().map(|line| (*line).to_owned());
            (name.to_owned(), may.collect())
        })
        .collect();
    assert_eq!(permissions(&template(&[])), expected);
}

/// The copies are reached where there are any: read by who lists, written by who writes, and
/// deleted by nobody but who keeps them; who writes deletes what notes a write, and no copy.
#[test]
fn copies_are_reached_by_whom_they_concern() {
    let document = template(&[("SyncedConnections", "nue")]);
    const READING: &str =
        "dynamodb:Query dynamodb:BatchGetItem on InvoiceCopies ${InvoiceCopies.Arn}/index/*";
    for (binary, may) in permissions(&document) {
        let copies: Vec<&str> =
            may.iter().map(String::as_str).filter(|line| line.contains("InvoiceCopies")).collect();
        let expected: &[&str] = match binary.as_str() {
            "list" | "changes" => &[READING],
            "get" | "console" | "webhook" => &[],
            "sync" => &[
                "dynamodb:Query dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem on InvoiceCopies ${InvoiceCopies.Arn}/index/*",
            ],
            _ => &[
                "dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem on InvoiceCopies",
                "dynamodb:DeleteItem on InvoiceCopies of *#sync",
            ],
        };
        assert_eq!(copies, expected, "{binary}");
    }
}

#[test]
fn a_bus_and_a_key_of_the_owners_are_the_only_ones_reached() {
    let key = "arn:aws:kms:eu-central-1:000000000000:key/1";
    let document = template(&[("EventBusName", "ours"), ("KmsKeyArn", key)]);
    for (binary, may) in permissions(&document) {
        let key = may
            .iter()
            .any(|line| line.starts_with("kms:Decrypt ") && line.ends_with(" on KmsKeyArn"));
        assert!(key, "{binary}: {may:?}");
        let bus = may
            .iter()
            .any(|line| line.starts_with("events:PutEvents on event-bus/${EventBusName} by "));
        let without = ["list", "get", "webhook", "changes", "console"];
        assert_eq!(bus, !without.contains(&binary.as_str()), "{binary}: {may:?}");
    }
}

#[test]
fn callers_of_the_account_may_read_or_write_by_policy() {
    let document = template(&[("AuthMode", "IAM")]);
    let calls = |policy: &str| -> Vec<String> {
        let statement =
            &document.section("Resources")[policy]["Properties"]["PolicyDocument"]["Statement"][0];
        assert_eq!(statement["Action"], "execute-api:Invoke");
        let arns = items(&statement["Resource"]).into_iter();
        let arns = arns.map(|arn| arn["Fn::Sub"].as_str().unwrap());
        arns.map(|arn| arn.split_once("${Api}/$default/").unwrap().1.to_owned()).collect()
    };
    let may = |calls: &[String], method: &str| calls.contains(&format!("{method}/*"));
    let (reading, writing) = (calls("InvoicesRead"), calls("InvoicesWrite"));
    for route in stack(&[]).routes {
        let method = route.method.as_deref().unwrap();
        let reads = super::reads(&route);
        assert_eq!(may(&reading, method), reads, "{}", route.key());
        assert_eq!(may(&writing, method), !reads, "{}", route.key());
    }
}
