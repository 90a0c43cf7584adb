//! The device `rng`.

use crate::{Element, element};

/// To be written.
pub static RNG: Element = element("rng", "To be written.");
