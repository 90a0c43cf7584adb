//! The device `filesystem`.

use crate::{Element, element};

/// To be written.
pub static FILESYSTEM: Element = element("filesystem", "To be written.");
