//! The device `graphics`.
