//! What is said once everything is up.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::gateway::OPERATOR;
use crate::providers::{CONTROL_PATH, SAMPLE_INVOICE};

const STRONG: Style = Style::new().bold();
const LINK: Style = AnsiColor::Cyan.on_default();
const FAINT: Style = Style::new().dimmed();

/// Where everything is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// The API.
    pub api: String,
    /// The page that tells what there is, and tries it.
    pub docs: String,
    /// The page for people, where the template has one.
    pub console: Option<String>,
    /// The simulated providers.
    pub sandbox: String,
    /// DynamoDB.
    #[serde(rename = "dynamodb")]
    pub dynamodb: String,
    /// Secrets Manager.
    pub secrets_manager: String,
    /// EventBridge.
    pub events: String,
    /// The template's event buses, by name.
    pub event_buses: Vec<String>,
    /// The sources whose requests for activation are done.
    pub event_sources: Vec<String>,
    /// SQS.
    pub queues: String,
    /// Each queue's own URL, by its name.
    pub queue_urls: BTreeMap<String, String>,
    /// The process to end when done.
    pub pid: u32,
    /// The connections whose keys came from the user.
    pub real_connections: Vec<String>,
    /// Whether callers need a token.
    pub require_token: bool,
    /// The scopes of a caller without a token, where none is needed.
    #[serde(skip)]
    pub operator_scope: String,
    /// What the table is kept in, if it is kept.
    pub data: Option<String>,
}

impl Ready {
    /// Says it: to a person on a terminal, and to a program as one JSON line.
    pub fn announce(&self) -> std::io::Result<()> {
        if std::io::stdout().is_terminal() {
            self.write_for_people(&mut anstream::stdout().lock())
        } else {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{}", serde_json::to_string(self)?)?;
            out.flush()
        }
    }

    fn write_for_people(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (api, sandbox) = (&self.api, &self.sandbox);
        writeln!(
            out,
            "\n{STRONG}Invoice Bridge is up.{STRONG:#} {FAINT}Ctrl-C ends it.{FAINT:#}\n"
        )?;
        let table = self.data.as_deref().unwrap_or("in memory");
        let queues: Vec<&str> = self.queue_urls.keys().map(String::as_str).collect();
        let none = String::new();
        let rows = [
            ("API", api, String::new()),
            (
                "Console",
                self.console.as_ref().unwrap_or(&none),
                "for people, in a browser".to_owned(),
            ),
            ("Documentation", &self.docs, "to read, and to try".to_owned()),
            (
                "Providers",
                sandbox,
                format!("simulated; faults and counts at {sandbox}{CONTROL_PATH}"),
            ),
            ("DynamoDB", &self.dynamodb, table.to_owned()),
            ("Secrets Manager", &self.secrets_manager, String::new()),
            ("EventBridge", &self.events, self.event_buses.join(", ")),
            ("SQS", &self.queues, queues.join(", ")),
        ];
        for (name, url, remark) in rows.into_iter().filter(|(_, url, _)| !url.is_empty()) {
            writeln!(out, "  {name:<16} {LINK}{url}{LINK:#}  {FAINT}{remark}{FAINT:#}")?;
        }
        if !self.real_connections.is_empty() {
            let real = self.real_connections.join(", ");
            writeln!(
                out,
                "\n  {STRONG}Real providers:{STRONG:#} {real}. What you write to them is written."
            )?;
        }
        if self.require_token {
            writeln!(
                out,
                "\n  Callers need a token: -H \"Authorization: Bearer $(invoice-bridge token)\""
            )?;
        } else {
            let scope = &self.operator_scope;
            writeln!(out, "\n  A caller without a token is {OPERATOR} ({scope}).")?;
            writeln!(
                out,
                "  {FAINT}--require-token ends that; `invoice-bridge token --help` makes tokens.{FAINT:#}"
            )?;
        }
        writeln!(out, "\n  Try:")?;
        let (connection, id) = SAMPLE_INVOICE;
        let is_real = self.real_connections.iter().any(|real| real == connection);
        let id = if is_real { "ID" } else { id };
        for path in [
            "/invoices?sort=-invoiceDate&limit=50".to_owned(),
            format!("/invoices/{connection}:{id}"),
            "/connections".to_owned(),
        ] {
            writeln!(out, "    curl '{api}{path}'")?;
        }
        if let Some(bus) = self.event_buses.first() {
            self.write_event_example(out, bus, &format!("{connection}:{id}"))?;
        }
        writeln!(out)
    }

