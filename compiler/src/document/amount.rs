//! Amounts of memory and storage: a count and a unit, that mean the same in many ways.

use crate::document::Node;

/// The value of an amount, in bytes; libvirt rounds what it counts in KiB up to whole KiB. Nothing where an element is no
/// amount.
pub(crate) fn amount(node: &Node<'_>) -> Option<u128> {
    let usual = node.element.text?.default_unit?;
    let count: u128 = node.text.as_ref()?.text.parse().ok()?;
    let bytes = count.checked_mul(bytes_of_unit(node.get("unit").unwrap_or(usual))?)?;
    let granule = bytes_of_unit(usual)?.min(1024);
    Some(bytes.div_ceil(granule) * granule)
}

/// How many bytes a unit has (`virScaleInteger`).
pub fn bytes_of_unit(unit: &str) -> Option<u128> {
    let (power, rest) = match unit.as_bytes().first()?.to_ascii_lowercase() {
        b'b' => return Some(1),
        b'k' => (1, &unit[1..]),
        b'm' => (2, &unit[1..]),
        b'g' => (3, &unit[1..]),
        b't' => (4, &unit[1..]),
        b'p' => (5, &unit[1..]),
        b'e' => (6, &unit[1..]),
        _ => return None,
    };
    let base: u128 = if rest.eq_ignore_ascii_case("b") { 1000 } else { 1024 };
    Some(base.pow(power))
}

/// An amount with its unit, as a person reads it.
pub(crate) fn shown(node: &Node<'_>) -> Option<String> {
    let count = node.text.as_ref()?.text.to_string();
    Some(node.get("unit").map(|unit| format!("{count} {unit}")).unwrap_or(count))
}
