//! Pages: where one begins, what it holds, and where reading goes on.

use invoice::{Invoice, Position, Reference};
use serde::{Deserialize, Serialize};

use crate::ProviderError;

/// Where in a part to begin: `skip` invoices after the beginning of the page
/// that `token` names, or of the part. Providers that count leave the token out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The provider's own name of a page.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Invoices to pass over from there.
    #[serde(rename = "s", default)]
    pub skip: u64,
}

impl Start {
    /// The invoice at this place of the part, from 0.
    pub fn at(skip: u64) -> Self {
        Self { token: None, skip }
    }

    /// Whether this is the beginning of the part.
    pub fn is_beginning(&self) -> bool {
        self.token.is_none() && self.skip == 0
    }

    /// The start this many invoices further back; the beginning of the part where that
    /// is not within what the token names.
    #[must_use]
    pub fn before(&self, invoices: u64) -> Self {
        match self.skip.checked_sub(invoices) {
            Some(skip) => Self { token: self.token.clone(), skip },
            // As far as the token reaches, where it can be gone back at all.
            None if self.token.is_some() && self.skip > 0 => {
                Self { token: self.token.clone(), skip: 0 }
            }
            None => Self::default(),
        }
    }

    /// The start this many invoices further on.
    #[must_use]
    pub fn after(&self, invoices: u64) -> Self {
        Self { token: self.token.clone(), skip: self.skip.saturating_add(invoices) }
    }
}

/// One page of a part.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Page {
    /// The page's invoices, from the asked start on, in the provider's order.
    pub invoices: Vec<Invoice>,
    /// Where reading goes on, in order: the pages after this one as far as they
    /// are named, at least the next. A page that is shorter than asked ends
    /// nothing by itself: none only where the provider says that this page is the
    /// last, or where it is empty.
    pub following: Vec<Start>,
    /// Whether the provider itself says that there is more after this page (a
    /// total, a link, a header), rather than that it is only asked for.
    #[serde(default)]
    pub announces_more: bool,
    /// Invoices in the whole part, where the provider says and this page does not
    /// contradict it.
    pub total: Option<u64>,
    /// What stands right before the page, where the answer that brought it shows that.
    #[serde(default, skip_serializing_if = "Before::is_unknown")]
    pub before: Before,
    /// Rows of it that no invoice could be made of, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// The stretch of the order that the page covers, where it was read by keys. Such a
    /// page may be empty and lead on, and a repeated invoice has moved: neither ends a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stretch: Option<Stretch>,
}

/// What stands right before a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Before {
    /// The answer does not show it.
    #[default]
    Unknown,
    /// This invoice.
    Invoice(Reference),
    /// Nothing: the part does not reach as far as the page.
    Nothing,
}

impl Before {
    /// What stands before a page whose answer holds `overlap` rows that are before it, which
    /// are those of `rows`.
    pub(crate) fn shown(overlap: usize, rows: Page) -> Self {
        match (overlap, rows.invoices.last(), rows.left_out.as_slice()) {
            (0, _, _) | (_, None, [_, ..]) => Self::Unknown,
            (_, Some(last), _) => Self::Invoice(last.id.clone()),
            (_, None, []) => Self::Nothing,
        }
    }

    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// The stretch of an order that a page covers. Without an order both ends are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The place that the page begins behind: whatever stands up to there is not in it.
    pub behind: Option<Position>,
    /// The place that was read up to: whatever stands in between, and is not in the page,
    /// does not answer.
    pub up_to: Option<Position>,
    /// The token of each row: a page that begins there begins right behind the row.
    #[serde(default)]
    pub tokens: Vec<String>,
}

impl Stretch {
    /// Where a page begins with the row at `place` of a page that was read from `start`.
    pub fn start(&self, start: &Start, place: u64) -> Start {
        let before = place.checked_sub(1).and_then(|before| usize::try_from(before).ok());
        match before.and_then(|before| self.tokens.get(before)) {
            Some(token) => Start { token: Some(token.clone()), skip: 0 },
            None => start.after(place),
        }
    }
}

/// A row of a page that is not among the invoices: one bad row spoils neither
/// its page nor its connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The row's place: how many of its page's rows come before it.
    pub place: u64,
    /// Why it is left out: our words, and nothing of what stands in it.
    pub reason: String,
}

/// A row of a page, and where it stands.
#[derive(Debug)]
pub struct Placed {
    /// The place of the row in its part.
    pub at: Start,
    /// The row; one that is left out stands at that place, and is 0 rows behind it.
    pub row: Result<Invoice, LeftOut>,
}

impl Page {
    /// The page of these rows: those that `read` cannot read are left out. Only
    /// rows may be read so; an envelope that cannot be read fails the page.
    pub(crate) fn of_rows<R>(
        rows: impl IntoIterator<Item = R>,
        mut read: impl FnMut(R) -> Result<Invoice, ProviderError>,
    ) -> Self {
        let mut page = Self::default();
        for (place, row) in (0..).zip(rows) {
            match read(row) {
                Ok(invoice) => page.invoices.push(invoice),
                Err(error) => page.left_out.push(LeftOut { place, reason: error.detail }),
            }
        }
        page
    }

    /// The page with these rows for its own: as [`Page::of_rows`].
    pub(crate) fn with_rows<R>(
        self,
        rows: impl IntoIterator<Item = R>,
        read: impl FnMut(R) -> Result<Invoice, ProviderError>,
    ) -> Self {
        let Self { invoices, left_out, .. } = Self::of_rows(rows, read);
        Self { invoices, left_out, ..self }
    }

    /// The page's rows, and where each stands; the page was read from `start`.
    pub fn placed(mut self, start: &Start) -> Vec<Placed> {
        let stretch = self.stretch.take();
        let at = |place| match &stretch {
            Some(stretch) => stretch.start(start, place),
            None => start.after(place),
        };
        let row = |row: Result<_, LeftOut>| row.map_err(|row| LeftOut { place: 0, ..row });
        (0_u64..)
            .zip(self.rows())
            .map(|(place, it)| Placed { at: at(place), row: row(it) })
            .collect()
    }

    /// The page's rows in the provider's order, those that are left out among
    /// them: a row's place is counted in rows, whatever could be read of them.
    pub fn rows(self) -> impl Iterator<Item = Result<Invoice, LeftOut>> {
        let mut left_out = self.left_out.into_iter().peekable();
        let mut invoices = self.invoices.into_iter();
        (0_u64..).map_while(move |place| match left_out.next_if(|row| row.place <= place) {
            Some(row) => Some(Err(row)),
            None => invoices.next().map(Ok).or_else(|| left_out.next().map(Err)),
        })
    }
}
