//! The device `redirdev`.

use crate::{Element, element};

/// To be written.
pub static REDIRDEV: Element = element("redirdev", "To be written.");

/// To be written.
pub static REDIRFILTER: Element = element("redirfilter", "To be written.");
