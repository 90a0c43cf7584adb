//! The storage pool format.

use crate::{Element, element};

/// To be written.
pub static POOL: Element = element("pool", "To be written.");
