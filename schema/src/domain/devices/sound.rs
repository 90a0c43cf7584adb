//! The device `sound`.

use crate::{Element, element};

/// To be written.
pub static SOUND: Element = element("sound", "To be written.");
