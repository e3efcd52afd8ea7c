//! `ib mcp`: the Model Context Protocol over standard input and output, for agents.
//!
//! An agent reads as it likes. It writes only where it was started with `--writes`, only what
//! it has previewed, unchanged and not long ago, and only once the person behind it has typed
//! how many invoices are meant.

mod plans;
mod tools;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use api::BulkAction;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ElicitRequestParams,
    ElicitationAction, ElicitationSchema, Implementation, IntegerSchema, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{ElicitationMode, Peer, RequestContext};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use serde_json::{Map, Value};

use crate::args::Mcp;
use crate::client::{Call, Client};
use crate::exit::{Exit, Failure};
use crate::filters;
use crate::output::Terminal;
use crate::run as writes;
use plans::Plans;

/// How long a person may take to answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// `ib mcp`.
pub(crate) async fn run(
    client: &Client,
    terminal: &Terminal,
    asked: &Mcp,
) -> Result<Exit, Failure> {
    let server = Server {
        client: client.clone(),
        terminal: terminal.clone(),
        writes: asked.writes,
        plans: Mutex::new(Plans::new(asked.plan_lifetime)),
    };
    let broken = |error: &dyn std::fmt::Display| {
        Failure::here(format!("the agent cannot be served: {error}"))
    };
    let service = server.serve(rmcp::transport::stdio()).await.map_err(|error| broken(&error))?;
    service.waiting().await.map_err(|error| broken(&error))?;
    Ok(Exit::Done)
}

/// Serves one agent.
struct Server {
    client: Client,
    terminal: Terminal,
    writes: bool,
    plans: Mutex<Plans>,
}

type Arguments = Map<String, Value>;

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("invoice-bridge", env!("CARGO_PKG_VERSION")))
            .with_instructions(tools::INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all(self.writes)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let answered = match request.name.as_ref() {
            "list_connections" => self.read("/connections", Vec::new()).await,
            "list_invoices" => self.list(&arguments).await,
            "get_invoice" => self.get(&arguments).await,
            "summarize_invoices" => self.summarize(&arguments).await,
            "preview_write" if self.writes => self.preview(&arguments).await,
            "apply_write" if self.writes => self.apply(&arguments, &context.peer).await,
            "settle" if self.writes => self.settle(&arguments).await,
            "preview_write" | "apply_write" | "settle" => {
                Err(Failure::usage("this server only reads")
                    .advise("start it with `ib mcp --writes`"))
            }
            other => {
                return Err(ErrorData::invalid_params(format!("there is no tool `{other}`"), None));
            }
        };
        Ok(match answered {
            Ok(value) => CallToolResult::structured(value),
            // An agent is told what to do, as a person is.
            Err(failure) => {
                let mut text = failure.message.clone();
                for line in &failure.advice {
                    text += &format!("\n{}", by_tools(line));
                }
                CallToolResult::error(vec![ContentBlock::text(text)])
            }
        }
        .into())
    }
}

/// A text among the arguments.
fn text<'a>(arguments: &'a Arguments, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
}

impl Server {
    async fn read(&self, path: &str, query: Vec<(String, String)>) -> Result<Value, Failure> {
        let answer = self.client.send(&Call::get(path, &query)).await?.ok()?;
        crate::answers::read(&answer.body)
    }

    /// The parameters of a filter, checked as the command line's are.
    fn query(arguments: &Arguments) -> Result<Vec<(String, String)>, Failure> {
        let filter = arguments.get("filter").map(Value::to_string);
        let criteria = filter.as_deref().map(filters::from_json).transpose()?.unwrap_or_default();
        filters::query(&criteria)
    }

    async fn list(&self, arguments: &Arguments) -> Result<Value, Failure> {
        let mut query = Self::query(arguments)?;
        query.extend(text(arguments, "sort").map(|sort| ("sort".to_owned(), sort.to_owned())));
        let limit = arguments.get("limit").and_then(Value::as_u64).unwrap_or(20);
        query.push(("limit".to_owned(), limit.to_string()));
        query.extend(
            text(arguments, "cursor").map(|cursor| ("cursor".to_owned(), cursor.to_owned())),
        );
        filters::check(&query)?;
        self.read("/invoices", query).await
    }

    async fn get(&self, arguments: &Arguments) -> Result<Value, Failure> {
        let id = text(arguments, "id").ok_or_else(|| {
            Failure::usage("`id` is missing: a reference such as fusebill:162281")
        })?;
        let lines = arguments.get("lines").and_then(Value::as_bool).unwrap_or(false);
        let query =
            if lines { vec![("includes".to_owned(), "lines".to_owned())] } else { Vec::new() };
        self.read(&crate::get::path(id)?, query).await
    }

