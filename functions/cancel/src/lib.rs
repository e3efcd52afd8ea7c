//! `POST /invoices/cancel` and `POST /invoices/{id}/cancel`: withdraw invoices.

use function_kit::{Function, Route, Uses, writing};
use invoice::BulkAction::Cancel;

/// The function `cancel`.
pub static FUNCTION: Function = Function {
    uses: Uses::Writes,
    routes: &[
        Route::new("POST", "/invoices/cancel", |state, call| {
            Box::pin(writing::many(state, call, Cancel))
        }),
        Route::new("POST", "/invoices/{id}/cancel", |state, call| {
            Box::pin(writing::one(state, call, Cancel))
        }),
    ],
};
