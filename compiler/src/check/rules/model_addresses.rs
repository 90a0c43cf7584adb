//! Addresses that depend on the model of a device: some models have none, others one of a certain type.

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::panic::PANIC;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::machine::{Family, is_x86};
use nixvirt_schema::{Versions, attribute, below, child_name};

use super::code::{machine, refused};
use crate::check::{Check, Holds, Rule, at, child, lacks};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[&ADDRESS_OF_MODEL, &PCI_ROOT_ADDRESS];

/// The address of a device in the guest, and its type.
fn address<'n>(device: &'n Node<'_>) -> Option<(&'n Node<'n>, &'n str)> {
    let address = child(device, child_name!(DISK, "address"))?;
    Some((address, address.get(below!(DISK, "address", "type").1)?))
}

/// The message where a device's address does not suit its model.
fn wrong_address(check: &Check<'_, '_>, device: &Node<'_>, given: &str) -> Option<String> {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&VIDEO) {
        let ramfb = at(device, below!(VIDEO, "model", "type")) == Some("ramfb");
        return ramfb.then(|| "`ramfb` has no address: it is a part of the memory".to_owned());
    }
    if is(&HOSTDEV) {
        let expected = match device.get(attribute!(HOSTDEV, "model"))? {
            "vfio-pci" => "pci",
            "vfio-ccw" => "ccw",
            _ => return None,
        };
        return (given != expected)
            .then(|| format!("this mediated device has an address of the type `{expected}`, not `{given}`"));
    }
    if !is(&PANIC) {
        return None;
    }
    let model = match device.get(attribute!(PANIC, "model")) {
        Some(model) => model,
        None if lacks(device, attribute!(PANIC, "model")) => match check.family() {
            Some(Family::Pseries) => "pseries",
            Some(Family::S390) => "s390",
            _ if is_x86(check.arch()?) => "isa",
            _ => return None,
        },
        None => return None,
    };
    match model {
        "s390" | "hyperv" | "pseries" => Some(format!("the panic device `{model}` has no address")),
        "isa" if given != "isa" => Some("the panic device `isa` has an address of the type `isa`".to_owned()),
        "pvpanic" if given != "pci" => {
            Some("the panic device `pvpanic` has an address of the type `pci`".to_owned())
        }
        _ => None,
    }
}

static ADDRESS_OF_MODEL: Rule = Rule {
    code: refused(
        "address-of-model",
        "A device has an address that its model cannot have.",
        "The panic devices of pseries machines, mainframes and Hyper-V, and the display `ramfb`, are no devices on a bus. A mediated device \
         of the model `vfio-pci` is on PCI, one of `vfio-ccw` on a mainframe's channels. Leave the address out: libvirt assigns one where \
         there is one.",
        machine!(
            "devices.panic = { model = \"hyperv\"; address = { type = \"isa\"; iobase = \"0x505\"; }; };"
        ),
        machine!("devices.panic.model = \"hyperv\";"),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDefPanic in src/qemu/qemu_validate.c; virDomainHostdevDefPostParse; virDomainVideoDefValidate",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        for device in check.devices() {
            let Some((address, given)) = address(device) else { continue };
            if let Some(message) = wrong_address(check, device, given) {
                check.rule_problem(address, None, message).help("leave the address out").add();
            }
        }
    },
};

static PCI_ROOT_ADDRESS: Rule = Rule {
    code: refused(
        "pci-root-address",
        "The root bus has an address.",
        "`pci-root` and `pcie-root` are where addresses begin.",
        machine!(
            "devices.controller = { type = \"pci\"; index = 0; model = \"pcie-root\"; address = { type = \"pci\"; slot = 1; }; };"
        ),
        machine!("devices.controller = { type = \"pci\"; index = 0; model = \"pcie-root\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainControllerDefValidate in src/conf/domain_validate.c",
    holds: Holds::Always,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        for controller in check.devices_of(&CONTROLLER) {
            let model = controller.get(attribute!(CONTROLLER, "model"));
            if let (Some(model @ ("pci-root" | "pcie-root")), Some((address, _))) =
                (model, address(controller))
            {
                let message = format!("`{model}` has no address");
                check.rule_problem(address, None, message).help("leave the address out").add();
            }
        }
    },
};
