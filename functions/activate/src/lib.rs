//! `POST /invoices/activate` and `POST /invoices/{id}/activate`: make drafts
//! binding; and the same when an event asks for it.

pub mod event_app;
pub mod on_event;
pub mod work;

use api::BulkAction::Activate;
use function_kit::writing::{self, WriteApp};
use function_kit::{Function, Route};

/// The function `activate`.
pub static FUNCTION: Function<WriteApp> = Function {
    routes: &[
        Route::new("POST", "/invoices/activate", |app, call| {
            Box::pin(writing::many(app, call, Activate))
        }),
        Route::new("POST", "/invoices/{id}/activate", |app, call| {
            Box::pin(writing::one(app, call, Activate))
        }),
    ],
};
