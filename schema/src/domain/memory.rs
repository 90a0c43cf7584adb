//! Memory and its backing.

use crate::{Element, element};

/// To be written.
pub static MEMORY: Element = element("memory", "To be written.");

/// To be written.
pub static MAX_MEMORY: Element = element("maxMemory", "To be written.");

/// To be written.
pub static CURRENT_MEMORY: Element = element("currentMemory", "To be written.");

/// To be written.
pub static MEMORY_BACKING: Element = element("memoryBacking", "To be written.");
