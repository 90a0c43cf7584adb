//! The other objects that a document names, and its MAC addresses, as the schema tells them.

use nixvirt_schema::Derived;

use crate::document::{AttributeNode, Document, Node};
use crate::link::at::{At, ObjectPlace};
use crate::link::facts::ObjectReference;

/// The other objects that a document names, in the order of the document. What the schema says of an attribute decides.
pub fn references(document: &Document<'_>) -> Vec<ObjectReference> {
    let mut found = Vec::new();
    At::root(&document.root).each(&mut |at| references_of(at, &mut found));
    found
}

/// The other objects that a node names.
pub(super) fn references_of(at: &At<'_, '_, '_>, found: &mut Vec<ObjectReference>) {
    let node = at.node();
    for attribute in node.attributes.iter().filter(|attribute| attribute.value.valid) {
        let entry = node.attribute_entry(attribute);
        let Some(reference) = entry.refers_to else { continue };
        let holder = nixvirt_schema::kind(reference.kind).and_then(|kind| kind.parent);
        let of_holder = |other: &&AttributeNode<'_>| {
            let refers = node.attribute_entry(other).refers_to;
            refers.is_some_and(|refers| Some(refers.kind) == holder)
        };
        let within = node.attributes.iter().find(of_holder).map(|other| other.value.text.to_string());
        found.push(ObjectReference {
            kind: reference.kind,
            by: reference.by,
            value: attribute.value.text.to_string(),
            within,
            place: at.place(&[entry.name]),
        });
    }
}

/// The MAC addresses below the root of a document, where libvirt or we would make one up if there were none, in the order of
/// the document and in lower case.
pub fn mac_addresses(root: &Node<'_>) -> Vec<(String, ObjectPlace)> {
    let mut found = Vec::new();
    At::root(root).each(&mut |at| macs_of(at, &mut found));
    found
}

/// The MAC address that a node is, if it is one.
pub(super) fn macs_of(at: &At<'_, '_, '_>, found: &mut Vec<(String, ObjectPlace)>) {
    let entry = at.holder().map(|holder| holder.child_entry(at.node()));
    if matches!(entry.and_then(|entry| entry.derived), Some((Derived::Mac, _))) {
        for attribute in at.node().attributes.iter().filter(|attribute| attribute.value.valid) {
            let name = at.node().attribute_entry(attribute).name;
            found.push((attribute.value.text.to_ascii_lowercase(), at.place(&[name])));
        }
    }
}
