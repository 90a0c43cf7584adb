//! The device `hub`.
