//! Controllers that libvirt adds to a machine: those that every machine has, those that disks and channels need, and bridges and ports.

use nixvirt_schema::domain::devices::chardev::{CHANNEL, CONSOLE};
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::machine::pci::{RootBus, bus, root};
use nixvirt_schema::machine::{Family, drive};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{attribute, below, child_name, parse_number};

use super::left::{LeftOut, has_remarks};
use super::machine::QemuMachine;
use super::plug::pci_address;
use crate::check::{added_usb, at, child};
use crate::document::{AttributeNode, Node};

/// A controller: its type and index.
type Known<'d> = (&'d str, u64);

/// More controllers than this are not worked out: there are at most 256 PCI buses.
const MOST_CONTROLLERS: usize = 300;

/// Leaves out the controllers that libvirt adds again at the same place among the others, and of the rest what it writes into them. With
/// `bridges`, it adds the PCI bridges and ports, too.
pub(super) fn leave_out(machine: &QemuMachine<'_, '_>, bridges: bool, left: &mut LeftOut) {
    machine.of_element(&CONTROLLER).for_each(|controller| parts(controller, left));
    let known = machine.of_element(&CONTROLLER).map(|node| Some((known(node)?, node)));
    // libvirt prints the type and the index of each one.
    let Some(all) = known.collect::<Option<Vec<(Known<'_>, &Node<'_>)>>>() else { return };
    if all.len() > MOST_CONTROLLERS {
        return;
    }
    let order: Vec<Known<'_>> = all.iter().map(|(known, _)| *known).collect();
    let comes_back = |gone: &[Known<'_>]| {
        let mut list: Vec<Known<'_>> = Vec::new();
        order.iter().filter(|known| !gone.contains(known)).for_each(|known| insert(&mut list, *known));
        let with_bridges = gone.iter().any(is_bridge);
        additions(machine, &order, with_bridges).into_iter().for_each(|known| {
            if !list.contains(&known) {
                insert(&mut list, known);
            }
        });
        list == order
    };
    let mut gone: Vec<Known<'_>> = Vec::new();
    if bridges {
        gone.extend(order.iter().filter(|known| is_bridge(known)));
        if !comes_back(&gone) {
            gone.clear();
        }
    }
    for (known, node) in all.iter().rev() {
        if is_bridge(known) || !is_usual(machine, node, left) {
            continue;
        }
        gone.push(*known);
        if !comes_back(&gone) {
            gone.pop();
        }
    }
    all.iter().filter(|(known, _)| gone.contains(known)).for_each(|(_, node)| left.node(node));
}

fn known<'d>(controller: &'d Node<'_>) -> Option<Known<'d>> {
    let index = parse_number(controller.get(attribute!(CONTROLLER, "index"))?)?;
    Some((controller.get(attribute!(CONTROLLER, "type"))?, index))
}

fn is_bridge((kind, index): &Known<'_>) -> bool {
    *kind == "pci" && *index > 0
}

/// Puts a controller where libvirt does: behind those of its type with lower indices (`virDomainControllerInsertPreAlloced`).
fn insert<'d>(list: &mut Vec<Known<'d>>, (kind, index): Known<'d>) {
    let after = list.iter().position(|(other, number)| *other == kind && *number > index);
    let behind = || list.iter().rposition(|(other, _)| *other == kind).map(|at| at + 1);
    let place = after.or_else(behind).unwrap_or(list.len());
    list.insert(place, (kind, index));
}

