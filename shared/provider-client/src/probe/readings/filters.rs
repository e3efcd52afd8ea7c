//! Readings of how listings are narrowed.

use super::*;

impl Account<'_> {
    pub(super) fn known_customers(&self, count: usize) -> BTreeSet<String> {
        let ids =
            self.invoices.iter().filter_map(|one| Some(one.customer.id.as_ref()?.id().to_owned()));
        let mut customers = BTreeSet::new();
        for id in ids {
            if customers.len() < count {
                customers.insert(id);
            }
        }
        customers
    }

    pub(super) async fn customers(&self, count: usize) -> Found {
        let customers = self.known_customers(count);
        if customers.len() < count {
            return not_seen(format!("its first invoices name fewer than {count} customers"));
        }
        let asked = Question { customers: Some(customers.clone()), ..question(Reading::Whole) };
        let read = self.read(&asked).await?;
        let of = |one: &Invoice| one.customer.id.as_ref().map(|id| id.id().to_owned());
        let strangers = read
            .page
            .invoices
            .iter()
            .filter(|one| of(one).is_none_or(|id| !customers.contains(&id)));
        let strangers = strangers.count() + read.page.left_out.len();
        if strangers > 0 {
            return broken(format!(
                "asked for {count} customers, it sends {strangers} rows that are not theirs"
            ));
        }
        let met: BTreeSet<String> = read.page.invoices.iter().filter_map(of).collect();
        if met.is_empty() {
            return broken("asked for customers that have invoices, it sends none");
        }
        let is_whole = read.page.following.is_empty() && count > 1;
        match is_whole && met.len() < count {
            true => broken(format!(
                "asked for {count} customers, it sends the invoices of {}",
                met.len()
            )),
            false => Ok(Finding::Holds),
        }
    }

    pub(super) async fn unknown_customer(&self, id: &str) -> Found {
        let customers = Some(BTreeSet::from([id.to_owned()]));
        let asked = Question { customers, ..question(Reading::Few(FEW)) };
        match self.read(&asked).await?.page.invoices.len() {
            0 => Ok(Finding::Holds),
            count => broken(format!("of a customer that there is not, it lists {count} invoices")),
        }
    }

    pub(super) async fn one_day(&self) -> Found {
        let dated = self.invoices.iter().find_map(|one| Some((one, one.dates.invoice?)));
        let Some((known, day)) = dated else {
            return not_seen("none of its first invoices has a date");
        };
        let range = Range { lower: Bound::Included(day), upper: Bound::Included(day) };
        let filter = Filter { invoice_date: range, ..Filter::default() };
        let customers = known.customer.id.as_ref().map(|id| BTreeSet::from([id.id().to_owned()]));
        let read = self.read(&Question { filter, customers, ..question(Reading::Whole) }).await?;
        if !read.by_provider.contains(&Parameter::InvoiceDate) {
            return not_seen("the day is not asked for");
        }
        let is_met = read.page.invoices.iter().any(|one| one.id == known.id);
        let others = read.page.invoices.iter().filter(|one| one.dates.invoice != Some(day)).count();
        match (is_met || !read.page.following.is_empty(), others) {
            (true, 0) => Ok(Finding::Holds),
            (false, _) => broken(format!("asked for {day}, it leaves out an invoice of that day")),
            (_, others) => {
                broken(format!("asked for {day}, it sends {others} invoices of other days"))
            }
        }
    }

    pub(super) async fn amounts_from_one_on(&self) -> Found {
        let mut totals: Vec<_> = self
            .invoices
            .iter()
            .filter_map(|one| one.amounts.total.as_ref())
            .map(|total| total.value())
            .collect();
        totals.sort_unstable();
        let Some(middle) = totals.get(totals.len() / 2).copied() else {
            return not_seen("none of its first invoices has a total");
        };
        let range = Range { lower: Bound::Included(middle), upper: Bound::Unbounded };
        let filter = Filter { amount: range, ..Filter::default() };
        let read = self.read(&Question { filter, ..question(Reading::Whole) }).await?;
        if !read.by_provider.contains(&Parameter::Amount) {
            return not_seen("the amount is not asked for");
        }
        let smaller =
            read.page.invoices.iter().filter(|one| {
                one.amounts.total.as_ref().is_none_or(|total| total.value() < middle)
            });
        match (read.page.invoices.len(), smaller.count()) {
            (0, _) => {
                broken(format!("asked for amounts from {middle} on, it sends none, and has some"))
            }
            (_, 0) => Ok(Finding::Holds),
            (_, smaller) => broken(format!(
                "asked for amounts from {middle} on, it sends {smaller} that are smaller"
            )),
        }
    }
}
