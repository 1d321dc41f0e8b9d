//! The only crate that knows sqlx.
