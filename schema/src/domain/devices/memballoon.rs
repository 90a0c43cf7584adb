//! The device `memballoon`.

use crate::{Element, element};

/// To be written.
pub static MEMBALLOON: Element = element("memballoon", "To be written.");
