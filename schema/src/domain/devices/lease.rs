//! The device `lease`.

use crate::{Element, element};

/// To be written.
pub static LEASE: Element = element("lease", "To be written.");
