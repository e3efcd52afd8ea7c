//! `POST /invoices/cancel` and `POST /invoices/{id}/cancel`: withdraw invoices.

use api::BulkAction::Cancel;
use function_kit::writing::{self, WriteApp};
use function_kit::{Function, Route};

/// The function `cancel`.
pub static FUNCTION: Function<WriteApp> = Function {
    routes: &[
        Route::new("POST", "/invoices/cancel", |app, call| {
            Box::pin(writing::many(app, call, Cancel))
        }),
        Route::new("POST", "/invoices/{id}/cancel", |app, call| {
            Box::pin(writing::one(app, call, Cancel))
        }),
    ],
};
