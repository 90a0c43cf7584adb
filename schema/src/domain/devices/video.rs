//! The device `video`.

use crate::{Element, element};

/// To be written.
pub static VIDEO: Element = element("video", "To be written.");
