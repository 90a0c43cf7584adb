//! Amounts of memory and storage: a count and a unit, that mean the same in many ways.

use crate::document::Node;

/// The value of an amount in its smallest unit, which is `kibibytes` in a domain and bytes elsewhere; nothing where an element is
/// none.
pub fn amount(node: &Node<'_>, kibibytes: bool) -> Option<u128> {
    if !node.element.attributes.iter().any(|entry| entry.name == "unit") {
        return None;
    }
    let count: u128 = node.text.as_ref()?.text.parse().ok()?;
    let usual = match (node.element.name, kibibytes) {
        ("tseg", _) => "MiB",
        (_, true) => "KiB",
        (_, false) => "b",
    };
    let bytes = count.checked_mul(bytes_of_unit(node.get("unit").unwrap_or(usual))?)?;
    Some(if kibibytes { bytes.div_ceil(1024) } else { bytes })
}

/// How many bytes a unit has (`virScaleInteger`).
pub fn bytes_of_unit(unit: &str) -> Option<u128> {
    let unit = unit.to_ascii_lowercase();
    let (power, rest) = match unit.as_bytes().first()? {
        b'b' => return Some(1),
        b'k' => (1, &unit[1..]),
        b'm' => (2, &unit[1..]),
        b'g' => (3, &unit[1..]),
        b't' => (4, &unit[1..]),
        b'p' => (5, &unit[1..]),
        b'e' => (6, &unit[1..]),
        _ => return None,
    };
    let base: u128 = if rest == "b" { 1000 } else { 1024 };
    Some(base.pow(power))
}

/// An amount with its unit, as a person reads it.
pub fn shown(node: &Node<'_>) -> Option<String> {
    let count = node.text.as_ref()?.text.to_string();
    Some(node.get("unit").map(|unit| format!("{count} {unit}")).unwrap_or(count))
}
