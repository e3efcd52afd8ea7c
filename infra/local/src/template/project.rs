//! What the project's own template has to hold: routes, parameters, environment.

mod console;
mod operating;
mod permissions;
mod samples;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use function_kit::Environment;
use function_kit::configuration::Configuration;
use function_kit::webhooks::Receiver;
use regex_lite::Regex;
use serde_json::{Value, json};

use super::{Authorization, Document, Stack};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

type ByName<T> = BTreeMap<String, T>;

/// The template, its parameters given these values.
fn template(parameters: &[(&str, &str)]) -> Document {
    let parameters = parameters.iter().map(|(key, value)| ((*key).into(), (*value).into()));
    Document::parse(TEMPLATE, parameters.collect()).unwrap()
}

fn stack(parameters: &[(&str, &str)]) -> Stack {
    Stack::read(&template(parameters)).unwrap()
}

/// A file or folder of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}

/// Who calls these has no token: their function proves each call, or refuses it.
const OPEN: [&str; 2] = ["POST /webhooks/{connection}", "POST /webhooks/{connection}/{token}"];

/// The routes that have an authorizer.
fn guarded(parameters: &[(&str, &str)]) -> Vec<super::Route> {
    let is_guarded = |route: &super::Route| route.authorization != Authorization::Open;
    stack(parameters).routes.into_iter().filter(is_guarded).collect()
}

#[test]
fn no_route_is_open_but_those_of_webhooks_in_either_mode() {
    for parameters in [&[][..], &[("AuthMode", "IAM")]] {
        let routes = stack(parameters).routes.into_iter();
        let open = routes.filter(|route| route.authorization == Authorization::Open);
        let open: BTreeSet<(String, String)> =
            open.map(|route| (route.key(), route.function)).collect();
        let named = OPEN.map(|key| (key.to_owned(), "WebhookFunction".to_owned()));
        assert_eq!(open, named.into());
    }
}

