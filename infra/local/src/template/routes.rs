//! The routes: `Events` of type HttpApi.

use serde_json::Value;

use super::{Document, Fault};

/// One route of the HTTP API.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// `GET`, or `ANY`; `None` for the `$default` route.
    pub method: Option<String>,
    /// `/invoices/{id}`.
    pub path: String,
    /// The logical id of the function behind it.
    pub function: String,
    /// Who may use it.
    pub authorization: Authorization,
}

/// What a route asks of its caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Authorization {
    /// Nothing.
    Open,
    /// A token with one of these scopes; with any scope where there are none.
    Token {
        /// The scopes, any of which will do.
        scopes: Vec<String>,
    },
    /// A signature (version 4) of one of the account's principals.
    Signature,
}

impl Route {
    /// The key as API Gateway writes it: `GET /invoices/{id}`.
    pub fn key(&self) -> String {
        match &self.method {
            Some(method) => format!("{method} {}", self.path),
            None => "$default".to_owned(),
        }
    }

    /// The routes of one function. Events of other types are not the
    /// gateway's: the event bus and the queue take theirs from the same place.
    pub(super) fn of_function(
        document: &Document,
        name: &str,
        resource: &Value,
    ) -> Result<Vec<Self>, Fault> {
        let events = resource.pointer("/Properties/Events").and_then(Value::as_object);
        let mut routes = Vec::new();
        for (event_name, event) in events.into_iter().flatten() {
            if event.get("Type").and_then(Value::as_str) == Some("HttpApi") {
                let at = format!("Resources.{name}.Properties.Events.{event_name}");
                routes.push(route(document, name, event, &at)?);
            }
        }
        Ok(routes)
    }
}

fn route(document: &Document, function: &str, event: &Value, at: &str) -> Result<Route, Fault> {
    let text = |key: &str| {
        let value = event.pointer(&format!("/Properties/{key}"));
        value.map(|value| document.text(value, &format!("{at}.{key}"))).transpose()
    };
    let (method, path) = match (text("Method")?, text("Path")?) {
        (None, None) => (None, "$default".to_owned()),
        (_, Some(path)) if path == "$default" => (None, path),
        (Some(method), Some(path)) if path.starts_with('/') => (Some(method.to_uppercase()), path),
        _ => {
            let what = "needs a Method and a Path that begins with /, or neither ($default)";
            return Err(Fault::new(at, what));
        }
    };
    let authorization = match defined(document, event, method.as_deref(), &path)? {
        Some(authorization) => authorization,
        None => authorization(document, event, at)?,
    };
    Ok(Route { method, path, function: function.to_owned(), authorization })
}

/// What the API's own definition says of a route, if it does: its `security`.
/// SAM adds nothing to that.
fn defined(
    document: &Document,
    event: &Value,
    method: Option<&str>,
    path: &str,
) -> Result<Option<Authorization>, Fault> {
    let api = event.pointer("/Properties/ApiId/Ref").and_then(Value::as_str).unwrap_or_default();
    let definition = document.section("Resources").get(api);
    let Some(definition) = definition.and_then(|api| api.pointer("/Properties/DefinitionBody"))
    else {
        return Ok(None);
    };
    let at = format!("Resources.{api}.Properties.DefinitionBody");
    let method = method.unwrap_or_default().to_lowercase();
    let Some(security) =
        definition.get("paths").and_then(|paths| paths.get(path)?.get(&method)?.get("security"))
    else {
        return Ok(None);
    };
    let security = document.resolve(security, &format!("{at}.paths.{path}.{method}.security"))?;
    let Some((name, scopes)) =
        security.pointer("/0").and_then(Value::as_object).and_then(|one| one.iter().next())
    else {
        return Ok(None);
    };
    let at = format!("{at}.components.securitySchemes.{name}");
    let scheme = definition.pointer("/components/securitySchemes").and_then(|all| all.get(name));
    let scheme = document.resolve(scheme.unwrap_or(&Value::Null), &at)?;
    let kind = scheme.pointer("/x-amazon-apigateway-authorizer/type").and_then(Value::as_str);
    let sign = scheme.get("x-amazon-apigateway-authtype").and_then(Value::as_str);
    match (kind, sign) {
        (Some("jwt"), None) => {
            let scopes = serde_json::from_value(scopes.clone())
                .map_err(|_| Fault::new(&at, "is asked for scopes that are no list of texts"))?;
            Ok(Some(Authorization::Token { scopes }))
        }
        (None, Some("awsSigv4")) => Ok(Some(Authorization::Signature)),
        _ => Err(Fault::new(at, "is neither a JWT authorizer nor awsSigv4")),
    }
}

fn authorization(document: &Document, event: &Value, at: &str) -> Result<Authorization, Fault> {
    let own = event.pointer("/Properties/Auth");
    let (api, api_at) = api_authorization(document, event);
    let named = own
        .and_then(|own| own.get("Authorizer"))
        .or_else(|| api.and_then(|api| api.get("DefaultAuthorizer")));
    let authorizer = match named {
        Some(name) => document.resolve(name, at)?,
        None => Value::Null,
    };
    let Some(authorizer) = authorizer.as_str().filter(|name| *name != "NONE") else {
        return Ok(Authorization::Open);
    };
    // The event's scopes stand in place of the authorizer's, not beside them.
    let scopes = own.and_then(|own| own.get("AuthorizationScopes")).or_else(|| {
        api.and_then(|api| api.get("Authorizers")?.get(authorizer)?.get("AuthorizationScopes"))
    });
    let scopes = match scopes {
        Some(scopes) => document.resolve(scopes, &format!("{api_at} or {at}.Auth"))?,
        None => Value::Array(Vec::new()),
    };
    let scopes = serde_json::from_value(scopes).map_err(|_| {
        Fault::new(format!("{at}.Auth.AuthorizationScopes"), "is not a list of texts")
    })?;
    Ok(Authorization::Token { scopes })
}

/// The `Auth` of the event's API: the one it names, or else the implicit one.
fn api_authorization<'d>(document: &'d Document, event: &Value) -> (Option<&'d Value>, String) {
    match event.pointer("/Properties/ApiId/Ref").and_then(Value::as_str) {
        Some(api) => {
            let resource = document.section("Resources").get(api);
            let auth = resource.and_then(|resource| resource.pointer("/Properties/Auth"));
            (auth, format!("Resources.{api}.Properties.Auth"))
        }
        None => {
            let globals = document.section("Globals").get("HttpApi");
            (globals.and_then(|globals| globals.get("Auth")), "Globals.HttpApi.Auth".to_owned())
        }
    }
}
