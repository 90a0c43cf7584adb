//! The one pass that adds to a document what a spec may leave to us: the uuid and MAC addresses, derived so that a
//! build stays reproducible and a guest keeps its addresses.

use std::borrow::Cow;

use nixvirt_schema::domain::os::SYSINFO;
use nixvirt_schema::nodedev::NODE_DEVICE;
use nixvirt_schema::{Child, Derived, Format, Guard, Kind, Named, child_name, kind_of, way};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::document::scope::{GuardVerdict, Scope};
use crate::document::{AttributeNode, Document, Node, NodeValue};

/// The namespace of derived UUIDs: sixteen bytes of ASCII, so that Nix, whose strings hold no zero bytes, can derive
/// the same ones (`lib.uuid`).
pub const NAMESPACE: Uuid = Uuid::from_bytes(*b"nixvirt-objects:");

/// Adds the UUID of an object that has none (UUIDv5 of `KIND/NAME`) and the MAC address of each of its interfaces that
/// has none (NixVirt's rule: `52:54:00:` and the first three bytes of the SHA-256 over the UUID's bytes and the
/// interface's index as 32 bits, big-endian). A machine whose `sysinfo` tells the guest a UUID has that one. An object within
/// another one, as the domain of a snapshot, has its own.
///
/// With a salt, objects of one name on several hosts differ: the UUID is that of `salt:SALT/KIND/NAME`, and the SHA-256 goes
/// over the salt's bytes, too.
pub fn derive(document: &mut Document<'_>) {
    object(document.kind, &mut document.root, document.salt.as_deref());
}

fn object(kind: &Kind, root: &mut Node<'_>, salt: Option<&str>) {
    // The way to the element that holds the UUID.
    let way = match kind.named {
        Named::Uuid([way @ .., _]) => way,
        _ => &[],
    };
    let missing = node_at(root, way).and_then(|holder| missing_uuid(holder));
    if let Some(entry) = missing
        && let Some(uuid) = system_uuid(root).or_else(|| uuid_of_name(kind, root, salt))
        && let Some(holder) = node_at(root, way)
    {
        add_child(holder, entry, |node| node.text = Some(value(uuid.to_string())));
    }
    match node_at(root, way).and_then(|holder| own_uuid(holder)) {
        Some(uuid) => add_macs(root, uuid, salt, &mut 0),
        None => objects_within(root, salt),
    }
}

/// The UUID that follows from the name of an object.
fn uuid_of_name(kind: &Kind, root: &Node<'_>, salt: Option<&str>) -> Option<Uuid> {
    let name = match kind.named {
        Named::Child(name) => text_of(root, name),
        Named::Attribute(name) => root.get(name),
        // libvirt makes the name of a node device out of its UUID: the one that is given is ours to use.
        Named::Uuid(_) => text_of(root, child_name!(NODE_DEVICE, "name")),
        Named::Nowhere => None,
    }?;
    let salted = salt.map(|salt| format!("salt:{salt}/")).unwrap_or_default();
    Some(Uuid::new_v5(&NAMESPACE, format!("{salted}{}/{name}", kind.name).as_bytes()))
}

/// Adds what is derived to the objects below a node that belongs to none with a UUID.
fn objects_within(node: &mut Node<'_>, salt: Option<&str>) {
    for child in &mut node.children {
        match kind_of(child.element) {
            Some(kind) => object(kind, child, salt),
            None => objects_within(child, salt),
        }
    }
}

/// The last of some elements, each a child of the one before.
fn node_at<'n, 'a>(root: &'n mut Node<'a>, way: &[&str]) -> Option<&'n mut Node<'a>> {
    way.iter().try_fold(root, |node, name| node.children.iter_mut().find(|child| child.element.name == *name))
}

/// The entry of the UUID that is derived for an element.
fn uuid_entry(holder: &Node<'_>) -> Option<usize> {
    holder.element.children.iter().position(|entry| matches!(entry.derived, Some((Derived::Uuid, _))))
}

/// The entry of the UUID that an element can have and does not.
fn missing_uuid(holder: &Node<'_>) -> Option<usize> {
    let entry = uuid_entry(holder)?;
    let child = &holder.element.children[entry];
    let lacks = holder.children_named(child.element.name).next().is_none();
    (lacks && Scope::of(holder, None).decide(&child.guard) == GuardVerdict::Holds).then_some(entry)
}

/// The UUID that an element holds.
fn own_uuid(holder: &Node<'_>) -> Option<Uuid> {
    let entry = uuid_entry(holder)?;
    text_of(holder, holder.element.children[entry].element.name).and_then(|uuid| Uuid::parse_str(uuid).ok())
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
    // A text that is not a name is reported elsewhere; nothing may be derived from it.
    (!text.text.is_empty() && child.element.text.is_some_and(|entry| entry.format != Format::Empty))
        .then_some(&*text.text)
}

fn value<'a>(text: String) -> NodeValue<'a> {
    NodeValue { text: Cow::Owned(text), valid: true }
}
