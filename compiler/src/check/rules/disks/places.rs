//! The place of a disk in its machine: its target, its bus, and its address.

use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::{Versions, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::rules::disks::facts::{bus, disks, kind};
use crate::check::{Holds, Rule, at, child, repeats};

pub(super) static DISK_TARGET_TWICE: Rule = Rule {
    code: refused(
        "disk-target-twice",
        "Two disks have the same target.",
        "`target.dev` names a disk within its machine, so that each may be used once.",
        machine!(
            "devices.disk = [
    { source.file = \"/a.img\"; target.dev = \"vda\"; }
    { source.file = \"/b.img\"; target.dev = \"vda\"; }
  ];"
        ),
        machine!(
            "devices.disk = [
    { source.file = \"/a.img\"; target.dev = \"vda\"; }
    { source.file = \"/b.img\"; target.dev = \"vdb\"; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefValidateDuplicateDiskInfo in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        let named = disks(check).filter_map(|disk| Some((at(disk, below!(DISK, "target", "dev"))?, disk)));
        for (dev, disk, other) in repeats(named) {
            let related = check.related(other, "the other disk is here");
            let message = format!("the target `{dev}` is used by two disks");
            check
                .rule_problem(disk, Some("target"), message)
                .help("give each disk a `target.dev` of its own")
                .with(related)
                .add();
        }
    },
};

pub(super) static DISK_TARGET_NAME: Rule = Rule {
    code: refused(
        "disk-target-name",
        "A disk has a target name of another kind of drive.",
        "A floppy is called `fda` or `fdb`; nothing else has a name that begins with `fd`, but for a `cdrom`.",
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"fda\"; bus = \"virtio\"; }; };"
        ),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDiskDefValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            let (Some(kind), Some(dev)) = (kind(disk), at(disk, below!(DISK, "target", "dev"))) else {
                continue;
            };
            let is_floppy = dev.starts_with("fd");
            let message = match kind {
                "floppy" if !is_floppy => format!("a floppy is not called `{dev}`"),
                "disk" | "lun" if is_floppy => format!("a {kind} is not called `{dev}`"),
                _ => continue,
            };
            check.say(disk, Some("target"), message);
        }
    },
};

pub(super) static DISK_BUS_OF_DEVICE: Rule = Rule {
    code: refused(
        "disk-bus-of-device",
        "A disk is on a bus that its kind of drive cannot be on.",
        "A floppy is on the bus `fdc` and nothing else is. A CD-ROM cannot be on `virtio` or `sd`, which have no media \
         that can be taken out: use `sata`, `scsi` or `usb`.",
        machine!(
            "devices.disk = { device = \"cdrom\"; source.file = \"/a.iso\"; target = { dev = \"vda\"; bus = \"virtio\"; }; };"
        ),
        machine!(
            "devices.disk = { device = \"cdrom\"; source.file = \"/a.iso\"; target = { dev = \"sda\"; bus = \"sata\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDiskDefValidate in src/conf/domain_validate.c; qemuValidateDomainDeviceDefDiskFrontend",
    holds: Holds::Qemu,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            let (Some(device), Some(bus)) = (kind(disk), bus(disk)) else { continue };
            let expected = match (device, bus) {
                ("floppy", "fdc") => continue,
                ("floppy", _) => "write `target.bus = \"fdc\"`",
                ("cdrom", "virtio" | "sd") => "write `target.bus = \"sata\"`, or `\"scsi\"` or `\"usb\"`",
                (_, "fdc") => "only a floppy is on the bus `fdc`",
                _ => continue,
            };
            let message = format!("a {device} cannot be on the bus `{bus}`");
            check.rule_problem(disk, Some("target"), message).help(expected).add();
        }
    },
};

pub(super) static DISK_READ_ONLY_BUS: Rule = Rule {
    code: refused(
        "disk-read-only-bus",
        "An IDE or SATA hard disk is read-only.",
        "These buses have no read-only hard disks. Put the disk on `virtio` or `scsi`, or make it a `cdrom`.",
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; readonly = true; };"
        ),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; readonly = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDiskFrontend in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "readonly")],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            let read_only = child(disk, child_name!(DISK, "readonly")).is_some();
            if let (true, Some("disk"), Some(bus @ ("ide" | "sata"))) = (read_only, kind(disk), bus(disk)) {
                let message = format!("a hard disk on the bus `{bus}` cannot be read-only");
                let help = "write `target.bus = \"virtio\"` or `\"scsi\"`";
                check.rule_problem(disk, Some("readonly"), message).help(help).add();
            }
        }
    },
};

