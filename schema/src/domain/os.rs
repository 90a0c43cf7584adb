//! How a machine boots: `os`, `bootloader`, and its SMBIOS tables: `sysinfo`.

use crate::{Element, element};

/// To be written.
pub static OS: Element = element("os", "To be written.");

/// To be written.
pub static BOOTLOADER: Element = element("bootloader", "To be written.");

/// To be written.
pub static BOOTLOADER_ARGS: Element = element("bootloader_args", "To be written.");

/// To be written.
pub static SYSINFO: Element = element("sysinfo", "To be written.");
