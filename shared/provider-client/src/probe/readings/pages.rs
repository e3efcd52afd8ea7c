//! Readings of how listings are paged and ordered.

use super::*;

impl Account<'_> {
    pub(super) async fn sorted(&self, key: SortKey) -> Found {
        let mut distinct = 0;
        for descending in [false, true] {
            let sort = Sort { key, descending };
            let asked = Question { sort: Some(sort), ..question(Reading::Few(100)) };
            let read = self.read(&asked).await?;
            if read.part.is_none_or(|part| part.order == PartOrder::Own) {
                return not_seen("the order is not asked for");
            }
            let positions: Vec<_> =
                read.page.invoices.iter().map(|one| sort.position(one)).collect();
            for (before, after) in positions.iter().zip(positions.iter().skip(1)) {
                // Equals may come in any order: their references are not compared.
                match sort.cmp_values(before.value.as_ref(), after.value.as_ref()) {
                    std::cmp::Ordering::Greater => {
                        return broken(format!(
                            "asked to sort by {}, it lists {} before {}",
                            sort.canonical(),
                            before.reference,
                            after.reference
                        ));
                    }
                    std::cmp::Ordering::Less => distinct += 1,
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
        if distinct == 0 { not_seen("no two invoices differ in it") } else { Ok(Finding::Holds) }
    }

    /// Whether the account has refused anything: what else rests on that is not asked then.
    pub(super) fn has_dropped(&self) -> bool {
        self.provider.assumptions().is_some_and(|seen| seen.dropped() > 0)
    }

    pub(super) async fn few(&self) -> Found {
        let page = self.read(&question(Reading::Few(FEW))).await?.page;
        match (page.invoices.len(), page.following.is_empty()) {
            (count, _) if count > NO_PAGE && self.has_dropped() => not_seen(DROPPED),
            (count, _) if count > NO_PAGE => {
                broken(format!("asked for {FEW} invoices, it sends {count}"))
            }
            (_, false) => Ok(Finding::Holds),
            (_, true) => not_seen("all of its invoices fit on one page"),
        }
    }

    pub(super) async fn large(&self, plain: usize) -> Found {
        let asked = question(Reading::Whole);
        let read = self.read(&asked).await?;
        let count = read.page.invoices.len() + read.page.left_out.len();
        if count > plain {
            return Ok(Finding::Holds);
        }
        // Short is not the end: whether a page follows is seen there.
        let follows = match (&read.part, read.page.following.first()) {
            (Some(part), Some(start)) => !self.page(&asked, part, start).await?.invoices.is_empty(),
            _ => false,
        };
        match follows {
            false => not_seen(format!("it has no more than {plain} invoices to list")),
            true if self.has_dropped() => not_seen(DROPPED),
            true => broken(format!("its pages hold {count}, whatever is asked")),
        }
    }

    pub(super) async fn next_page(&self) -> Found {
        let asked = question(Reading::Few(FEW));
        let read = self.read(&asked).await?;
        let (Some(part), Some(start)) = (read.part, read.page.following.first()) else {
            return not_seen("all of its invoices fit on one page");
        };
        let next = self.page(&asked, &part, start).await?;
        let first: BTreeSet<&str> = read.page.invoices.iter().map(|one| one.id.id()).collect();
        let again = next.invoices.iter().filter(|one| first.contains(one.id.id())).count();
        match (next.invoices.len(), again) {
            (0, _) if read.page.announces_more => broken("it announces a page and has none"),
            (0, _) => not_seen("all of its invoices fit on one page"),
            // One may have moved over the edge of the page since.
            (_, again) if again > 1 => {
                broken(format!("its second page repeats {again} invoices of the first"))
            }
            _ => Ok(Finding::Holds),
        }
    }

    /// The customers of the account's first invoices.
    pub(super) async fn behind(&self, start: fn(&Invoice) -> Option<Start>) -> Found {
        let asked = question(Reading::Few(FEW));
        let read = self.read(&asked).await?;
        let start = read.page.invoices.first().and_then(start);
        let (Some(part), Some(start)) = (read.part, start) else {
            return not_seen("none of its first invoices tells when it came to be");
        };
        let page = self.page(&asked, &part, &start).await?;
        Ok(self.some(&page.invoices))
    }

    pub(super) async fn past_the_end(&self) -> Found {
        let asked = question(Reading::Few(FEW));
        let Some(part) = self.read(&asked).await?.part else {
            return not_seen("the account shows no invoice");
        };
        match self.page(&asked, &part, &Start::at(PAST_THE_END)).await?.invoices.len() {
            0 => Ok(Finding::Holds),
            count => broken(format!("far past its end, it lists {count} invoices")),
        }
    }
}
