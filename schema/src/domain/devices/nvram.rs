//! The device `nvram`.

use crate::{Element, element};

/// To be written.
pub static NVRAM: Element = element("nvram", "To be written.");
