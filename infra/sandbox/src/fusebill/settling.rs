//! Reversing and writing off: what takes a posted invoice's balance away
//! without a payment. Neither is a cancellation.

use rust_decimal::Decimal;

use super::object::Posted;
use super::scenario::plain;
use super::writes::Refused;

/// Credits the whole invoice (fusebill R44). Of the vendor's four options only `Full`
/// is simulated, and only on an invoice nothing was taken off yet (fusebill R57).
pub(super) fn reverse(posted: &mut Posted, option: &str) -> Result<(), Refused> {
    let invoice = &mut posted.invoice;
    match option {
        "Full" => {}
        "Unearned" | "Amount" | "NetAmount" => {
            let why = format!("The reverseChargeOption {option} is not simulated.");
            return Err(Refused::new(400, why));
        }
        other => {
            let why = format!("The reverseChargeOption {other:?} is not known.");
            return Err(Refused::new(400, why));
        }
    }
    let whole = invoice.outstanding_balance == invoice.invoice_amount;
    if !whole || invoice.outstanding_balance.0.is_zero() {
        return Err(Refused::new(
            409,
            "The invoice has nothing, or not all of it, left to reverse.",
        ));
    }
    invoice.sum_of_credit_notes = invoice.outstanding_balance;
    settle(posted, "Void");
    Ok(())
}

/// Writes off the whole balance, which the amount must be (fusebill R44); that another
/// amount is a 409 is assumed (fusebill R57).
pub(super) fn write_off(posted: &mut Posted, amount: Decimal) -> Result<(), Refused> {
    let invoice = &mut posted.invoice;
    let balance = invoice.outstanding_balance.0;
    if balance.is_zero() || amount != balance {
        let why = format!("The amount must be the full outstanding balance, {balance}.");
        return Err(Refused::new(409, why));
    }
    invoice.total_writeoffs = plain(invoice.total_writeoffs.0 + balance);
    settle(posted, "WrittenOff");
    Ok(())
}

/// Nothing is left to pay; what was open is now this.
fn settle(posted: &mut Posted, word: &'static str) {
    posted.invoice.outstanding_balance = plain(Decimal::ZERO);
    for schedule in &mut posted.invoice.payment_schedules.0 {
        if !schedule.outstanding_balance.0.is_zero() {
            schedule.outstanding_balance = plain(Decimal::ZERO);
            schedule.status = word.into();
        }
    }
}
