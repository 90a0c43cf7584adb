//! Names, identifiers, descriptions and metadata of a machine.

use crate::{Element, element};

/// To be written.
pub static NAME: Element = element("name", "To be written.");

/// To be written.
pub static UUID: Element = element("uuid", "To be written.");

/// To be written.
pub static GENID: Element = element("genid", "To be written.");

/// To be written.
pub static IDMAP: Element = element("idmap", "To be written.");
