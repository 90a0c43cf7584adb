//! The device `watchdog`.

use crate::{Element, element};

/// To be written.
pub static WATCHDOG: Element = element("watchdog", "To be written.");
