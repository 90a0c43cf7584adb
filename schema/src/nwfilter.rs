//! The network filter format.

use crate::{Element, element};

/// To be written.
pub static FILTER: Element = element("filter", "To be written.");
