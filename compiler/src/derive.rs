//! The one pass that adds to a document what a spec may leave to us: the uuid and MAC addresses, derived so that a
//! build stays reproducible and a guest keeps its addresses.

use std::borrow::Cow;

use nixvirt_schema::Format;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::document::{AttributeNode, Document, Node, Value};

/// The namespace of derived UUIDs: sixteen bytes of ASCII, so that Nix, whose strings hold no zero bytes, can derive
/// the same ones (`lib.uuid`).
pub const NAMESPACE: Uuid = Uuid::from_bytes(*b"nixvirt-objects:");

/// Adds the uuid of an object that has none (UUIDv5 of `KIND/NAME`) and the MAC address of each of its interfaces that
/// has none (NixVirt's rule: `52:54:00:` and the first three bytes of the SHA-256 over the uuid's bytes and the
/// interface's index as 32 bits, big-endian).
pub fn derive(document: &mut Document<'_>) {
    let root = &mut document.root;
    if !root.element.children.iter().any(|child| child.element.name == "uuid") {
        return;
    }
    if root.children_named("uuid").next().is_none() {
        let Some(name) = text_of(root, "name") else { return };
        let uuid = Uuid::new_v5(&NAMESPACE, format!("{}/{name}", document.kind.name).as_bytes());
        add_child(root, "uuid", |node| node.text = Some(value(uuid.to_string())));
    }
    let Some(uuid) = text_of(root, "uuid").and_then(|uuid| Uuid::parse_str(uuid).ok()) else { return };
    match document.kind.name {
        "domain" => {
            let devices = root.children.iter_mut().filter(|child| child.element.name == "devices");
            let interfaces = devices.flat_map(|devices| &mut devices.children);
            let interfaces = interfaces.filter(|device| device.element.name == "interface");
            for (index, interface) in (0..).zip(interfaces) {
                add_mac(interface, uuid, index);
            }
        }
        "network" => {
            let mode =
                root.children_named("forward").next().map(|forward| forward.get("mode").unwrap_or("nat"));
            if matches!(mode, None | Some("nat" | "route")) {
                add_mac(root, uuid, 0);
            }
        }
        _ => {}
    }
}

fn add_mac(holder: &mut Node<'_>, uuid: Uuid, index: u32) {
    if holder.children_named("mac").next().is_some() {
        return;
    }
    let hash = Sha256::new().chain_update(uuid.as_bytes()).chain_update(index.to_be_bytes()).finalize();
    let address = format!("52:54:00:{:02x}:{:02x}:{:02x}", hash[0], hash[1], hash[2]);
    add_child(holder, "mac", |node| {
        let entry = node.element.attributes.iter().position(|attribute| attribute.name == "address");
        node.attributes.extend(entry.map(|entry| AttributeNode { entry, value: value(address) }));
    });
}

fn add_child<'a>(parent: &mut Node<'a>, name: &str, fill: impl FnOnce(&mut Node<'a>)) {
    let entries = parent.element.children;
    if let Some(entry) = entries.iter().position(|child| child.element.name == name) {
        let mut node = Node::new(entries[entry].element, entry);
        fill(&mut node);
        parent.children.push(node);
        parent.sort();
    }
}

fn text_of<'n>(node: &'n Node<'_>, child: &'n str) -> Option<&'n str> {
    let child = node.children_named(child).next()?;
    let text = child.text.as_ref().filter(|text| text.valid)?;
    // What is no name is refused elsewhere; nothing may be derived from it.
    (!text.text.is_empty() && child.element.text.is_some_and(|entry| entry.format != Format::Empty))
        .then_some(&*text.text)
}

fn value<'a>(text: String) -> Value<'a> {
    Value { text: Cow::Owned(text), valid: true }
}
