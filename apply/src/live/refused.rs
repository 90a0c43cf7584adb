//! Why what runs cannot be given a change.

use crate::error::{Error, codes, of_libvirt};

/// That libvirt or QEMU refuses it, in libvirt's words.
pub(super) fn refused(error: &virt::error::Error) -> Error {
    of_libvirt(&codes::LIVE_REFUSED, error)
}

/// That libvirt has no call for such a change.
pub(super) fn no_call() -> Error {
    Error::new(&codes::LIVE_REFUSED, "there is no call for it")
}

/// That the definition does not say what the call needs.
pub(super) fn unknown(what: &str) -> Error {
    Error::new(&codes::LIVE_REFUSED, format!("{what} is not known"))
}
