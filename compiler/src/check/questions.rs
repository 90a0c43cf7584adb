//! Questions that rules ask of a whole document.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::Element;
use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::cpu::{CPU, NUMA};
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::namespaces::{QEMU_COMMANDLINE, QEMU_OVERRIDE};
use nixvirt_schema::domain::os::OS;
use nixvirt_schema::machine::{Family, default_machine, family, is_x86};
use nixvirt_schema::{attribute, below, child_name, parse_number};

use crate::check::nodes::{child, lacks, may_have};
use crate::check::rule::Check;
use crate::check::view::{address_of, note_holders};
use crate::check::{pci, usb};
use crate::diagnostics::Related;
use crate::document::Node;
use crate::document::keys::child_key;
use crate::document::path::{Path, PathStep};

impl<'c, 'a> Check<'c, 'a> {
    /// The root element of the document.
    pub fn root(&self) -> &'c Node<'a> {
        &self.document.root
    }

    /// Whether QEMU gets arguments of the user's, or properties beside libvirt's: no rule speaks of what these may change.
    pub fn qemu_gets_more(&self) -> bool {
        let names = [QEMU_COMMANDLINE.name, QEMU_OVERRIDE.name];
        names.iter().any(|name| !lacks(self.root(), name))
    }

    /// The NUMA cells of a domain; nothing where it may have others.
    pub(crate) fn cells(&self) -> Option<Vec<&'c Node<'c>>> {
        let (cpu, numa) = (child_name!(DOMAIN, "cpu"), child_name!(CPU, "numa"));
        let Some(cpu) = child(self.root(), cpu) else { return lacks(self.root(), cpu).then(Vec::new) };
        let Some(numa) = child(cpu, numa) else { return lacks(cpu, numa).then(Vec::new) };
        let known = !may_have(numa, child_name!(NUMA, "cell"));
        known.then(|| numa.children_named(child_name!(NUMA, "cell")).map(|cell| cell as &Node<'_>).collect())
    }

    /// Every device of a domain, in order.
    pub fn devices(&self) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
        self.view.devices.iter().copied()
    }

    /// The devices that are of an element.
    pub fn devices_of(&self, element: &'static Element) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
        let (all, wanted) = (&self.view.by_element[..], std::ptr::from_ref(element).addr());
        let address = |device: &Node<'_>| std::ptr::from_ref(device.element).addr();
        let begin = all.partition_point(|device| address(device) < wanted);
        let count = all[begin..].iter().take_while(|device| address(device) == wanted).count();
        all[begin..begin + count].iter().copied()
    }

    /// Whether a domain may have devices of a name that the source does not tell.
    pub fn may_have_device(&self, name: &str) -> bool {
        let mut holders = self.root().children_named(child_name!(DOMAIN, "devices")).peekable();
        let none = holders.peek().is_none();
        (none && may_have(self.root(), child_name!(DOMAIN, "devices")))
            || holders.any(|devices| may_have(devices, name))
    }

    /// The architecture that a domain names.
    pub fn arch(&self) -> Option<&'c str> {
        self.view.os_type?.get(below!(OS, "type", "arch").1)
    }

    /// Whether a domain is of an x86 architecture; nothing where it does not say.
    pub fn is_x86(&self) -> Option<bool> {
        self.arch().map(is_x86)
    }

    /// The machine type of a domain: the one that it names, or the one that libvirt takes then for the architecture.
    pub fn machine(&self) -> Option<&'c str> {
        *self.view.machine.get_or_init(|| {
            let (os_type, name) = (self.view.os_type?, below!(OS, "type", "machine").1);
            match os_type.get(name) {
                None if lacks(os_type, name) => self.arch().and_then(default_machine),
                machine => machine,
            }
        })
    }

    /// The family of a domain's machine type; nothing where it is of none, or not known.
    pub fn family(&self) -> Option<Family> {
        *self.view.family.get_or_init(|| self.machine().and_then(family))
    }

    /// The faults of the PCI addresses of a domain; nothing where too little is known of it.
    pub(crate) fn pci(&self) -> Option<&'c [pci::PciFault<'c>]> {
        self.view.pci.get_or_init(|| pci::faults(self)).as_deref()
    }

    /// The USB buses of a domain; nothing where too little is known of it.
    pub(crate) fn usb(&self) -> Option<&'c usb::Usb<'c>> {
        self.view.usb.get_or_init(|| usb::usb(self)).as_ref()
    }

    /// The controllers of a type, each with its index: the one that it has, or the one that libvirt gives it
    /// (`virDomainDefPostParseDeviceIterator` and what comes after it). Nothing where an index is not known.
    pub(crate) fn controllers(&self, kind: &str) -> Option<Vec<(u64, &'c Node<'c>)>> {
        let of_kind = |it: &&Node<'_>| it.get(attribute!(CONTROLLER, "type")) == Some(kind);
        let found: Vec<&'c Node<'c>> =
            self.devices_of(&CONTROLLER).map(|it| it as &Node<'_>).filter(of_kind).collect();
        let index = attribute!(CONTROLLER, "index");
        let mut given = Vec::with_capacity(found.len());
        for controller in &found {
            given.push(match controller.attribute(index) {
                Some(index) => Some(parse_number(&index.value.text)?),
                None if lacks(controller, index) => None,
                None => return None,
            });
        }
        let mut taken: BTreeSet<u64> = given.iter().flatten().copied().collect();
        let mut free = 0;
        for at in 0..found.len() {
            if given[at].is_none() {
                // The companions of a USB 2 controller get the index of the one before them.
                let model = found[at].get(attribute!(CONTROLLER, "model"));
                if model.is_some_and(|model| model.starts_with("ich9-")) && found.len() > 1 {
                    return None;
                }
                while taken.contains(&free) {
                    free += 1;
                }
                taken.insert(free);
                given[at] = Some(free);
            }
        }
        Some(given.into_iter().flatten().zip(found).collect())
    }

    /// The index of a controller among those of its type.
    pub(crate) fn index_of(&self, controller: &Node<'_>) -> Option<u64> {
        let of_type = self.controllers(controller.get(attribute!(CONTROLLER, "type"))?)?;
        of_type.into_iter().find(|(_, it)| std::ptr::addr_eq(*it, controller)).map(|(index, _)| index)
    }

    /// Another place that a problem speaks of.
    pub fn related(&self, node: &Node<'_>, message: &str) -> Related {
        Related { path: self.path(node), offset: node.offset, file: None, message: message.to_owned() }
    }

    /// The way from the root to a node, worked out only for a problem.
    pub fn path(&self, node: &Node<'_>) -> Path {
        let holders = self.view.holders.get_or_init(|| {
            let mut holders = BTreeMap::new();
            note_holders(&self.document.root, &mut holders);
            holders
        });
        let mut steps = Vec::new();
        let mut here = node;
        while let Some(holder) = holders.get(&address_of(here)) {
            if !holder.child_entry(here).hoisted {
                let key = child_key(holder.element, here.element).into_owned();
                steps.push(PathStep { key, index: here.index });
            }
            here = holder;
        }
        steps.reverse();
        Path(steps)
    }
}
