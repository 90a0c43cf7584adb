//! The device `vsock`.

use crate::{Element, element};

/// To be written.
pub static VSOCK: Element = element("vsock", "To be written.");
