//! The device `memory`.
