//! Who calls, and what they may do, as API Gateway found out.
//!
//! A JWT's claims arrive as texts. A token with the claim `customers`, even an
//! empty one, is a self-service customer's and reaches these customers only; a
//! claim that cannot be read lets nobody in, rather than everybody.

use std::collections::BTreeSet;
use std::collections::HashMap;

use invoice::{Code, Problem, Reference, Scope};
use lambda_http::aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use lambda_http::request::RequestContext;

const CUSTOMERS: &str = "customers";

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See invoices.
    Read,
    /// Change invoices.
    Write,
}

impl Permission {
    /// Its name among a token's scopes.
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Read => "invoices:read",
            Self::Write => "invoices:write",
        }
    }
}

/// What kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// One of the company's own people or systems, by token.
    Operator,
    /// A self-service customer, by token.
    Customer,
    /// A principal of the AWS account; who may call is the API's policy.
    Iam,
    /// An event on the bus; who may put one there is the bus's policy.
    Event,
}

impl CallerKind {
    /// The word for logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Customer => "customer",
            Self::Iam => "iam",
            Self::Event => "event",
        }
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// What kind of caller.
    pub kind: CallerKind,
    /// The token's subject, or the principal's ARN.
    pub subject: String,
    /// Whose invoices they may see and touch.
    pub scope: Scope,
    permissions: Vec<Permission>,
}

impl Caller {
    /// The caller of a request.
    ///
    /// # Errors
    /// `unauthenticated` without an authorizer that we know, `forbidden` when
    /// the claim `customers` cannot be read.
    pub fn of(context: Option<&RequestContext>) -> Result<Self, Problem> {
        let authorizer = match context {
            Some(RequestContext::ApiGatewayV2(context)) => context.authorizer.as_ref(),
            _ => None,
        };
        let unknown = || Problem::new(Code::Unauthenticated, "the request carries no identity");
        let ApiGatewayRequestAuthorizer { jwt, iam, .. } = authorizer.ok_or_else(unknown)?;
        match (jwt, iam) {
            (Some(jwt), _) => Self::of_claims(&jwt.claims),
            (None, Some(iam)) => Ok(Self {
                kind: CallerKind::Iam,
                subject: iam.user_arn.clone().unwrap_or_default(),
                scope: Scope::All,
                permissions: vec![Permission::Read, Permission::Write],
            }),
            (None, None) => Err(unknown()),
        }
    }

    /// Whoever put an event on the bus, by the `source` it names.
    pub fn of_event(source: &str) -> Self {
        Self {
            kind: CallerKind::Event,
            subject: source.to_owned(),
            scope: Scope::All,
            permissions: vec![Permission::Read, Permission::Write],
        }
    }

    /// Whether the caller may.
    ///
    /// # Errors
    /// `forbidden`, naming the scope that is missing.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.permissions.contains(&permission) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            format!("the token lacks the scope `{}`", permission.scope()),
        ))
    }

    fn of_claims(claims: &HashMap<String, String>) -> Result<Self, Problem> {
        let scopes = claims.get("scope").or_else(|| claims.get("scp"));
        let scopes = items(scopes.map_or("", String::as_str));
        let (kind, scope) = match claims.get(CUSTOMERS) {
            None => (CallerKind::Operator, Scope::All),
            Some(claim) => (CallerKind::Customer, Scope::Customers(customers(claim)?)),
        };
        let subject = claims.get("sub").or_else(|| claims.get("client_id"));
        Ok(Self {
            kind,
            subject: subject.cloned().unwrap_or_default(),
            scope,
            permissions: [Permission::Read, Permission::Write]
                .into_iter()
                .filter(|permission| scopes.iter().any(|scope| scope == permission.scope()))
                .collect(),
        })
    }
}

/// What is no reference would have to be left out, and the caller would see
/// less than they should, or more: neither is ours to choose.
fn customers(claim: &str) -> Result<BTreeSet<Reference>, Problem> {
    let references: Result<BTreeSet<Reference>, _> =
        items(claim).iter().map(|item| item.parse()).collect();
    references.map_err(|why| {
        Problem::new(
            Code::Forbidden,
            format!("the token's claim `{CUSTOMERS}` cannot be read: {why}"),
        )
    })
}

