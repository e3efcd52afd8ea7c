//! The CORS settings of an HTTP API: `x-amazon-apigateway-cors` of its definition.

use serde_json::Value;

use super::{Document, Fault};

/// Which pages' scripts may call an API from a browser, and how (CORS).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cors {
    /// The pages' origins.
    pub origins: Vec<String>,
    /// The methods they may use.
    pub methods: Vec<String>,
    /// The headers they may send.
    pub headers: Vec<String>,
    /// The headers of answers that they may read.
    pub exposed: Vec<String>,
    /// For how many seconds a browser may remember all this.
    pub max_age: Option<u64>,
}

impl Cors {
    /// The settings of the template's API; none where it allows no page.
    pub(super) fn read(document: &Document) -> Result<Option<Self>, Fault> {
        for (name, api) in document.resources("AWS::Serverless::HttpApi")? {
            let at = format!("Resources.{name}.Properties.DefinitionBody.x-amazon-apigateway-cors");
            let definition = api.pointer("/Properties/DefinitionBody");
            let Some(cors) = definition.and_then(|body| body.get("x-amazon-apigateway-cors"))
            else {
                continue;
            };
            let cors = document.resolve(cors, &at)?;
            if !cors.is_null() {
                return Self::of(&cors, &at).map(Some);
            }
        }
        Ok(None)
    }

    fn of(cors: &Value, at: &str) -> Result<Self, Fault> {
        let texts = |key: &str| match cors.get(key) {
            None => Ok(Vec::new()),
            Some(value) => serde_json::from_value(value.clone())
                .map_err(|_| Fault::new(format!("{at}.{key}"), "is not a list of texts")),
        };
        Ok(Self {
            origins: texts("allowOrigins")?,
            methods: texts("allowMethods")?,
            headers: texts("allowHeaders")?,
            exposed: texts("exposeHeaders")?,
            max_age: cors.get("maxAge").and_then(Value::as_u64),
        })
    }
}
