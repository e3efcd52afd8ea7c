//! An agent's session, through the protocol's own client.

use std::sync::{Arc, Mutex};

use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ElicitRequestParams,
    ElicitResult, ElicitationAction, Implementation,
};
use rmcp::service::{RequestContext, RunningService};
use rmcp::transport::TokioChildProcess;
use rmcp::{ClientHandler, ErrorData, RoleClient, ServiceExt};
use serde_json::{Value, json};

use crate::fake::{Fake, connections, page, results};
use crate::support::{Ib, Stack};

/// A client, with a person who answers so; none cannot be asked.
#[derive(Clone, Default)]
struct Agent {
    person: Option<Value>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ClientHandler for Agent {
    fn get_info(&self) -> ClientConfig {
        let elicitation = self.person.as_ref().map(|_| json!({}));
        let capabilities: ClientCapabilities = serde_json::from_value(match elicitation {
            Some(elicitation) => json!({ "elicitation": elicitation }),
            None => json!({}),
        })
        .unwrap();
        ClientConfig::new(capabilities, Implementation::new("test", "1"))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let ElicitRequestParams::FormElicitationParams { message, .. } = request else {
            return Ok(ElicitResult::new(ElicitationAction::Decline));
        };
        self.asked.lock().unwrap().push(message);
        Ok(match &self.person {
            Some(Value::Null) | None => ElicitResult::new(ElicitationAction::Decline),
            Some(count) => {
                ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "count": count }))
            }
        })
    }
}

async fn session(ib: &Ib, agent: &Agent, arguments: &[&str]) -> RunningService<RoleClient, Agent> {
    let mut command = ib.command(&[&["mcp"], arguments].concat());
    command.stdin(std::process::Stdio::piped());
    let process = TokioChildProcess::new(tokio::process::Command::from(command)).unwrap();
    agent.clone().serve(process).await.unwrap()
}

async fn call(
    session: &RunningService<RoleClient, Agent>,
    tool: &'static str,
    arguments: Value,
) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("{arguments}") };
    let mut request = CallToolRequestParams::new(tool);
    request.arguments = Some(arguments);
    session.call_tool(request).await.unwrap()
}

/// The value of a call that went well.
fn value(result: &CallToolResult) -> Value {
    assert_ne!(result.is_error, Some(true), "{result:?}");
    result.structured_content.clone().unwrap()
}

/// The words of a call that was refused.
fn refusal(result: &CallToolResult) -> String {
    assert_eq!(result.is_error, Some(true), "{result:?}");
    serde_json::to_value(&result.content).unwrap()[0]["text"].as_str().unwrap().to_owned()
}

/// An API of three drafts, all of which can be activated.
fn drafts() -> Fake {
    Fake::new(|asked, _| match asked.target.as_str() {
        "/connections" => (200, connections()),
        _ if asked.method == "GET" => (200, page(&["nue:1", "nue:2", "nue:3"], None)),
        _ => (200, results(asked, "applied", Value::Null)),
    })
}

fn writes(fake: &Fake) -> usize {
    fake.asked()
        .iter()
        .filter(|asked| asked.method == "POST" && asked.body["dryRun"] != true)
        .count()
}

fn filter() -> Value {
    json!({ "action": "activate", "filter": { "status": ["draft"] } })
}

