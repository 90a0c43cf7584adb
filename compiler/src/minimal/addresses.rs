//! Addresses of devices, and the controllers, bridges and ports that libvirt adds: what it does again where they are left out.

use std::collections::BTreeSet;

use nixvirt_schema::domain::devices::chardev::CHANNEL;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::machine::drive;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{attribute, below, child_name};

use super::left::{LeftOut, has_remarks};
use super::machine::QemuMachine;
use super::pci::Pci;
use super::plug::pci_address;
use super::{controllers, pinned, usb};
use crate::check::{at, child, numbers};
use crate::diagnostics::Diagnostic;
use crate::document::Node;

/// Leaves out what libvirt does again. Says which addresses are not left out.
pub(super) fn leave_out(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) -> Vec<Diagnostic> {
    machine.of_element(&DISK).filter_map(by_target).for_each(|address| left.node(address));
    virtio_serial(machine).into_iter().for_each(|address| left.node(address));
    usb::leave_out(machine, left);
    let again = Pci::of(machine)
        .and_then(|pci| pci.again(&|bridge| controllers::is_plain(bridge), &|address| !has_remarks(address)));
    let mut notes = Vec::new();
    match &again {
        Some(again) => {
            again
                .devices
                .iter()
                .filter_map(|device| pci_address(device))
                .for_each(|address| left.node(address));
            notes.extend(pinned::other_addresses(&again.elsewhere));
        }
        None => {
            let first = machine.devices.iter().find(|device| pci_address(device).is_some());
            notes.extend(first.map(|device| pinned::unknown_addresses(device)));
        }
    }
    controllers::leave_out(machine, again.is_some_and(|again| again.bridges), left);
    notes
}

/// The address of a device, if it is of that type and says no more than these numbers.
pub(super) fn address_of<'d, const N: usize>(
    device: &'d Node<'d>,
    kind: &str,
    names: [&'static str; N],
) -> Option<(&'d Node<'d>, [u64; N])> {
    let address = child(device, child_name!(DISK, "address"))?;
    let kind_name = attribute!(ADDRESS, "type");
    let known = |name: &'static str| name == kind_name || names.contains(&name);
    let plain = address.attributes.iter().all(|it| known(address.attribute_entry(it).name));
    if address.get(kind_name) != Some(kind) || !plain || !address.children.is_empty() {
        return None;
    }
    Some((address, numbers(address, names)?))
}

/// The place of a disk on its controller, where it is the one that the name of its target says.
fn by_target<'d>(disk: &'d Node<'d>) -> Option<&'d Node<'d>> {
    let names = [
        attribute!(ADDRESS, "controller"),
        attribute!(ADDRESS, "bus"),
        attribute!(ADDRESS, "target"),
        attribute!(ADDRESS, "unit"),
    ];
    let (address, given) = address_of(disk, "drive", names)?;
    let target = drive::target(at(disk, below!(DISK, "target", "dev"))?)?;
    let usual = drive::place(at(disk, below!(DISK, "target", "bus"))?, target.index)?;
    (given == usual).then_some(address)
}

/// The ports of channels on the one `virtio-serial` controller (`qemuDomainAssignVirtioSerialAddresses`), in order from 1.
fn virtio_serial<'d>(machine: &QemuMachine<'d, 'd>) -> Vec<&'d Node<'d>> {
    let names = [attribute!(ADDRESS, "controller"), attribute!(ADDRESS, "bus"), attribute!(ADDRESS, "port")];
    let mut taken = BTreeSet::new();
    let mut given = Vec::new();
    for device in machine.devices.iter().copied() {
        let Some((address, [controller, bus, port])) = address_of(device, "virtio-serial", names) else {
            continue;
        };
        if (controller, bus) != (0, 0) {
            return Vec::new();
        }
        match std::ptr::eq(device.element, &CHANNEL) && !has_remarks(address) {
            true => given.push((address, port)),
            false => drop(taken.insert(port)),
        }
    }
    // What stays takes its port first; another one may then be in the way.
    loop {
        let mut free = (1..).filter(|port| !taken.contains(port));
        let wrong = given.iter().position(|(_, port)| free.next() != Some(*port));
        let Some(wrong) = wrong else { return given.into_iter().map(|(address, _)| address).collect() };
        taken.insert(given.remove(wrong).1);
    }
}
