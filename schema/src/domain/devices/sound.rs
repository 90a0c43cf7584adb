//! The device `sound`.
