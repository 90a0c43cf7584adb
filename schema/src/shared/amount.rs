//! Amounts of memory or storage: a number and its unit.
//!
//! `scaledInteger` in basictypes.rng; libvirt prints what it parsed in one fixed unit (KiB for memory, bytes for
//! storage), so that the unit of a canonical document is a value like any other.

use super::values::{UNIT, UNSIGNED_LONG};
use crate::{Attribute, Element, Text, attr, element, text};

/// The unit of an amount.
pub const UNIT_ATTRIBUTE: Attribute = attr("unit", UNIT, "The unit of the amount.");

/// The number of an amount of memory: in KiB where there is no unit (`virDomainParseMemory`).
pub const MEMORY_TEXT: Text = Text { default_unit: Some("KiB"), ..text(UNSIGNED_LONG).key("count") };

/// An element that is an amount of memory.
pub const fn memory_amount(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(&[UNIT_ATTRIBUTE]).text(MEMORY_TEXT)
}

/// An element that is an amount of storage: in bytes where there is no unit (`virStorageSize`, `virParseScaledValue`
/// with a scale of 1).
pub const fn storage_amount(name: &'static str, doc: &'static str) -> Element {
    memory_amount(name, doc).default_unit("bytes")
}
