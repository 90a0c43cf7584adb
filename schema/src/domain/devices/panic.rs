//! The device `panic`.
