//! Attributes and elements that say no more than libvirt fills in by itself, by the defaults in the schema's tables.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Attribute, Default, Guard, Need, child_name};

use super::Left;
use crate::check::child;
use crate::document::amount::amount;
use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{AttributeNode, Document, Node};

/// Leaves out what the tables have.
pub(super) fn leave_out(document: &Document<'_>, left: &mut Left) {
    let root = &document.root;
    below(root, &Scope::of(root, None), left);
    if document.kind.name == DOMAIN.name {
        current_memory(root, left);
    }
}

fn below(node: &Node<'_>, scope: &Scope<'_, '_>, left: &mut Left) {
    for attribute in &node.attributes {
        let entry = node.attribute_entry(attribute);
        // What libvirt's schema demands would be warned of.
        if entry.need == Need::Optional && is_filled(node, attribute, entry, scope) {
            left.attribute(attribute);
        }
    }
    for child in &node.children {
        if left.has(child) {
            continue;
        }
        let within = Scope::of(child, Some(scope));
        below(child, &within, left);
        let entry = node.child_entry(child);
        // Devices are worked out together.
        let alone =
            node.children_named(child.element.name).nth(1).is_none() && !node.child_entry(child).units;
        if entry.filled_by_libvirt && alone && says_nothing(child, &within, left) {
            left.node(child);
        }
    }
}

fn holds(guard: &Guard, scope: &Scope<'_, '_>) -> bool {
    scope.decide(guard) == GuardVerdict::Holds
}

/// Whether an attribute has the value that libvirt writes there.
fn is_filled(
    node: &Node<'_>,
    attribute: &AttributeNode<'_>,
    entry: &Attribute,
    scope: &Scope<'_, '_>,
) -> bool {
    let value = &*attribute.value.text;
    // An address is read as a whole.
    if node.element.name == ADDRESS.name {
        return false;
    }
    let unit = node.element.text.and_then(|text| text.default_unit);
    let is_unit = entry.name == "unit" && unit == Some(value);
    is_unit
        || always(entry.default) == Some(value)
        || entry.filled.is_some_and(|filled| filled.value == value && holds(&filled.guard, scope))
}

/// The value that libvirt fills in whatever else there is.
fn always(default: Option<Default>) -> Option<&'static str> {
    default.filter(|default| default.always).map(|default| default.value)
}

/// Whether an element has nothing that libvirt would not write.
fn says_nothing(node: &Node<'_>, scope: &Scope<'_, '_>, left: &Left) -> bool {
    let filled = |attribute: &AttributeNode<'_>| {
        left.has_attribute(attribute) || is_filled(node, attribute, node.attribute_entry(attribute), scope)
    };
    let usual = node.element.text.and_then(|text| always(text.default));
    let plain = match &node.text {
        None => node.element.text.is_none() && !node.element.is_flag(),
        Some(text) => usual == Some(&*text.text),
    };
    plain
        && node.attributes.iter().all(filled)
        && node.foreign.is_empty()
        && node.children.iter().all(|child| left.has(child))
}

/// libvirt takes the memory for what the balloon leaves of it.
fn current_memory(root: &Node<'_>, left: &mut Left) {
    let memory = child(root, child_name!(DOMAIN, "memory")).and_then(amount);
    let current = child(root, child_name!(DOMAIN, "currentMemory"));
    let can_grow = child(root, child_name!(DOMAIN, "maxMemory")).is_some();
    if let Some(current) = current
        && memory.is_some()
        && amount(current) == memory
        && !can_grow
    {
        left.node(current);
    }
}
