//! The device `input`.
