//! `GET /invoices`: one listing over many connections; and `GET /connections`:
//! which there are, and what each can do.

mod app;
mod breaker;
mod connections;
mod invoices;
mod recent;

use function_kit::{Function, Route};

pub use app::ListApp;

/// The function `list`.
pub static FUNCTION: Function<ListApp> = Function {
    routes: &[
        Route::new("GET", "/invoices", |app, call| Box::pin(invoices::list(app, call))),
        Route::new("GET", "/connections", |app, call| Box::pin(connections::list(app, call))),
    ],
};

#[cfg(test)]
mod tests;
