//! Why what runs cannot be given a change.

use crate::error::{Error, codes, of_libvirt};

/// The error for a change that libvirt or QEMU refuses, in libvirt's words.
pub(super) fn refused(error: &virt::error::Error) -> Error {
    of_libvirt(&codes::LIVE_REFUSED, error)
}

/// The error for a change that libvirt has no call for.
pub(super) fn no_call() -> Error {
    Error::new(&codes::LIVE_REFUSED, "there is no call for it")
}

/// The error for a definition that lacks what the call needs.
pub(super) fn unknown(what: &str) -> Error {
    Error::new(&codes::LIVE_REFUSED, format!("{what} is not known"))
}
