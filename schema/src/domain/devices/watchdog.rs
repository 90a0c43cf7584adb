//! The device `watchdog`.
