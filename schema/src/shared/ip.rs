//! IP addresses and routes.
