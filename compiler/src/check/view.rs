//! Facts of a document that several rules need, each worked out once.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use nixvirt_schema::child_name;
use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::Family;

use crate::check::nodes::child;
use crate::check::pci::PciFault;
use crate::check::usb::Usb;
use crate::document::{Document, Node};

/// Facts of a document that several rules need, computed once: its devices, and what libvirt adds and implies.
pub(super) struct RuleView<'c, 'a> {
    /// The devices of a domain, in order.
    pub(super) devices: Vec<&'c Node<'a>>,
    /// The same, those of one element side by side: most rules look at the devices of one.
    pub(super) by_element: Vec<&'c Node<'a>>,
    /// Where a domain says what it is.
    pub(super) os_type: Option<&'c Node<'a>>,
    pub(super) machine: OnceCell<Option<&'c str>>,
    pub(super) family: OnceCell<Option<Family>>,
    pub(super) pci: OnceCell<Option<Vec<PciFault<'c>>>>,
    pub(super) usb: OnceCell<Option<Usb<'c>>>,
    /// Which node holds a node, by its address; put together for the first problem.
    pub(super) holders: OnceCell<BTreeMap<usize, &'c Node<'c>>>,
}

impl<'c, 'a> RuleView<'c, 'a> {
    pub(super) fn of(document: &'c Document<'a>) -> RuleView<'c, 'a> {
        let (mut devices, mut os_type) = (Vec::new(), None);
        for part in &document.root.children {
            if std::ptr::eq(part.element, &DEVICES) {
                devices.extend(&part.children);
            } else if std::ptr::eq(part.element, &OS) && os_type.is_none() {
                os_type = Some(child(part, child_name!(OS, "type")));
            }
        }
        let mut by_element = devices.clone();
        by_element.sort_by_key(|device| std::ptr::from_ref(device.element).addr());
        RuleView {
            devices,
            by_element,
            os_type: os_type.flatten(),
            machine: OnceCell::new(),
            family: OnceCell::new(),
            pci: OnceCell::new(),
            usb: OnceCell::new(),
            holders: OnceCell::new(),
        }
    }
}

pub(super) fn address_of(node: &Node<'_>) -> usize {
    std::ptr::from_ref(node).addr()
}

/// Notes which node holds each node below one.
pub(super) fn note_holders<'c>(holder: &'c Node<'c>, holders: &mut BTreeMap<usize, &'c Node<'c>>) {
    for child in &holder.children {
        holders.insert(address_of(child), holder);
        note_holders(child, holders);
    }
}
