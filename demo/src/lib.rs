//! The flights.
