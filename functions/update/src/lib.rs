//! `PATCH /invoices/{id}`: change the writable fields of one invoice.

use function_kit::writing::{self, WriteApp};
use function_kit::{Function, Route};

/// The function `update`.
pub static FUNCTION: Function<WriteApp> = Function {
    routes: &[Route::new("PATCH", "/invoices/{id}", |app, call| {
        Box::pin(writing::update(app, call))
    })],
};
