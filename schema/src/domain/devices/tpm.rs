//! The device `tpm`.
