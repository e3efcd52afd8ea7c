//! The vocabulary of invoices.
