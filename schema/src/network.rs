//! The network format.
