//! Addresses and buses: PCI, drives, USB, and the controllers behind them.

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::smartcard::SMARTCARD;
use nixvirt_schema::machine::pci::{RootBus, root};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks, pci, repeats, usb};
use crate::document::Node;

pub(super) const RULES: &[&Rule] =
    &[&CONTROLLER_TWICE, &IDE_ON_MACHINE, &PCI_ADDRESS_TWICE, &PCI_ROOT_MODEL, &USB_WITHOUT_BUS];

/// The address of a device in the guest, of a type.
pub(super) fn address<'c>(device: &'c Node<'_>, of_type: &str) -> Option<&'c Node<'c>> {
    let address = child(device, child_name!(DISK, "address"))?;
    let is = address.get(attribute!(ADDRESS, "type")) == Some(of_type);
    is.then_some(address as &Node<'_>)
}

/// Says where two devices have one address.
pub(super) fn say_twice<const N: usize>(
    check: &mut Check<'_, '_>,
    found: Vec<([u64; N], &Node<'_>)>,
    shown: fn(&[u64; N]) -> String,
) {
    for (numbers, device, other) in repeats(found) {
        let related = check.related(other, "the other device is here");
        let message = format!("the address {} is used by two devices", shown(&numbers));
        check
            .rule_problem(device, Some("address"), message)
            .help("leave the addresses out: libvirt assigns them")
            .with(related)
            .add();
    }
}

static PCI_ADDRESS_TWICE: Rule = Rule {
    code: refused(
        "pci-address-twice",
        "Two devices have the same PCI address.",
        "Each function of a PCI slot holds one device. libvirt assigns addresses to devices that have none, so that it \
         is best to leave them out.",
        machine!(
            "devices.sound = { model = \"ich9\"; address = { type = \"pci\"; slot = 5; }; };
  devices.memballoon = { model = \"virtio\"; address = { type = \"pci\"; slot = 5; }; };"
        ),
        machine!("devices.sound.model = \"ich9\"; devices.memballoon.model = \"virtio\";"),
    ),
    kind: "domain",
    mirrors: "virDomainPCIAddressReserveAddrInternal in src/conf/domain_addr.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address"), CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let Some(faults) = check.pci() else {
            // Without the machine, two devices at one place are two devices at one place.
            let of = |device| Some((pci::place(device)??, device as &Node<'_>));
            let found = check.devices().filter_map(of).collect();
            return say_twice(check, found, |place| pci::shown(*place));
        };
        for fault in faults {
            let pci::PciFaultKind::Twice { place, other } = fault.what else { continue };
            let message = match other {
                Some(_) => format!("the address {} is used by two devices", pci::shown(place)),
                None => format!("the address {} is that of a part of the machine itself", pci::shown(place)),
            };
            let related = other.map(|other| check.related(other, "the other device is here"));
            let rule_problem = check.rule_problem(fault.device, Some("address"), message);
            let rule_problem = rule_problem.help("leave the addresses out: libvirt assigns them");
            related.into_iter().fold(rule_problem, crate::check::RuleProblem::with).add();
        }
    },
};

static CONTROLLER_TWICE: Rule = Rule {
    code: refused(
        "controller-twice",
        "Two controllers of one type have the same index.",
        "The index is the number by which addresses know a controller; each type is counted for itself.",
        machine!(
            "devices.controller = [
    { type = \"scsi\"; index = 0; model = \"virtio-scsi\"; }
    { type = \"scsi\"; index = 0; model = \"virtio-scsi\"; }
  ];"
        ),
        machine!(
            "devices.controller = [
    { type = \"scsi\"; index = 0; model = \"virtio-scsi\"; }
    { type = \"scsi\"; index = 1; model = \"virtio-scsi\"; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainDefRejectDuplicateControllers in src/conf/domain_postparse.c",
    holds: Holds::Always,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let numbered = check.devices_of(&CONTROLLER).filter_map(|controller| {
            let kind = controller.get(attribute!(CONTROLLER, "type"))?;
            let index = controller.get(attribute!(CONTROLLER, "index"))?;
            // The companions of a USB controller share its index.
            (kind != "usb").then_some(((kind, index), controller))
        });
        for ((kind, index), controller, other) in repeats(numbered) {
            let related = check.related(other, "the other controller is here");
            let message = format!("two controllers of the type `{kind}` have the index {index}");
            check.rule_problem(controller, Some("index"), message).with(related).add();
        }
    },
};

static IDE_ON_MACHINE: Rule = Rule {
    code: refused(
        "ide-on-machine",
        "The machine type has no IDE controller, or not so many.",
        "A `pc` machine has one IDE controller, for four disks. A q35 machine has SATA, a `virt` machine virtio and SCSI. Use `bus = \"sata\"` or `bus = \"virtio\"`. A target \
         name that begins with `hd` stands for IDE where no bus is given.",
        machine!("devices.disk = { source.file = \"/a.img\"; target = { dev = \"hda\"; bus = \"ide\"; }; };"),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefControllerIDE in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name, DISK.name],
    versions: Versions::ALL,
    check: |check| {
        let kind = attribute!(CONTROLLER, "type");
        match check.family().map(nixvirt_schema::machine::Family::has_ide) {
            Some(false) => {}
            Some(true) => {
                let ide = check.controllers("ide").unwrap_or_default();
                for (index, controller) in ide.into_iter().filter(|(index, _)| *index > 0) {
                    let message = format!("a machine has one IDE controller, 0, and not {index}");
                    check.rule_problem(controller, None, message).help("leave it out").add();
                }
                return;
            }
            None => return,
        }
        let (bus, dev) = (below!(DISK, "target", "bus"), below!(DISK, "target", "dev"));
        let on_ide = |disk: &&Node<'_>| match at(disk, bus) {
            Some(bus) => bus == "ide",
            None => {
                let target = child(disk, child_name!(DISK, "target"));
                let bare = target.is_some_and(|target| lacks(target, bus.1));
                bare && at(disk, dev).is_some_and(|dev| dev.starts_with("hd"))
                    && disk.get(attribute!(DISK, "device")) != Some("floppy")
            }
        };
        let found: Vec<_> = check.devices_of(&DISK).filter(|disk| on_ide(&&**disk)).collect();
        for disk in found {
            let message = "this machine type has no IDE controller".to_owned();
            check.rule_problem(disk, Some("target"), message).help("write `target.bus = \"sata\"`").add();
        }
        let is_ide = |controller: &&Node<'_>| controller.get(kind) == Some("ide");
        let found: Vec<_> = check.devices_of(&CONTROLLER).filter(|it| is_ide(&&**it)).collect();
        for controller in found {
            check.say(controller, Some("type"), "this machine type has no IDE controller".to_owned());
        }
    },
};

static PCI_ROOT_MODEL: Rule = Rule {
    code: refused(
        "pci-root-model",
        "PCI controller 0 is not the root bus that the machine type has.",
        "A q35 or `virt` machine begins with `pcie-root`, a `pc` or `pseries` machine with `pci-root`. libvirt adds the \
         controller by itself.",
        machine!("devices.controller = { type = \"pci\"; index = 0; model = \"pci-root\"; };"),
        machine!("devices.controller = { type = \"pci\"; index = 0; model = \"pcie-root\"; };"),
    ),
    kind: "domain",
    mirrors: "qemuDomainDefAddDefaultDevices in src/qemu/qemu_postparse.c",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let (Some(arch), Some(machine)) = (check.arch(), check.machine()) else { return };
        let (RootBus::Model(expected), Some(controllers)) = (root(arch, machine), check.controllers("pci"))
        else {
            return;
        };
        for (_, controller) in controllers.into_iter().filter(|(index, _)| *index == 0) {
            if let Some(model) = controller.get(attribute!(CONTROLLER, "model"))
                && model != expected
            {
                let message = format!("PCI controller 0 of this machine type is `{expected}`, not `{model}`");
                let help = format!("write `model = \"{expected}\"`, or leave the controller out");
                check.rule_problem(controller, Some("model"), message).help(help).add();
            }
        }
    },
};

static USB_WITHOUT_BUS: Rule = Rule {
    code: refused(
        "usb-without-bus",
        "A USB device is in a machine whose USB is switched off.",
        "A USB controller with `model = \"none\"` says that the machine has no USB. Leave out the controller, give it \
         another model, or remove the device.",
        machine!(
            "devices.controller = { type = \"usb\"; model = \"none\"; };
  devices.input = { type = \"tablet\"; bus = \"usb\"; };"
        ),
        machine!("devices.input = { type = \"tablet\"; bus = \"usb\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefParseXML in src/conf/domain_conf.c; virDomainUSBAddressAssign",
    holds: Holds::Qemu,
    with: &[],
    versions: Versions::ALL,
    check: |check| {
        let is_none = |controller: &Node<'_>| {
            controller.get(attribute!(CONTROLLER, "type")) == Some("usb")
                && controller.get(attribute!(CONTROLLER, "model")) == Some("none")
        };
        // A smart card's reader is on USB; libvirt adds it.
        let needs =
            |device: &&Node<'_>| usb::is_usb(check, device) || std::ptr::eq(device.element, &SMARTCARD);
        let found: Vec<_> = check.devices().filter(|device| needs(&&**device)).collect();
        let off = check.devices_of(&CONTROLLER).find(|it| is_none(it));
        if found.is_empty() || (off.is_none() && check.usb().is_none_or(|usb| usb.is_there)) {
            return;
        }
        for device in found {
            let related = off.map(|off| check.related(off, "USB is switched off here"));
            let message = "this device needs USB, which the machine does not have".to_owned();
            let rule_problem = check.rule_problem(device, None, message);
            let rule_problem = match related {
                Some(related) => rule_problem.with(related),
                None => {
                    rule_problem.help("add `devices.controller = { type = \"usb\"; model = \"qemu-xhci\"; }`")
                }
            };
            rule_problem.add_of_cause("so does this one");
        }
    },
};
