//! Functions and tables, read out of the document.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use function_kit::configuration::TokenScopes;
use serde_json::{Map, Value, json};

use super::{Authorization, Cors, Document, Fault, Messaging, Route};

pub(super) const FUNCTION: &str = "AWS::Serverless::Function";
const TABLE: &str = "AWS::DynamoDB::Table";

/// What SAM and Lambda take where the template says nothing.
const DEFAULT_TIMEOUT: u64 = 3;
const DEFAULT_MEMORY: u64 = 128;

/// Everything of the template that the local stack runs.
#[derive(Debug, PartialEq)]
pub struct Stack {
    /// The functions, by logical id.
    pub functions: Vec<Function>,
    /// The routes of the HTTP API.
    pub routes: Vec<Route>,
    /// Which pages' scripts may call the API from a browser, where any may.
    pub cors: Option<Cors>,
    /// The tables.
    pub tables: Vec<Table>,
    /// Event buses, queues and what leads from one to the other.
    pub messaging: Messaging,
}

/// One function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// The function's logical id: `ListFunction`.
    pub name: String,
    /// The binary that is its code: `list`.
    pub binary: String,
    /// How long one event may take.
    pub timeout: Duration,
    /// The function's memory in MB, which is told to the function and not enforced.
    pub memory: u64,
    /// The function's environment, Globals included.
    pub environment: BTreeMap<String, String>,
}

/// One table, as DynamoDB's own calls take it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The table's name.
    pub name: String,
    /// The body of CreateTable.
    pub create: Value,
    /// The body of UpdateTimeToLive, where items expire.
    pub time_to_live: Option<Value>,
}

impl Stack {
    /// Reads the stack out of a document.
    pub fn read(document: &Document) -> Result<Self, Fault> {
        let functions: Vec<Function> = document
            .resources(FUNCTION)?
            .into_iter()
            .map(|(name, resource)| function(document, name, resource))
            .collect::<Result<_, _>>()?;
        if functions.is_empty() {
            return Err(Fault::new("Resources", format!("has no {FUNCTION}")));
        }
        let tables = document
            .resources(TABLE)?
            .into_iter()
            .map(|(name, resource)| table(document, name, resource))
            .collect::<Result<_, _>>()?;
        let mut routes = Vec::new();
        for (name, resource) in document.resources(FUNCTION)? {
            routes.extend(Route::of_function(document, name, resource)?);
        }
        let cors = Cors::read(document)?;
        Ok(Self { functions, routes, cors, tables, messaging: Messaging::read(document)? })
    }

    /// The scopes as the functions are told of them.
    pub fn token_scopes(&self) -> TokenScopes {
        let told = |name: &str| self.functions.iter().find_map(|one| one.environment.get(name));
        let usual = TokenScopes::default();
        TokenScopes {
            read: told("READ_SCOPE").cloned().unwrap_or(usual.read),
            write: told("WRITE_SCOPE").cloned().unwrap_or(usual.write),
            operator: told("OPERATOR_SCOPE").cloned().unwrap_or(usual.operator),
        }
    }

    /// All the scopes that a token of the stack's can have, which are an operator's: those
    /// that routes ask for, and those that functions are told of.
    pub fn operator_scope(&self) -> String {
        let asked = self.routes.iter().flat_map(|route| match &route.authorization {
            Authorization::Token { scopes } => scopes.clone(),
            Authorization::Open | Authorization::Signature => Vec::new(),
        });
        let told = self.functions.iter().flat_map(|function| {
            let names = ["READ_SCOPE", "WRITE_SCOPE", "OPERATOR_SCOPE"].into_iter();
            names.filter_map(|name| function.environment.get(name).cloned())
        });
        let all: BTreeSet<String> = asked.chain(told).collect();
        all.into_iter().collect::<Vec<_>>().join(" ")
    }
}

fn function(document: &Document, name: &str, resource: &Value) -> Result<Function, Fault> {
    let at = format!("Resources.{name}.Properties");
    let setting = |key: &str| {
        let own = resource.get("Properties").and_then(|own| own.get(key));
        own.or_else(|| document.section("Globals").get("Function")?.get(key))
    };
    let number = |key: &str, default: u64| match setting(key) {
        None => Ok(default),
        Some(value) => {
            let at = format!("{at}.{key}");
            let text = document.text(value, &at)?;
            text.parse().map_err(|_| {
                Fault::new(at, format!("is \"{text}\", where a whole number is needed"))
            })
        }
    };
    Ok(Function {
        name: name.to_owned(),
        binary: binary(document, name, resource)?,
        timeout: Duration::from_secs(number("Timeout", DEFAULT_TIMEOUT)?),
        memory: number("MemorySize", DEFAULT_MEMORY)?,
        environment: environment(document, name, resource)?,
    })
}

