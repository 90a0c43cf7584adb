//! Attributes and elements that say no more than libvirt fills in by itself, by the defaults in the schema's tables.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::vcpu::VCPU;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Attribute, Default, Guard, Need, Subject, attribute, child_name};

use super::left::LeftOut;
use crate::check::child;
use crate::document::amount::amount;
use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{AttributeNode, Document, Node};

/// Leaves out the values that libvirt fills in, and the elements of a domain that have no other.
pub(super) fn leave_out(document: &Document<'_>, left: &mut LeftOut) {
    let root = &document.root;
    let is_domain = document.kind.name == DOMAIN.name;
    below(root, &Scope::of(root, None), is_domain, left);
    if is_domain {
        current_memory(root, left);
        placement(root, left);
    }
}

fn below(node: &Node<'_>, scope: &Scope<'_, '_>, is_domain: bool, left: &mut LeftOut) {
    for child in node.children.iter().filter(|child| !left.has(child)).collect::<Vec<_>>() {
        let within = Scope::of(child, Some(scope));
        below(child, &within, is_domain, left);
        let entry = node.child_entry(child);
        // Devices are worked out together.
        let alone = node.children_named(child.element.name).nth(1).is_none() && !entry.units;
        if is_domain && entry.filled_by_libvirt && alone && says_nothing(child, &within, left) {
            left.node(child);
        }
    }
    let goes = |attribute: &&AttributeNode<'_>| {
        let entry = node.attribute_entry(attribute);
        // The schema demands some, whose absence would be warned of; on others, other parts depend.
        entry.need == Need::Optional
            && is_filled(node, attribute, entry, scope)
            && (entry.implied == Some(&*attribute.value.text) || !is_asked_for(node, entry.name, 0))
    };
    let gone: Vec<&AttributeNode<'_>> = node.attributes.iter().filter(goes).collect();
    let stays = gone.len() < node.attributes.len()
        || node.text.is_some()
        || !node.foreign.is_empty()
        || node.children.iter().any(|child| !left.has(child));
    // An element is not left bare: that it is there says something.
    if stays {
        gone.into_iter().for_each(|attribute| left.attribute(attribute));
    }
}

/// Whether the entry of a part of a node asks for the attribute of that name of the element so many levels up.
fn is_asked_for(node: &Node<'_>, name: &str, levels: usize) -> bool {
    let asks = |guard: &Guard| {
        guard.conditions().any(
            |condition| matches!(condition.subject, Subject::Attribute(up, of) if up == levels && of == name),
        )
    };
    node.attributes.iter().any(|attribute| asks(&node.attribute_entry(attribute).guard))
        || node
            .children
            .iter()
            .any(|child| asks(&node.child_entry(child).guard) || is_asked_for(child, name, levels + 1))
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
fn says_nothing(node: &Node<'_>, scope: &Scope<'_, '_>, left: &LeftOut) -> bool {
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
fn current_memory(root: &Node<'_>, left: &mut LeftOut) {
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

/// vCPUs run on all of the host's CPUs, or on those that are listed, unless `numatune` says otherwise.
fn placement(root: &Node<'_>, left: &mut LeftOut) {
    let vcpu = child(root, child_name!(DOMAIN, "vcpu"));
    let tuned = child(root, child_name!(DOMAIN, "numatune")).is_some();
    if let Some(placement) = vcpu.and_then(|vcpu| vcpu.attribute(attribute!(VCPU, "placement")))
        && placement.value.text == "static"
        && !tuned
    {
        left.attribute(placement);
    }
}
