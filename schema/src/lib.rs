//! WHAT is in the data.