/// The items of a claim that is a list. API Gateway writes an array as
/// `[a b]` [client]; issuers that cannot send arrays send JSON as a text, or
/// words with spaces or commas between.
fn items(claim: &str) -> Vec<String> {
    let claim = claim.trim();
    if let Ok(items) = invoice::json::read(claim) {
        return items;
    }
    let bare = claim.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(claim);
    bare.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Event;

    fn caller(event: Event) -> Result<Caller, Problem> {
        use lambda_http::RequestExt;
        let request = event.request();
        Caller::of(request.request_context_ref())
    }

    fn with_claims(claims: &[(&str, &str)]) -> Result<Caller, Problem> {
        caller(Event::get("/invoices", "").claims(claims))
    }

    fn references(of: &[&str]) -> Scope {
        Scope::Customers(of.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn a_token_without_customers_is_an_operator() {
        let caller = with_claims(&[("sub", "ops"), ("scope", "openid invoices:read")]).unwrap();
        assert_eq!((caller.kind, caller.scope.clone()), (CallerKind::Operator, Scope::All));
        assert_eq!(caller.subject, "ops");
        assert!(caller.require(Permission::Read).is_ok());
        let refused = caller.require(Permission::Write).unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        assert!(refused.detail.contains("`invoices:write`"));
    }

    #[test]
    fn scopes_may_be_an_array_and_have_another_name() {
        for scopes in [
            ("scope", "invoices:write invoices:read"),
            ("scp", "[invoices:read invoices:write]"),
            ("scp", "[\"invoices:read\",\"invoices:write\"]"),
        ] {
            let caller = with_claims(&[scopes]).unwrap();
            for permission in [Permission::Read, Permission::Write] {
                assert!(caller.require(permission).is_ok(), "{scopes:?} {permission:?}");
            }
        }
        let near = with_claims(&[("scope", "invoices:readx")]).unwrap();
        assert!(near.require(Permission::Read).is_err());
    }

    #[test]
    fn a_token_with_customers_reaches_these_only() {
        for claim in [
            "[nue:a fusebill:b]",
            "[\"nue:a\", \"fusebill:b\"]",
            "nue:a,fusebill:b",
            "nue:a fusebill:b",
            " nue:a , fusebill:b ",
        ] {
            let caller = with_claims(&[("customers", claim)]).unwrap();
            assert_eq!(caller.kind, CallerKind::Customer, "{claim}");
            assert_eq!(caller.scope, references(&["nue:a", "fusebill:b"]), "{claim}");
        }
    }

    #[test]
    fn no_customers_is_nobody_rather_than_everybody() {
        for claim in ["", " ", "[]", "[ ]"] {
            let caller = with_claims(&[("customers", claim)]).unwrap();
            assert_eq!(caller.scope, references(&[]), "{claim:?}");
        }
    }

    #[test]
    fn a_claim_that_cannot_be_read_lets_nobody_in() {
        for claim in [
            "*",
            "all",
            "null",
            "[nue:a b]",
            "nue:a,Fusebill:b",
            "[nue:a",
            "nue:",
            "[\"nue:a\", 5]",
            "{\"nue\": \"a\"}",
        ] {
            let problem = with_claims(&[("customers", claim)]).unwrap_err();
            assert_eq!(problem.code, Code::Forbidden, "{claim}");
        }
    }

    #[test]
    fn a_principal_of_the_account_may_do_what_the_policy_lets_through() {
        let caller = caller(Event::get("/invoices", "").iam("arn:aws:iam::1:user/x")).unwrap();
        assert_eq!((caller.kind, caller.scope.clone()), (CallerKind::Iam, Scope::All));
        assert!(caller.require(Permission::Write).is_ok());
        assert_eq!(caller.subject, "arn:aws:iam::1:user/x");
    }

    #[test]
    fn without_an_authorizer_nobody_calls() {
        let problem = caller(Event::get("/invoices", "").open()).unwrap_err();
        assert_eq!(problem.code, Code::Unauthenticated);
        let problem = caller(Event::get("/invoices", "").authorizer(serde_json::json!({
            "lambda": {"customers": "", "scope": "invoices:read"}
        })));
        assert_eq!(problem.unwrap_err().code, Code::Unauthenticated);
    }
}