/// The binary, where `sam build` looks for it too: `BuildProperties.Binary` of
/// the metadata, or else the folder's own name.
fn binary(document: &Document, name: &str, resource: &Value) -> Result<String, Fault> {
    let named = resource.pointer("/Metadata/BuildProperties/Binary");
    if let Some(value) = named {
        let at = format!("Resources.{name}.Metadata.BuildProperties.Binary");
        return document.text(value, &at);
    }
    let at = format!("Resources.{name}.Properties.CodeUri");
    let code = resource
        .pointer("/Properties/CodeUri")
        .ok_or_else(|| Fault::new(&at, "is missing: it is the folder of the function's crate"))?;
    let folder = document.text(code, &at)?;
    let last = folder.trim_end_matches('/').rsplit('/').next();
    Ok(last.unwrap_or_default().to_owned())
}

fn environment(
    document: &Document,
    name: &str,
    resource: &Value,
) -> Result<BTreeMap<String, String>, Fault> {
    let pointer = "/Environment/Variables";
    let globals = document.section("Globals").get("Function");
    let own = resource.get("Properties");
    let mut environment = BTreeMap::new();
    let sources =
        [(globals, "Globals.Function".to_owned()), (own, format!("Resources.{name}.Properties"))];
    for (source, place) in sources {
        let variables =
            source.and_then(|source| source.pointer(pointer)).and_then(Value::as_object);
        for (variable, value) in variables.into_iter().flatten() {
            let at = format!("{place}.Environment.Variables.{variable}");
            let resolved = document.resolve(value, &at)?;
            if !resolved.is_null() {
                environment.insert(variable.clone(), document.text(&resolved, &at)?);
            }
        }
    }
    Ok(environment)
}

/// CloudFormation words a table as CreateTable does, so its properties pass
/// through; those that mean nothing to an emulator (encryption, recovery,
/// tags) are left behind.
fn table(document: &Document, name: &str, resource: &Value) -> Result<Table, Fault> {
    const PASSED: [&str; 5] = [
        "AttributeDefinitions",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
    ];
    let at = format!("Resources.{name}.Properties");
    let reference = Map::from_iter([("Ref".to_owned(), Value::String(name.to_owned()))]);
    let physical = document.text(&Value::Object(reference), &at)?;
    let mut create = Map::from_iter([("TableName".to_owned(), Value::String(physical.clone()))]);
    let properties = resource.get("Properties");
    for key in PASSED {
        if let Some(value) = properties.and_then(|properties| properties.get(key)) {
            create.insert(key.to_owned(), document.resolve(value, &format!("{at}.{key}"))?);
        }
    }
    let time_to_live = match resource.pointer("/Properties/TimeToLiveSpecification") {
        Some(value) => {
            let given = document.resolve(value, &format!("{at}.TimeToLiveSpecification"))?;
            Some(json!({ "TableName": physical, "TimeToLiveSpecification": given }))
        }
        None => None,
    };
    Ok(Table { name: physical, create: Value::Object(create), time_to_live })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Authorization;

    const TEMPLATE: &str = "
Parameters: {Ttl: {Default: 60}}
Globals:
  Function:
    Timeout: 29
    Environment: {Variables: {TTL: !Ref Ttl, LOG_LEVEL: info, GONE: !Ref AWS::NoValue}}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {Auth: {DefaultAuthorizer: Jwt, Authorizers: {Jwt: {AuthorizationScopes: [any]}}}}
  Cache:
    Type: AWS::DynamoDB::Table
    Properties:
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      SSESpecification: {SSEEnabled: true}
      TimeToLiveSpecification: {AttributeName: expiresAt, Enabled: true}
  ListFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: list}}
    Properties:
      CodeUri: .
      Environment: {Variables: {LOG_LEVEL: debug, TABLE: !Ref Cache}}
      Events:
        List: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: get, Path: /invoices, Auth: {AuthorizationScopes: [read]}}}
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: any, Path: '/open/{proxy+}', Auth: {Authorizer: NONE}}}
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
  GetFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/get/
      Timeout: 5
      MemorySize: 512
      Events:
        Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: '/invoices/{id}'}}
