//! The error for a view of the store that cannot be had, with the way out.

use crate::error::{Error, codes};

/// The error for a view that cannot be had.
pub(super) fn refused(message: String) -> Error {
    Error::new(&codes::NO_STORE_VIEW, message).help(
        "write `share = \"image\"`, by which the guest gets an image of what it needs, or `share = \"store\"`, the whole store",
    )
}
