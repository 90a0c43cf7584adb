//! The device `memballoon`.
