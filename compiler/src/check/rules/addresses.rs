//! Addresses and buses: PCI, drives, USB, and the controllers behind them.

use std::collections::BTreeMap;

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::hub::HUB;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::redirdev::REDIRDEV;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{attribute, below, child_name};

use super::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, repeats};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &CONTROLLER_TWICE,
    &DRIVE_ADDRESS_TWICE,
    &IDE_ON_MACHINE,
    &PCI_ADDRESS_TWICE,
    &PCI_ROOT_MODEL,
    &USB_WITHOUT_BUS,
];

/// The address of a device in the guest, of a type.
fn address<'c>(device: &'c Node<'_>, of_type: &str) -> Option<&'c Node<'c>> {
    let address = child(device, child_name!(DISK, "address"))?;
    let is = address.get(attribute!(ADDRESS, "type")) == Some(of_type);
    is.then_some(address as &Node<'_>)
}

/// Numbers of an address; what is missing is 0.
fn numbers<const N: usize>(address: &Node<'_>, names: [&'static str; N]) -> Option<[u64; N]> {
    let mut found = [0; N];
    for (number, name) in found.iter_mut().zip(names) {
        *number = match address.attribute(name) {
            None => 0,
            Some(attribute) => nixvirt_schema::parse_number(&attribute.value.text)?,
        };
    }
    Some(found)
}

