//! The device `interface`.

use crate::{Element, element};

/// To be written.
pub static INTERFACE: Element = element("interface", "To be written.");
