//! Reading at the provider what writes of ours came to, where the copy may not show it.

use engine::Connection;
use jiff::Timestamp;
use provider_client::provider::{Provider, View};
use provider_client::{Deadline, ErrorKind};

use super::{ASKED_AT_ONCE, PAGE, Run};
use crate::error::CopyError;
use crate::open_writes::OpenWrite;
use crate::row::Cause;
use crate::store::{Observation, Observed};

impl Run<'_> {
    /// Reads the invoices of the writes that were left open, and forgets those whose invoices the copy
    /// shows then. What cannot be read now is left for the next time.
    pub(super) async fn catch_up(&self) -> Result<(), CopyError> {
        let Connection { name, provider } = self.connection;
        let Ok(provider) = provider else { return Ok(()) };
        let writes = self.left_open(Timestamp::now()).await?;
        if writes.is_empty() {
            return Ok(());
        }
        tracing::warn!(connection = %name, writes = writes.len(), "writes were not in the copy, and are read now");
        for some in writes.chunks(ASKED_AT_ONCE) {
            if self.is_over() {
                return Ok(());
            }
            self.read_written(provider.as_ref(), some).await?;
        }
        Ok(())
    }

    /// The open writes of the connection whose processes were over at that moment.
    pub(super) async fn left_open(&self, at: Timestamp) -> Result<Vec<OpenWrite>, CopyError> {
        let writes = self.store.open_writes(&self.connection.name).await?;
        Ok(writes.into_iter().filter(|write| write.is_over(at)).collect())
    }

    async fn read_written(
        &self,
        provider: &dyn Provider,
        writes: &[OpenWrite],
    ) -> Result<(), CopyError> {
        let name = &self.connection.name;
        let asked_at = Timestamp::now();
        let ids: Vec<&str> = writes.iter().map(|write| write.invoice.id()).collect();
        let within = Deadline::after(PAGE.min(self.deadline.left()));
        let read = provider.get_many(&ids, &View::default(), within).await;
        let (mut news, mut shown) = (Vec::new(), Vec::new());
        for (write, read) in writes.iter().zip(read) {
            let mut see =
                |observed| news.push(Observation { observed, asked_at, cause: Cause::Bridge });
            match read {
                Ok(now) => {
                    if now.id != write.invoice {
                        see(Observed::Gone(write.invoice.clone()));
                    }
                    see(Observed::There(Box::new(now)));
                    shown.push(write);
                }
                Err(error)
                    if matches!(error.kind, ErrorKind::NotFound | ErrorKind::OtherInvoice) =>
                {
                    see(Observed::Gone(write.invoice.clone()));
                    // It may be there under another id, which only a walk finds.
                    if write.deletes {
                        shown.push(write);
                    }
                }
                Err(_) => {}
            }
        }
        let outcome = self.store.observe(name, news, self.retention).await?;
        if outcome.is_any() {
            (self.moved)().await;
        }
        for write in shown {
            self.store.forget_write(write).await?;
        }
        Ok(())
    }
}