/// The controllers that libvirt adds where they are missing, in its order (`qemuDomainDefAddDefaultDevices`, `virDomainDefAddImplicitControllers`).
fn additions<'d>(machine: &QemuMachine<'d, 'd>, order: &[Known<'d>], bridges: bool) -> Vec<Known<'d>> {
    let mut added = Vec::new();
    if let Some(Some(_)) = added_usb(machine.arch, machine.name, machine.family) {
        added.push(("usb", 0));
    }
    if machine.family == Some(Family::Q35) {
        added.push(("sata", 0));
    }
    if let RootBus::Model(_) = root(machine.arch, machine.name) {
        added.push(("pci", 0));
    }
    for kind in ["scsi", "fdc", "ide", "sata"] {
        let of_kind = |disk: &&Node<'_>| at(disk, below!(DISK, "target", "bus")) == Some(kind);
        let controllers =
            machine.of_element(&DISK).filter(of_kind).filter_map(|disk| controller_of(disk, kind));
        if let Some(last) = controllers.max() {
            added.extend((0..=last.min(255)).map(|index| (kind, index)));
        }
    }
    for element in [&CHANNEL, &CONSOLE] {
        let is_virtio = |device: &&Node<'_>| at(device, below!(CHANNEL, "target", "type")) == Some("virtio");
        for device in machine.of_element(element).filter(is_virtio) {
            let index = given_controller(device).unwrap_or(0);
            added.push(("virtio-serial", index));
        }
    }
    if bridges {
        added.extend(order.iter().copied().filter(is_bridge));
    }
    added
}

/// The controller that the address of a device names.
fn given_controller(device: &Node<'_>) -> Option<u64> {
    let address = child(device, child_name!(DISK, "address"))?;
    parse_number(address.get(attribute!(ADDRESS, "controller"))?)
}

/// The controller of a disk, by its address or the name of its target.
fn controller_of(disk: &Node<'_>, kind: &str) -> Option<u64> {
    let by_target = || {
        let target = drive::target(at(disk, below!(DISK, "target", "dev"))?)?;
        Some(drive::place(kind, target.index)?[0])
    };
    given_controller(disk).or_else(by_target)
}

/// Whether a controller is as libvirt would add it.
fn is_usual(machine: &QemuMachine<'_, '_>, controller: &Node<'_>, left: &LeftOut) -> bool {
    let name = attribute!(CONTROLLER, "model");
    let names = [attribute!(CONTROLLER, "type"), attribute!(CONTROLLER, "index"), name];
    let model = controller.get(name);
    let usual = match controller.get(attribute!(CONTROLLER, "type")) {
        Some("usb") => added_usb(machine.arch, machine.name, machine.family).flatten(),
        Some("pci") => match root(machine.arch, machine.name) {
            RootBus::Model(model) => Some(model),
            _ => return false,
        },
        Some("sata" | "ide" | "fdc" | "virtio-serial") => None,
        _ => return false,
    };
    model == usual && !has_remarks(controller) && left.is_bare(controller, &names)
}

/// Whether a bridge or port says nothing that libvirt would not write.
pub(super) fn is_plain(controller: &Node<'_>) -> bool {
    let mut left = LeftOut::default();
    parts(controller, &mut left);
    pci_address(controller).into_iter().for_each(|address| left.node(address));
    let names =
        [attribute!(CONTROLLER, "type"), attribute!(CONTROLLER, "index"), attribute!(CONTROLLER, "model")];
    !has_remarks(controller) && left.is_bare(controller, &names)
}

/// Leaves out what libvirt writes into a PCI controller: the device model, and the numbers of the slot.
fn parts(controller: &Node<'_>, left: &mut LeftOut) {
    let Some(("pci", index)) = known(controller) else { return };
    let Some(bus) = controller.get(attribute!(CONTROLLER, "model")).and_then(bus) else { return };
    if let Some(model) = child(controller, child_name!(CONTROLLER, "model"))
        && model.get(below!(CONTROLLER, "model", "name").1) == bus.names.last().copied()
    {
        left.node(model);
    }
    let Some(target) = child(controller, child_name!(CONTROLLER, "target")) else { return };
    let slot = pci_address(controller).and_then(|address| {
        let number = |name| parse_number(address.get(name)?);
        Some((number(attribute!(ADDRESS, "slot"))?, number(attribute!(ADDRESS, "function"))?))
    });
    let port = slot.map(|(slot, function)| match bus.model {
        "pcie-root-port" => slot * 8 + function,
        _ => slot,
    });
    let is_usual = |attribute: &&AttributeNode<'_>| {
        let usual = match target.attribute_entry(attribute).name {
            "chassis" | "chassisNr" => Some(index),
            "port" => port,
            _ => None,
        };
        usual.is_some() && parse_number(&attribute.value.text) == usual
    };
    target.attributes.iter().filter(is_usual).for_each(|attribute| left.attribute(attribute));
    if left.is_bare(target, &[]) {
        left.node(target);
    }
}
