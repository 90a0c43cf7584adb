//! The device `memory`.

use crate::{Element, element};

/// To be written.
pub static MEMORY: Element = element("memory", "To be written.");
