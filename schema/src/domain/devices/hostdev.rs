//! The device `hostdev`.

use crate::{Element, element};

/// To be written.
pub static HOSTDEV: Element = element("hostdev", "To be written.");
