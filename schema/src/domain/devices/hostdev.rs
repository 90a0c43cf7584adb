//! The device `hostdev`.
