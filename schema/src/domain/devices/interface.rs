//! The device `interface`.
