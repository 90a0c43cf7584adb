//! The places of drives on their controllers.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::machine::{QEMU_TYPES, drive};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::addresses::{address, say_twice};
use super::code::{machine, refused};
use super::disks::bus;
use crate::check::{Check, Holds, Rule, at, lacks, numbers};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[&DRIVE_ADDRESS, &DRIVE_ADDRESS_TWICE];

static DRIVE_ADDRESS_TWICE: Rule = Rule {
    code: refused(
        "drive-address-twice",
        "Two disks have the same address on a controller.",
        "Each unit of a controller holds one disk or SCSI device. libvirt gives a disk that has no address its place by the name of \
         its target (`sda` is the first), so that it is best to leave addresses out.",
        machine!(
            "devices.disk = [
    { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; address = { type = \"drive\"; unit = 0; }; }
    { source.file = \"/b.img\"; target = { dev = \"sdb\"; bus = \"sata\"; }; address = { type = \"drive\"; unit = 0; }; }
  ];"
        ),
        machine!(
            "devices.disk = [
    { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; }
    { source.file = \"/b.img\"; target = { dev = \"sdb\"; bus = \"sata\"; }; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefValidateDuplicateDriveAddresses in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[DISK.name, HOSTDEV.name],
    versions: Versions::ALL,
    check: |check| {
        // Most machines have one such device, or none.
        if check.devices_of(&DISK).chain(check.devices_of(&HOSTDEV)).nth(1).is_none() {
            return;
        }
        let mut by_bus: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for disk in check.devices_of(&DISK) {
            let Some(bus) = bus(disk) else { continue };
            let place = drive_place(check, disk, bus).map(|place| (place, disk as &Node<'_>));
            by_bus.entry(bus).or_default().extend(place);
        }
        let is_scsi = |device: &&Node<'_>| device.get(attribute!(HOSTDEV, "type")) == Some("scsi");
        for device in check.devices_of(&HOSTDEV).filter(|device| is_scsi(&&**device)) {
            let place = given_place(device).map(|place| (place, device as &Node<'_>));
            by_bus.entry("scsi").or_default().extend(place);
        }
        // Two disks of one name have the same place by it: that is said of the name.
        let dev = below!(DISK, "target", "dev");
        let by_name = |device: &Node<'_>| address(device, "drive").is_none();
        for mut found in by_bus.into_values() {
            let mut names = BTreeSet::new();
            found.retain(|(_, disk)| !by_name(disk) || at(disk, dev).is_none_or(|name| names.insert(name)));
            say_twice(check, found, |[controller, bus, target, unit]| {
                format!("controller {controller}, bus {bus}, target {target}, unit {unit}")
            });
        }
    },
};

/// The place on a controller that a device names.
fn given_place(device: &Node<'_>) -> Option<drive::DriveAddress> {
    let names = [
        attribute!(ADDRESS, "controller"),
        attribute!(ADDRESS, "bus"),
        attribute!(ADDRESS, "target"),
        attribute!(ADDRESS, "unit"),
    ];
    numbers(address(device, "drive")?, names)
}

/// The place of a disk on a controller: the one that it names, or the one that it gets by the name of its target.
fn drive_place(check: &Check<'_, '_>, disk: &Node<'_>, bus: &str) -> Option<drive::DriveAddress> {
    if !lacks(disk, child_name!(DISK, "address")) {
        return given_place(disk);
    }
    // Other hypervisors have more units for each controller.
    let is_qemu = || check.root().get(attribute!(DOMAIN, "type")).is_some_and(|it| QEMU_TYPES.contains(&it));
    let target = drive::target(at(disk, below!(DISK, "target", "dev"))?)?;
    drive::place(bus, target.index).filter(|_| bus != "scsi" || is_qemu())
}

static DRIVE_ADDRESS: Rule = Rule {
    code: refused(
        "drive-address",
        "A disk is at a place that its controller does not have.",
        "A machine has one IDE and one floppy controller, with the index 0; IDE, SATA and floppy controllers have the target 0 only, and \
         SATA, SCSI and floppy controllers one bus, 0. libvirt gives a disk that has no address its place by the name of its target: \
         `hde` would be on a second IDE controller.",
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; address = { type = \"drive\"; target = 1; }; };"
        ),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; address = { type = \"drive\"; unit = 1; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefAddressDrive in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        for disk in check.devices_of(&DISK) {
            let Some(bus_name) = bus(disk) else { continue };
            let Some([controller, bus, target, _]) = drive_place(check, disk, bus_name) else { continue };
            let is_lsi = || {
                let (Some(of_type), model) = (check.controllers("scsi"), attribute!(CONTROLLER, "model"))
                else {
                    return false;
                };
                of_type.iter().any(|(index, it)| *index == controller && it.get(model) == Some("lsilogic"))
            };
            let message = match bus_name {
                "ide" | "fdc" if controller != 0 => {
                    format!("there is one controller on the bus `{bus_name}`, 0, not {controller}")
                }
                "scsi" | "sata" | "fdc" if bus != 0 => {
                    format!("a controller of the kind `{bus_name}` has the bus 0 only, not {bus}")
                }
                "ide" | "sata" | "fdc" if target != 0 => {
                    format!("a controller of the kind `{bus_name}` has the target 0 only, not {target}")
                }
                "scsi" if target != 0 && is_lsi() => {
                    format!("a controller of the model `lsilogic` has the target 0 only, not {target}")
                }
                _ => continue,
            };
            let part = if address(disk, "drive").is_some() { "address" } else { "target" };
            check
                .rule_problem(disk, Some(part), message)
                .help("write another target name, and no address")
                .add();
        }
    },
};
