//! The device `chardev`.

use crate::{Element, element};

/// To be written.
pub static SERIAL: Element = element("serial", "To be written.");

/// To be written.
pub static PARALLEL: Element = element("parallel", "To be written.");

/// To be written.
pub static CONSOLE: Element = element("console", "To be written.");

/// To be written.
pub static CHANNEL: Element = element("channel", "To be written.");