    async fn summarize(&self, arguments: &Arguments) -> Result<Value, Failure> {
        let mut query = Self::query(arguments)?;
        filters::check(&query)?;
        let words = arguments.get("by").and_then(Value::as_array).into_iter().flatten();
        let words: Vec<&str> = words.filter_map(Value::as_str).collect();
        if !words.is_empty() {
            query.push(("by".to_owned(), words.join(",")));
        }
        self.read("/invoices/summary", query)
            .await
            .map_err(|failure| crate::summary::older(failure, "summaries"))
    }

    /// What would come of a write, sealed: what is applied later is this and nothing else.
    async fn preview(&self, arguments: &Arguments) -> Result<Value, Failure> {
        let action = match text(arguments, "action") {
            Some("activate") => BulkAction::Activate,
            Some("cancel") => BulkAction::Cancel,
            Some("delete") => BulkAction::Delete,
            _ => return Err(Failure::usage("`action` has to be activate, cancel or delete")),
        };
        let mut options = crate::args::WriteOptions {
            date: text(arguments, "invoiceDate").map(str::to_owned),
            comment: text(arguments, "comment").map(str::to_owned),
            ..Default::default()
        };
        let ids = arguments.get("invoiceIds").and_then(Value::as_array).into_iter().flatten();
        options.references = ids.filter_map(Value::as_str).map(str::to_owned).collect();
        options.filters = filters::Filters::of_json(arguments.get("filter").map(Value::to_string));
        let prepared = writes::prepare(&self.client, &self.terminal, action, &options).await?;
        let shown = prepared.shown()?;
        Ok(self.plans().seal(prepared, shown))
    }

    fn plans(&self) -> std::sync::MutexGuard<'_, Plans> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn apply(
        &self,
        arguments: &Arguments,
        peer: &Peer<RoleServer>,
    ) -> Result<Value, Failure> {
        let given = arguments.get("plan").ok_or_else(|| {
            Failure::usage("`plan` is missing; nothing was sent")
                .advise("call preview_write, and pass its plan as it is")
        })?;
        if !peer.supported_elicitation_modes().contains(&ElicitationMode::Form) {
            return Err(Failure::usage("your client cannot ask the person, and nothing is written unasked; nothing was sent")
                .advise("have the person run `ib activate`, `ib cancel` or `ib delete` in a terminal, or use a client that supports elicitation"));
        }
        self.plans().check(given)?;
        if !self.person_agrees(peer, given).await? {
            return Err(Failure::usage("the person did not agree; nothing was sent")
                .advise("do not ask again unless the person wants it"));
        }
        // Once more, for asking takes time; from here on the plan is used up.
        let prepared = self.plans().take(given)?;
        writes::apply(&self.client, &self.terminal, prepared).await
    }

    /// Whether the person types how many invoices are meant.
    async fn person_agrees(&self, peer: &Peer<RoleServer>, plan: &Value) -> Result<bool, Failure> {
        let count = plan.get("count").and_then(Value::as_u64).unwrap_or(0);
        let summary = plan.get("summary").and_then(Value::as_str).unwrap_or_default();
        let action = plan.get("action").and_then(Value::as_str).unwrap_or_default();
        let broken = |error: &dyn std::fmt::Display| {
            Failure::here(format!("the person could not be asked: {error}; nothing was sent"))
        };
        let schema = ElicitationSchema::builder()
            .required_integer_property("count", |_| IntegerSchema::new().title("How many invoices"))
            .build()
            .map_err(|error| broken(&error))?;
        let message = format!("{summary}\n\nTo {action} {count} invoices, type their number.");
        let asked = ElicitRequestParams::FormElicitationParams {
            meta: None,
            message,
            requested_schema: schema,
        };
        let answer = peer
            .create_elicitation_with_timeout(asked, Some(PATIENCE))
            .await
            .map_err(|error| broken(&error))?;
        let typed = answer.content.as_ref().and_then(|content| content.get("count")?.as_u64());
        Ok(answer.action == ElicitationAction::Accept && typed == Some(count))
    }

    async fn settle(&self, arguments: &Arguments) -> Result<Value, Failure> {
        let name = text(arguments, "run")
            .ok_or_else(|| Failure::usage("`run` is missing: the name that apply_write told"))?;
        writes::settle(&self.client, &self.terminal, name).await
    }
}

/// What to do in the words of an agent, who has tools where a person has commands.
fn by_tools(advice: &str) -> String {
    [
        ("`ib ls --search WORD`", "list_invoices with `search` in its filter"),
        ("`ib connections`", "list_connections"),
        ("with `ib get`", "with get_invoice"),
    ]
    .iter()
    .fold(advice.to_owned(), |text, (command, tool)| text.replace(command, tool))
}
