//! The secret format.

use crate::{Element, element};

/// To be written.
pub static SECRET: Element = element("secret", "To be written.");
