//! Options of single devices that do not go together, or not with the machine.

use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::chardev::SERIAL;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::filesystem::FILESYSTEM;
use nixvirt_schema::domain::devices::hostdev::{HOSTDEV, SOURCE};
use nixvirt_schema::domain::devices::hub::HUB;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::redirdev::REDIRDEV;
use nixvirt_schema::domain::devices::shmem::SHMEM;
use nixvirt_schema::domain::devices::tpm::TPM;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::{machine, refused};
use crate::check::{Holds, Rule, at, child, lacks, usb};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &CHARDEV_PROTOCOL,
    &DISK_FORMAT,
    &FILESYSTEM_HANDLE,
    &INTERFACE_SOURCE,
    &IOTHREAD_ON_BUS,
    &MDEV_DISPLAY,
    &SHMEM_MODEL,
    &TPM_VERSION,
    &USB_ADDRESS,
    &USB_VENDOR_ZERO,
    &VIDEO_OPTION,
];

static DISK_FORMAT: Rule = Rule {
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

static FILESYSTEM_HANDLE: Rule = Rule {
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

static IOTHREAD_ON_BUS: Rule = Rule {
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

static TPM_VERSION: Rule = Rule {
    code: refused(
        "tpm-version",
        "A TPM of the version 1.2 is of a model or in a machine that has none.",
        "Only the model `tpm-tis` on x86 can be a TPM 1.2. Everything else is a TPM 2.0.",
        machine!(
            "devices.tpm = { model = \"tpm-crb\"; backend = { type = \"emulator\"; version = \"1.2\"; }; };"
        ),
        machine!(
            "devices.tpm = { model = \"tpm-crb\"; backend = { type = \"emulator\"; version = \"2.0\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefTPM in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[TPM.name],
    versions: Versions::ALL,
    check: |check| {
        for tpm in check.devices_of(&TPM) {
            let is_emulated = at(tpm, below!(TPM, "backend", "type")) == Some("emulator");
            let is_old = at(tpm, below!(TPM, "backend", "version")) == Some("1.2");
            let model = tpm.get(attribute!(TPM, "model"));
            let wrong = model.is_some_and(|model| model != "tpm-tis") || check.is_x86() == Some(false);
            if is_emulated && is_old && wrong {
                let message = "only the model `tpm-tis` on x86 can be a TPM 1.2".to_owned();
                check.rule_problem(tpm, None, message).help("write `backend.version = \"2.0\"`").add();
            }
        }
    },
};

static USB_ADDRESS: Rule = Rule {
    code: refused(
        "usb-address",
        "A USB device has an address that is none of USB.",
        "A USB device is on a USB bus, whatever the machine has beside it. Leave the address out: libvirt assigns one.",
        machine!(
            "devices.input = { type = \"tablet\"; bus = \"usb\"; address = { type = \"pci\"; slot = 9; }; };"
        ),
        machine!("devices.input = { type = \"tablet\"; bus = \"usb\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainInputDefParseXML, virDomainRedirdevDefParseXML, virDomainHubDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        let of_kind = |device: &Node<'_>| {
            [&INPUT, &REDIRDEV, &HUB].iter().any(|element| std::ptr::eq(device.element, *element))
        };
        let found: Vec<_> = check.devices().filter(|it| of_kind(it) && usb::is_usb(check, it)).collect();
        for device in found {
            if at(device, below!(DISK, "address", "type")).is_some_and(|kind| kind != "usb") {
                let message = "a USB device has an address of the type `usb`".to_owned();
                check.rule_problem(device, Some("address"), message).help("leave the address out").add();
            }
        }
    },
};

static USB_VENDOR_ZERO: Rule = Rule {
    code: refused(
        "usb-vendor-zero",
        "A USB device of the host has the vendor 0.",
        "`lsusb` prints the vendor and the product of a device as `ID 046d:c52b`: write `vendor.id = \"0x046d\"`.",
        machine!(
            "devices.hostdev = { mode = \"subsystem\"; type = \"usb\"; source = { vendor.id = 0; product.id = 4660; }; };"
        ),
        machine!(
            "devices.hostdev = { mode = \"subsystem\"; type = \"usb\"; source = { vendor.id = 1133; product.id = 4660; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainHostdevSubsysUSBDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[HOSTDEV.name],
    versions: Versions::ALL,
    check: |check| {
        for device in check.devices_of(&HOSTDEV) {
            let Some(source) = child(device, child_name!(HOSTDEV, "source")) else { continue };
            let id = at(source, below!(SOURCE, "vendor", "id")).and_then(nixvirt_schema::parse_number);
            if id == Some(0) {
                check.say(source, Some("vendor"), "no vendor has the number 0".to_owned());
            }
        }
    },
};

static SHMEM_MODEL: Rule = Rule {
    code: refused(
        "shmem-model",
        "Shared memory is of a model that QEMU no longer has, or that does not fit the rest of it.",
        "Use `ivshmem-plain`, or `ivshmem-doorbell` with a `server`, which has the size. The model of old, `ivshmem`, is also the one \
         that is taken where none is named.",
        machine!(
            "devices.shmem = { name = \"s\"; model.type = \"ivshmem\"; size = { count = 4; unit = \"MiB\"; }; };"
        ),
        machine!(
            "devices.shmem = { name = \"s\"; model.type = \"ivshmem-plain\"; size = { count = 4; unit = \"MiB\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefShmem in src/qemu/qemu_validate.c; qemuDomainShmemDefPostParse",
    holds: Holds::Qemu,
    with: &[SHMEM.name],
    versions: Versions::ALL,
    check: |check| {
        for shmem in check.devices_of(&SHMEM) {
            let model = match child(shmem, child_name!(SHMEM, "model")) {
                None if lacks(shmem, child_name!(SHMEM, "model")) => "ivshmem",
                None => continue,
                Some(_) => match at(shmem, below!(SHMEM, "model", "type")) {
                    Some(model) => model,
                    None => continue,
                },
            };
            let has = |name| child(shmem, name).is_some();
            let message = match model {
                "ivshmem" => "QEMU no longer has the model `ivshmem`",
                "ivshmem-doorbell" if lacks(shmem, child_name!(SHMEM, "server")) => {
                    "this model needs a `server`"
                }
                "ivshmem-doorbell" if has(child_name!(SHMEM, "size")) => {
                    "with a `server`, it is the server that has the size"
                }
                "ivshmem-plain" if has(child_name!(SHMEM, "server")) => "this model has no `server`",
                _ => continue,
            };
            check.say(shmem, None, message.to_owned());
        }
    },
};

static VIDEO_OPTION: Rule = Rule {
    code: refused(
        "video-option",
        "A video device has an option of another model.",
        "Only `qxl` and `virtio` devices can be more than the first one, and have more than one screen. 3D acceleration and a driver \
         `vhostuser` are there for `virtio`; a render node goes with that driver.",
        machine!("devices.video = { model = { type = \"vga\"; heads = 2; }; };"),
        machine!("devices.video = { model = { type = \"virtio\"; heads = 2; }; };"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefVideo in src/qemu/qemu_validate.c; virDomainVideoDefValidate",
    holds: Holds::Qemu,
    with: &[VIDEO.name],
    versions: Versions::ALL,
    check: |check| {
        let found: Vec<_> = check.devices_of(&VIDEO).collect();
        // A primary one comes first, wherever it stands.
        let is_primary = |video: &Node<'_>| at(video, below!(VIDEO, "model", "primary")) == Some("yes");
        let first = found.iter().position(|video| is_primary(video)).unwrap_or(0);
        let is_alone = !found.iter().any(|video| at(video, below!(VIDEO, "model", "type")) == Some("none"));
        let several = found.iter().filter(|video| is_primary(video)).count() > 1;
        for (index, video) in found.iter().enumerate() {
            let Some(model) = child(video, child_name!(VIDEO, "model")) else { continue };
            let Some(kind) = model.get(below!(VIDEO, "model", "type").1).filter(|kind| *kind != "none")
            else {
                continue;
            };
            let heads = model.get(below!(VIDEO, "model", "heads").1);
            let is_vhost = at(video, below!(VIDEO, "driver", "name")) == Some("vhostuser");
            let acceleration = model.children.first().filter(|it| it.element.name == "acceleration");
            let on = |name| acceleration.and_then(|it| it.get(name)) == Some("yes");
            let message = match kind {
                "qxl" | "virtio" => None,
                _ if index != first && is_alone && !several => {
                    Some(format!("a `{kind}` device is the first one or none"))
                }
                _ if heads.is_some_and(|heads| heads != "1") => {
                    Some(format!("a `{kind}` device has one screen"))
                }
                _ => None,
            };
            let message = message.or_else(|| match kind {
                _ if is_vhost && kind != "virtio" => {
                    Some("the driver `vhostuser` is one of `virtio` devices".to_owned())
                }
                _ if !is_vhost && on("accel3d") && kind != "virtio" => {
                    Some("3D acceleration is there for `virtio` devices".to_owned())
                }
                _ if on("accel2d") => Some("QEMU has no 2D acceleration".to_owned()),
                _ => None,
            });
            if let Some(message) = message {
                check.say(video, Some("model"), message);
            }
        }
    },
};

static MDEV_DISPLAY: Rule = Rule {
    code: refused(
        "mdev-display",
        "A mediated device is to show its screen, and there is nowhere to show it.",
        "`display = true` needs a `graphics` device.",
        machine!(
            "devices.hostdev = { mode = \"subsystem\"; type = \"mdev\"; model = \"vfio-pci\"; display = true; source.address.uuid = \"53764d0e-85a0-42b4-af5c-2046b460b1dc\"; };"
        ),
        machine!(
            "devices.graphics = { type = \"vnc\"; };
  devices.hostdev = { mode = \"subsystem\"; type = \"mdev\"; model = \"vfio-pci\"; display = true; source.address.uuid = \"53764d0e-85a0-42b4-af5c-2046b460b1dc\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainMdevDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[HOSTDEV.name],
    versions: Versions::ALL,
    check: |check| {
        let graphics = child_name!(DEVICES, "graphics");
        if check.devices().any(|device| device.element.name == graphics) || check.may_have_device(graphics) {
            return;
        }
        let shows = |device: &&Node<'_>| device.get(attribute!(HOSTDEV, "display")) == Some("on");
        let found: Vec<_> = check.devices_of(&HOSTDEV).filter(|device| shows(&&**device)).collect();
        for device in found {
            let message = "showing the device's screen needs a `graphics` device".to_owned();
            check.say(device, Some("display"), message);
        }
    },
};

static INTERFACE_SOURCE: Rule = Rule {
    code: refused(
        "interface-source",
        "A network card does not say which bridge it is on.",
        "An interface of the type `bridge` has `source.bridge`. To be on a network of libvirt's, write `type = \"network\"` and \
         `source.network`.",
        machine!("devices.interface = { type = \"bridge\"; model.type = \"virtio\"; };"),
        machine!(
            "devices.interface = { type = \"bridge\"; model.type = \"virtio\"; source.bridge = \"br0\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainNetDefParseXML in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[INTERFACE.name],
    versions: Versions::ALL,
    check: |check| {
        for interface in check.devices_of(&INTERFACE) {
            let is_bridged = interface.get(attribute!(INTERFACE, "type")) == Some("bridge");
            if is_bridged && lacks(interface, child_name!(INTERFACE, "source")) {
                let help = "write `source.bridge`";
                let message = "an interface of the type `bridge` needs a bridge".to_owned();
                check.rule_problem(interface, None, message).help(help).add();
            }
        }
    },
};

static CHARDEV_PROTOCOL: Rule = Rule {
    code: refused(
        "chardev-protocol",
        "A character device speaks a protocol that QEMU does not.",
        "`protocol.type` is `raw` or `telnet`. An encrypted connection is `source.tls = true`.",
        machine!(
            "devices.serial = { type = \"tcp\"; source = [ { mode = \"bind\"; host = \"127.0.0.1\"; service = \"5555\"; } ]; protocol.type = \"telnets\"; };"
        ),
        machine!(
            "devices.serial = { type = \"tcp\"; source = [ { mode = \"bind\"; host = \"127.0.0.1\"; service = \"5555\"; } ]; protocol.type = \"telnet\"; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainChrSourceDef in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[SERIAL.name],
    versions: Versions::ALL.since("11.3.0"),
    check: |check| {
        let is_tcp = |device: &&Node<'_>| device.get(attribute!(SERIAL, "type")) == Some("tcp");
        let of_kind = |device: &&Node<'_>| std::ptr::eq(device.element, &SERIAL);
        let found: Vec<_> = check.devices().filter(|it| is_tcp(&&**it) && of_kind(&&**it)).collect();
        for device in found {
            if let Some(protocol @ ("telnets" | "tls")) = at(device, below!(SERIAL, "protocol", "type")) {
                let message = format!("QEMU does not speak `{protocol}`");
                check.say(device, Some("protocol"), message);
            }
        }
    },
};
