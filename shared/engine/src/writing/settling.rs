//! What has become of what an earlier try sent: settled by reading alone.

use futures::future::join_all;
use invoice::{Code, Problem, Reference};
use provider_client::ProviderError;
use provider_client::provider::{After, View};

use super::batch::Batch;
use super::ledger::{Sent, Superseded};
use super::outcome::{Done, applied, rejected, unclear, untold};

impl Batch<'_> {
    /// What has become of each; none of what is certain to have come to nothing,
    /// with nobody in between: that may be sent again.
    pub(super) async fn settle(&self, sent: Vec<Sent>) -> Vec<(Reference, Option<Done>)> {
        let settling = sent.into_iter().map(|sent| async move {
            let settled = match &sent.superseded {
                Some(superseded) => Some(self.settle_superseded(&sent, superseded).await),
                None => self.settle_by_reading(&sent).await,
            };
            (sent.before.id, settled)
        });
        join_all(settling).await
    }

    async fn settle_by_reading(&self, sent: &Sent) -> Option<Done> {
        let capabilities = self.provider.capabilities();
        let before = sent.before.invoice(capabilities.provider, capabilities.direction);
        let after = self.after(std::slice::from_ref(&before), sent.since).await;
        let id = &before.id;
        let unclear_for = Some(sent.unclear_for);
        match after.into_iter().next()? {
            Ok(After::Done(now)) => Some(applied(id, now.map(|now| *now))),
            Err(error) => Some(unclear(id, Some(&error), unclear_for, None)),
            Ok(After::NotDone(now)) if !sent.unclear_for.is_zero() => {
                Some(unclear(id, None, unclear_for, Some(*now)))
            }
            Ok(After::Unclear) if !sent.unclear_for.is_zero() => {
                Some(unclear(id, None, unclear_for, None))
            }
            Ok(After::NotDone(now)) if self.is_as_it_was(sent, &now) => None,
            Ok(After::NotDone(now)) => Some(untold(id, CHANGED, Some(*now))),
            Ok(After::Unclear) => Some(untold(id, CHANGED, None)),
        }
    }

    /// Whether sending again would undo what others have done since. A state is
    /// the same whoever leads to it; fields are not.
    fn is_as_it_was(&self, sent: &Sent, now: &invoice::Invoice) -> bool {
        match self.write {
            invoice::Write::Update(_) => sent.before.is_unchanged_in(now),
            _ => true,
        }
    }

    /// Another write has been sent since, after the time of this one was up. How
    /// the invoice stood just before that is the witness; what it shows now is
    /// told beside it. Nothing is sent again: it would undo the other's.
    async fn settle_superseded(&self, sent: &Sent, superseded: &Superseded) -> Done {
        let id = &sent.before.id;
        let read = self.provider.get(id.id(), &View::default(), self.asked.deadline).await;
        let now = read.ok();
        match superseded.before.as_ref().and_then(|then| then.shows(self.write, &sent.before)) {
            Some(true) => applied(id, now),
            Some(false) => {
                let detail = "this write came to nothing, and another has been sent for the invoice since: this one is not sent again; read the invoice, and ask anew if it is still wanted";
                rejected(id, Problem::new(Code::StateConflict, detail), now)
            }
            None => untold(id, OVERTAKEN, now),
        }
    }

    pub(super) async fn after(
        &self,
        before: &[invoice::Invoice],
        since: jiff::Timestamp,
    ) -> Vec<Result<After, ProviderError>> {
        self.provider.after(self.write, before, since, self.asked.deadline).await
    }
}

const CHANGED: &str = "the write was sent, and the invoice has been changed otherwise since: whether it was done cannot be told any more, and it is not sent again; read the invoice";
const OVERTAKEN: &str = "the write was sent, and another has been sent for the invoice since: whether this one was done cannot be told any more, and it is not sent again; read the invoice";
