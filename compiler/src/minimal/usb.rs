//! The ports that libvirt gives devices on USB, and the hubs that it adds where there are too few.
//!
//! It mirrors `qemuDomainAssignUSBAddresses` in `src/qemu/qemu_domain_address.c`.

use std::collections::BTreeSet;

use nixvirt_schema::domain::devices::chardev::{CHANNEL, CONSOLE, PARALLEL, SERIAL};
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::hub::HUB;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::redirdev::REDIRDEV;
use nixvirt_schema::domain::devices::smartcard::SMARTCARD;
use nixvirt_schema::domain::devices::sound::SOUND;
use nixvirt_schema::machine::usb::{HUB_PORTS, ports};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Element, attribute, child_name, parse_number};

use super::left::{LeftOut, has_remarks};
use super::machine::QemuMachine;
use crate::check::child;
use crate::document::Node;

/// The order in which libvirt looks at devices (`virDomainDeviceInfoIterateFlags`).
const ORDER: &[&Element] = &[
    &DISK,
    &INTERFACE,
    &SOUND,
    &HOSTDEV,
    &CONTROLLER,
    &SMARTCARD,
    &SERIAL,
    &PARALLEL,
    &CHANNEL,
    &CONSOLE,
    &INPUT,
    &REDIRDEV,
];

/// A port: its bus, how many hubs are before it, and its number on each of them.
type Port = (u64, usize, Vec<u64>);

/// A device with its address, and the port that the address names.
type Plugged<'d> = (&'d Node<'d>, &'d Node<'d>, Port);

/// Leaves out addresses and hubs that are the same without them.
pub(super) fn leave_out(machine: &QemuMachine<'_, '_>, left: &mut LeftOut) {
    let Some(mut free) = ports_of(machine) else { return };
    let hubs: Vec<Plugged<'_>> = machine.of_element(&HUB).filter_map(plugged).collect();
    let devices: Vec<Plugged<'_>> =
        ORDER.iter().flat_map(|element| machine.of_element(element)).filter_map(plugged).collect();
    if hubs.len() != machine.of_element(&HUB).count() {
        return;
    }
    let missing = devices.len().checked_sub(free.len()).filter(|missing| *missing > 0);
    let per_hub = usize::try_from(HUB_PORTS - 1).unwrap_or(usize::MAX);
    let needed = missing.map_or(0, |missing| (missing + 1).div_ceil(per_hub));
    // Hubs get their ports first.
    for (_, _, port) in &hubs {
        if free.first() != Some(port) {
            return;
        }
        free.remove(port);
        let (bus, depth, way) = port;
        free.extend((1..=HUB_PORTS).map(|number| (*bus, depth + 1, [&way[..], &[number]].concat())));
    }
    let mut given: Vec<&Plugged<'_>> = devices.iter().collect();
    let mut all = true;
    loop {
        let mut next = free.iter();
        let wrong =
            given.iter().position(|(_, address, port)| has_remarks(address) || next.next() != Some(port));
        let Some(wrong) = wrong else { break };
        all = false;
        free.remove(&given.remove(wrong).2);
    }
    given.iter().for_each(|(_, address, _)| left.node(address));
    let bare = |hub: &Node<'_>| !has_remarks(hub) && hub.attributes.len() == 1 && hub.children.len() == 1;
    if all && needed == hubs.len() && hubs.iter().all(|(hub, ..)| bare(hub)) {
        hubs.iter().for_each(|(hub, ..)| left.node(hub));
    }
}

/// The ports of a machine's controllers.
fn ports_of(machine: &QemuMachine<'_, '_>) -> Option<BTreeSet<Port>> {
    let mut free = BTreeSet::new();
    for controller in machine.of_element(&CONTROLLER) {
        if controller.get(attribute!(CONTROLLER, "type")) != Some("usb") {
            continue;
        }
        let bus = parse_number(controller.get(attribute!(CONTROLLER, "index"))?)?;
        let count = ports(controller.get(attribute!(CONTROLLER, "model"))?)?
            .count(controller.get(attribute!(CONTROLLER, "ports")))?;
        free.extend((1..=count.min(255)).map(|number| (bus, 0, vec![number])));
    }
    Some(free)
}

/// A device whose address is a port and nothing else.
fn plugged<'d>(device: &'d Node<'d>) -> Option<Plugged<'d>> {
    let address = child(device, child_name!(DISK, "address"))?;
    if address.get(attribute!(ADDRESS, "type")) != Some("usb") || !address.children.is_empty() {
        return None;
    }
    let bus = parse_number(address.get(attribute!(ADDRESS, "bus"))?)?;
    let way: Vec<u64> =
        address.get(attribute!(ADDRESS, "port"))?.split('.').map(parse_number).collect::<Option<_>>()?;
    Some((device, address, (bus, way.len() - 1, way)))
}
