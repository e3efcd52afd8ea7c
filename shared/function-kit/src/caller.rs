//! Who calls, and what they may do, as API Gateway found out.
//!
//! A JWT's claims arrive as texts. A token with the claim `customers`, even an
//! empty one, is a self-service customer's and reaches these customers only, whatever
//! its scopes; a claim that cannot be read lets nobody in, rather than everybody. Only
//! a token with the operators' scope reaches every customer's invoices, and a token
//! with neither reaches nothing: what an issuer forgets opens no door.

use std::collections::BTreeSet;
use std::collections::HashMap;

use invoice::{Code, Problem, Reference, Scope};
use lambda_http::aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use lambda_http::request::RequestContext;
use store::writes::Requester;

use crate::configuration::TokenScopes;

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
    /// The scope by which a token has the permission.
    fn scope(self, scopes: &TokenScopes) -> &str {
        match self {
            Self::Read => &scopes.read,
            Self::Write => &scopes.write,
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
    /// The permissions that the caller lacks, each with the scope that would give it.
    lacks: Vec<(Permission, String)>,
}

impl Caller {
    /// The caller of a request; `scopes` are those that this stack's tokens have.
    ///
    /// # Errors
    /// `unauthenticated` without an authorizer that we know, `forbidden` when
    /// the claim `customers` cannot be read, or is missing in a token without the
    /// operators' scope.
    pub fn of(context: Option<&RequestContext>, scopes: &TokenScopes) -> Result<Self, Problem> {
        let authorizer = match context {
            Some(RequestContext::ApiGatewayV2(context)) => context.authorizer.as_ref(),
            _ => None,
        };
        let unknown = || Problem::new(Code::Unauthenticated, "the request carries no identity");
        let ApiGatewayRequestAuthorizer { jwt, iam, .. } = authorizer.ok_or_else(unknown)?;
        match (jwt, iam) {
            (Some(jwt), _) => Self::of_claims(&jwt.claims, scopes),
            (None, Some(iam)) => Ok(Self {
                kind: CallerKind::Iam,
                subject: iam.user_arn.clone().filter(|arn| !arn.is_empty()).ok_or_else(unknown)?,
                scope: Scope::All,
                lacks: Vec::new(),
            }),
            (None, None) => Err(unknown()),
        }
    }

    /// Whoever put an event on the bus: their account, which EventBridge sets, and
    /// the source they named, of those that IAM lets them name.
    pub fn of_event(account: &str, source: &str) -> Self {
        Self {
            kind: CallerKind::Event,
            subject: format!("{account}/{source}"),
            scope: Scope::All,
            lacks: Vec::new(),
        }
    }

    /// The caller, as records of writes name one.
    pub fn requester(&self) -> Requester<'_> {
        Requester {
            kind: self.kind.word(),
            subject: &self.subject,
            owner: self.owner(),
            scope: &self.scope,
            is_event: self.kind == CallerKind::Event,
        }
    }

    /// Who owns what the caller leaves behind, such as an idempotency key: the same in
    /// all of one caller's sessions. A role's session is named anew by every instance of
    /// a service that assumes the role, and a retry may come from another instance, so
    /// the role is the owner; anybody else is the subject.
    pub fn owner(&self) -> &str {
        match self.kind {
            CallerKind::Iam => without_session(&self.subject),
            CallerKind::Operator | CallerKind::Customer | CallerKind::Event => &self.subject,
        }
    }

    /// Whether the caller may.
    ///
    /// # Errors
    /// `forbidden`, naming the scope that is missing.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        match self.lacks.iter().find(|(lacking, _)| *lacking == permission) {
            None => Ok(()),
            Some((_, scope)) => {
                Err(Problem::new(Code::Forbidden, format!("the token lacks the scope `{scope}`")))
            }
        }
    }

    fn of_claims(claims: &HashMap<String, String>, scopes: &TokenScopes) -> Result<Self, Problem> {
        let granted = claims.get("scope").or_else(|| claims.get("scp"));
        let granted = items(granted.map_or("", String::as_str));
        let has = |scope: &str| granted.iter().any(|granted| granted == scope);
        // The narrower of the two wins: an issuer may grant its scopes to all alike.
        let (kind, scope) = match claims.get(CUSTOMERS) {
            Some(claim) => (CallerKind::Customer, Scope::Customers(customers(claim)?)),
            None if has(&scopes.operator) => (CallerKind::Operator, Scope::All),
            None => {
                let scope = &scopes.operator;
                let detail = format!(
                    "the token has neither the claim `{CUSTOMERS}` nor the scope `{scope}`: it reaches nobody's invoices"
                );
                return Err(Problem::new(Code::Forbidden, detail));
            }
        };
        let subject = claims.get("sub").or_else(|| claims.get("client_id"));
        Ok(Self {
            kind,
            subject: subject.cloned().unwrap_or_default(),
            scope,
            lacks: [Permission::Read, Permission::Write]
                .map(|permission| (permission, permission.scope(scopes)))
                .into_iter()
                .filter(|(_, scope)| !has(scope))
                .map(|(permission, scope)| (permission, scope.to_owned()))
                .collect(),
        })
    }
}

