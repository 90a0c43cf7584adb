//! The device `audio`.

use crate::{Element, element};

/// To be written.
pub static AUDIO: Element = element("audio", "To be written.");
