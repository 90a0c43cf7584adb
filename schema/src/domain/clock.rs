//! Time keeping, power management, reactions to events and performance events.

use crate::{Element, element};

/// To be written.
pub static CLOCK: Element = element("clock", "To be written.");

/// To be written.
pub static ON_POWEROFF: Element = element("on_poweroff", "To be written.");

/// To be written.
pub static ON_REBOOT: Element = element("on_reboot", "To be written.");

/// To be written.
pub static ON_CRASH: Element = element("on_crash", "To be written.");

/// To be written.
pub static ON_LOCKFAILURE: Element = element("on_lockfailure", "To be written.");

/// To be written.
pub static PM: Element = element("pm", "To be written.");

/// To be written.
pub static PERF: Element = element("perf", "To be written.");
