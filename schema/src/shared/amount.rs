//! Amounts of memory or storage: a number and its unit.
//!
//! `scaledInteger` in basictypes.rng; libvirt prints what it parsed in one fixed unit (KiB for memory, bytes for
//! storage), so that the unit of a canonical document is a value like any other.

use super::values::{UNIT, UNSIGNED_LONG};
use crate::{Attribute, Element, Text, attr, element, text};

/// The unit of an amount, with the one that libvirt takes where it is missing.
const fn unit(default: &'static str, source: &'static str) -> Attribute {
    attr("unit", UNIT, "The unit of the amount.").default(default, source)
}

/// The unit of an amount of memory.
pub const MEMORY_UNIT: Attribute = unit("KiB", "virDomainParseMemory in src/conf/domain_conf.c");
/// The unit of an amount of storage.
const STORAGE_UNIT: Attribute = unit("bytes", "virParseScaledValue in src/util/virutil.c");
/// The unit of a large amount of memory.
const MEBIBYTES: Attribute = unit("MiB", "virDomainFeaturesDefParse in src/conf/domain_conf.c");

/// The number of an amount of memory: in KiB where there is no unit (`virDomainParseMemory`).
pub const MEMORY_TEXT: Text = Text { default_unit: Some("KiB"), ..text(UNSIGNED_LONG).key("count") };

/// An element that is an amount of memory.
pub const fn memory_amount(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(&[MEMORY_UNIT]).text(MEMORY_TEXT)
}

/// An element that is an amount of memory, in MiB where there is no unit.
pub const fn amount_in_mebibytes(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(&[MEBIBYTES]).text(MEMORY_TEXT).default_unit("MiB")
}

/// An element that is an amount of storage: in bytes where there is no unit (`virStorageSize`, `virParseScaledValue`
/// with a scale of 1).
pub const fn storage_amount(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(&[STORAGE_UNIT]).text(MEMORY_TEXT).default_unit("bytes")
}
