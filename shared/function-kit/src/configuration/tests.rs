use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    Configuration::read(|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn little_need_be_said() {
    let read = read(&[("TABLE_NAME", "bridge"), ("CONNECTIONS", "nue, fusebill-eu")]).unwrap();
    let names: Vec<&str> = read.connections.iter().map(ConnectionName::as_str).collect();
    assert_eq!(names, ["nue", "fusebill-eu"]);
    assert_eq!(read.secret_prefix, "invoice-bridge/");
    assert_eq!(read.listing_ttl, Duration::from_secs(60));
    assert_eq!(read.listing_stale, Duration::from_secs(86_400));
    assert_eq!(read.unsettled, Duration::from_secs(60));
    assert_eq!(read.audit_retention, Duration::from_secs(365 * 86_400));
    assert_eq!((read.event_bus, read.log_level), (None, Level::INFO));
    assert_eq!(read.scopes, TokenScopes::default());
    assert_eq!(read.metrics_namespace, "InvoiceBridge");
}

#[test]
fn what_is_said_counts() {
    let read = read(&[
        ("TABLE_NAME", "bridge"),
        ("CONNECTIONS", "nue"),
        ("SECRET_PREFIX", "team/x-"),
        ("LISTING_TTL_SECONDS", "0"),
        ("LISTING_STALE_SECONDS", "0"),
        ("UNSETTLED_SECONDS", "900"),
        ("AUDIT_RETENTION_DAYS", "1"),
        ("EVENT_BUS_NAME", "bus"),
        ("LOG_LEVEL", "DEBUG"),
        ("READ_SCOPE", "https://bridge.example/read"),
        ("WRITE_SCOPE", "bridge/write"),
        ("OPERATOR_SCOPE", "all"),
        ("METRICS_NAMESPACE", "InvoiceBridge/billing-eu"),
    ])
    .unwrap();
    assert_eq!(read.secret_prefix, "team/x-");
    assert_eq!((read.listing_ttl, read.listing_stale), (Duration::ZERO, Duration::ZERO));
    assert_eq!(read.unsettled, Duration::from_secs(900));
    assert_eq!(read.audit_retention, Duration::from_secs(86_400));
    assert_eq!((read.event_bus.as_deref(), read.log_level), (Some("bus"), Level::DEBUG));
    assert_eq!(read.metrics_namespace, "InvoiceBridge/billing-eu");
    let TokenScopes { read, write, operator } = read.scopes;
    assert_eq!(
        (read.as_str(), write.as_str(), operator.as_str()),
        ("https://bridge.example/read", "bridge/write", "all")
    );
}

#[test]
fn every_bad_value_stands_in_one_line() {
    let line = read(&[
        ("TABLE_NAME", "a b"),
        ("CONNECTIONS", "nue,Nue,nue,"),
        ("SECRET_PREFIX", "a b/"),
        ("LISTING_TTL_SECONDS", "1m"),
        ("LISTING_STALE_SECONDS", "5"),
        ("UNSETTLED_SECONDS", "901"),
        ("AUDIT_RETENTION_DAYS", "0"),
        ("LOG_LEVEL", "lo\nud"),
        ("READ_SCOPE", "a b"),
        ("WRITE_SCOPE", "[a]"),
        ("OPERATOR_SCOPE", "a b"),
        ("METRICS_NAMESPACE", "AWS/Lambda"),
    ])
    .unwrap_err()
    .to_string();
    for part in [
        "TABLE_NAME must be 3 to 255",
        "CONNECTIONS: `Nue`: a connection's name is",
        "CONNECTIONS names `nue` twice",
        "CONNECTIONS: ``: a connection's name is",
        "SECRET_PREFIX must be",
        "LISTING_TTL_SECONDS must be a whole number from 0 to 604800, not `1m`",
        "LISTING_STALE_SECONDS must not be less",
        "UNSETTLED_SECONDS must be a whole number from 1 to 900, not `901`",
        "AUDIT_RETENTION_DAYS must be a whole number from 1 to 3650, not `0`",
        "LOG_LEVEL must be error, warn, info, debug or trace, not `lo\\nud`",
        "METRICS_NAMESPACE must be",
        "READ_SCOPE must be 1 to 128",
        "WRITE_SCOPE must be 1 to 128",
        "OPERATOR_SCOPE must be another than READ_SCOPE",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert_eq!(line.lines().count(), 1);
}

#[test]
fn nothing_and_not_set_are_the_same() {
    for variables in [&[][..], &[("TABLE_NAME", ""), ("CONNECTIONS", " ")]] {
        let error = read(variables).unwrap_err();
        assert_eq!(error.faults, ["TABLE_NAME is not set", "CONNECTIONS is not set"]);
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}

#[test]
fn there_are_fifty_connections_at_most() {
    let names = |count: usize| (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    let with = |count| read(&[("TABLE_NAME", "bridge"), ("CONNECTIONS", &names(count))]);
    assert_eq!(with(50).unwrap().connections.len(), 50);
    let fault = "CONNECTIONS has 51 names, and 50 are allowed: `c50` is the first beyond";
    assert_eq!(with(51).unwrap_err().faults, [fault]);
}