pub(super) static DISK_OPTION_OF_BUS: Rule = Rule {
    code: refused(
        "disk-option-of-bus",
        "A disk has an option that its bus does not have.",
        "`wwn` is there for IDE and SCSI disks, `vendor` for SCSI disks, and `driver.queues` for virtio disks.",
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; wwn = \"5000c50015ea71ac\"; };"
        ),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"scsi\"; }; wwn = \"5000c50015ea71ac\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDiskFrontend; virDomainDiskDefValidate",
    holds: Holds::Qemu,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            let Some(bus) = bus(disk) else { continue };
            let queues = at(disk, below!(DISK, "driver", "queues")).is_some();
            let has = |name| child(disk, name).is_some();
            let options = [
                ("wwn", has(child_name!(DISK, "wwn")), &["ide", "scsi"][..]),
                ("vendor", has(child_name!(DISK, "vendor")), &["scsi"]),
                ("driver.queues", queues, &["virtio"]),
            ];
            for (name, given, buses) in options {
                if given && !buses.contains(&bus) {
                    let part = name.split('.').next();
                    let message = format!("the bus `{bus}` has no `{name}`");
                    let quoted: Vec<String> = buses.iter().map(|bus| format!("`{bus}`")).collect();
                    let help = format!("it is there on the bus {}", quoted.join(" or "));
                    check.rule_problem(disk, part, message).help(help).add();
                }
            }
        }
    },
};

/// The types of address that a disk on a bus may have (`virDomainDiskAddressDiskBusCompatibility`; for virtio,
/// `qemuValidateDomainDeviceDefDiskFrontend`).
const ADDRESSES_OF_BUS: &[(&str, &[&str])] = &[
    ("ide", &["drive"]),
    ("fdc", &["drive"]),
    ("scsi", &["drive"]),
    ("sata", &["drive"]),
    ("usb", &["usb"]),
    ("virtio", &["pci", "ccw", "virtio-mmio"]),
];

pub(super) static DISK_ADDRESS_OF_BUS: Rule = Rule {
    code: refused(
        "disk-address-of-bus",
        "A disk has an address of another bus than its own.",
        "A virtio disk is a PCI device of its own, an IDE, SATA or SCSI disk has a place on a controller, a USB disk one on \
         a USB bus. Leave the address out: libvirt assigns one.",
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; address = { type = \"pci\"; slot = 9; }; };"
        ),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; address = { type = \"drive\"; unit = 1; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDiskAddressDiskBusCompatibility in src/conf/domain_validate.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            let (Some(bus), Some(given)) = (bus(disk), at(disk, below!(DISK, "address", "type"))) else {
                continue;
            };
            let Some((_, allowed)) = ADDRESSES_OF_BUS.iter().find(|(name, _)| *name == bus) else { continue };
            // Of a virtio disk, libvirt looks at that only where it gives out PCI addresses (qemuDomainAssignDevicePCISlots).
            if bus == "virtio" && check.family().is_none() {
                continue;
            }
            if !allowed.contains(&given) && given != "unassigned" {
                let message = format!("a disk on the bus `{bus}` has no address of the type `{given}`");
                check.rule_problem(disk, Some("address"), message).help("leave the address out").add();
            }
        }
    },
};
