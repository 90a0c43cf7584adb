//! The device `controller`.

use crate::{Element, element};

/// To be written.
pub static CONTROLLER: Element = element("controller", "To be written.");