";

    fn stack(text: &str) -> Result<Stack, Fault> {
        Stack::read(&Document::parse(text, BTreeMap::new())?)
    }

    #[test]
    fn reads_functions_with_their_globals() {
        let stack = stack(TEMPLATE).unwrap();
        let list = stack.functions.iter().find(|f| f.name == "ListFunction").unwrap();
        assert_eq!((list.binary.as_str(), list.timeout.as_secs(), list.memory), ("list", 29, 128));
        let expected = [("LOG_LEVEL", "debug"), ("TABLE", "Cache"), ("TTL", "60")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(list.environment, BTreeMap::from(expected));
        let get = stack.functions.iter().find(|f| f.name == "GetFunction").unwrap();
        assert_eq!((get.binary.as_str(), get.timeout.as_secs(), get.memory), ("get", 5, 512));
    }

    #[test]
    fn reads_routes_and_who_may_use_them() {
        let stack = stack(TEMPLATE).unwrap();
        let scopes = |key: &str| {
            let route = stack.routes.iter().find(|route| route.key() == key).unwrap();
            route.authorization.clone()
        };
        assert_eq!(stack.routes.len(), 3, "a schedule is not a route");
        assert_eq!(scopes("GET /invoices"), Authorization::Token { scopes: vec!["read".into()] });
        assert_eq!(
            scopes("GET /invoices/{id}"),
            Authorization::Token { scopes: vec!["any".into()] }
        );
        assert_eq!(scopes("ANY /open/{proxy+}"), Authorization::Open);
    }

    #[test]
    fn an_api_may_say_itself_who_may_use_a_route() {
        let text = |parameter: &str, scheme: &str| {
            format!(
                "
Parameters: {{Mode: {{Default: {parameter}}}}}
Conditions: {{Tokens: !Equals [!Ref Mode, tokens]}}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        paths:
          /x: {{get: {{security: !If [Tokens, [Jwt: [read]], [Other: []]]}}}}
        components: {{securitySchemes: {{Jwt: {{x-amazon-apigateway-authorizer: {{type: jwt}}}}, Other: {scheme}}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: f
      Events:
        Said: {{Type: HttpApi, Properties: {{ApiId: !Ref Api, Method: GET, Path: /x}}}}
        Unsaid: {{Type: HttpApi, Properties: {{ApiId: !Ref Api, Method: PUT, Path: /x}}}}
"
            )
        };
        let authorizations = |parameter: &str, scheme: &str| {
            let stack = stack(&text(parameter, scheme));
            stack.map(|stack| stack.routes.into_iter().map(|route| route.authorization).collect())
        };
        const SIGNATURE: &str = "{x-amazon-apigateway-authtype: awsSigv4}";
        let token = Authorization::Token { scopes: vec!["read".to_owned()] };
        assert_eq!(authorizations("tokens", SIGNATURE), Ok(vec![token, Authorization::Open]));
        let signature = vec![Authorization::Signature, Authorization::Open];
        assert_eq!(authorizations("other", SIGNATURE), Ok(signature));
        let fault = authorizations("other", "{type: http}").unwrap_err().to_string();
        let at =
            "Resources.Api.Properties.DefinitionBody.components.securitySchemes.Other: is neither";
        assert!(fault.starts_with(at), "{fault}");
    }

    #[test]
    fn reads_the_table_as_dynamodb_takes_it() {
        let stack = stack(TEMPLATE).unwrap();
        let table = stack.tables.first().unwrap();
        assert_eq!(
            table.create,
            json!({"TableName": "Cache", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]})
        );
        let ttl = table.time_to_live.as_ref().unwrap();
        assert_eq!(ttl["TimeToLiveSpecification"]["AttributeName"], "expiresAt");
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let cases = [
            ("Timeout: soon", "Resources.F.Properties.Timeout: is \"soon\""),
            (
                "Environment: {Variables: {A: !Ref Nobody}}",
                "Resources.F.Properties.Environment.Variables.A: refers to",
            ),
            (
                "Events: {E: {Type: HttpApi, Properties: {Path: /x}}}",
                "Resources.F.Properties.Events.E: ",
            ),
        ];
        for (property, expected) in cases {
            let text = format!(
                "
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: f
      {property}
"
            );
            let fault = stack(&text).unwrap_err().to_string();
            assert!(fault.starts_with(expected), "{fault}");
        }
    }
}
