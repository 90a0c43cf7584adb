//! The device `graphics`.

use crate::{Element, element};

/// To be written.
pub static GRAPHICS: Element = element("graphics", "To be written.");
