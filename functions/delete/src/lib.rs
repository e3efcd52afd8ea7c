//! `POST /invoices/delete`, `DELETE /invoices` with a body (Nue's own form) and
//! `DELETE /invoices/{id}`: remove invoices.

use api::BulkAction::Delete;
use function_kit::writing::{self, WriteApp};
use function_kit::{Function, Route};

/// The function `delete`.
pub static FUNCTION: Function<WriteApp> = Function {
    routes: &[
        Route::new("POST", "/invoices/delete", |app, call| {
            Box::pin(writing::many(app, call, Delete))
        }),
        // Nue's own form: a DELETE with a body.
        Route::new("DELETE", "/invoices", |app, call| Box::pin(writing::many(app, call, Delete))),
        Route::new("DELETE", "/invoices/{id}", |app, call| {
            Box::pin(writing::one(app, call, Delete))
        }),
    ],
};
