//! WHERE the data goes.
