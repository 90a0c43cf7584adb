//! The secret format.
