//! Disks: their names, buses, and what goes with a bus or a format.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::disk::{DISK, THROTTLE_GROUP as THROTTLE_GROUP_ELEMENT};
use nixvirt_schema::domain::tune::THROTTLEGROUPS;
use nixvirt_schema::{Version, Versions, attribute, below, child_name};

use super::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks, repeats};
use crate::document::{AttributeNode, Node};

pub(super) const RULES: &[&Rule] = &[
    &COPY_ON_READ,
    &DISK_ADDRESS_OF_BUS,
    &DISK_BUS_OF_DEVICE,
    &DISK_IO_NATIVE,
    &DISK_OPTION_OF_BUS,
    &DISK_READ_ONLY_BUS,
    &DISK_SHAREABLE_FORMAT,
    &DISK_SOURCE,
    &DISK_TARGET_NAME,
    &DISK_TARGET_TWICE,
    &THROTTLE_GROUP,
];

/// The beginnings of target names by which libvirt picks a bus (`virDomainDiskDefParseXML`).
const BUS_BY_NAME: &[(&str, &str)] =
    &[("hd", "ide"), ("sd", "scsi"), ("vd", "virtio"), ("xvd", "xen"), ("ubd", "uml")];

/// The kind of drive that a disk is.
fn kind<'n>(disk: &'n Node<'_>) -> Option<&'n str> {
    match disk.attribute(attribute!(DISK, "device")) {
        Some(_) => disk.get(attribute!(DISK, "device")),
        None => lacks(disk, attribute!(DISK, "device")).then_some("disk"),
    }
}

/// The bus of a disk, given or implied by its target's name.
pub(super) fn bus<'n>(disk: &'n Node<'_>) -> Option<&'n str> {
    let target = child(disk, child_name!(DISK, "target"))?;
    let name = below!(DISK, "target", "bus").1;
    match target.attribute(name) {
        Some(_) => target.get(name),
        None if !lacks(target, name) => None,
        None if kind(disk)? == "floppy" => Some("fdc"),
        None => {
            let dev = at(disk, below!(DISK, "target", "dev"))?;
            BUS_BY_NAME.iter().find(|(begin, _)| dev.starts_with(begin)).map(|(_, bus)| *bus)
        }
    }
}

fn disks<'c, 'a>(check: &Check<'c, 'a>) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
    check.devices_of(&DISK)
}

