//! The storage volume format.

use crate::{Element, element};

/// To be written.
pub static VOLUME: Element = element("volume", "To be written.");
