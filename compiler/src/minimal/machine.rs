//! A machine that QEMU runs, as its definition has it.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::{Family, QEMU_TYPES, family};
use nixvirt_schema::{Element, attribute, below, child_name};

use crate::check::child;
use crate::document::{Document, Node};

/// More devices of a machine than this are not worked out: no machine has them, and hostile input could have millions.
const MOST_DEVICES: usize = 1000;

/// A machine that QEMU runs.
pub(super) struct QemuMachine<'d, 'a> {
    /// The root of its definition.
    pub(super) root: &'d Node<'a>,
    /// The architecture that it has, as `x86_64`.
    pub(super) arch: &'d str,
    /// The machine type that it has, as `pc-q35-10.0`.
    pub(super) name: &'d str,
    /// The family of its machine type.
    pub(super) family: Option<Family>,
    /// Its devices, in order.
    pub(super) devices: Vec<&'d Node<'a>>,
}

impl<'d, 'a> QemuMachine<'d, 'a> {
    /// Nothing for what is no machine of QEMU's, does not say which one it is, or has too many devices.
    pub(super) fn of(document: &'d Document<'a>) -> Option<QemuMachine<'d, 'a>> {
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
        Some(QemuMachine {
            root,
            arch: os_type.get(below!(OS, "type", "arch").1)?,
            name,
            family: family(name),
            devices: holder.map_or_else(Vec::new, |devices| devices.children.iter().collect()),
        })
    }

    /// The devices of an element, in order.
    pub(super) fn of_element(&self, element: &'static Element) -> impl Iterator<Item = &'d Node<'a>> {
        self.devices.iter().copied().filter(move |device| std::ptr::eq(device.element, element))
    }
}
