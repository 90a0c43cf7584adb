//! Hypervisor features.

use crate::{Element, element};

/// To be written.
pub static FEATURES: Element = element("features", "To be written.");
