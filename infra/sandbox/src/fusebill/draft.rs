//! Fusebill's draft invoice (fusebill R30); `customerId` and `uri` are assumed (fusebill R52).

use crate::cell::{Money, Nested, Text, Zoneless};
use crate::record::record;
use crate::store::Keyed;

use super::object::{Charge, Customer, Schedule, Tax};

record! {
    /// A draft as the provider shows it.
    pub(crate) struct DraftInvoice {
        billing_period_id("billingPeriodId"): Option<i64>,
        effective_timestamp("effectiveTimestamp"): Zoneless,
        modified_timestamp("modifiedTimestamp"): Option<Zoneless>,
        status("status"): Text,
        po_number("poNumber"): Option<Text>,
        draft_charges("draftCharges"): Nested<Vec<Charge>>,
        subtotal("subtotal"): Money,
        total_discount("totalDiscount"): Money,
        total("total"): Money,
        taxes("taxes"): Nested<Vec<Tax>>,
        payment_schedules("paymentSchedules"): Nested<Vec<Schedule>>,
        customer_id("customerId"): i64,
        customer("customer"): Nested<Customer>,
        notes("notes"): Option<Text>,
        shipping_instructions("shippingInstructions"): Option<Text>,
        customer_reference_value("customerReferenceValue"): Option<Text>,
        terms("terms"): Text,
        id("id"): i64,
        uri("uri"): Option<Text>,
    }
}

/// A draft and what can be asked about it but is never shown.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) invoice: DraftInvoice,
    pub(super) created: Zoneless,
}

impl Keyed for Draft {
    fn id(&self) -> String {
        self.invoice.id.to_string()
    }
    fn customer(&self) -> String {
        self.invoice.customer_id.to_string()
    }
}
