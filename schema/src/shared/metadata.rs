//! Title, description and metadata.

use crate::{Element, element};

/// To be written.
pub static TITLE: Element = element("title", "To be written.");

/// To be written.
pub static DESCRIPTION: Element = element("description", "To be written.");

/// To be written.
pub static METADATA: Element = element("metadata", "To be written.");