/// A storm of webhooks, which anybody may send, takes nothing of what the API may take.
/// A route with limits of its own takes nothing from those of the others (aws R28).
#[test]
fn routes_of_webhooks_have_a_throttle_of_their_own() {
    let document = template(&[]);
    let api = &document.section("Resources")["Api"]["Properties"];
    let limits = |settings: &Value| {
        ["ThrottlingRateLimit", "ThrottlingBurstLimit"].map(|name| settings[name]["Ref"].clone())
    };
    let all = limits(&api["DefaultRouteSettings"]);
    assert_eq!(all, ["RequestsPerSecond", "RequestBurst"]);
    let apart: BTreeSet<&str> =
        api["RouteSettings"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(apart, OPEN.into());
    for (key, settings) in api["RouteSettings"].as_object().unwrap() {
        assert_eq!(limits(settings), ["WebhooksPerSecond", "WebhookBurst"], "{key}");
        assert_eq!(settings["DetailedMetricsEnabled"], true, "{key}");
    }
}

#[test]
fn each_guarded_route_asks_for_what_its_method_does() {
    let routes = guarded(&[]);
    assert!(routes.iter().any(|route| route.key() == "GET /invoices"));
    for route in &routes {
        let scope = if reads(route) { "invoices/read" } else { "invoices/write" };
        let expected = Authorization::Token { scopes: vec![scope.to_owned()] };
        assert_eq!(route.authorization, expected, "{}", route.key());
    }
    let named = [("ReadScope", "bridge/read"), ("WriteScope", "bridge/write")];
    for route in guarded(&named) {
        let scope = if reads(&route) { "bridge/read" } else { "bridge/write" };
        let expected = Authorization::Token { scopes: vec![scope.to_owned()] };
        assert_eq!(route.authorization, expected, "{}", route.key());
    }
    for route in guarded(&[("AuthMode", "IAM")]) {
        assert_eq!(route.authorization, Authorization::Signature, "{}", route.key());
    }
}

fn reads(route: &super::Route) -> bool {
    matches!(route.method.as_deref(), Some("GET" | "HEAD"))
}

/// API Gateway has no route for HEAD where there is one for GET.
#[test]
fn there_is_a_head_wherever_there_is_a_get() {
    let routes = stack(&[]).routes;
    let of = |method: &str| -> BTreeSet<(String, String)> {
        let of = routes.iter().filter(|route| route.method.as_deref() == Some(method));
        of.map(|route| (route.path.clone(), route.function.clone())).collect()
    };
    assert!(!of("GET").is_empty());
    assert_eq!(of("HEAD"), of("GET"));
}

/// A caller without a token, on this machine, is an operator whatever scopes are called.
#[test]
fn the_local_operator_has_the_scopes_that_the_template_names() {
    assert_eq!(stack(&[]).operator_scope(), "invoices/all invoices/read invoices/write");
    let named = [("ReadScope", "r"), ("WriteScope", "w"), ("OperatorScope", "a")];
    assert_eq!(stack(&named).operator_scope(), "a r w");
}

#[test]
fn pages_may_call_only_where_they_are_allowed() {
    assert_eq!(stack(&[]).cors, None);
    let cors = stack(&[("AllowedOrigins", "https://a.example,http://localhost:3000")]).cors;
    let cors = cors.unwrap();
    assert_eq!(cors.origins, ["https://a.example", "http://localhost:3000"]);
    let methods: BTreeSet<String> =
        stack(&[]).routes.into_iter().filter_map(|route| route.method).collect();
    assert_eq!(cors.methods.into_iter().collect::<BTreeSet<_>>(), methods);
    assert!(cors.max_age.is_some_and(|seconds| seconds > 0));
    let document = template(&[]);
    let pattern = pattern(&document.section("Parameters")["AllowedOrigins"]).unwrap();
    for (origins, taken) in [
        ("", true),
        ("https://portal.example.com", true),
        ("https://a.example,http://localhost:3000", true),
        ("*", false),
        ("https://*", false),
        ("portal.example.com", false),
        ("https://a.example/", false),
        ("https://a.example, https://b.example", false),
        ("null", false),
    ] {
        assert_eq!(pattern.is_match(origins), taken, "{origins:?}");
    }
}

/// The headers that the document has, in one place or another, are those that a page may
/// send, and may read.
#[test]
fn a_page_may_send_and_read_what_the_document_has() {
    let document = std::fs::read_to_string(repository("infra/openapi.yaml")).unwrap();
    let document: Value = yaml_serde::from_str(&document).unwrap();
    let cors = stack(&[("AllowedOrigins", "https://a.example")]).cors.unwrap();
    let lower = |names: Vec<String>| -> BTreeSet<String> {
        names.into_iter().map(|name| name.to_ascii_lowercase()).collect()
    };
    let parameters = document["components"]["parameters"].as_object().unwrap().values();
    let sent = parameters.filter(|one| one["in"] == "header");
    let mut sent = lower(sent.map(|one| one["name"].as_str().unwrap().to_owned()).collect());
    // A body has a type and a caller a token, or a signature.
    for name in ["content-type", "authorization", "x-amz-date", "x-amz-security-token"] {
        sent.insert(name.to_owned());
    }
    assert_eq!(lower(cors.headers), sent);
    let mut told = BTreeSet::new();
    headers_of_answers(&document, &mut told);
    // Those that every page may read, and those that speak of the transfer or to who
    // writes the caller's program.
    for name in ["cache-control", "vary", "content-encoding", "accept", "accept-encoding"] {
        told.remove(name);
    }
    assert_eq!(lower(cors.exposed), told);
}

fn headers_of_answers(at: &Value, told: &mut BTreeSet<String>) {
    match at {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_object().filter(|_| name == "headers") {
                    // Components are named otherwise than what they describe.
                    Some(headers) if !headers.contains_key("XRequestId") => {
                        told.extend(headers.keys().map(|name| name.to_ascii_lowercase()));
                    }
                    _ => headers_of_answers(member, told),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| headers_of_answers(item, told)),
        _ => {}
    }
}

#[test]
fn the_api_names_the_functions_routes_and_no_others() {
    let document = template(&[]);
    let api = &document.section("Resources")["Api"]["Properties"]["DefinitionBody"];
    let paths = api["paths"].as_object().unwrap();
    let named: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let routes: BTreeSet<String> =
        console::with_console().routes.iter().map(super::Route::key).collect();
    assert_eq!(named, routes);
}

#[test]
fn tokens_without_an_issuer_or_an_audience_are_not_deployed() {
    let faults = |parameters: &[(&str, &str)]| {
        let document = template(parameters);
        let holds = |test: &Value| document.holds(test.as_object().unwrap(), "Rules").unwrap();
        let mut faults = Vec::new();
        for rule in document.section("Rules").values() {
            let assertions = rule["Assertions"].as_array().unwrap();
            let failing = assertions.iter().filter(|one| !holds(&one["Assert"]));
            if rule.get("RuleCondition").is_none_or(holds) {
                faults.extend(
                    failing.map(|one| one["AssertDescription"].as_str().unwrap().to_owned()),
                );
            }
        }
        faults.iter().map(|fault| fault.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let issuer = ("JwtIssuer", "https://login.example.com/");
    let audience = ("JwtAudience", "invoices");
    assert_eq!(faults(&[]), ["JwtIssuer", "JwtAudience"]);
    assert_eq!(faults(&[issuer]), ["JwtAudience"]);
    assert_eq!(faults(&[audience]), ["JwtIssuer"]);
    assert_eq!(faults(&[issuer, audience]), Vec::<String>::new());
    assert_eq!(faults(&[("AuthMode", "IAM")]), Vec::<String>::new());
    for scope in ["invoices/read", "invoices/write"] {
        assert_eq!(faults(&[issuer, audience, ("OperatorScope", scope)]), ["OperatorScope"]);
    }
}

/// Variables that Lambda itself sets.
const LAMBDAS_OWN: [&str; 2] = ["AWS_", "_X_AMZN_"];

#[test]
fn the_functions_read_the_variables_that_the_template_sets_and_no_others() {
    for function in stack(&[]).functions {
        let asked = RefCell::new(BTreeSet::new());
        let lookup = |name: &str| {
            asked.borrow_mut().insert(name.to_owned());
            let own = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
            let own = own.contains(&name).then(|| "set".to_owned());
            own.or_else(|| function.environment.get(name).cloned())
        };
        // The one that nobody vouches for has no more in its hands than it needs.
        let fault = match function.binary.as_str() {
            "webhook" => Receiver::of_environment(lookup).err().map(|error| error.to_string()),
            _ => Environment::read(lookup).err().map(|error| error.to_string()),
        };
        assert_eq!(fault, None, "{}", function.name);
        let asked = asked.into_inner().into_iter();
        let asked: BTreeSet<String> =
            asked.filter(|name| !LAMBDAS_OWN.iter().any(|own| name.starts_with(own))).collect();
        let set: BTreeSet<String> = function.environment.keys().cloned().collect();
        assert_eq!(asked, set, "{}", function.name);
    }
}

/// The variables that are a parameter as it is, with the parameter's declaration.
fn passed_on(document: &Document) -> Vec<(&str, &Value)> {
    let variables = &document.section("Globals")["Function"]["Environment"]["Variables"];
    let variables = variables.as_object().unwrap().iter();
    variables
        .filter_map(|(name, value)| {
            let parameter = value.get("Ref")?.as_str()?;
            Some((name.as_str(), document.section("Parameters").get(parameter)?))
        })
        .collect()
}

/// What the functions have against a variable's value.
fn fault_of(variable: &str, value: &str) -> Option<String> {
    let read = Configuration::read(|name| match name {
        _ if name == variable => Some(value.to_owned()),
        "TABLE_NAME" => Some("table".to_owned()),
        "CONNECTIONS" => Some("nue".to_owned()),
        // Neither of the two is held to the other here.
        "LISTING_TTL_SECONDS" => Some("0".to_owned()),
        "LISTING_STALE_SECONDS" => Some("604800".to_owned()),
        _ => None,
    });
    read.err().map(|error| error.to_string())
}

#[test]
fn a_numbers_range_is_what_the_functions_take() {
    let document = template(&[]);
    let mut seen = 0;
    for (variable, parameter) in passed_on(&document) {
        let (Some(least), Some(most)) =
            (parameter["MinValue"].as_u64(), parameter["MaxValue"].as_u64())
        else {
            assert_ne!(parameter["Type"], "Number", "{variable} has no range");
            continue;
        };
        seen += 1;
        for within in [least, most] {
            assert_eq!(fault_of(variable, &within.to_string()), None, "{variable}");
        }
        for beyond in [i128::from(least) - 1, i128::from(most) + 1] {
            assert!(fault_of(variable, &beyond.to_string()).is_some(), "{variable} {beyond}");
        }
    }
    assert_eq!(seen, 5);
}

/// A parameter's pattern, as CloudFormation applies it: to the whole value.
fn pattern(parameter: &Value) -> Option<Regex> {
    let pattern = parameter.get("AllowedPattern")?.as_str().unwrap();
    Some(Regex::new(&format!("^(?:{pattern})$")).unwrap())
}

#[test]
fn a_texts_pattern_takes_what_the_functions_take() {
    let document = template(&[]);
    let many =
        |count: usize| (0..count).map(|number| format!("c{number}")).collect::<Vec<_>>().join(",");
    let names = [
        "nue",
        "a",
        "fusebill-eu",
        "n1,n2",
        "9nue",
        "-nue",
        "nue-",
        "Nue",
        "n_e",
        "",
        ",",
        "nue,",
        "a,,b",
        "a b",
    ];
    let mut names: Vec<String> = names.map(str::to_owned).to_vec();
    names.extend(["a".repeat(40), "a".repeat(41), many(50), many(51)]);
    let prefixes = ["invoice-bridge/", "a.b+c=d@e_f/", "a b", "a*", "ä"].map(str::to_owned);
    let scopes = ["a", "bridge/read", "https://b.example/x.y~z", "a b", "a,b", "[a]", "a\"", "ä"];
    let mut scopes = scopes.map(str::to_owned).to_vec();
    scopes.extend(["s".repeat(128), "s".repeat(129)]);
    let mut seen = 0;
    for (variable, parameter) in passed_on(&document) {
        let values = match variable {
            "READ_SCOPE" | "WRITE_SCOPE" | "OPERATOR_SCOPE" => scopes.as_slice(),
            "CONNECTIONS" => names.as_slice(),
            "SECRET_PREFIX" => prefixes.as_slice(),
            _ => continue,
        };
        seen += 1;
        let pattern = pattern(parameter).unwrap();
        for value in values {
            let taken = fault_of(variable, value).is_none();
            assert_eq!(pattern.is_match(value), taken, "{variable} {value:?}");
        }
    }
    assert_eq!(seen, 5);
    let longest = document.section("Parameters")["SecretPrefix"]["MaxLength"].as_u64().unwrap();
    let longest = usize::try_from(longest).unwrap();
    assert_eq!(fault_of("SECRET_PREFIX", &"p".repeat(longest)), None);
    assert!(fault_of("SECRET_PREFIX", &"p".repeat(longest + 1)).is_some());
}

#[test]
fn every_parameter_is_described_and_has_a_default_that_it_takes() {
    for (name, parameter) in template(&[]).section("Parameters") {
        assert!(parameter["Description"].is_string(), "{name}");
        let default = &parameter["Default"];
        if let Some(pattern) = pattern(parameter) {
            assert!(pattern.is_match(default.as_str().unwrap()), "{name}");
            assert!(parameter["ConstraintDescription"].is_string(), "{name}");
        }
        if let Some(values) = parameter["AllowedValues"].as_array() {
            assert!(values.contains(default), "{name}");
        }
    }
}

#[test]
fn a_function_answers_before_the_gateway_gives_up() {
    let stack = stack(&[]);
    for route in &stack.routes {
        let function = stack.functions.iter().find(|one| one.name == route.function).unwrap();
        assert!(function.timeout.as_secs() < 30, "{}", function.name);
    }
}

#[test]
fn a_queue_hides_messages_six_times_as_long_as_its_function_may_take() {
    let stack = stack(&[]);
    assert!(!stack.messaging.mappings.is_empty());
    for mapping in &stack.messaging.mappings {
        let queue = stack.messaging.queues.iter().find(|queue| queue.arn == mapping.queue);
        let function = stack.functions.iter().find(|one| one.name == mapping.function).unwrap();
        assert_eq!(queue.unwrap().visibility_timeout, function.timeout * 6);
    }
}

/// The events that the rule for requests takes: accounts and sources.
fn taken(parameters: &[(&str, &str)]) -> (Value, Value) {
    let rules = stack(parameters).messaging.rules;
    let requested = rules.iter().find(|rule| rule.name == "InvoiceActivationRequested").unwrap();
    assert_eq!(requested.pattern["detail-type"], json!(["Invoice Activation Requested"]));
    (requested.pattern["account"].clone(), requested.pattern["source"].clone())
}

#[test]
fn events_are_taken_of_those_whom_the_owner_names() {
    let own = json!(["000000000000"]);
    assert_eq!(taken(&[]), (own.clone(), json!(["invoice-bridge.schedule"])));
    let named = [("ActivationEventSources", "finance,erp.month-end")];
    let sources = json!(["invoice-bridge.schedule", "finance", "erp.month-end"]);
    assert_eq!(taken(&named), (own.clone(), sources));
    let account = [("ActivationEventAccount", "123456789012")];
    assert_eq!(taken(&account).0, json!(["123456789012"]));
    // What hands work on is the function's own, whoever else may ask.
    let rules = stack(&[named[0], account[0]]).messaging.rules;
    let continued = rules.iter().find(|rule| rule.name == "InvoiceActivationContinued").unwrap();
    assert_eq!(
        continued.pattern,
        json!({"account": own, "source": ["invoice-bridge"], "detail-type": ["Invoice Activation Continued"]})
    );
}

#[test]
fn what_events_came_to_is_kept_as_long_as_they_can_come_back() {
    let queues = stack(&[]).messaging.queues;
    assert_eq!(queues.len(), 6);
    for queue in queues {
        assert!(queue.retention <= store::writes::QUEUES_KEEP, "{}", queue.name);
        if let Some(redrive) = queue.redrive {
            assert_eq!(redrive.max_receives, activate::work::MAX_RECEIVES);
        }
    }
}

/// The table of copies is the one that the tests of copies have, and is there on demand.
#[test]
fn a_table_of_copies_is_there_where_connections_are_synced() {
    let copies = |parameters: &[(&str, &str)]| {
        let tables = stack(parameters).tables.into_iter();
        tables.map(|table| table.create).find(|create| create["LocalSecondaryIndexes"].is_array())
    };
    assert_eq!(copies(&[]), None);
    let synced = [("SyncedConnections", "nue,eu")];
    assert_eq!(copies(&synced), Some(copies::testing::definition("InvoiceCopies")));
    let stack = stack(&synced);
    let [schedule] = &stack.messaging.schedules[..] else { panic!("one schedule") };
    assert_eq!(schedule.expression, "rate(15 minutes)");
    let detail: Value = serde_json::from_str(&schedule.detail).unwrap();
    assert_eq!(detail, json!({"connections": ["nue", "eu"]}));
    for function in stack.functions {
        assert_eq!(function.environment["COPIES_TABLE_NAME"], "InvoiceCopies", "{}", function.name);
    }
}

#[test]
fn the_schedule_asks_for_the_drafts_of_its_connections() {
    assert_eq!(stack(&[]).messaging.schedules, [], "no schedule unless one is asked for");
    let scheduled = |connections: (&str, &str)| {
        let stack = stack(&[("ActivationSchedule", "cron(0 6 1 * ? *)"), connections]);
        let [schedule] = &stack.messaging.schedules[..] else { panic!("one schedule") };
        assert_eq!(schedule.detail_type, "Invoice Activation Requested");
        assert_eq!(schedule.bus, stack.messaging.rules[0].bus);
        serde_json::from_str::<Value>(&schedule.detail).unwrap()
    };
    let detail =
        |connections: Value| json!({"filter": {"status": ["draft"], "connection": connections}});
    assert_eq!(scheduled(("Connections", "nue,eu")), detail(json!(["nue", "eu"])));
    let some = ("ActivationScheduleConnections", "a,b,c");
    assert_eq!(scheduled(some), detail(json!(["a", "b", "c"])));
}
