//! Confidential guests: launch security and key wrapping.

use crate::{Element, element};

/// To be written.
pub static KEYWRAP: Element = element("keywrap", "To be written.");

/// To be written.
pub static LAUNCH_SECURITY: Element = element("launchSecurity", "To be written.");
