//! What is assumed of Nue, beyond what its documents state.
//!
//! The foundation of a query is the seed's own form (nue R4): the condition
//! written into it, the operators `_eq`, `_and`, `_gte` and `_lte` (nue R5), and the
//! fields of [`SEED_FIELDS`]. Few improvements are worth having beside it: what
//! `_gt`, `_lt`, `_or` and `_like` would tell apart the bridge tells apart by itself.

use crate::Assumption;

/// The fields of the seed's own query (nue R4), and `id`, by which invoices
/// are named everywhere.
pub(super) const SEED_FIELDS: [&str; 15] = [
    "id",
    "amount",
    "amountWithoutTax",
    "balance",
    "createdDate",
    "customerId",
    "dueDate",
    "endDate",
    "invoiceDate",
    "name",
    "invoicePdf",
    "paymentStatus",
    "startDate",
    "status",
    "taxAmount",
];

/// Values beside the query, as GraphQL's clients send them: one text for all
/// questions of a kind, which a server reads once (nue R7).
pub(super) const VARIABLES: Assumption = Assumption {
    name: "variables",
    claim: "A query may declare variables; the type of a condition is `Invoice_bool_exp`, as \
            Hasura names it.",
    otherwise: "The values are written into the query, in the seed's own form.",
    named_by: &["variable", "variables", "variableValues", "Invoice_bool_exp"],
};

/// Rows in a definite order (nue R8).
pub(super) const ORDER_BY: Assumption = Assumption {
    name: "order_by",
    claim: "`Invoice` takes the argument `order_by`, with the words `asc_nulls_last` and \
            `desc_nulls_last`, as Hasura's lists do.",
    otherwise: "All that matches is read at once, and the bridge sorts it.",
    named_by: &["order_by", "asc_nulls_last", "desc_nulls_last", "Invoice_order_by"],
};

/// Pages (nue R9).
pub(super) const LIMIT: Assumption = Assumption {
    name: "limit",
    claim: "`Invoice` takes the argument `limit`, as Hasura's lists do.",
    otherwise: "All that matches is read at once.",
    named_by: &["limit"],
};

/// Pages after the first (nue R9).
pub(super) const OFFSET: Assumption = Assumption {
    name: "offset",
    claim: "`Invoice` takes the argument `offset`, as Hasura's lists do.",
    otherwise: "All that matches is read at once.",
    named_by: &["offset"],
};

/// Pages of more than the REST edition's default (nue R10).
pub(super) const LARGE_PAGES: Assumption = Assumption {
    name: "limit of 500",
    claim: "A `limit` may be as large as the REST edition's largest, 500.",
    otherwise: "Pages have 100 rows, the REST edition's default.",
    named_by: &["limit"],
};

/// Several values of one field (nue R6).
pub(super) const IN: Assumption = Assumption {
    name: "_in",
    claim: "A condition takes the operator `_in`, as Hasura's do.",
    otherwise: "Customers are asked for one by one, several invoices are read one by one, and \
                other lists of values are applied by the bridge.",
    named_by: &["_in"],
};

/// Amounts in conditions (nue R6).
pub(super) const AMOUNT_TEXTS: Assumption = Assumption {
    name: "amounts as texts",
    claim: "A condition on an amount takes the number as a text, which no hop can round.",
    otherwise: "The bridge applies filters on amounts and balances.",
    named_by: &["amount", "balance", "Float", "Decimal", "numeric"],
};

/// The table, with an assumption for each of these fields.
macro_rules! table {
    ($($name:literal)*) => {
        /// All that is assumed of Nue.
        pub(super) const TABLE: &[Assumption] = &[
            VARIABLES, ORDER_BY, LIMIT, OFFSET, LARGE_PAGES, IN, AMOUNT_TEXTS,
            $(Assumption {
                name: concat!("Invoice.", $name),
                claim: concat!(
                    "The type `Invoice` has the field `", $name, "`, which the REST object has."
                ),
                otherwise: concat!(
                    "Listings by GraphQL do not show `", $name, "`, and a question that needs it \
                     goes to the REST edition."
                ),
                named_by: &[$name],
            },)*
            REST_ROWS, BULK_ANSWER, BULK_SIZE, PENDING_IS_ACTIVATED, UPDATED_FIELDS,
        ];
    };
}

