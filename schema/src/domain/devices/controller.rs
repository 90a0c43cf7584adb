//! The device `controller`.
