//! The device `filesystem`.
