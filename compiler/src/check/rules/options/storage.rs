//! Options of disks, shared folders and their controllers.

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::filesystem::FILESYSTEM;
use nixvirt_schema::{Versions, attribute, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, at, lacks};

pub(super) static DISK_FORMAT: Rule = Rule {
    code: refused(
        "disk-format",
        "QEMU cannot use a disk in this way.",
        "`driver.name` is `qemu`. The formats `cow`, `dir` and `iso` are none that QEMU opens: an ISO image is `raw`. `fat` is the \
         format of a disk of the type `dir`, which is read-only.",
        machine!(
            "devices.disk = { device = \"cdrom\"; driver = { name = \"qemu\"; type = \"iso\"; }; source.file = \"/a.iso\"; target = { dev = \"sda\"; bus = \"sata\"; }; };"
        ),
        machine!(
            "devices.disk = { device = \"cdrom\"; driver = { name = \"qemu\"; type = \"raw\"; }; source.file = \"/a.iso\"; target = { dev = \"sda\"; bus = \"sata\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainValidateStorageSource in src/qemu/qemu_domain.c; qemuValidateDomainDeviceDefDisk",
    holds: Holds::Qemu,
    with: &[DISK.name],
    versions: Versions::ALL,
    check: |check| {
        for disk in check.devices_of(&DISK) {
            let kind = disk.get(attribute!(DISK, "type"));
            let (name, format) =
                (at(disk, below!(DISK, "driver", "name")), at(disk, below!(DISK, "driver", "type")));
            let message = match (name, format) {
                (Some(name), _) if name != "qemu" => format!("the driver of a disk is `qemu`, not `{name}`"),
                (_, Some("iso")) => "QEMU has no format `iso`: write `raw`".to_owned(),
                (_, Some(format @ ("cow" | "dir"))) => format!("QEMU has no format `{format}`"),
                (_, Some("fat")) if !matches!(kind, Some("dir" | "volume")) => {
                    "the format `fat` is that of a disk of the type `dir`".to_owned()
                }
                (_, Some(format)) if kind == Some("dir") && format != "fat" => {
                    "a disk of the type `dir` has the format `fat`".to_owned()
                }
                _ if kind == Some("dir")
                    && lacks(disk, child_name!(DISK, "readonly"))
                    && !matches!(disk.get(attribute!(DISK, "device")), Some("cdrom" | "floppy")) =>
                {
                    "a disk of the type `dir` is read-only".to_owned()
                }
                _ => continue,
            };
            check.say(disk, Some("driver"), message);
        }
    },
};

pub(super) static FILESYSTEM_HANDLE: Rule = Rule {
    code: refused(
        "filesystem-handle",
        "A shared folder has a driver that QEMU does not have any more.",
        "QEMU dropped the driver `handle` of 9p in version 4.0. `path` does the same.",
        machine!(
            "devices.filesystem = { driver.type = \"handle\"; source.dir = \"/srv\"; target.dir = \"srv\"; };"
        ),
        machine!(
            "devices.filesystem = { driver.type = \"path\"; source.dir = \"/srv\"; target.dir = \"srv\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefFS in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[FILESYSTEM.name],
    versions: Versions::ALL.since("12.8.0"),
    check: |check| {
        let driver = below!(FILESYSTEM, "driver", "type");
        for folder in check.devices_of(&FILESYSTEM) {
            if at(folder, driver) == Some("handle") {
                let message = "QEMU has no driver `handle`".to_owned();
                check
                    .rule_problem(folder, Some(driver.0), message)
                    .help("write `driver.type = \"path\"`")
                    .add();
            }
        }
    },
};

pub(super) static IOTHREAD_ON_BUS: Rule = Rule {
    code: refused(
        "iothread-on-bus",
        "A disk or controller that cannot have an I/O thread has one.",
        "Disks on the bus `virtio` and controllers of the model `virtio-scsi` have I/O threads. The thread of a disk on the bus \
         `scsi` is that of its controller.",
        machine!(
            "iothreads = 1; devices.disk = { driver = { name = \"qemu\"; iothread = 1; }; source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; };"
        ),
        machine!(
            "iothreads = 1; devices.disk = { driver = { name = \"qemu\"; iothread = 1; }; source.file = \"/a.img\"; target = { dev = \"vda\"; bus = \"virtio\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefDiskIOThreads; virDomainControllerDefValidate in src/conf/domain_validate.c",
    holds: Holds::Qemu,
    with: &[below!(DISK, "driver", "iothread").1],
    versions: Versions::ALL,
    check: |check| {
        let is_given = |thread: Option<&str>| thread.is_some_and(|thread| thread != "0");
        for disk in check.devices_of(&DISK) {
            let bus = at(disk, below!(DISK, "target", "bus"));
            if let (true, Some(bus)) = (is_given(at(disk, below!(DISK, "driver", "iothread"))), bus)
                && bus != "virtio"
            {
                let message = format!("a disk on the bus `{bus}` has no I/O thread");
                check.say(disk, Some("driver"), message);
            }
        }
        for controller in check.devices_of(&CONTROLLER) {
            let kind = controller.get(attribute!(CONTROLLER, "type"));
            let model = controller.get(attribute!(CONTROLLER, "model"));
            let fits = kind == Some("scsi") && model.is_none_or(|model| model.starts_with("virtio-"));
            if is_given(at(controller, below!(CONTROLLER, "driver", "iothread"))) && kind.is_some() && !fits {
                let message = "only a `virtio-scsi` controller has an I/O thread".to_owned();
                check.say(controller, Some("driver"), message);
            }
        }
    },
};
