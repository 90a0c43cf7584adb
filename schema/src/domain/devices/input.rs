//! The device `input`.

use crate::{Element, element};

/// To be written.
pub static INPUT: Element = element("input", "To be written.");