#[tokio::test]
async fn an_agent_reads_and_writes_what_the_person_agreed_to() {
    let stack = tokio::task::spawn_blocking(|| Stack::start(&["--invoices", "80"])).await.unwrap();
    let ib = stack.ib();
    let agent = Agent { person: Some(json!(2)), ..Agent::default() };
    let session = session(&ib, &agent, &["--writes"]).await;
    let tools = session.list_all_tools().await.unwrap();
    let destructive: Vec<&str> = tools
        .iter()
        .filter(|tool| tool.annotations.as_ref().unwrap().destructive_hint == Some(true))
        .map(|tool| tool.name.as_ref())
        .collect();
    assert_eq!((tools.len(), destructive.as_slice()), (7, &["apply_write", "settle"][..]));
    assert_eq!(
        value(&call(&session, "list_connections", json!({})).await)["data"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    let listed = json!({ "filter": { "status": "draft", "connection": "nue" }, "limit": 2 });
    let listed = value(&call(&session, "list_invoices", listed).await);
    let ids: Vec<&Value> =
        listed["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    value(&call(&session, "get_invoice", json!({ "id": ids[0] })).await);
    value(&call(&session, "summarize_invoices", json!({ "by": ["status"] })).await);
    let plan = json!({ "action": "activate", "invoiceIds": ids, "comment": "by an agent" });
    let plan = value(&call(&session, "preview_write", plan).await);
    assert!(stack.applied("nue", "activate").is_empty());
    let done = value(&call(&session, "apply_write", plan.clone()).await);
    assert_eq!((&done["outcomes"]["applied"], &done["finished"]), (&json!(2), &json!(true)));
    assert_eq!(stack.applied("nue", "activate").len(), 2);
    assert!(
        agent.asked.lock().unwrap()[0].contains("2 invoices would be activated"),
        "{:?}",
        agent.asked
    );
    // Once applied, a plan is used up; settling sends nothing again.
    assert!(refusal(&call(&session, "apply_write", plan).await).contains("applied already"));
    value(&call(&session, "settle", json!({ "run": done["run"] })).await);
    assert!(stack.applied("nue", "activate").values().all(|times| *times == 1));
}

#[tokio::test]
async fn what_was_not_previewed_or_was_changed_is_refused() {
    let fake = drafts();
    let ib = Ib::at(&fake.address);
    let agent = Agent { person: Some(json!(3)), ..Agent::default() };
    let session = session(&ib, &agent, &["--writes"]).await;
    let made_up = json!({ "plan": { "action": "activate", "invoiceIds": ["nue:1"], "count": 1, "seal": "x" } });
    assert!(refusal(&call(&session, "apply_write", made_up).await).contains("preview_write"));
    assert!(refusal(&call(&session, "apply_write", json!({})).await).contains("preview_write"));
    let plan = value(&call(&session, "preview_write", filter()).await);
    for (name, other) in
        [("invoiceIds", json!(["nue:9"])), ("count", json!(2)), ("summary", json!("nothing much"))]
    {
        let mut changed = plan.clone();
        changed["plan"][name] = other;
        assert!(
            refusal(&call(&session, "apply_write", changed).await).contains("was changed"),
            "{name}"
        );
    }
    assert!(agent.asked.lock().unwrap().is_empty());
    assert_eq!(writes(&fake), 0);
    value(&call(&session, "apply_write", plan).await);
    assert_eq!(writes(&fake), 1);
}

#[tokio::test]
async fn an_old_plan_is_refused() {
    let fake = drafts();
    let ib = Ib::at(&fake.address);
    let agent = Agent { person: Some(json!(3)), ..Agent::default() };
    let session = session(&ib, &agent, &["--writes", "--plan-lifetime", "1ms"]).await;
    let plan = value(&call(&session, "preview_write", filter()).await);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert!(refusal(&call(&session, "apply_write", plan).await).contains("is old"));
    assert_eq!(writes(&fake), 0);
}

#[tokio::test]
async fn nothing_is_written_where_nobody_can_be_asked_or_agrees() {
    for (person, words) in [
        (None, "cannot ask the person"),
        (Some(Value::Null), "did not agree"),
        (Some(json!(4)), "did not agree"),
    ] {
        let fake = drafts();
        let ib = Ib::at(&fake.address);
        let agent = Agent { person, ..Agent::default() };
        let session = session(&ib, &agent, &["--writes"]).await;
        let plan = value(&call(&session, "preview_write", filter()).await);
        assert!(refusal(&call(&session, "apply_write", plan).await).contains(words), "{words}");
        assert_eq!(writes(&fake), 0);
    }
}

#[tokio::test]
async fn without_writes_there_is_no_tool_that_writes() {
    let fake = drafts();
    let ib = Ib::at(&fake.address);
    let session = session(&ib, &Agent::default(), &[]).await;
    assert_eq!(session.list_all_tools().await.unwrap().len(), 4);
    let refused = call(&session, "preview_write", filter()).await;
    assert!(refusal(&refused).contains("ib mcp --writes"));
    let wrong = call(&session, "list_invoices", json!({ "filter": { "colour": "red" } })).await;
    assert!(refusal(&wrong).contains("colour"));
}

#[tokio::test]
async fn an_agent_is_told_what_to_do_by_its_tools() {
    let fake = Fake::new(|_, _| (404, crate::fake::problem(404, "invoice_not_found", false)));
    let session = session(&Ib::at(&fake.address), &Agent::default(), &[]).await;
    let words = refusal(&call(&session, "get_invoice", json!({ "id": "nue:nope" })).await);
    assert!(words.contains("list_invoices") && !words.contains("ib ls"), "{words}");
}
