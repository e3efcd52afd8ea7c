//! The trace that a request belongs to: what its caller says of it, or X-Ray.

use std::sync::Arc;

use provider_client::provider_calls::ProviderCalls;

/// The W3C's header (Trace Context, 3.2).
pub(crate) const TRACEPARENT: &str = "traceparent";

/// The provider_calls of a request: in its caller's trace, or in X-Ray's.
pub(crate) fn provider_calls(traceparent: Option<&str>, x_ray: Option<&str>) -> Arc<ProviderCalls> {
    let derived = || x_ray.and_then(derived);
    let traceparent = traceparent.map(str::to_owned).or_else(derived);
    Arc::new(ProviderCalls::new(traceparent.as_deref()))
}

/// The trace's id, of X-Ray's header (`Root=1-..;Parent=..;Sampled=1`).
pub(crate) fn root(x_ray: &str) -> Option<&str> {
    field(x_ray, "Root")
}

/// X-Ray's trace in the W3C's form: its id without the marks, as AWS and
/// OpenTelemetry turn one into the other (aws R19).
fn derived(x_ray: &str) -> Option<String> {
    let trace = root(x_ray)?.strip_prefix("1-")?.replace('-', "");
    let parent = field(x_ray, "Parent")?;
    let sampled = if field(x_ray, "Sampled") == Some("1") { "01" } else { "00" };
    Some(format!("00-{trace}-{parent}-{sampled}"))
}

fn field<'a>(x_ray: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = x_ray.split(';').filter_map(|field| field.trim().split_once('='));
    fields.find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_rays_trace_is_sent_on_in_the_form_that_others_read() {
        let x_ray = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        let sent = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";
        assert_eq!(derived(x_ray).as_deref(), Some(sent));
        assert_eq!(root(x_ray), Some("1-5759e988-bd862e3fe1be46a994272793"));
        for none in ["", "Root=1-5759e988-bd862e3fe1be46a994272793", "Self=1-2-3;Parent=4"] {
            assert_eq!(derived(none), None, "{none}");
        }
    }
}
