//! The devices of a machine that are on PCI buses: their addresses and connectors.

use nixvirt_schema::domain::devices::chardev::CONSOLE;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::iommu::IOMMU;
use nixvirt_schema::domain::devices::memballoon::MEMBALLOON;
use nixvirt_schema::domain::devices::panic::PANIC;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::machine::pci::{Plug, bus};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{attribute, below, child_name};

use crate::check::pci::fault::PciAddress;
use crate::check::{Check, at, child, lacks, numbers};
use crate::document::Node;

/// The PCI address of a device, if it has one that libvirt does not have to pick. The outer nothing: it cannot be read.
pub(crate) fn place(device: &Node<'_>) -> Option<Option<PciAddress>> {
    let Some(address) = child(device, child_name!(DISK, "address")) else { return Some(None) };
    match address.get(attribute!(ADDRESS, "type")) {
        Some("pci") => {}
        Some(_) => return Some(None),
        None => return None,
    }
    let place = numbers_of(address)?;
    // Without a domain, a bus and a slot, an address asks for one.
    Some((place[..3] != [0; 3]).then_some(place))
}

/// The numbers of a PCI address: domain, bus, slot and function. Nothing where one of them cannot be read.
pub(crate) fn numbers_of(address: &Node<'_>) -> Option<PciAddress> {
    let names = [
        attribute!(ADDRESS, "domain"),
        attribute!(ADDRESS, "bus"),
        attribute!(ADDRESS, "slot"),
        attribute!(ADDRESS, "function"),
    ];
    numbers(address, names)
}

/// Whether a device is only said not to be there, as `<memballoon model='none'/>`: what stands in it takes no place.
fn is_absent(device: &Node<'_>) -> bool {
    let of = |element| std::ptr::eq(device.element, element);
    let model = device.get(attribute!(MEMBALLOON, "model"));
    let is_none = (of(&MEMBALLOON) || of(&CONTROLLER)) && model == Some("none");
    is_none || of(&VIDEO) && at(device, below!(VIDEO, "model", "type")) == Some("none")
}

/// The devices that have a PCI address. A console has none of its own.
pub(super) fn placed<'c>(check: &Check<'c, '_>) -> Option<Vec<(PciAddress, &'c Node<'c>)>> {
    let mut found = Vec::new();
    let has_own = |device: &Node<'_>| !std::ptr::eq(device.element, &CONSOLE) && !is_absent(device);
    for device in check.devices().filter(|device| has_own(device)) {
        found.extend(place(device)?.map(|place| (place, device as &Node<'_>)));
    }
    Some(found)
}

/// The connector of a device, and whether the device is part of the root bus.
pub(super) fn plug(device: &Node<'_>) -> (Plug, bool) {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&CONTROLLER) && device.get(attribute!(CONTROLLER, "type")) == Some("pci") {
        let model = device.get(attribute!(CONTROLLER, "model")).and_then(bus);
        return (model.and_then(|bus| bus.plug).unwrap_or(Plug::Endpoint), false);
    }
    let is_part = match device.get(attribute!(PANIC, "model")) {
        Some("virtio") => is(&IOMMU),
        Some("pvpanic") => is(&PANIC),
        _ => false,
    };
    (Plug::Endpoint, is_part)
}

/// Whether a device is certainly one of PCI Express in a machine that has it.
pub(super) fn is_express(device: &Node<'_>) -> bool {
    let is = |element| std::ptr::eq(device.element, element);
    is(&HOSTDEV)
        || (is(&DISK) && at(device, below!(DISK, "target", "bus")) == Some("virtio"))
            && lacks(device, attribute!(DISK, "model"))
        || (is(&INTERFACE) && at(device, below!(INTERFACE, "model", "type")) == Some("virtio"))
}
