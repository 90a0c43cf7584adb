//! The one pass that adds to a document what a spec may leave to us: the uuid and MAC addresses, derived so that a
//! build stays reproducible and a guest keeps its addresses.

use std::borrow::Cow;

use nixvirt_schema::domain::os::SYSINFO;
use nixvirt_schema::{Child, Derived, Format, Guard, Kind, Named, kind_of, way};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{AttributeNode, Document, Node, NodeValue};

/// The namespace of derived UUIDs: sixteen bytes of ASCII, so that Nix, whose strings hold no zero bytes, can derive
/// the same ones (`lib.uuid`).
pub const NAMESPACE: Uuid = Uuid::from_bytes(*b"nixvirt-objects:");

/// Adds the UUID of an object that has none (UUIDv5 of `KIND/NAME`) and the MAC address of each of its interfaces that
/// has none (NixVirt's rule: `52:54:00:` and the first three bytes of the SHA-256 over the UUID's bytes and the
/// interface's index as 32 bits, big-endian). A machine whose `sysinfo` tells the guest a UUID has that one. An object within another one, as the domain of a snapshot, has its own.
///
/// With a salt, objects of one name on several hosts differ: the UUID is that of `salt:SALT/KIND/NAME`, and the SHA-256 goes
/// over the salt's bytes, too.
pub fn derive(document: &mut Document<'_>) {
    object(document.kind, &mut document.root, document.salt.as_deref());
}

fn object(kind: &Kind, root: &mut Node<'_>, salt: Option<&str>) {
    let is_uuid = |entry: &Child| matches!(entry.derived, Some((Derived::Uuid, _)));
    let Some(entry) = root.element.children.iter().position(is_uuid) else { return };
    let holder = root.element.children[entry].element.name;
    if root.children_named(holder).next().is_none() {
        let name = match kind.named {
            Named::Child(name) => text_of(root, name),
            Named::Attribute(name) => root.get(name),
            _ => None,
        };
        let Some(name) = name else { return };
        let salted = salt.map(|salt| format!("salt:{salt}/")).unwrap_or_default();
        let derived = || Uuid::new_v5(&NAMESPACE, format!("{salted}{}/{name}", kind.name).as_bytes());
        let uuid = system_uuid(root).unwrap_or_else(derived);
        add_child(root, entry, |node| node.text = Some(value(uuid.to_string())));
    }
    let Some(uuid) = text_of(root, holder).and_then(|uuid| Uuid::parse_str(uuid).ok()) else { return };
    add_macs(root, uuid, salt, &mut 0);
}

/// The UUID that a machine tells its guest in `sysinfo`: libvirt refuses one that is not the machine's own.
fn system_uuid(root: &Node<'_>) -> Option<Uuid> {
    let [system, entry, name] = way!(SYSINFO, "system", "entry", "name") else { return None };
    let entries = root
        .children_named(SYSINFO.name)
        .flat_map(|sysinfo| sysinfo.children_named(system))
        .flat_map(|system| system.children_named(entry));
    let uuid = entries.into_iter().find(|entry| entry.get(name) == Some("uuid"))?.text.as_ref()?;
    Uuid::parse_str(&uuid.text).ok()
}

/// Adds MAC addresses to a node and those below it; `index` counts the places of such addresses.
fn add_macs(node: &mut Node<'_>, uuid: Uuid, salt: Option<&str>, index: &mut u32) {
    let is_mac = |entry: &Child| matches!(entry.derived, Some((Derived::Mac, _)));
    if let Some(entry) = node.element.children.iter().position(is_mac) {
        let guard = node.element.children[entry].derived.map_or(&Guard::ALWAYS, |(_, guard)| guard);
        let name = node.element.children[entry].element.name;
        let wanted = Scope::of(node, None).decide(guard) == GuardVerdict::Holds;
        if wanted && node.children_named(name).next().is_none() {
            add_child(node, entry, |mac| fill_mac(mac, uuid, salt, *index));
        }
        *index += 1;
    }
    for child in &mut node.children {
        match kind_of(child.element) {
            Some(kind) => object(kind, child, salt),
            None => add_macs(child, uuid, salt, index),
        }
    }
}

fn fill_mac(mac: &mut Node<'_>, uuid: Uuid, salt: Option<&str>, index: u32) {
    let hash = Sha256::new().chain_update(uuid.as_bytes()).chain_update(index.to_be_bytes());
    let hash = hash.chain_update(salt.unwrap_or_default()).finalize();
    let address = format!("52:54:00:{:02x}:{:02x}:{:02x}", hash[0], hash[1], hash[2]);
    let entry = mac.element.attributes.iter().position(|entry| matches!(entry.format, Format::Mac { .. }));
    mac.attributes.extend(entry.map(|entry| AttributeNode { entry, value: value(address) }));
}

fn add_child<'a>(parent: &mut Node<'a>, entry: usize, fill: impl FnOnce(&mut Node<'a>)) {
    let mut node = Node::new(parent.element.children[entry].element, entry);
    fill(&mut node);
    parent.children.push(node);
    parent.sort();
}

fn text_of<'n>(node: &'n Node<'_>, child: &'n str) -> Option<&'n str> {
    let child = node.children_named(child).next()?;
    let text = child.text.as_ref().filter(|text| text.valid)?;
    // What is no name is refused elsewhere; nothing may be derived from it.
    (!text.text.is_empty() && child.element.text.is_some_and(|entry| entry.format != Format::Empty))
        .then_some(&*text.text)
}

fn value<'a>(text: String) -> NodeValue<'a> {
    NodeValue { text: Cow::Owned(text), valid: true }
}
