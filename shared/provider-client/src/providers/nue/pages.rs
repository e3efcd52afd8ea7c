//! What the pages of both editions at `GET /invoices` hold, and how large they
//! are: `page` from 1, `limit`, and `pagination.total` (nue R13).

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::ProviderError;
use crate::account::Account;
use crate::numbered::Envelope;

/// The default page, and the largest (nue R13).
pub(in crate::providers) const DEFAULT: u64 = 100;
pub(in crate::providers) const LARGEST: u64 = 500;

/// An answer: its rows bare, or as `data` (nue R16) with what it announces.
#[derive(Debug)]
pub(in crate::providers) struct Listed<'a> {
    pub(in crate::providers) rows: Vec<&'a RawValue>,
    pub(in crate::providers) total: Option<u64>,
}

impl<'a> Listed<'a> {
    /// Reads the body of an answer.
    pub(in crate::providers) fn read(
        account: &Account,
        operation: &'static str,
        body: &'a [u8],
    ) -> Result<Self, ProviderError> {
        #[derive(Deserialize)]
        struct Answer<'a> {
            #[serde(borrow)]
            data: Vec<&'a RawValue>,
            #[serde(borrow)]
            pagination: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Pagination {
            total: u64,
        }
        let whole: &RawValue = account.json(operation, body)?;
        if whole.get().starts_with('[') {
            let rows = account.json(operation, whole.get().as_bytes())?;
            return Ok(Self { rows, total: None });
        }
        let Answer { data, pagination } = account.json(operation, whole.get().as_bytes())?;
        let pagination = pagination.and_then(|text| invoice::json::read(text.get()).ok());
        Ok(Self { rows: data, total: pagination.map(|Pagination { total }| total) })
    }

    /// What it says of its page.
    pub(in crate::providers) fn envelope(&self) -> Envelope {
        let rows = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        Envelope { rows, total: self.total, next: None }
    }
}
