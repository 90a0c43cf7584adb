//! A definition without what libvirt fills in by itself: what libvirt makes of it is the same.
//!
//! Attributes are left out by the defaults in the schema's tables. The devices, controllers and addresses that libvirt adds to a
//! machine of QEMU's depend on the whole machine: they are worked out as libvirt does, and left out only where the result is
//! what the definition has. What has a comment stays.

mod addresses;
mod controllers;
mod devices;
mod pci;
mod pinned;
mod plug;
mod slots;
mod usb;
mod values;

use std::collections::BTreeSet;

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::{Family, QEMU_TYPES, family};
use nixvirt_schema::{attribute, below, child_name};

use crate::check::child;
use crate::diagnostics::Diagnostic;
use crate::document::{AttributeNode, Document, Node};

/// Leaves out of a document what libvirt fills in. The answer is what a reader should know of the rest, such as paths of the Nix store.
pub(crate) fn minimal(document: &mut Document<'_>) -> Vec<Diagnostic> {
    let mut notes = pinned::notes(document);
    let mut left = Left::default();
    if let Some(machine) = Machine::of(document) {
        notes.extend(addresses::leave_out(&machine, &mut left));
        devices::leave_out(&machine, &mut left);
    }
    values::leave_out(document, &mut left);
    left.apply(&mut document.root);
    notes
}

/// The parts that are left out, by their places in memory.
#[derive(Debug, Default)]
struct Left(BTreeSet<usize>);

impl Left {
    /// Leaves out a node, unless somebody has commented it.
    fn node(&mut self, node: &Node<'_>) {
        if !has_remarks(node) {
            self.0.insert(std::ptr::from_ref(node).addr());
        }
    }

    fn attribute(&mut self, attribute: &AttributeNode<'_>) {
        self.0.insert(std::ptr::from_ref(attribute).addr());
    }

    fn has(&self, node: &Node<'_>) -> bool {
        self.0.contains(&std::ptr::from_ref(node).addr())
    }

    fn has_attribute(&self, attribute: &AttributeNode<'_>) -> bool {
        self.0.contains(&std::ptr::from_ref(attribute).addr())
    }

    /// Whether nothing of a node is left, apart from the attributes of these names.
    fn is_bare(&self, node: &Node<'_>, names: &[&str]) -> bool {
        let said = |attribute: &&AttributeNode<'_>| {
            !self.has_attribute(attribute) && !names.contains(&node.attribute_entry(attribute).name)
        };
        node.attributes.iter().find(said).is_none()
            && node.text.is_none()
            && node.foreign.is_empty()
            && node.children.iter().all(|child| self.has(child))
    }

    /// Takes them out of a node and of what is in it. Nodes keep their places in memory meanwhile.
    fn apply(&self, node: &mut Node<'_>) {
        node.children.iter_mut().for_each(|child| self.apply(child));
        node.attributes.retain(|attribute| !self.has_attribute(attribute));
        node.children.retain(|child| !self.has(child));
    }
}

fn has_remarks(node: &Node<'_>) -> bool {
    node.remarks.is_some() || node.children.iter().any(has_remarks)
}

/// More devices of a machine than this are not worked out: no machine has them, and hostile input could have millions.
const MOST_DEVICES: usize = 1000;

/// A machine that QEMU runs.
struct Machine<'d, 'a> {
    root: &'d Node<'a>,
    arch: &'d str,
    name: &'d str,
    family: Option<Family>,
    /// Its devices, in order.
    devices: Vec<&'d Node<'a>>,
}

impl<'d, 'a> Machine<'d, 'a> {
    /// Nothing for what is no machine of QEMU's, does not say which one it is, or has too many devices.
    fn of(document: &'d Document<'a>) -> Option<Machine<'d, 'a>> {
        let root = &document.root;
        let runs = |it: &str| QEMU_TYPES.contains(&it);
        if document.kind.name != DOMAIN.name || !root.get(attribute!(DOMAIN, "type")).is_some_and(runs) {
            return None;
        }
        let os_type = child(child(root, child_name!(DOMAIN, "os"))?, child_name!(OS, "type"))?;
        let name = os_type.get(below!(OS, "type", "machine").1)?;
        let holder = child(root, child_name!(DOMAIN, "devices"));
        if holder.is_some_and(|devices| devices.children.len() > MOST_DEVICES) {
            return None;
        }
        Some(Machine {
            root,
            arch: os_type.get(below!(OS, "type", "arch").1)?,
            name,
            family: family(name),
            devices: holder.map_or_else(Vec::new, |devices| devices.children.iter().collect()),
        })
    }

    /// The devices of an element, in order.
    fn of_element(&self, element: &'static nixvirt_schema::Element) -> impl Iterator<Item = &'d Node<'a>> {
        self.devices.iter().copied().filter(move |device| std::ptr::eq(device.element, element))
    }
}
