//! Fusebill's posted invoice (fusebill R27).

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::cell::{IfPresent, Json, Money, Nested, Text, Zoneless};
use crate::record::record;
use crate::store::Keyed;

record! {
    /// A posted invoice as the provider shows it.
    pub(crate) struct Invoice {
        invoice_number("invoiceNumber"): i64,
        invoice_signature("invoiceSignature"): Text,
        po_number("poNumber"): Option<Text>,
        effective_timestamp("effectiveTimestamp"): Zoneless,
        posted_timestamp("postedTimestamp"): Zoneless,
        #[serde(default)]
        modified_timestamp("modifiedTimestamp"): IfPresent<Zoneless>,
        charges("charges"): Nested<Vec<Charge>>,
        subtotal("subtotal"): Money,
        invoice_amount("invoiceAmount"): Money,
        total_payments("totalPayments"): Money,
        outstanding_balance("outstandingBalance"): Money,
        terms("terms"): Text,
        customer_id("customerId"): i64,
        invoice_customer("invoiceCustomer"): Nested<Customer>,
        address_preference("invoiceCustomerAddressPreference"): Json,
        sum_of_credit_notes("sumOfCreditNotes"): Money,
        total_writeoffs("totalWriteoffs"): Money,
        taxes("taxes"): Nested<Vec<Tax>>,
        total_discount("totalDiscount"): Money,
        payment_schedules("paymentSchedules"): Nested<Vec<Schedule>>,
        notes("notes"): Option<Text>,
        customer_reference_value("customerReferenceValue"): Option<Text>,
        opening_ar_balance("openingArBalance"): Money,
        closing_ar_balance("closingArBalance"): Money,
        invoice_in_memory_only("invoiceInMemoryOnly"): bool,
        #[serde(default)]
        invoice_revisions("invoiceRevisions"): IfPresent<Json>,
        id("id"): i64,
        uri("uri"): Option<Text>,
    }
}

/// A posted invoice and what can be asked about it but is never shown.
#[derive(Clone, Debug)]
pub(super) struct Posted {
    pub(super) invoice: Invoice,
    pub(super) created: Zoneless,
}

impl Keyed for Posted {
    fn id(&self) -> String {
        self.invoice.id.to_string()
    }
    fn customer(&self) -> String {
        self.invoice.customer_id.to_string()
    }
}

impl Posted {
    /// The invoice's payment state in one word (fusebill R12): that of the schedule
    /// that needs most attention (fusebill R54).
    pub(super) fn status(&self) -> &str {
        let rank = |status: &str| {
            ["Overdue", "Disputed", "Due", "Pending", "WrittenOff", "Void", "Paid"]
                .iter()
                .position(|known| *known == status)
        };
        self.invoice
            .payment_schedules
            .0
            .iter()
            .map(|schedule| schedule.status.as_ref())
            .min_by_key(|status| rank(status))
            .unwrap_or("Paid")
    }
}

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Charge {
    pub(super) quantity: Money,
    pub(super) unit_price: Money,
    pub(super) amount: Money,
    pub(super) name: Text,
    pub(super) description: Option<Text>,
    pub(super) gl_code: Text,
    pub(super) effective_timestamp: Zoneless,
    pub(super) prorated_unit_price: Option<Money>,
    pub(super) start_service_date: Zoneless,
    pub(super) end_service_date: Zoneless,
    pub(super) range_quantity: Option<Money>,
    pub(super) is_reversable: bool,
    pub(super) discount: Option<Text>,
    pub(super) discounts: Vec<Discount>,
    pub(super) subscription_product: Option<SubscriptionProduct>,
    pub(super) purchase: Option<Text>,
    pub(super) charge_tiers: Vec<ChargeTier>,
    pub(super) id: i64,
    pub(super) uri: Option<Text>,
    /// Shown only when asked for.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(super) tracked_items: Option<Vec<TrackedItem>>,
    #[serde(skip)]
    pub(super) hidden_items: Vec<TrackedItem>,
}

/// One step of a tiered price.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ChargeTier {
    pub(super) label: Text,
    pub(super) quantity: Money,
    #[serde(rename = "unitPrice")]
    pub(super) unit_price: Money,
    pub(super) amount: Money,
}

/// A discount on a line. Its shape is assumed (fusebill R36): the samples have none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Discount {
    pub(super) discount_type: Text,
    pub(super) configured_discount_amount: Money,
    pub(super) amount: Money,
    pub(super) id: i64,
}

/// A tracked item. Its shape is assumed (fusebill R36).
#[derive(Clone, Debug, Serialize)]
pub(super) struct TrackedItem {
    pub(super) reference: String,
    pub(super) name: Option<Text>,
    pub(super) description: Option<Text>,
}

/// Where a line comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SubscriptionProduct {
    pub(super) id: i64,
    pub(super) uri: Text,
}

/// One tax. Its shape is assumed (fusebill R34): the samples have none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tax {
    pub(super) name: Text,
    pub(super) percent: Money,
    pub(super) total: Money,
}

/// One due date.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schedule {
    pub(super) due_date_timestamp: Zoneless,
    pub(super) status: Text,
    pub(super) amount: Money,
    pub(super) outstanding_balance: Money,
    pub(super) days_due_after_term: i64,
}

/// The customer as of the invoice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Customer {
    pub(super) first_name: Option<Text>,
    pub(super) middle_name: Option<Text>,
    pub(super) last_name: Option<Text>,
    pub(super) company_name: Option<Text>,
    pub(super) suffix: Option<Text>,
    pub(super) primary_email: Option<Text>,
    pub(super) primary_phone: Option<Text>,
    pub(super) secondary_email: Option<Text>,
    pub(super) secondary_phone: Option<Text>,
    pub(super) title: Text,
    pub(super) reference: Option<Text>,
    pub(super) status: Option<Text>,
    pub(super) customer_account_status: Option<Text>,
    pub(super) currency: Text,
    pub(super) customer_reference: Option<Text>,
    pub(super) customer_acquisition: Option<Text>,
    pub(super) monthly_recurring_revenue: Money,
    pub(super) net_monthly_recurring_revenue: Money,
    pub(super) salesforce_id: Option<Text>,
    pub(super) salesforce_account_type: Option<Text>,
    pub(super) salesforce_synch_status: Option<Text>,
    pub(super) netsuite_id: Option<Text>,
    pub(super) netsuite_customer_type: Option<Text>,
    pub(super) portal_user_name: Option<Text>,
    pub(super) parent_id: Option<i64>,
    pub(super) quick_books_latch_type: Option<Text>,
    pub(super) quick_books_id: Option<i64>,
    pub(super) quick_books_sync_token: Option<Text>,
    pub(super) id: i64,
    pub(super) uri: Option<Text>,
}

/// The last due date.
pub(super) fn due(schedules: &[Schedule]) -> Option<DateTime> {
    let dates = schedules.iter().map(|schedule| schedule.due_date_timestamp.0);
    dates.max()
}
