//! USB: controllers, and the ports of devices on them.

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hub::HUB;
use nixvirt_schema::machine::usb::MOST_XHCI_PORTS;
use nixvirt_schema::{Versions, attribute, child_name, parse_number};

use crate::check::rules::code::{machine, refused};
use crate::check::{Holds, Rule, child, usb};
use crate::document::Node;

pub(super) static USB_CONTROLLER_TWICE: Rule = Rule {
    code: refused(
        "usb-controller-twice",
        "Two USB controllers have the same index.",
        "Only the companions of an `ich9-ehci1` controller share its index. Give every other controller one of its own.",
        machine!(
            "devices.controller = [
    { type = \"usb\"; index = 0; model = \"qemu-xhci\"; }
    { type = \"usb\"; index = 0; model = \"nec-xhci\"; }
  ];"
        ),
        machine!(
            "devices.controller = [
    { type = \"usb\"; index = 0; model = \"qemu-xhci\"; }
    { type = \"usb\"; index = 1; model = \"nec-xhci\"; }
  ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainUSBAddressSetAddController in src/conf/domain_addr.c",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let Some(usb) = check.usb() else { return };
        for fault in &usb.faults {
            if let usb::UsbFaultKind::ControllerTwice { index, other } = fault.what {
                let related = check.related(other, "the other controller is here");
                let message = format!("two USB controllers have the index {index}");
                check.rule_problem(fault.device, Some("index"), message).with(related).add();
            }
        }
    },
};

pub(super) static USB_MASTER: Rule = Rule {
    code: refused(
        "usb-master",
        "There are companions of a USB controller, and no controller that they accompany.",
        "The models `ich9-uhci1` to `ich9-uhci3` stand beside an `ich9-ehci1` with the same index, which has no `master`. It is \
         simpler to use `qemu-xhci`.",
        machine!(
            "devices.controller = { type = \"usb\"; index = 0; model = \"ich9-uhci1\"; master.startport = 0; };"
        ),
        machine!("devices.controller = { type = \"usb\"; index = 0; model = \"qemu-xhci\"; };"),
    ),
    kind: "domain",
    mirrors: "virDomainDefControllersParse in src/conf/domain_conf.c",
    holds: Holds::Always,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        let (kind, model) = (attribute!(CONTROLLER, "type"), attribute!(CONTROLLER, "model"));
        // libvirt gives these models a master where they name none.
        let is_companion = |it: &Node<'_>| {
            child(it, child_name!(CONTROLLER, "master")).is_some()
                || matches!(it.get(model), Some("ich9-uhci1" | "ich9-uhci2" | "ich9-uhci3"))
        };
        let found: Vec<_> = check.devices_of(&CONTROLLER).filter(|it| it.get(kind) == Some("usb")).collect();
        if let [first, ..] = found[..]
            && found.iter().all(|it| is_companion(it))
        {
            let message = "there is no controller that this one accompanies".to_owned();
            check.say(first, None, message);
        }
    },
};

pub(super) static USB_PORT: Rule = Rule {
    code: refused(
        "usb-port",
        "A USB device is at a port that does not exist, or that is in use.",
        "`bus` is the index of a USB controller. A port like `1.2` is the second port of a hub at the first port. Leave the \
         address out: libvirt assigns one, and adds hubs.",
        machine!(
            "devices.input = [
    { type = \"tablet\"; bus = \"usb\"; address = { type = \"usb\"; bus = 0; port = \"1\"; }; }
    { type = \"keyboard\"; bus = \"usb\"; address = { type = \"usb\"; bus = 0; port = \"1\"; }; }
  ];"
        ),
        machine!(
            "devices.input = [ { type = \"tablet\"; bus = \"usb\"; } { type = \"keyboard\"; bus = \"usb\"; } ];"
        ),
    ),
    kind: "domain",
    mirrors: "virDomainUSBAddressFindPort, virDomainUSBAddressReserve in src/conf/domain_addr.c",
    holds: Holds::Qemu,
    with: &[child_name!(DISK, "address"), HUB.name],
    versions: Versions::ALL,
    check: |check| {
        let Some(usb) = check.usb() else { return };
        for fault in &usb.faults {
            let (message, other) = match &fault.what {
                usb::UsbFaultKind::NoBus { bus } => {
                    (format!("there is no USB controller with the index {bus}"), None)
                }
                usb::UsbFaultKind::NoPort { bus, port } => {
                    (format!("there is no port {port} on USB bus {bus}"), None)
                }
                usb::UsbFaultKind::NoHub { bus, port } => {
                    (format!("there is no hub on the way to the port {port} of USB bus {bus}"), None)
                }
                usb::UsbFaultKind::Twice { bus, port, other } => {
                    (format!("the port {port} of USB bus {bus} is used by two devices"), Some(*other))
                }
                usb::UsbFaultKind::ControllerTwice { .. } => continue,
            };
            let related = other.map(|other| check.related(other, "the other device is here"));
            let rule_problem = check.rule_problem(fault.device, Some("address"), message);
            let rule_problem = rule_problem.help("leave the address out: libvirt assigns one");
            related.into_iter().fold(rule_problem, crate::check::RuleProblem::with).add();
        }
    },
};

pub(super) static USB_PORTS_MOST: Rule = Rule {
    code: refused(
        "usb-ports-most",
        "A USB 3 controller has more ports than it can have.",
        "The models `qemu-xhci` and `nec-xhci` have at most 15 ports.",
        machine!("devices.controller = { type = \"usb\"; index = 0; model = \"qemu-xhci\"; ports = 16; };"),
        machine!("devices.controller = { type = \"usb\"; index = 0; model = \"qemu-xhci\"; ports = 15; };"),
    ),
    kind: "domain",
    mirrors: "qemuDomainControllerDefPostParse in src/qemu/qemu_postparse.c",
    holds: Holds::Qemu,
    with: &[CONTROLLER.name],
    versions: Versions::ALL,
    check: |check| {
        for (_, controller) in check.controllers("usb").unwrap_or_default() {
            let is_xhci =
                controller.get(attribute!(CONTROLLER, "model")).is_some_and(|it| it.ends_with("-xhci"));
            let ports = controller.get(attribute!(CONTROLLER, "ports")).and_then(parse_number);
            if is_xhci && ports.is_some_and(|ports| ports > MOST_XHCI_PORTS) {
                let message = format!("the controller has at most {MOST_XHCI_PORTS} ports");
                check.say(controller, Some("ports"), message);
            }
        }
    },
};
