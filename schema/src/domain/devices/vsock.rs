//! The device `vsock`.
