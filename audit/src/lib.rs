//! WHETHER all of it arrived.
