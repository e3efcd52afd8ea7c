//! `GET /invoices`: one listing over many connections; `GET /invoices/summary`: what
//! a listing comes to; and `GET /connections`: which there are, and what each can do.
//!
//! A summary has no function of its own: it reads what a listing reads, within the
//! same bounds and by the same cache, so that the two would be one package under two
//! names, with the same role and a second cold start.

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
        Route::new("GET", "/invoices/summary", |app, call| {
            Box::pin(invoices::summarize(app, call))
        }),
        Route::new("GET", "/connections", |app, call| Box::pin(connections::list(app, call))),
    ],
};

#[cfg(test)]
mod tests;
