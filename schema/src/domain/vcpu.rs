//! vCPUs, I/O threads and how they are scheduled: `vcpu`, `vcpus`, `iothreads`, `cputune`.

use crate::{Element, element};

/// To be written.
pub static VCPU: Element = element("vcpu", "To be written.");

/// To be written.
pub static VCPUS: Element = element("vcpus", "To be written.");

/// To be written.
pub static IOTHREADS: Element = element("iothreads", "To be written.");

/// To be written.
pub static IOTHREADIDS: Element = element("iothreadids", "To be written.");

/// To be written.
pub static DEFAULTIOTHREAD: Element = element("defaultiothread", "To be written.");

/// To be written.
pub static CPUTUNE: Element = element("cputune", "To be written.");
