//! The network format.

use crate::{Element, element};

/// To be written.
pub static NETWORK: Element = element("network", "To be written.");
