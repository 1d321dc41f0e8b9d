//! The only crate that knows axum and utoipa.
