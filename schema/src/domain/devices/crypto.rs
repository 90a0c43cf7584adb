//! The device `crypto`.
