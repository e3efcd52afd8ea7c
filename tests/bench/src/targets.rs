//! What is measured.

use std::error::Error;
use std::sync::Arc;

use sandbox::ProviderKind;
use serde_json::json;

use crate::building::Binaries;
use crate::event::Call;
use crate::tls::Certificate;
use crate::world::{Target, WEBHOOK_TOKEN, World, header};

/// The provider that listings are read from. The mapping of the others is
/// measured by itself: `cargo bench -p bench`.
const PROVIDER: ProviderKind = ProviderKind::Nue;
/// Invoices it has.
const STORED: usize = 2_000;
/// Invoices of a listing.
const LISTED: &str = "limit=50";

const GZIP: (&str, &str) = ("accept-encoding", "gzip");
/// A page of a listing.
pub const LIST: Call<'_> = Call {
    method: "GET",
    route: "/invoices",
    parameters: &[],
    query: LISTED,
    headers: &[GZIP],
    body: None,
};

/// All targets; what they need to be kept is kept.
///
/// # Errors
/// When a function does not answer as it should.
pub fn targets(
    certificate: &Certificate,
    binaries: &Binaries,
) -> Result<Vec<Target>, Box<dyn Error>> {
    let world = || World::new(certificate, PROVIDER, STORED).map(Arc::new);
    let mut targets = references(&world()?);
    targets.extend(listings(&world()?, binaries)?);
    targets.push(miss("list, miss", &world()?));
    // Nothing is kept of the listing: it is answered out of the copy, without the provider.
    let copied = World::with_copy(certificate, PROVIDER, STORED)?;
    targets.push(miss("list, of a copy", &Arc::new(copied)));
    targets.extend(others(&world()?)?);
    Ok(targets)
}

fn references(world: &Arc<World>) -> Vec<Target> {
    world.put("small", "about as much as a product has to say of itself");
    // As much as the listing of fifty that is kept, which is base64 in the
    // table's answer.
    world.put("large", &"0123456789abcdef".repeat(550));
    let item = |name: &str, binary: &'static str, id: &str| {
        let parameters = &[("id", id)];
        let call = Call { route: "/items/{id}", parameters, query: "", headers: &[], ..LIST };
        Target::new(name, binary, world, &call)
    };
    vec![
        item("hello", "hello", "small"),
        item("get-item", "get-item", "small"),
        item("get-item, 9 KB", "get-item", "large"),
    ]
}

/// A listing that nothing is kept of.
pub fn miss(name: &str, world: &Arc<World>) -> Target {
    let target = Target::new(name, "list", world, &LIST);
    target.before(|world| world.table.forget("listing#"))
}

/// A listing that is kept, in each of its forms.
fn listings(world: &Arc<World>, binaries: &Binaries) -> Result<Vec<Target>, Box<dyn Error>> {
    let kept = miss("what is kept", world).run_for(binaries, 1)?;
    let tag = header(&kept, "etag").ok_or("a listing without a tag")?;
    let known = [GZIP, ("if-none-match", tag.as_str())];
    Ok(vec![
        Target::new("list, hit", "list", world, &LIST),
        Target::new("list, hit, 304", "list", world, &Call { headers: &known, ..LIST })
            .expecting(304),
        Target::new("list, hit, not gzip", "list", world, &Call { headers: &[], ..LIST }),
    ])
}

fn others(world: &Arc<World>) -> Result<Vec<Target>, Box<dyn Error>> {
    let connection = world.provider.connection();
    let draft = world.provider.ids("status", "Draft").pop().ok_or("no draft to activate")?;
    let draft = format!("{connection}:{draft}");
    let parameters = &[("id", draft.as_str())];
    let get = Call { route: "/invoices/{id}", parameters, query: "", ..LIST };
    let activate = Call {
        method: "POST",
        route: "/invoices/{id}/activate",
        parameters,
        query: "",
        body: Some("{}"),
        ..LIST
    };
    let told = json!({"event": "invoice.activated", "data": {"invoice": {"id": draft}}});
    let webhook = Call {
        method: "POST",
        route: "/webhooks/{connection}/{token}",
        parameters: &[("connection", connection), ("token", WEBHOOK_TOKEN)],
        query: "",
        headers: &[],
        body: Some(&told.to_string()),
    };
    Ok(vec![
        Target::new("get", "get", world, &get),
        Target::new("activate", "activate", world, &activate),
        Target::new("webhook", "webhook", world, &webhook),
    ])
}