/// Says where two devices have one address.
fn say_twice<const N: usize>(
    check: &mut Check<'_, '_>,
    found: Vec<([u64; N], &Node<'_>)>,
    shown: fn(&[u64; N]) -> String,
) {
    for (numbers, device, other) in repeats(found) {
        let related = check.related(other, "the other device is here");
        let message = format!("the address {} is used by two devices", shown(&numbers));
        check
            .finding(device, Some("address"), message)
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
    check: |check| {
        let names = [
            attribute!(ADDRESS, "domain"),
            attribute!(ADDRESS, "bus"),
            attribute!(ADDRESS, "slot"),
            attribute!(ADDRESS, "function"),
        ];
        let of = |device| {
            let numbers = numbers(address(device, "pci")?, names)?;
            // An address of zeros asks for one.
            (numbers != [0; 4]).then_some((numbers, device as &Node<'_>))
        };
        let found = check.devices().filter_map(of).collect();
        say_twice(check, found, |[domain, bus, slot, function]| {
            format!("{domain:04x}:{bus:02x}:{slot:02x}.{function}")
        });
    },
};

static DRIVE_ADDRESS_TWICE: Rule = Rule {
    code: refused(
        "drive-address-twice",
        "Two disks have the same address on a controller.",
        "Each unit of a controller holds one disk. libvirt assigns addresses to disks that have none, so that it is \
         best to leave them out.",
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
    check: |check| {
        let names = [
            attribute!(ADDRESS, "controller"),
            attribute!(ADDRESS, "bus"),
            attribute!(ADDRESS, "target"),
            attribute!(ADDRESS, "unit"),
        ];
        let mut by_bus: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for disk in check.devices_of(&DISK) {
            let Some(bus) = at(disk, below!(DISK, "target", "bus")) else { continue };
            let numbers = address(disk, "drive").and_then(|address| numbers(address, names));
            by_bus.entry(bus).or_default().extend(numbers.map(|numbers| (numbers, disk as &Node<'_>)));
        }
        for found in by_bus.into_values() {
            say_twice(check, found, |[controller, bus, target, unit]| {
                format!("controller {controller}, bus {bus}, target {target}, unit {unit}")
            });
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
            check.finding(controller, Some("index"), message).with(related).add();
        }
    },
};

static IDE_ON_MACHINE: Rule = Rule {
    code: refused(
        "ide-on-machine",
        "The machine type has no IDE controller.",
        "A q35 machine has SATA, a `virt` machine virtio and SCSI. Use `bus = \"sata\"` or `bus = \"virtio\"`. A target \
         name that begins with `hd` stands for IDE where no bus is given.",
        machine!("devices.disk = { source.file = \"/a.img\"; target = { dev = \"hda\"; bus = \"ide\"; }; };"),
        machine!(
            "devices.disk = { source.file = \"/a.img\"; target = { dev = \"sda\"; bus = \"sata\"; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefControllerIDE in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    check: |check| {
        let Some(false) = check.family().map(nixvirt_schema::machine::Family::has_ide) else { return };
        let (bus, dev) = (below!(DISK, "target", "bus"), below!(DISK, "target", "dev"));
        let on_ide = |disk: &&Node<'_>| match at(disk, bus) {
            Some(bus) => bus == "ide",
            None => {
                let target = child(disk, child_name!(DISK, "target"));
                let bare = target.is_some_and(|target| crate::check::lacks(target, bus.1));
                bare && at(disk, dev).is_some_and(|dev| dev.starts_with("hd"))
                    && disk.get(attribute!(DISK, "device")) != Some("floppy")
            }
        };
        let found: Vec<_> = check.devices_of(&DISK).filter(|disk| on_ide(&&**disk)).collect();
        for disk in found {
            let message = "this machine type has no IDE controller".to_owned();
            check.finding(disk, Some("target"), message).help("write `target.bus = \"sata\"`").add();
        }
        let is_ide = |controller: &&Node<'_>| controller.get(attribute!(CONTROLLER, "type")) == Some("ide");
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
    mirrors: "qemuDomainValidateControllerPCI, qemuDomainPCIAddressSetCreate in src/qemu/qemu_domain_address.c",
    holds: Holds::Qemu,
    check: |check| {
        let Some(expected) = check.family().and_then(nixvirt_schema::machine::Family::pci_root) else {
            return;
        };
        let is_root = |controller: &Node<'_>| {
            controller.get(attribute!(CONTROLLER, "type")) == Some("pci")
                && controller.get(attribute!(CONTROLLER, "index")) == Some("0")
        };
        let found: Vec<_> = check.devices_of(&CONTROLLER).filter(|it| is_root(it)).collect();
        for controller in found {
            if let Some(model) = controller.get(attribute!(CONTROLLER, "model"))
                && model != expected
            {
                let message = format!("PCI controller 0 of this machine type is `{expected}`, not `{model}`");
                let help = format!("write `model = \"{expected}\"`, or leave the controller out");
                check.finding(controller, Some("model"), message).help(help).add();
            }
        }
    },
};

/// Whether a device certainly needs a USB bus.
fn needs_usb(check: &Check<'_, '_>, device: &Node<'_>) -> bool {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&DISK) {
        return at(device, below!(DISK, "target", "bus")) == Some("usb");
    }
    if is(&INPUT) {
        let bus = attribute!(INPUT, "bus");
        let tablet = device.get(attribute!(INPUT, "type")) == Some("tablet");
        let implied = tablet && check.is_x86() == Some(true) && crate::check::lacks(device, bus);
        return device.get(bus) == Some("usb") || implied;
    }
    if is(&HOSTDEV) {
        return device.get(attribute!(HOSTDEV, "type")) == Some("usb");
    }
    if is(&REDIRDEV) {
        return device.get(attribute!(REDIRDEV, "bus")) == Some("usb");
    }
    is(&HUB) && device.get(attribute!(HUB, "type")) == Some("usb")
}

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
    check: |check| {
        let is_none = |controller: &Node<'_>| {
            controller.get(attribute!(CONTROLLER, "type")) == Some("usb")
                && controller.get(attribute!(CONTROLLER, "model")) == Some("none")
        };
        let Some(controller) = check.devices_of(&CONTROLLER).find(|it| is_none(it)) else { return };
        let found: Vec<_> = check.devices().filter(|device| needs_usb(check, device)).collect();
        for device in found {
            let related = check.related(controller, "USB is switched off here");
            let message = "this device needs USB, which the machine does not have".to_owned();
            check.finding(device, None, message).with(related).add();
        }
    },
};
