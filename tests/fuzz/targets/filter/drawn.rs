//! An invoice, drawn: as the JSON that callers see.

use arbitrary::Arbitrary;
use invoice::{Direction, Invoice, PaymentStatus, Status};
use serde_json::{Value, json};

use crate::asked::{CURRENCIES, DAYS, TIMES, decimal, pick, text};

/// An invoice, drawn.
#[derive(Debug, Arbitrary)]
pub(crate) struct DrawnInvoice {
    status: (u8, u8),
    days: [Option<u8>; 2],
    moments: [Option<(u8, u8)>; 3],
    amounts: [Option<(i32, u8)>; 2],
    number: Option<Vec<u8>>,
    po_numbers: Vec<Vec<u8>>,
    external_ids: Vec<Vec<u8>>,
    currency: Option<u8>,
    customer: [Option<Vec<u8>>; 3],
    comments: Vec<Vec<u8>>,
}

impl DrawnInvoice {
    /// The invoice's JSON.
    pub(crate) fn json(&self) -> Value {
        let blank = Invoice::unknown("nue:1".parse().unwrap(), "nue", Direction::Receivable);
        let mut json = serde_json::to_value(&blank).unwrap();
        let day = |day: Option<u8>| day.map(|day| pick(&DAYS, day));
        // The calendar ends some hours before its last day does.
        let moment = |moment: Option<(u8, u8)>| {
            moment.map(|(day, time)| format!("{}T{}Z", pick(&DAYS[..6], day), pick(&TIMES, time)))
        };
        let amount =
            |amount: Option<(i32, u8)>| amount.map(|(number, scale)| decimal(number, scale));
        let texts =
            |texts: &[Vec<u8>]| texts.iter().take(3).map(|one| text(one)).collect::<Vec<_>>();
        let name = |pieces: &Option<Vec<u8>>| pieces.as_ref().map(|pieces| text(pieces));
        let [id, called, email] = &self.customer;
        json["status"] = Status::ALL[usize::from(self.status.0) % Status::ALL.len()].word().into();
        json["paymentStatus"] =
            PaymentStatus::ALL[usize::from(self.status.1) % PaymentStatus::ALL.len()].word().into();
        json["number"] = name(&self.number).into();
        json["currency"] = self.currency.map(|place| pick(&CURRENCIES[..3], place)).into();
        json["dates"]["invoice"] = day(self.days[0]).into();
        json["dates"]["due"] = day(self.days[1]).into();
        json["timestamps"]["created"] = moment(self.moments[0]).into();
        json["timestamps"]["modified"] = moment(self.moments[1]).into();
        json["timestamps"]["activated"] = moment(self.moments[2]).into();
        json["amounts"]["total"] = amount(self.amounts[0]).into();
        json["amounts"]["balance"] = amount(self.amounts[1]).into();
        json["tracking"]["poNumbers"] = texts(&self.po_numbers).into();
        let external = texts(&self.external_ids).into_iter().zip(["a", "b", "c"]);
        json["tracking"]["externalIds"] =
            external.map(|(id, system)| (system.to_owned(), Value::from(id))).collect();
        json["customer"]["id"] =
            name(id).filter(|id| !id.is_empty()).map(|id| format!("nue:{id}")).into();
        json["customer"]["name"] = name(called).into();
        json["customer"]["email"] = name(email).into();
        let comment = |text: String| json!({"text": text, "createdAt": null, "author": null});
        json["comments"] = texts(&self.comments).into_iter().map(comment).collect();
        json
    }
}
