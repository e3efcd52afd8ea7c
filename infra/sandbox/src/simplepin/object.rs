//! SimplePin's invoice: InvoicePreviewV2Model (simplepin R9).

use jiff::civil::Date;

use crate::cell::{IfPresent, Instant, Money, Text};
use crate::record::{Shape, record};
use crate::store::{Keyed, Shown};

record! {
    /// An invoice as the list shows it. The optional fields of the model may be
    /// missing.
    pub(crate) struct Invoice {
        account_holder("account_holder"): Text,
        account_imported_on("account_imported_on"): IfPresent<Instant>,
        additional_description("additional_description"): IfPresent<Text>,
        amount("amount"): Money,
        cc_profile_id("cc_profile_id"): i64,
        charge_date("charge_date"): IfPresent<Instant>,
        charge_type("charge_type"): IfPresent<Text>,
        creation_date("creation_date"): Instant,
        currency_code("currency_code"): Text,
        customer_id("customer_id"): Text,
        email("email"): Text,
        id("id"): i64,
        import_date("import_date"): IfPresent<Instant>,
        invoice_date("invoice_date"): Date,
        invoice_due_date("invoice_due_date"): Date,
        invoice_number("invoice_number"): Text,
        invoice_owner_account_id("invoice_owner_account_id"): IfPresent<i64>,
        invoice_reminder_schema("invoice_reminder_schema"): Text,
        invoice_state("invoice_state"): Text,
        last_tx_type("last_tx_type"): IfPresent<Text>,
        opened("opened"): IfPresent<i64>,
        paid("paid"): Text,
        payment_method("payment_method"): IfPresent<Text>,
        period_end_date("period_end_date"): IfPresent<Date>,
        period_start_date("period_start_date"): IfPresent<Date>,
        resend("resend"): bool,
        sent_times("sent_times"): IfPresent<i64>,
        uuid("uuid"): Text,
        version("version"): i64,
    }
}

impl Keyed for Invoice {
    fn id(&self) -> String {
        self.uuid.to_string()
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

impl Invoice {
    /// Whether the invoice holds this text anywhere a person would look for it:
    /// which fields are searched, and that case does not matter, is assumed (simplepin R30).
    pub(super) fn mentions(&self, lower_case: &str) -> bool {
        [
            Some(&self.invoice_number),
            Some(&self.customer_id),
            Some(&self.account_holder),
            Some(&self.email),
            self.additional_description.0.as_ref(),
        ]
        .into_iter()
        .flatten()
        .any(|text| text.to_lowercase().contains(lower_case))
    }

    /// The invoice as `get` answers it: the list's object with addresses, line
    /// items, fees and contracts (simplepin R10, R12).
    pub(super) fn details(&self, shape: Shape) -> String {
        let mut json = self.json(shape);
        json.truncate(json.len() - 1);
        let address = r#"{"address_line1":"1 Main Street","address_line2":null,"city":"Springfield","state":"IL","zip_code":"62701","country":"US"}"#;
        let amount = self.amount.0;
        json.push_str(&format!(
            r#","billing_address":{address},"shipping_address":{address},"line_item_models":[{{"id":{id},"name":"Service","description":null,"quantity":1,"rate":{amount},"amount":{amount}}}],"fees":[],"contracts":[]}}"#,
            id = self.id,
        ));
        json
    }
}
