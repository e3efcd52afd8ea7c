//! `POST /invoices/activate` and `POST /invoices/{id}/activate`: make drafts
//! binding; and the same when an event asks for it.

pub mod on_event;

use function_kit::{Function, Route, Uses, writing};
use invoice::BulkAction::Activate;

/// The function `activate`.
pub static FUNCTION: Function = Function {
    uses: Uses::Writes,
    routes: &[
        Route::new("POST", "/invoices/activate", |state, call| {
            Box::pin(writing::many(state, call, Activate))
        }),
        Route::new("POST", "/invoices/{id}/activate", |state, call| {
            Box::pin(writing::one(state, call, Activate))
        }),
    ],
};
