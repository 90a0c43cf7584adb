//! The device `nvram`.