// The keys of the invoice object (nue R17, R18) that the seed's query does not select.
table! {
    "activatedById" "salesAccountId" "source" "taxStatus" "shippingAndHandling" "vatMessages"
    "billToContactId" "eInvoicingMandateId" "createdById" "taxCompanyCode" "eInvoicingDocStatus"
    "appliedByObject" "targetDate" "externalTaxId" "currencyIsoCode" "isCatchUp" "syncTime"
    "poNumbers" "customFields" "taxErrorMessage" "poDates" "appliedById" "lastModifiedById"
    "paymentDetails" "eInvoicingMessage" "cancellationDate" "comments" "lastModifiedDate"
    "recordType" "eInvoicingMandateCode" "entityId" "accountingStatus" "paymentHostedUrl"
    "activatedTime" "tenantId" "externalInvoiceId" "eInvoicingDocId"
}

const REST_ROWS: Assumption = Assumption {
    name: "data",
    claim: "The REST edition's rows are called `data`, and one invoice is answered bare or as \
            `data`.",
    otherwise: "A listing with related things cannot be read, and fails.",
    named_by: &[],
};

const BULK_ANSWER: Assumption = Assumption {
    name: "answers to writes",
    claim: "A bulk call answers 200 with the invoices it touched, or 4xx with a `message`.",
    otherwise: "What became of each invoice is read, as it is where an answer shows nothing.",
    named_by: &[],
};

const BULK_SIZE: Assumption = Assumption {
    name: "100 ids a call",
    claim: "A bulk call takes 100 ids.",
    otherwise: "A refused call is made again in halves, once reading shows that nothing was done.",
    named_by: &[],
};

const PENDING_IS_ACTIVATED: Assumption = Assumption {
    name: "pending is activated",
    claim: "An invoice that is pending activation can be activated, like a draft.",
    otherwise: "Nue refuses it in its own words.",
    named_by: &[],
};

const UPDATED_FIELDS: Assumption = Assumption {
    name: "updated fields",
    claim: "An update takes `invoiceDate`, `poNumbers` and `invoiceComment` beside the fields \
            stated, and null empties a field.",
    otherwise: "Nue refuses the update in its own words, and nothing is changed.",
    named_by: &[],
};

/// The fields that are assumed to be there, each with its assumption.
pub(super) fn fields() -> impl Iterator<Item = (&'static str, &'static Assumption)> {
    TABLE.iter().filter_map(|one| Some((one.name.strip_prefix("Invoice.")?, one)))
}

/// What of `used` a refusal in these `words` may be about. A word such as
/// `source` names a field only where fields are spoken of; and where an argument
/// is not what is refused, a `limit` is refused for its size.
pub(super) fn in_question(
    used: &[&'static Assumption],
    words: Option<&str>,
) -> Vec<&'static Assumption> {
    let words = words.unwrap_or_default().to_lowercase();
    let is_large = used.iter().any(|one| **one == LARGE_PAGES);
    let is_argument = words.contains("argument") || words.contains("field");
    let may_be_about = |one: &&&'static Assumption| match one.name {
        name if name.starts_with("Invoice.") => words.contains("field"),
        name if name == LARGE_PAGES.name => !is_argument,
        name if name == LIMIT.name => is_argument || !is_large,
        _ => true,
    };
    used.iter().filter(may_be_about).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_key_of_an_invoice_is_stated_or_assumed() {
        let sample = include_str!("../../../../../infra/sandbox/samples/nue-invoice.json");
        let sample: std::collections::BTreeMap<String, Value> =
            serde_json::from_str(sample).unwrap();
        let assumed = fields().map(|(name, _)| name);
        let fields: Vec<&str> = SEED_FIELDS.into_iter().chain(assumed).collect();
        let keys: BTreeSet<&str> = sample.keys().map(String::as_str).collect();
        assert_eq!(fields.iter().copied().collect::<BTreeSet<_>>(), keys);
        assert_eq!(fields.len(), 52);
    }
}
