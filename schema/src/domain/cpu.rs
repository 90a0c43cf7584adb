//! The CPU that the guest sees, its topology and NUMA cells.

use crate::{Element, element};

/// To be written.
pub static CPU: Element = element("cpu", "To be written.");
