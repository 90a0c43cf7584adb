//! The device `chardev`.
