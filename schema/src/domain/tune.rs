//! Limits on memory, block I/O and NUMA placement: `memtune`, `blkiotune`, `numatune`, `resource`.

use crate::{Element, element};

/// To be written.
pub static BLKIOTUNE: Element = element("blkiotune", "To be written.");

/// To be written.
pub static MEMTUNE: Element = element("memtune", "To be written.");

/// To be written.
pub static NUMATUNE: Element = element("numatune", "To be written.");

/// To be written.
pub static RESOURCE: Element = element("resource", "To be written.");

/// To be written.
pub static THROTTLEGROUPS: Element = element("throttlegroups", "To be written.");
