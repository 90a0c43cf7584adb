//! The device `pstore`.
