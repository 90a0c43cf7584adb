//! The device `redirdev`.
