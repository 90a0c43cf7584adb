//! Elements of the hypervisors' own namespaces: qemu, lxc, xen, bhyve, vmware.

use crate::{Element, element};

/// To be written.
pub static QEMU_COMMANDLINE: Element = element("commandline", "To be written.");
