//! The values that libvirt fills in by itself, so that they are not a difference between a definition and libvirt's
//! copy of it.

use nixvirt_schema::{Attribute, Occurs};

use crate::document::Node;

/// Whether an element says nothing that libvirt would keep.
pub(super) fn is_nothing(node: &Node<'_>) -> bool {
    let empty = node.attributes.is_empty() && node.text.is_none() && node.foreign.is_empty();
    empty && !node.element.is_flag() && node.children.iter().all(is_nothing)
}

/// Whether libvirt may have added a child that the definition does not have. Below units, it adds a lot (addresses,
/// models, drivers), but no more to a list that has something; among units, it adds only what is listed.
pub(super) fn is_filled_in(parent: &Node<'_>, given: &Node<'_>, child: &Node<'_>, among_units: bool) -> bool {
    let entry = parent.child_entry(child);
    if among_units {
        return entry.filled_by_libvirt;
    }
    let some = given.children.iter().any(|other| other.element.name == child.element.name);
    !some || entry.occurs == Occurs::Once
}

/// Whether a value is the newest of the family that a short word stands for: `pc-q35-10.0` for `q35`.
pub(super) fn is_of_family(entry: &Attribute, word: &str, value: &str) -> bool {
    let family = entry.families.iter().find(|(short, _)| *short == word).map_or(word, |(_, family)| family);
    !entry.families.is_empty() && value.strip_prefix(family).is_some_and(|version| version.starts_with('-'))
}
