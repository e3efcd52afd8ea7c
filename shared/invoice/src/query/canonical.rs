//! The canonical form of a query: two questions that mean the same read the
//! same. Cursors and cached answers are bound to it.

use std::fmt::Display;

use url::form_urlencoded::Serializer;

use crate::{CustomerId, Filter, ListQuery, Parameter, Range, TextFilter};

impl ListQuery {
    /// The question without page size and cursor, as a query string.
    pub fn canonical(&self) -> String {
        let mut out = Serializer::new(String::new());
        self.filter.write(&mut out);
        if let Some(sort) = self.sort {
            out.append_pair("sort", &sort.canonical());
        }
        if !self.includes.is_empty() {
            out.append_pair(
                "includes",
                &joined(self.includes.iter().map(|include| include.word())),
            );
        }
        if self.require_all {
            out.append_pair("require", "all");
        }
        out.finish()
    }
}

impl Filter {
    fn write(&self, out: &mut Serializer<'_, String>) {
        if let Some(connections) = &self.connections {
            out.append_pair("connection", &joined(connections));
        }
        if let Some(ids) = &self.customer_ids {
            let ids: Vec<String> = ids
                .iter()
                .map(|id| match id {
                    CustomerId::At(reference) => reference.to_string(),
                    CustomerId::Anywhere(id) => id.clone(),
                })
                .collect();
            out.append_pair("customerIds", &serde_json::json!(ids).to_string());
        }
        if let Some(status) = &self.status {
            let lifecycle = status.lifecycle.iter().map(|status| status.word());
            let payment = status.payment.iter().map(|status| status.word());
            out.append_pair("status", &joined(lifecycle.chain(payment)));
        }
        if let Some(wanted) = &self.payment_status {
            out.append_pair("paymentStatus", &joined(wanted.iter().map(|status| status.word())));
        }
        range(out, Parameter::InvoiceDate, &self.invoice_date);
        range(out, Parameter::DueDate, &self.due_date);
        range(out, Parameter::CreatedAt, &self.created_at);
        range(out, Parameter::ModifiedAt, &self.modified_at);
        range(out, Parameter::ActivatedAt, &self.activated_at);
        range(out, Parameter::Amount, &self.amount.map(rust_decimal::Decimal::normalize));
        range(out, Parameter::Balance, &self.balance.map(rust_decimal::Decimal::normalize));
        texts(out, Parameter::Number, self.number.as_ref());
        texts(out, Parameter::PoNumber, self.po_number.as_ref());
        texts(out, Parameter::ExternalId, self.external_id.as_ref());
        texts(out, Parameter::Currency, self.currency.as_ref());
        if let Some(words) = &self.search {
            out.append_pair("search", words);
        }
        flag(out, Parameter::ShowZeroDollarCharges, self.show_zero_dollar_charges);
        flag(out, Parameter::ShowTrackedItems, self.show_tracked_items);
    }
}

fn joined(items: impl IntoIterator<Item = impl Display>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(",")
}

fn range<T: Display>(out: &mut Serializer<'_, String>, parameter: Parameter, range: &Range<T>) {
    for (operator, value) in range.pairs() {
        out.append_pair(&format!("{}[{operator}]", parameter.word()), &value);
    }
}

fn texts(out: &mut Serializer<'_, String>, parameter: Parameter, filter: Option<&TextFilter>) {
    if let Some(TextFilter(patterns)) = filter {
        out.append_pair(parameter.word(), &joined(patterns));
    }
}

fn flag(out: &mut Serializer<'_, String>, parameter: Parameter, value: Option<bool>) {
    if let Some(value) = value {
        out.append_pair(parameter.word(), if value { "true" } else { "false" });
    }
}
