//! Gathers the facts of an object from its document.
//!
//! The schema tells where names, UUIDs, MAC addresses and references to other objects are. This file only adds the resources of
//! the host that an object takes for itself.

use nixvirt_schema::{Derived, Format, Named};

use crate::diagnostics::report::Report;
use crate::document::{AttributeNode, Document, Node};
use crate::link::at::{At, ObjectPlace};
use crate::link::facts::{Facts, ObjectReference, OfKind, Resource, canonical_uuid};
use crate::link::{domain, network, nodedev, pool};

impl Facts {
    /// The facts of a document.
    pub fn of(document: &Document<'_>, report: &Report) -> Facts {
        let root = At::root(&document.root);
        let (mut references, mut macs) = (Vec::new(), Vec::new());
        root.each(&mut |at| {
            references_of(at, &mut references);
            macs_of(at, &mut macs);
        });
        let mut facts = Facts {
            kind: document.kind,
            name: document.name().map(str::to_owned),
            known: !report.unknowns,
            levels: report.levels().clone(),
            references,
            claims: Vec::new(),
            of_kind: OfKind::Other,
        };
        facts.identify(document, &root);
        match facts.kind.name {
            "domain" => domain::gather(&root, macs, &mut facts),
            "network" => network::gather(&root, &mut facts),
            "pool" => pool::gather(&root, &mut facts),
            "volume" => pool::gather_volume(&root, &mut facts),
            "secret" => facts.usage(&root),
            "nodedev" => nodedev::gather(&root, &mut facts),
            _ => {}
        }
        facts
    }

    /// Its name and UUID, where its kind has them.
    fn identify(&mut self, document: &Document<'_>, root: &At<'_, '_, '_>) {
        if let (Some(name), Named::Child(at) | Named::Attribute(at)) = (&self.name, self.kind.named) {
            let place = root.place(&[at]);
            self.claim(Resource::Name, name.clone(), place);
        }
        let is_uuid = |child: &&Node<'_>| child.element.text.is_some_and(|text| text.format == Format::Uuid);
        let Some(uuid) = document.uuid() else { return };
        let place = match self.kind.named {
            Named::Uuid(way) => Some(root.place(way)),
            _ => document.root.children.iter().find(is_uuid).map(|child| root.place(&[child.element.name])),
        };
        if let Some(place) = place {
            self.claim(Resource::Uuid, canonical_uuid(uuid), place);
        }
    }

    fn usage(&mut self, root: &At<'_, '_, '_>) {
        use nixvirt_schema::secret::SECRET;
        let Some(usage) = root.child(nixvirt_schema::child_name!(SECRET, "usage")) else { return };
        let Some(kind) = usage.value(&["type"]) else { return };
        let names = [
            nixvirt_schema::way!(SECRET, "usage", "volume"),
            nixvirt_schema::way!(SECRET, "usage", "name"),
            nixvirt_schema::way!(SECRET, "usage", "target"),
        ];
        if let Some(name) = names.iter().find_map(|way| root.value(way)) {
            self.claim(Resource::Usage, format!("{kind} {name}"), usage.place(&[]));
        }
    }
}

/// The other objects that a document names, in the order of the document. What the schema says of an attribute decides.
pub fn references(document: &Document<'_>) -> Vec<ObjectReference> {
    let mut found = Vec::new();
    At::root(&document.root).each(&mut |at| references_of(at, &mut found));
    found
}

/// The other objects that a node names.
fn references_of(at: &At<'_, '_, '_>, found: &mut Vec<ObjectReference>) {
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
fn macs_of(at: &At<'_, '_, '_>, found: &mut Vec<(String, ObjectPlace)>) {
    let entry = at.holder().map(|holder| holder.child_entry(at.node()));
    if matches!(entry.and_then(|entry| entry.derived), Some((Derived::Mac, _))) {
        for attribute in at.node().attributes.iter().filter(|attribute| attribute.value.valid) {
            let name = at.node().attribute_entry(attribute).name;
            found.push((attribute.value.text.to_ascii_lowercase(), at.place(&[name])));
        }
    }
}
