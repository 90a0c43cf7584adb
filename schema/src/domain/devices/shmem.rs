//! The device `shmem`.

use crate::{Element, element};

/// To be written.
pub static SHMEM: Element = element("shmem", "To be written.");
