//! Title, description and metadata: what libvirt keeps and does not look into.
//!
//! <https://libvirt.org/formatdomain.html#general-metadata>; `title`, `description` and `metadata` in basictypes.rng.

use crate::Format::{AnyOf, ByParser, Empty, Line, Text};
use crate::{Element, element, leaf};

/// A title of one line (`objectNameWithSlash`).
pub static TITLE: Element = leaf("title", AnyOf(&[Line, ByParser(&Empty)]), "A short title of one line.");

/// A description of any length.
pub static DESCRIPTION: Element = leaf("description", Text, "A description for people.");

/// The schema takes any element; libvirt drops those without a namespace, and all but the first of each namespace
/// (`virXMLNodeSanitizeNamespaces`).
pub static METADATA: Element = element(
    "metadata",
    "What applications note down: any XML, one element of a namespace of its own for each of them.",
)
.foreign();
