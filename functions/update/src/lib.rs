//! `PATCH /invoices/{id}`: change the writable fields of one invoice.

use function_kit::{Function, Route, Uses, writing};

/// The function `update`.
pub static FUNCTION: Function = Function {
    uses: Uses::Writes,
    routes: &[Route::new("PATCH", "/invoices/{id}", |state, call| {
        Box::pin(writing::update(state, call))
    })],
};
