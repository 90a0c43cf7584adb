//! The device `hub`.

use crate::{Element, element};

/// To be written.
pub static HUB: Element = element("hub", "To be written.");
