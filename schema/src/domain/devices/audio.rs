//! The device `audio`.