    /// The AWS CLI asks for keys and a region even where nobody checks them.
    fn write_event_example(
        &self,
        out: &mut impl Write,
        bus: &str,
        id: &str,
    ) -> std::io::Result<()> {
        let detail = serde_json::json!({ "invoiceIds": [id] }).to_string();
        let entry = serde_json::json!([{
            "EventBusName": bus,
            "Source": self.event_sources.last().map_or("me", String::as_str),
            "DetailType": "Invoice Activation Requested",
            "Detail": detail,
        }]);
        writeln!(
            out,
            "    AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws events put-events \\\n      --region us-east-1 --endpoint-url {} \\\n      --entries '{entry}'",
            self.events
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Ready {
        Ready {
            api: "http://127.0.0.1:9000".to_owned(),
            docs: "http://127.0.0.1:9000/docs".to_owned(),
            console: Some("http://127.0.0.1:9000/console".to_owned()),
            sandbox: "http://127.0.0.1:1".to_owned(),
            dynamodb: "http://127.0.0.1:2".to_owned(),
            secrets_manager: "http://127.0.0.1:3".to_owned(),
            events: "http://127.0.0.1:4".to_owned(),
            event_buses: vec!["ours".to_owned()],
            event_sources: vec!["clock".to_owned(), "finance".to_owned()],
            queues: "http://127.0.0.1:5".to_owned(),
            queue_urls: BTreeMap::from([(
                "asked".to_owned(),
                "http://127.0.0.1:5/0/asked".to_owned(),
            )]),
            pid: 7,
            real_connections: Vec::new(),
            require_token: false,
            operator_scope: "invoices/all".to_owned(),
            data: None,
        }
    }

    #[test]
    fn tells_programs_where_everything_is() {
        let json = serde_json::to_value(ready()).unwrap();
        assert_eq!(json["api"], "http://127.0.0.1:9000");
        assert_eq!(json["docs"], "http://127.0.0.1:9000/docs");
        assert_eq!(
            (&json["dynamodb"], &json["secretsManager"]),
            (&"http://127.0.0.1:2".into(), &"http://127.0.0.1:3".into())
        );
        assert_eq!(
            (&json["events"], &json["queues"]),
            (&"http://127.0.0.1:4".into(), &"http://127.0.0.1:5".into())
        );
        assert_eq!(
            (&json["eventBuses"][0], &json["queueUrls"]["asked"]),
            (&"ours".into(), &"http://127.0.0.1:5/0/asked".into())
        );
        assert_eq!(json["pid"], 7);
    }

    #[test]
    fn tells_people_what_to_try() {
        let mut out = Vec::new();
        ready().write_for_people(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.contains("curl 'http://127.0.0.1:9000/invoices?sort=-invoiceDate&limit=50'"),
            "{text}"
        );
        assert!(text.contains("http://127.0.0.1:9000/docs"), "{text}");
        assert!(text.contains("http://127.0.0.1:9000/console"), "{text}");
        assert!(text.contains("A caller without a token is local-operator"), "{text}");
        assert!(text.contains("--endpoint-url http://127.0.0.1:4 \\\n"), "{text}");
        assert!(text.contains(r#""EventBusName":"ours""#), "{text}");
        assert!(text.contains(r#""Source":"finance""#), "{text}");
        assert!(!text.contains("Real providers"), "{text}");
    }
}
