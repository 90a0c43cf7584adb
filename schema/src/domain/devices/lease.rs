//! The device `lease`.
