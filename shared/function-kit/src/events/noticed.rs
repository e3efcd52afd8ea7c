//! What is told of an invoice whose provider has told of it.

use invoice::{Invoice, Reference};

use super::{Data, Event, Header, SOURCE};

/// The invoice was made or changed at its provider, and reads as it does now. `webhook`
/// names the message that told of it: told twice, it has the same id both times.
pub fn changed(invoice: &Invoice, webhook: &str) -> Option<Event> {
    let data = Data { id: &invoice.id, new_id: None, status: Some(invoice.status) };
    let names = ("Invoice Changed", "com.invoice-bridge.invoice.changed");
    told(&invoice.id, names, webhook, data)
}

/// The invoice was taken away at its provider, which says so and does not have it.
pub fn gone(invoice: &Reference, webhook: &str) -> Option<Event> {
    let data = Data { id: invoice, new_id: None, status: None };
    let names = ("Invoice Deleted", "com.invoice-bridge.invoice.deleted");
    told(invoice, names, webhook, data)
}

fn told(
    invoice: &Reference,
    (detail_type, kind): (&'static str, &'static str),
    webhook: &str,
    data: Data<'_>,
) -> Option<Event> {
    let (id, name) = (format!("{webhook}:{invoice}"), invoice.to_string());
    let source = format!("/{SOURCE}/{}", invoice.connection());
    Event::new(Header { detail_type, kind, id: &id, source, subject: &name }, data)
}
