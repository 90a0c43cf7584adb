//! Amounts of memory or storage: a number and its unit.
//!
//! `scaledInteger` in basictypes.rng; libvirt prints what it parsed in one fixed unit (KiB for memory, bytes for
//! storage), so that the unit of a canonical document is a value like any other.

use super::values::{UNIT, UNSIGNED_LONG};
use crate::{Attribute, Element, Text, attr, element, text};

/// The unit of an amount.
pub const UNIT_ATTRIBUTE: Attribute = attr("unit", UNIT, "The unit of the amount.");

/// The number of an amount.
pub const AMOUNT_TEXT: Text = text(UNSIGNED_LONG).key("count");

/// An element that is an amount.
pub const fn amount(name: &'static str, doc: &'static str) -> Element {
    element(name, doc).attributes(&[UNIT_ATTRIBUTE]).text(AMOUNT_TEXT)
}
