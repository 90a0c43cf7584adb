//! The device `pstore`.

use crate::{Element, element};

/// To be written.
pub static PSTORE: Element = element("pstore", "To be written.");
