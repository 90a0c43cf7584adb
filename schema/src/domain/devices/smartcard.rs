//! The device `smartcard`.

use crate::{Element, element};

/// To be written.
pub static SMARTCARD: Element = element("smartcard", "To be written.");
