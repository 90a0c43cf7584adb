//! The image of a disk: whether there is one, and how it is read and written.

use nixvirt_schema::domain::DOMAIN;
use nixvirt_schema::domain::devices::disk::{DISK, THROTTLE_GROUP as THROTTLE_GROUP_ELEMENT};
use nixvirt_schema::domain::tune::THROTTLEGROUPS;
use nixvirt_schema::{Version, Versions, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::rules::disks::facts::{bus, disks, is_empty, kind};
use crate::check::{Holds, Rule, at, child, lacks, repeats};
use crate::document::Node;

pub(super) static DISK_SOURCE: Rule = Rule {
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

pub(super) static THROTTLE_GROUP: Rule = Rule {
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

pub(super) static DISK_SHAREABLE_FORMAT: Rule = Rule {
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

pub(super) static DISK_IO_NATIVE: Rule = Rule {
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

pub(super) static COPY_ON_READ: Rule = Rule {
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