static DISK_TARGET_TWICE: Rule = Rule {
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

/// Whether a disk certainly has no medium (`virStorageSourceIsEmpty`).
fn is_empty(disk: &Node<'_>) -> bool {
    let kind = match disk.attribute(attribute!(DISK, "type")) {
        None => lacks(disk, attribute!(DISK, "type")).then_some("file"),
        Some(_) => disk.get(attribute!(DISK, "type")),
    };
    let Some(source) = child(disk, child_name!(DISK, "source")) else {
        return lacks(disk, child_name!(DISK, "source")) && matches!(kind, Some("file" | "block" | "dir"));
    };
    let name = match kind {
        Some("file") => below!(DISK, "source", "file").1,
        Some("block") => below!(DISK, "source", "dev").1,
        Some("dir") => below!(DISK, "source", "dir").1,
        _ => return false,
    };
    // libvirt takes an empty path for none.
    source.get(name) == Some("")
        || (lacks(source, name) && !source.attributes.iter().any(|it| names_medium(source, it)))
}

/// Whether an attribute of a source names a medium, if only one of another type of disk.
fn names_medium(source: &Node<'_>, attribute: &AttributeNode<'_>) -> bool {
    !matches!(source.attribute_entry(attribute).name, "startupPolicy" | "index" | "fdgroup")
}

static DISK_SOURCE: Rule = Rule {
    code: refused(
        "disk-source",
        "A disk has no image, and is no drive that can be empty.",
        "Only a `cdrom`, a `floppy` and a `lun` may have no medium. On the bus `usb` even a `cdrom` needs one, \
         before libvirt 12.",
        machine!("devices.disk = { device = \"disk\"; target.dev = \"vda\"; };"),
        machine!("devices.disk = { device = \"disk\"; source.file = \"/a.img\"; target.dev = \"vda\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDiskDefValidate in src/conf/domain_validate.c; qemuValidateDomainDeviceDefDiskFrontend",
    holds: Holds::Qemu,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check).filter(|disk| is_empty(disk)) {
            let message = match (kind(disk), bus(disk)) {
                (Some("disk"), _) => "a disk needs an image",
                (Some("cdrom"), Some("usb")) if check.libvirt() < Version::new(12, 0, 0) => {
                    "a drive on the bus `usb` needs a medium"
                }
                _ => continue,
            };
            check.rule_problem(disk, None, message.to_owned()).help("write `source.file`").add();
        }
    },
};

static DISK_TARGET_NAME: Rule = Rule {
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

static THROTTLE_GROUP: Rule = Rule {
    code: refused(
        "throttle-group",
        "A group of limits has no name or the name of another one, or a disk names a group that does not exist.",
        "Each `throttlegroups.throttlegroup` has a `group_name` of its own, by which the `throttlefilters` of disks find it.",
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; throttlefilters.throttlefilter = { group = \"slow\"; }; };"
        ),
        machine!(
            "throttlegroups.throttlegroup = { total_iops_sec = 100; group_name = \"slow\"; };
  devices.disk = { source.file = \"/a.img\"; target.dev = \"vda\"; throttlefilters.throttlefilter = { group = \"slow\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefThrottleGroupsParse in src/conf/domain_conf.c; virDomainDiskDefValidate",
    holds: Holds::Always,
    with: &[child_name!(DOMAIN, "throttlegroups"), child_name!(DISK, "throttlefilters")],
    versions: Versions::ALL,
    check: |check| {
        let (groups, group) = (child_name!(DOMAIN, "throttlegroups"), child_name!(THROTTLEGROUPS, "throttlegroup"));
        let groups = check.root().children_named(groups).flat_map(|groups| groups.children_named(group));
        let mut named = Vec::new();
        for group in groups {
            let name = child(group, child_name!(THROTTLE_GROUP_ELEMENT, "group_name"));
            match name.and_then(|name| Some(&*name.text.as_ref()?.text)) {
                Some(name) => named.push((name, group as &Node<'_>)),
                None if lacks(group, child_name!(THROTTLE_GROUP_ELEMENT, "group_name")) => {
                    check.say(group, None, "a group of limits needs a `group_name`".to_owned());
                }
                None => return,
            }
        }
        for (name, group, other) in repeats(named.iter().copied()) {
            let related = check.related(other, "the other group is here");
            check.rule_problem(group, None, format!("two groups are called `{name}`")).with(related).add();
        }
        if !lacks(check.root(), child_name!(DOMAIN, "throttlegroups")) && named.is_empty() {
            return;
        }
        for disk in disks(check) {
            let Some(filters) = child(disk, child_name!(DISK, "throttlefilters")) else { continue };
            for filter in &filters.children {
                let Some(group) = filter.attributes.first().map(|attribute| &*attribute.value.text) else { continue };
                if !named.iter().any(|(name, _)| *name == group) {
                    check.say(filter, None, format!("there is no group of limits `{group}`"));
                }
            }
        }
    },
};

static DISK_BUS_OF_DEVICE: Rule = Rule {
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

static DISK_READ_ONLY_BUS: Rule = Rule {
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

static DISK_SHAREABLE_FORMAT: Rule = Rule {
    code: refused(
        "disk-shareable-format",
        "A disk that machines share has a format that cannot be shared.",
        "Two machines that write to an image of another format than `raw` would destroy it.",
        machine!(
            "devices.disk = { driver = { name = \"qemu\"; type = \"qcow2\"; }; source.file = \"/a.img\"; target.dev = \"vda\"; shareable = true; };"
        ),
        machine!(
            "devices.disk = { driver = { name = \"qemu\"; type = \"raw\"; }; source.file = \"/a.img\"; target.dev = \"vda\"; shareable = true; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDisk, qemuBlockStorageSourceIsRaw",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "shareable")],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            let shared = child(disk, child_name!(DISK, "shareable")).is_some();
            let writable = lacks(disk, child_name!(DISK, "readonly"));
            let Some(format) = at(disk, below!(DISK, "driver", "type")) else { continue };
            if shared && writable && format != "raw" {
                let message = format!("a disk in the format `{format}` cannot be shared");
                let help = "write `driver.type = \"raw\"` for a raw image, or leave out `shareable`";
                check.rule_problem(disk, Some("shareable"), message).help(help).add();
            }
        }
    },
};

static DISK_IO_NATIVE: Rule = Rule {
    code: refused(
        "disk-io-native-cache",
        "Native I/O needs a disk that the host does not cache.",
        "`io = \"native\"` goes with `cache = \"none\"` or `cache = \"directsync\"`. The default cache will not do.",
        machine!(
            "devices.disk = { driver = { name = \"qemu\"; type = \"raw\"; io = \"native\"; }; source.file = \"/a.img\"; target.dev = \"vda\"; };"
        ),
        machine!(
            "devices.disk = { driver = { name = \"qemu\"; type = \"raw\"; io = \"native\"; cache = \"none\"; }; source.file = \"/a.img\"; target.dev = \"vda\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDiskFrontend in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[below!(DISK, "driver", "io").1],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            let Some(driver) = child(disk, child_name!(DISK, "driver")) else { continue };
            let cache = below!(DISK, "driver", "cache").1;
            if driver.get(below!(DISK, "driver", "io").1) != Some("native") {
                continue;
            }
            let cached = match driver.attribute(cache) {
                None => lacks(driver, cache),
                Some(_) => driver.get(cache).is_some_and(|cache| !matches!(cache, "none" | "directsync")),
            };
            if cached {
                let message = "`io = \"native\"` needs a disk that the host does not cache".to_owned();
                check.rule_problem(driver, Some("io"), message).help("write `cache = \"none\"`").add();
            }
        }
    },
};

static COPY_ON_READ: Rule = Rule {
    code: refused(
        "copy-on-read",
        "A disk that is not written to copies on read.",
        "`copy_on_read` writes what was read into the image above, so that the disk must be a hard disk that can be \
         written to.",
        machine!(
            "devices.disk = { driver = { name = \"qemu\"; copy_on_read = true; }; source.file = \"/a.img\"; target.dev = \"vda\"; readonly = true; };"
        ),
        machine!(
            "devices.disk = { driver = { name = \"qemu\"; copy_on_read = true; }; source.file = \"/a.img\"; target.dev = \"vda\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDiskFrontend in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[below!(DISK, "driver", "copy_on_read").1],
    versions: Versions::ALL,
    check: |check| {
        for disk in disks(check) {
            if at(disk, below!(DISK, "driver", "copy_on_read")) != Some("on") {
                continue;
            }
            let read_only = child(disk, child_name!(DISK, "readonly")).is_some();
            let message = match kind(disk) {
                Some(device @ ("cdrom" | "floppy" | "lun")) => format!("a {device} cannot copy on read"),
                _ if read_only => "a read-only disk cannot copy on read".to_owned(),
                _ => continue,
            };
            let help = "leave out `driver.copy_on_read`";
            check.rule_problem(disk, Some("driver"), message).help(help).add();
        }
    },
};

static DISK_OPTION_OF_BUS: Rule = Rule {
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

static DISK_ADDRESS_OF_BUS: Rule = Rule {
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
