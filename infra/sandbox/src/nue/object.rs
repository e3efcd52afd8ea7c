//! Nue's invoice (nue R17): all 52 keys, in the seed's order.

use jiff::civil::Date;

use crate::cell::{Instant, Json, Money, Text};
use crate::record::{Shape, record};
use crate::store::{Keyed, Shown};

record! {
    /// An invoice.
    pub(crate) struct Invoice {
        activated_by_id("activatedById"): Option<Text>,
        sales_account_id("salesAccountId"): Text,
        end_date("endDate"): Date,
        due_date("dueDate"): Option<Date>,
        source("source"): Text,
        tax_status("taxStatus"): Text,
        shipping_and_handling("shippingAndHandling"): Money,
        balance("balance"): Money,
        vat_messages("vatMessages"): Option<Text>,
        id("id"): Text,
        bill_to_contact_id("billToContactId"): Option<Text>,
        e_invoicing_mandate_id("eInvoicingMandateId"): Option<Text>,
        created_by_id("createdById"): Text,
        tax_company_code("taxCompanyCode"): Option<Text>,
        e_invoicing_doc_status("eInvoicingDocStatus"): Option<Text>,
        applied_by_object("appliedByObject"): Option<Text>,
        target_date("targetDate"): Date,
        name("name"): Text,
        external_tax_id("externalTaxId"): Option<Text>,
        currency_iso_code("currencyIsoCode"): Option<Text>,
        tax_amount("taxAmount"): Money,
        is_catch_up("isCatchUp"): bool,
        start_date("startDate"): Date,
        status("status"): Text,
        sync_time("syncTime"): Option<Instant>,
        po_numbers("poNumbers"): Option<Text>,
        custom_fields("customFields"): Option<Json>,
        tax_error_message("taxErrorMessage"): Option<Text>,
        po_dates("poDates"): Option<Text>,
        applied_by_id("appliedById"): Option<Text>,
        last_modified_by_id("lastModifiedById"): Text,
        customer_id("customerId"): Text,
        payment_details("paymentDetails"): Option<Text>,
        payment_status("paymentStatus"): Text,
        e_invoicing_message("eInvoicingMessage"): Option<Text>,
        cancellation_date("cancellationDate"): Option<Date>,
        amount_without_tax("amountWithoutTax"): Money,
        amount("amount"): Money,
        comments("comments"): Option<Text>,
        last_modified_date("lastModifiedDate"): Instant,
        record_type("recordType"): Text,
        e_invoicing_mandate_code("eInvoicingMandateCode"): Option<Text>,
        entity_id("entityId"): Option<Text>,
        invoice_date("invoiceDate"): Date,
        accounting_status("accountingStatus"): Text,
        invoice_pdf("invoicePdf"): Option<Text>,
        payment_hosted_url("paymentHostedUrl"): Option<Text>,
        created_date("createdDate"): Instant,
        activated_time("activatedTime"): Option<Instant>,
        tenant_id("tenantId"): Text,
        external_invoice_id("externalInvoiceId"): Option<Text>,
        e_invoicing_doc_id("eInvoicingDocId"): Option<Text>,
    }
}

impl Keyed for Invoice {
    fn id(&self) -> String {
        self.id.to_string()
    }
    fn customer(&self) -> String {
        self.customer_id.to_string()
    }
}

impl Shown for Invoice {
    fn shown(&self) -> String {
        self.json(Shape::default())
    }
}
