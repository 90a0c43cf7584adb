//! PCI: controllers, and the addresses of devices on them.

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::machine::pci::{OPTIONS, bus};
use nixvirt_schema::{Versions, attribute, below, child_name};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, at, child, pci};

pub(super) static PCI_SLOT: Rule = Rule {
    code: refused(
        "pci-slot",
        "A bus has no such PCI slot.",
        "A root port has one slot, 0. Most other buses have the slots 1 to 31, as slot 0 is the bridge itself. There is one \
         PCI domain, 0. Leave the address out: libvirt assigns one.",
        machine!(
            "devices.controller = { type = \"pci\"; index = 1; model = \"pcie-root-port\"; };
  devices.sound = { model = \"ich9\"; address = { type = \"pci\"; bus = 1; slot = 2; }; };"
        ),
        machine!(
            "devices.controller = { type = \"pci\"; index = 1; model = \"pcie-root-port\"; };
  devices.sound = { model = \"ich9\"; address = { type = \"pci\"; bus = 1; slot = 0; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainPCIAddressValidate in src/conf/domain_addr.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address"), CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        for fault in check.pci().unwrap_or_default() {
            let message = match fault.what {
                pci::PciFaultKind::Domain => "a machine has the PCI domain 0 only".to_owned(),
                pci::PciFaultKind::Slot { index, model, slots: (0, 0) } => {
                    format!("PCI controller {index}, a `{model}`, has the slot 0 only")
                }
                pci::PciFaultKind::Slot { index, model, slots: (first, last) } => {
                    format!("PCI controller {index}, a `{model}`, has the slots {first} to {last}")
                }
                _ => continue,
            };
            let help = "leave the address out: libvirt assigns one";
            check.rule_problem(fault.device, Some("address"), message).help(help).add();
        }
    },
};

pub(super) static PCI_BUS: Rule = Rule {
    code: refused(
        "pci-bus",
        "A device is plugged into a PCI bus that does not take it.",
        "A root port goes into `pcie-root`, a `pcie-to-pci-bridge` or a switch into a root port, a `pci-bridge` where \
         conventional devices go. A switch takes only its own ports. Some machines have no PCI at all.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"pc\"; };",
            "devices.controller = { type = \"pci\"; index = 1; model = \"pcie-root-port\"; address = { type = \"pci\"; slot = 5; }; };"
        ),
        machine!(
            "devices.controller = { type = \"pci\"; index = 1; model = \"pcie-root-port\"; address = { type = \"pci\"; slot = 5; }; };"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainPCIAddressFlagsCompatible in src/conf/domain_addr.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address"), CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        for fault in check.pci().unwrap_or_default() {
            let message = match fault.what {
                pci::PciFaultKind::NoBus => "this machine type has no PCI".to_owned(),
                pci::PciFaultKind::NotOnRoot => {
                    "the device is part of the root bus, so that its `bus` is 0".to_owned()
                }
                pci::PciFaultKind::NotTaken { index, model } => {
                    format!("PCI controller {index}, a `{model}`, does not take this device")
                }
                _ => continue,
            };
            let problem = check.rule_problem(fault.device, Some("address"), message);
            match fault.what {
                pci::PciFaultKind::NoBus => problem.add_of_cause("this is on PCI, too"),
                _ => problem.add(),
            }
        }
    },
};

pub(super) static PCI_CONTROLLER_PLACE: Rule = Rule {
    code: refused(
        "pci-controller-place",
        "There is no PCI bus that a controller could be plugged into.",
        "libvirt adds the buses that devices need, but none for a controller: a root port needs `pcie-root`, a \
         `pcie-to-pci-bridge` a root port, the port of a switch the switch. The index of a bridge is larger than that of the \
         bus that it is plugged into.",
        machine!(
            "os = { type = \"hvm\"; arch = \"x86_64\"; machine = \"pc\"; };",
            "devices.controller = { type = \"pci\"; index = 1; model = \"pcie-root-port\"; };"
        ),
        machine!("devices.controller = { type = \"pci\"; index = 1; model = \"pcie-root-port\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainPCIAddressSetGrow in src/conf/domain_addr.c; qemuDomainAssignPCIAddresses",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        for fault in check.pci().unwrap_or_default() {
            match fault.what {
                pci::PciFaultKind::NowhereToPlug => {
                    let message = "there is no PCI bus that takes this controller".to_owned();
                    check.say(fault.device, Some("model"), message);
                }
                pci::PciFaultKind::BehindItself { index, bus } => {
                    let message =
                        format!("the index {index} of the bridge is not larger than the {bus} of its bus");
                    check.say(fault.device, Some("index"), message);
                }
                _ => {}
            }
        }
    },
};

pub(super) static PCI_FIXED_ADDRESS: Rule = Rule {
    code: refused(
        "pci-fixed-address",
        "A controller that is part of the chipset has another address than the chipset gives it.",
        "The first IDE and USB controllers of a `pc` machine are at 00:01.1 and 00:01.2, the first SATA controller of a q35 \
         machine at 00:1f.2. Leave the address out.",
        machine!(
            "devices.controller = { type = \"sata\"; index = 0; address = { type = \"pci\"; slot = 9; }; };"
        ),
        machine!("devices.controller = { type = \"sata\"; index = 0; };"),
    ),
    kind: "domain",
    mirrors: "qemuDomainValidateDevicePCISlotsPIIX3, qemuDomainValidateDevicePCISlotsQ35",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address")],
    versions: Versions::ALL,
    check: |check| {
        for fault in check.pci().unwrap_or_default() {
            if let pci::PciFaultKind::Fixed { place } = fault.what {
                let message = format!("this controller of the chipset is at {}", pci::shown(place));
                check
                    .rule_problem(fault.device, Some("address"), message)
                    .help("leave the address out")
                    .add();
            }
        }
    },
};

pub(super) static PCI_ROOT_INDEX: Rule = Rule {
    code: refused(
        "pci-root-index",
        "A root bus is not PCI controller 0, or another controller is.",
        "`pci-root` and `pcie-root` are the controller 0 of their machine, which has one of them. Only a pseries machine has \
         more than one `pci-root`.",
        machine!(
            "devices.controller = [ { type = \"pci\"; index = 0; model = \"pcie-root\"; } { type = \"pci\"; index = 1; model = \"pcie-root\"; } ];"
        ),
        machine!(
            "devices.controller = [ { type = \"pci\"; index = 0; model = \"pcie-root\"; } { type = \"pci\"; index = 1; model = \"pcie-root-port\"; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "qemuDomainControllerDefPostParse in src/qemu/qemu_postparse.c; qemuValidateDomainDeviceDefControllerPCI",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let (Some(machine), Some(controllers)) = (check.machine(), check.controllers("pci")) else { return };
        let several = machine.starts_with("pseries");
        for (index, controller) in controllers {
            let model = controller.get(attribute!(CONTROLLER, "model"));
            if let (Some(model @ ("pci-root" | "pcie-root")), false, 1..) = (model, several, index) {
                let message = format!("`{model}` is PCI controller 0, not {index}");
                check.say(controller, Some("index"), message);
            }
        }
    },
};

pub(super) static PCI_CONTROLLER_OPTION: Rule = Rule {
    code: refused(
        "pci-controller-option",
        "A PCI controller has an option of another model.",
        "A root port and the port of a switch have a `chassis` and a `port`, a `pci-bridge` has a `chassisNr`, an expander bus \
         a `busNr` and a NUMA node. `model.name` is a device model that implements the controller.",
        machine!(
            "devices.controller = { type = \"pci\"; index = 1; model = [ \"pcie-root-port\" ]; target.busNr = 9; };"
        ),
        machine!(
            "devices.controller = { type = \"pci\"; index = 1; model = [ \"pcie-root-port\" ]; target.port = 9; };"
        ),
    ),
    kind: "domain",
    mirrors: "qemuValidateDomainDeviceDefControllerPCI in src/qemu/qemu_validate.c",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let (Some(machine), Some(controllers)) = (check.machine(), check.controllers("pci")) else { return };
        let is_pseries = machine.starts_with("pseries");
        for (_, controller) in controllers {
            let Some(model) = controller.get(attribute!(CONTROLLER, "model")).and_then(bus) else { continue };
            let is_host_bridge = is_pseries && model.model == "pci-root";
            if let Some(name) = at(controller, below!(CONTROLLER, "model", "name")) {
                let has_names = model.model != "pci-root" || is_pseries;
                if !has_names || !model.names.contains(&name) {
                    let message = format!("`{name}` does not implement a `{}`", model.model);
                    check.say(controller, Some("model"), message);
                }
            }
            let Some(target) = child(controller, child_name!(CONTROLLER, "target")) else { continue };
            for option in OPTIONS {
                let given = target.attribute(option).is_some() || child(target, option).is_some();
                let has =
                    model.options.contains(option) || (is_host_bridge && matches!(*option, "index" | "node"));
                if given && !has {
                    let message = format!("a `{}` has no `{option}`", model.model);
                    check.say(target, Some(option), message);
                }
            }
        }
    },
};
