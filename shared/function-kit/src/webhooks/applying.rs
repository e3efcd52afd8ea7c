//! What a webhook leads to, once it was proved: nothing of it is believed but which
//! invoices it names. Duplicates and any order do no harm, since all that is told is
//! read from the provider now.

use copies::{Cause, Observation, Observed};
use futures::stream::{self, StreamExt};
use invoice::{Code, ConnectionName, Invoice, Reference, Scope};
use jiff::Timestamp;
use provider_client::provider::View;
use provider_client::{Deadline, ErrorKind, Provider};
use store::table::TableError;
use tracing::{error, info, warn};

use super::WebhookMessage;
use super::pacing::Pacing;
use crate::entry::Message;
use crate::events::{self, BUDGET, Event};
use crate::writing::WriteApp;
use crate::writing::noticed::{Settling, settle_unknown};

/// Whose outbox the events of this function wait in.
const FUNCTION: &str = "webhook-on-message";
/// Invoices of one message that are read at the same time.
const SIDE_BY_SIDE: usize = 4;

/// An invoice that a webhook names, as its provider has it now.
enum Reading {
    Now(Box<Invoice>),
    /// It is not there, as the webhook says.
    Gone(Reference),
    /// It is not there, or cannot be asked for: nobody can tell what was meant.
    Nothing,
    /// The provider cannot be asked now.
    Later,
}

/// Deals with one message; whether it is done with. What is not comes again, until it is
/// a dead letter.
pub async fn apply(app: &WriteApp, message: Message<'_>) -> bool {
    let Some(webhook) = WebhookMessage::read(message.body) else {
        error!("a message is none of a webhook");
        return false;
    };
    let (id, deadline) = (message.delivery.message_id, message.delivery.deadline);
    let wanted = [webhook.connection.clone()];
    // Whatever settling reads later than what is read here has to be in the copy, too.
    let opened = app.open(&Scope::All, Some(&wanted), deadline).await;
    let opened = opened.into_iter().find(|connection| connection.name == webhook.connection);
    let provider = match opened.map(|connection| connection.provider) {
        Some(Ok(provider)) => Some(provider),
        Some(Err(problem)) if problem.code == Code::ConnectionClosed => return true,
        Some(Err(problem)) => {
            warn!(connection = %webhook.connection, code = problem.code.word(), "a webhook's connection cannot be opened");
            None
        }
        // It was taken out of the owner's connections since.
        None => return true,
    };
    let asked_at = Timestamp::now();
    let readings = match &provider {
        Some(provider) => read(provider.as_ref(), &webhook, deadline).await,
        None => vec![Reading::Later],
    };
    // Before listings are told, and before anything is told to the world.
    if !freshen(app, &webhook.connection, asked_at, &readings).await {
        return false;
    }
    let applied = match invalidate(app, &webhook).await {
        Ok(()) => match &provider {
            Some(provider) => tell(app, provider.as_ref(), (id, deadline), &readings).await,
            None => Ok(false),
        },
        Err(error) => Err(error),
    };
    match applied {
        Ok(is_settled) => {
            let is_read = !readings.iter().any(|reading| matches!(reading, Reading::Later));
            info!(connection = %webhook.connection, invoices = readings.len(), done = is_read && is_settled, "webhook");
            is_read && is_settled
        }
        Err(error) => {
            warn!(connection = %webhook.connection, %error, "a webhook comes again: the table is out of reach");
            false
        }
    }
}

async fn read(
    provider: &dyn Provider,
    webhook: &WebhookMessage,
    deadline: Deadline,
) -> Vec<Reading> {
    let reading = webhook.invoices().map(|invoice| {
        let is_gone = webhook.gone.contains(invoice.id());
        async move {
            match provider.get(invoice.id(), &View::default(), deadline).await {
                Ok(now) => Reading::Now(Box::new(now)),
                Err(error) if error.kind == ErrorKind::NotFound && is_gone => Reading::Gone(invoice),
                Err(error) if error.kind.is_outage() => Reading::Later,
                Err(error) => {
                    let connection = invoice.connection();
                    info!(%connection, kind = ?error.kind, "a webhook names an invoice that cannot be read");
                    Reading::Nothing
                }
            }
        }
    });
    let reading: Vec<_> = reading.collect();
    stream::iter(reading).buffered(SIDE_BY_SIDE).collect().await
}

/// Brings the copy of the connection up to date, where one is kept. Returns whether it is.
async fn freshen(
    app: &WriteApp,
    connection: &ConnectionName,
    asked_at: Timestamp,
    readings: &[Reading],
) -> bool {
    let Some(copies) = app.copies.as_ref().filter(|copies| copies.has(connection)) else {
        return true;
    };
    let observed = readings.iter().filter_map(|reading| match reading {
        Reading::Now(invoice) => Some(Observed::There(invoice.clone())),
        Reading::Gone(invoice) => Some(Observed::Gone(invoice.clone())),
        Reading::Nothing | Reading::Later => None,
    });
    let seen = observed.map(|observed| Observation { observed, asked_at, cause: Cause::Provider });
    match copies.store.observe(connection, seen.collect(), copies.retention).await {
        Ok(_) => true,
        Err(error) => {
            warn!(%connection, %error, "a webhook comes again: the copy is out of reach");
            false
        }
    }
}

/// Has listings of the connection read anew: also where nothing could be read, since
/// something has changed.
async fn invalidate(app: &WriteApp, webhook: &WebhookMessage) -> Result<(), TableError> {
    Pacing::after_reading(app.table(), webhook).await?.invalidate().await
}

/// Settles what was left unknown, and tells the news. Returns whether nothing is left to
/// look at again.
async fn tell(
    app: &WriteApp,
    provider: &dyn Provider,
    (id, deadline): (&str, Deadline),
    readings: &[Reading],
) -> Result<bool, TableError> {
    let (mut news, mut settled, mut is_done) = (Vec::new(), Vec::new(), true);
    for reading in readings {
        let invoice = match reading {
            Reading::Now(invoice) => &invoice.id,
            Reading::Gone(invoice) => invoice,
            Reading::Nothing | Reading::Later => continue,
        };
        match settle_unknown(app, provider, invoice, (id, deadline)).await? {
            Settling::Nothing => {}
            Settling::Later => is_done = false,
            Settling::Settled(write) => settled.push(write),
        }
        news.extend(match reading {
            Reading::Now(invoice) => events::changed(invoice, id),
            _ => events::gone(invoice, id),
        });
    }
    news.extend(settled.iter_mut().flat_map(|write| std::mem::take(&mut write.news)));
    publish(app, news).await;
    for write in settled {
        write.end().await?;
    }
    Ok(is_done)
}

async fn publish(app: &WriteApp, news: Vec<Event>) {
    if let Some(publisher) = app.news.publisher(FUNCTION) {
        publisher.publish(news, BUDGET).await;
    }
}
