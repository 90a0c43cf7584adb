//! The device `video`.
