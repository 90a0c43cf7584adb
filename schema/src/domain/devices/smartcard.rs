//! The device `smartcard`.
