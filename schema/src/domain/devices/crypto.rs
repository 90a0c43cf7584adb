//! The device `crypto`.

use crate::{Element, element};

/// To be written.
pub static CRYPTO: Element = element("crypto", "To be written.");
