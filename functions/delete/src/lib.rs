//! `POST /invoices/delete`, `DELETE /invoices` with a body (Nue's own form) and
//! `DELETE /invoices/{id}`: remove invoices.

use function_kit::{Function, Route, Uses, writing};
use invoice::BulkAction::Delete;

/// The function `delete`.
pub static FUNCTION: Function = Function {
    uses: Uses::Writes,
    routes: &[
        Route::new("POST", "/invoices/delete", |state, call| {
            Box::pin(writing::many(state, call, Delete))
        }),
        // Nue's own form: a DELETE with a body.
        Route::new("DELETE", "/invoices", |state, call| {
            Box::pin(writing::many(state, call, Delete))
        }),
        Route::new("DELETE", "/invoices/{id}", |state, call| {
            Box::pin(writing::one(state, call, Delete))
        }),
    ],
};