/// An assumed role's ARN without the session's name, which ends it:
/// `arn:aws:sts::111122223333:assumed-role/billing/i-0abc`. Neither a role's name nor a
/// session's holds a slash (aws R9), and a role's path is not in it. Users, federated
/// users and the root user have no session.
fn without_session(arn: &str) -> &str {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next(), parts.nth(2));
    let is_assumed = service == Some("sts")
        && resource.is_some_and(|resource| resource.starts_with("assumed-role/"));
    match arn.rsplit_once('/') {
        Some((role, _)) if is_assumed && role.contains('/') => role,
        _ => arn,
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
/// `[a b]` (aws R8); issuers that cannot send arrays send JSON as a text, or
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
        Caller::of(request.request_context_ref(), &TokenScopes::default())
    }

    fn with_claims(claims: &[(&str, &str)]) -> Result<Caller, Problem> {
        caller(Event::get("/invoices", "").claims(claims))
    }

    fn references(of: &[&str]) -> Scope {
        Scope::Customers(of.iter().map(|text| text.parse().unwrap()).collect())
    }

    #[test]
    fn a_token_with_the_operators_scope_is_an_operator() {
        let scopes = ("scope", "openid invoices/read invoices/all");
        let caller = with_claims(&[("sub", "ops"), scopes]).unwrap();
        assert_eq!((caller.kind, caller.scope.clone()), (CallerKind::Operator, Scope::All));
        assert_eq!(caller.subject, "ops");
        assert!(caller.require(Permission::Read).is_ok());
        let refused = caller.require(Permission::Write).unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        assert!(refused.detail.contains("`invoices/write`"));
    }

    #[test]
    fn scopes_may_be_an_array_and_have_another_name() {
        for scopes in [
            ("scope", "invoices/write invoices/all invoices/read"),
            ("scp", "[invoices/read invoices/write invoices/all]"),
            ("scp", "[\"invoices/read\",\"invoices/write\",\"invoices/all\"]"),
        ] {
            let caller = with_claims(&[scopes]).unwrap();
            for permission in [Permission::Read, Permission::Write] {
                assert!(caller.require(permission).is_ok(), "{scopes:?} {permission:?}");
            }
        }
        let near = with_claims(&[("scope", "invoices/readx invoices/all")]).unwrap();
        assert!(near.require(Permission::Read).is_err());
    }

    #[test]
    fn neither_customers_nor_the_operators_scope_is_nobody() {
        const BOTH: &str = "invoices/read invoices/write";
        for scopes in ["", BOTH, "invoices/allx", "invoices/read,invoices:al"] {
            let problem = with_claims(&[("sub", "x"), ("scope", scopes)]).unwrap_err();
            assert_eq!(problem.code, Code::Forbidden, "{scopes}");
            assert!(problem.detail.contains("`customers`"), "{}", problem.detail);
            assert!(problem.detail.contains("`invoices/all`"), "{}", problem.detail);
        }
        assert!(with_claims(&[]).is_err());
    }

    #[test]
    fn of_claim_and_operators_scope_the_narrower_wins() {
        for claim in ["[nue:a]", ""] {
            let scopes = ("scope", "invoices/read invoices/write invoices/all");
            let caller = with_claims(&[scopes, ("customers", claim)]).unwrap();
            assert_eq!(caller.kind, CallerKind::Customer, "{claim:?}");
            assert_ne!(caller.scope, Scope::All, "{claim:?}");
        }
    }

    #[test]
    fn a_stacks_own_scopes_take_the_place_of_the_usual_ones() {
        let scopes = TokenScopes {
            read: "https://bridge.example/read".to_owned(),
            write: "https://bridge.example/write".to_owned(),
            operator: "https://bridge.example/all".to_owned(),
        };
        let of = |granted: &str| {
            let claims = HashMap::from([("scope".to_owned(), granted.to_owned())]);
            Caller::of_claims(&claims, &scopes)
        };
        let own = of("https://bridge.example/all https://bridge.example/read").unwrap();
        assert_eq!((own.kind, own.scope.clone()), (CallerKind::Operator, Scope::All));
        assert!(own.require(Permission::Read).is_ok());
        let refused = own.require(Permission::Write).unwrap_err();
        assert!(refused.detail.contains("`https://bridge.example/write`"), "{}", refused.detail);
        assert!(of("invoices/all invoices/read invoices/write").is_err());
    }

    #[test]
    fn a_role_owns_what_its_sessions_leave_behind() {
        for (arn, owner) in [
            ("arn:aws:sts::1:assumed-role/billing/i-0abc", "arn:aws:sts::1:assumed-role/billing"),
            (
                "arn:aws-cn:sts::1:assumed-role/billing/a@b.c:d",
                "arn:aws-cn:sts::1:assumed-role/billing",
            ),
            ("arn:aws:sts::1:assumed-role/billing", "arn:aws:sts::1:assumed-role/billing"),
            ("arn:aws:iam::1:user/x", "arn:aws:iam::1:user/x"),
            ("arn:aws:iam::1:user/team/x", "arn:aws:iam::1:user/team/x"),
            ("arn:aws:iam::1:user/assumed-role/x", "arn:aws:iam::1:user/assumed-role/x"),
            ("arn:aws:sts::1:federated-user/ann/b", "arn:aws:sts::1:federated-user/ann/b"),
            ("arn:aws:iam::1:root", "arn:aws:iam::1:root"),
            ("billing/x", "billing/x"),
        ] {
            let caller = caller(Event::get("/invoices", "").iam(arn)).unwrap();
            assert_eq!((caller.owner(), caller.subject.as_str()), (owner, arn));
        }
        let event = Caller::of_event("1", "arn:aws:sts::1:assumed-role/billing/i-0abc");
        assert_eq!(event.owner(), event.subject, "an event's source is no session");
    }

    #[test]
    fn a_principal_without_a_name_is_nobody() {
        let problem = caller(Event::get("/invoices", "").iam("")).unwrap_err();
        assert_eq!(problem.code, Code::Unauthenticated);
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
            "lambda": {"customers": "", "scope": "invoices/read"}
        })));
        assert_eq!(problem.unwrap_err().code, Code::Unauthenticated);
    }
}
