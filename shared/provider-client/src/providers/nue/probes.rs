//! The readings that show what is assumed of Nue.

use invoice::{Include, SortKey};

use crate::probe::{By, Probe};

/// The table, with a probe for each of these fields: a listing asks for all of them, and a
/// field that `Invoice` lacks is refused by its name.
macro_rules! table {
    ($($field:literal)*) => {
        /// All probes, by the names of the assumptions.
        pub(super) const ALL: &[Probe] = &[
            Probe { assumption: "variables", by: By::Answer },
            Probe { assumption: "order_by", by: By::Sorted(SortKey::InvoiceDate) },
            Probe { assumption: "limit", by: By::FewInvoices },
            Probe { assumption: "offset", by: By::NextPage },
            Probe { assumption: "limit of 500", by: By::LargePage(100) },
            Probe { assumption: "_in", by: By::TwoCustomers },
            Probe { assumption: "amounts as texts", by: By::FromAmount },
            $(Probe { assumption: concat!("Invoice.", $field), by: By::Answer },)*
            Probe { assumption: "data", by: By::With(Include::Orders) },
            Probe { assumption: "answers to writes", by: By::NoReading(WRITES) },
            Probe { assumption: "100 ids a call", by: By::NoReading(WRITES) },
            Probe { assumption: "pending is activated", by: By::NoReading(WRITES) },
            Probe { assumption: "updated fields", by: By::NoReading(WRITES) },
        ];
    };
}

const WRITES: &str = "only a write would show it";

table! {
    "activatedById" "salesAccountId" "source" "taxStatus" "shippingAndHandling" "vatMessages"
    "billToContactId" "eInvoicingMandateId" "createdById" "taxCompanyCode" "eInvoicingDocStatus"
    "appliedByObject" "targetDate" "externalTaxId" "currencyIsoCode" "isCatchUp" "syncTime"
    "poNumbers" "customFields" "taxErrorMessage" "poDates" "appliedById" "lastModifiedById"
    "paymentDetails" "eInvoicingMessage" "cancellationDate" "comments" "lastModifiedDate"
    "recordType" "eInvoicingMandateCode" "entityId" "accountingStatus" "paymentHostedUrl"
    "activatedTime" "tenantId" "externalInvoiceId" "eInvoicingDocId"
}
