//! Options of single devices that do not go together, or not with the machine.

mod screens;
mod storage;
mod usb;

use nixvirt_schema::domain::devices::chardev::SERIAL;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::shmem::SHMEM;
use nixvirt_schema::domain::devices::tpm::TPM;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{Holds, Rule, at, child, lacks};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &CHARDEV_PROTOCOL,
    &storage::DISK_FORMAT,
    &storage::FILESYSTEM_HANDLE,
    &INTERFACE_SOURCE,
    &storage::IOTHREAD_ON_BUS,
    &screens::MDEV_DISPLAY,
    &SHMEM_MODEL,
    &TPM_VERSION,
    &usb::USB_ADDRESS,
    &usb::USB_VENDOR_ZERO,
    &screens::VIDEO_OPTION,
];

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
