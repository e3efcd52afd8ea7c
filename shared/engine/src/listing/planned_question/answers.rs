//! Whether what comes answers the question, and is of the customers asked for.

use invoice::{Invoice, Match, Parameter};
use provider_client::provider::{LeftOut, Page};
use provider_client::{ErrorKind, ProviderError};

use super::PlannedQuestion;

impl PlannedQuestion {
    /// The page without the invoices of other customers than were asked for,
    /// such as those of a customer who was merged into another: each is left out
    /// by itself.
    ///
    /// # Errors
    /// `BadResponse`, when no invoice of the page is of the customers asked for:
    /// the provider does not look at them.
    pub(super) fn of_customers(&self, page: Page) -> Result<Page, ProviderError> {
        if !self.plan.by_provider.contains(&Parameter::CustomerIds)
            || page.invoices.iter().all(|invoice| self.is_of_customers_asked(invoice))
        {
            return Ok(page);
        }
        if !page.invoices.iter().any(|invoice| self.is_of_customers_asked(invoice)) {
            return Err(self.contradicted(Parameter::CustomerIds));
        }
        let Page { invoices, left_out, .. } = page;
        let rows = Page { invoices, left_out, ..Page::default() }.rows();
        let mut kept = Page { invoices: Vec::new(), left_out: Vec::new(), ..page };
        for (place, row) in (0..).zip(rows) {
            match row {
                Ok(invoice) if self.is_of_customers_asked(&invoice) => kept.invoices.push(invoice),
                Ok(_) => {
                    let reason =
                        "an invoice of its answer is another customer's than was asked for";
                    kept.left_out.push(LeftOut { place, reason: reason.to_owned() });
                }
                Err(row) => kept.left_out.push(row),
            }
        }
        Ok(kept)
    }

    fn is_of_customers_asked(&self, invoice: &Invoice) -> bool {
        let id = invoice.customer.id.as_ref();
        self.question
            .customers
            .as_ref()
            .is_none_or(|wanted| id.is_some_and(|id| wanted.contains(id.id())))
    }

    /// Whether `invoice` answers the question. Where the provider applied a
    /// filter its answer stands, unless the invoice plainly contradicts it.
    ///
    /// # Errors
    /// `BadResponse`, when the provider returned what was not asked for: it
    /// does not filter as we were told, and no list of it could be trusted.
    pub fn admits(&self, invoice: &Invoice) -> Result<bool, ProviderError> {
        let mut admitted = self.is_of_customer(invoice)?;
        for (parameter, trusted) in &self.judged {
            let hidden = *parameter == Parameter::Search && !self.shows_comments;
            let seen = hidden.then(|| Invoice { comments: Vec::new(), ..invoice.clone() });
            let seen = seen.as_ref().unwrap_or(invoice);
            match self.question.filter.matches(*parameter, seen) {
                Match::Pass => {}
                Match::Indeterminate if *trusted => {}
                // The provider's search looks where it likes.
                Match::Fail if *trusted && *parameter == Parameter::Search => {}
                Match::Fail if *trusted => return Err(self.contradicted(*parameter)),
                Match::Fail | Match::Indeterminate => admitted = false,
            }
        }
        Ok(admitted)
    }

    fn is_of_customer(&self, invoice: &Invoice) -> Result<bool, ProviderError> {
        let of = self.is_of_customers_asked(invoice);
        if !of && self.plan.by_provider.contains(&Parameter::CustomerIds) {
            return Err(self.contradicted(Parameter::CustomerIds));
        }
        Ok(of)
    }

    /// Whether not all that its provider returns answers.
    pub fn picks_out(&self) -> bool {
        let narrows_customers = self.question.customers.is_some()
            && !self.plan.by_provider.contains(&Parameter::CustomerIds);
        narrows_customers || self.judged.iter().any(|(_, trusted)| !trusted)
    }

    fn contradicted(&self, parameter: Parameter) -> ProviderError {
        self.error(
            ErrorKind::BadResponse,
            format!(
                "it was asked for `{}` and returned an invoice that does not answer it",
                parameter.word()
            ),
        )
    }
}
