//! The device `panic`.

use crate::{Element, element};

/// To be written.
pub static PANIC: Element = element("panic", "To be written.");
