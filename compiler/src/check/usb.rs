//! The USB buses of a machine as libvirt sees them: the controllers that are written and the one that it adds, hubs, and which
//! port is in use.
//!
//! It mirrors `qemuDomainAssignUSBAddresses` in `src/qemu/qemu_domain_address.c` and what that calls in
//! `src/conf/domain_addr.c`, as far as the definition alone decides.

mod fault;

use std::collections::BTreeMap;

use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::chardev::SERIAL;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::hub::HUB;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::redirdev::REDIRDEV;
use nixvirt_schema::domain::devices::sound::SOUND;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::usb::{HUB_PORTS, Ports, ports};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{attribute, below, child_name, parse_number};

use super::{Check, at, child, lacks};
use crate::document::Node;

pub(crate) use self::fault::{Usb, UsbFault, UsbFaultKind};

/// The USB buses of a machine; nothing where too little is known of it.
pub(crate) fn usb<'c>(check: &Check<'c, '_>) -> Option<Usb<'c>> {
    if check.may_have_device(child_name!(DEVICES, "controller"))
        || check.may_have_device(child_name!(DEVICES, "hub"))
    {
        return None;
    }
    let (arch, machine) = (check.arch()?, check.machine()?);
    let mut plan = Plan { hubs: BTreeMap::new(), used: BTreeMap::new(), faults: Vec::new() };
    let mut controllers: BTreeMap<u64, &'c Node<'c>> = BTreeMap::new();
    let (mut is_there, mut has_first) = (false, false);
    for (index, controller) in check.controllers("usb")? {
        has_first |= index == 0;
        let model = match controller.get(attribute!(CONTROLLER, "model")) {
            Some(model) => Some(model),
            None if arch.starts_with("s390") || !lacks(controller, attribute!(CONTROLLER, "model")) => {
                return None;
            }
            None => usual_model(arch),
        };
        is_there |= model != Some("none");
        let count = match model {
            // The emulator decides which model it is; every one of them has ports.
            None => Ports::Fixed(u64::MAX),
            Some(model) => ports(model)?,
        };
        let given = controller.attribute(attribute!(CONTROLLER, "ports"));
        let count = count.count(given.map(|given| &*given.value.text))?;
        if count == 0 {
            continue;
        }
        if let Some(other) = controllers.insert(index, controller) {
            plan.fault(controller, UsbFaultKind::ControllerTwice { index, other });
        }
        plan.hubs.insert((index, Vec::new()), count);
    }
    if !has_first && let Some(model) = added(arch, machine, check.family())? {
        is_there = true;
        if let Some(Ports::Fixed(count) | Ports::Given(count)) = ports(model) {
            plan.hubs.insert((0, Vec::new()), count);
        }
    }
    if is_there {
        plan.all(check)?;
    }
    Some(Usb { is_there, faults: plan.faults })
}

/// The model of a controller that names none (`qemuDomainControllerDefPostParse`).
fn usual_model(arch: &str) -> Option<&'static str> {
    match arch {
        "i686" | "x86_64" => Some("piix3-uhci"),
        "ppc64" | "ppc64le" | "aarch64" | "loongarch64" => Some("qemu-xhci"),
        _ => None,
    }
}

/// The model of the controller that libvirt adds where there is none with the number 0 (`qemuDomainDefAddDefaultDevices`). The
/// outer nothing: it is not known.
pub(crate) fn added(arch: &str, machine: &str, family: Option<Family>) -> Option<Option<&'static str>> {
    match (arch, family) {
        ("i686" | "x86_64", Some(Family::Q35)) => Some(Some("qemu-xhci")),
        ("i686" | "x86_64", Some(Family::I440fx)) => Some(Some("piix3-uhci")),
        ("ppc64" | "ppc64le", _) => Some(Some("qemu-xhci")),
        ("aarch64" | "armv7l", _) if machine == "versatilepb" || machine.starts_with("realview") => {
            Some(Some("pci-ohci"))
        }
        ("aarch64" | "armv7l" | "riscv32" | "riscv64" | "loongarch64" | "s390x", _) => Some(None),
        _ => None,
    }
}

/// Whether a device certainly is on a USB bus (`virDomainDeviceIsUSB`).
pub(crate) fn is_usb(check: &Check<'_, '_>, device: &Node<'_>) -> bool {
    let is = |element| std::ptr::eq(device.element, element);
    let has = |name, value| device.get(name) == Some(value);
    if is(&DISK) {
        return at(device, below!(DISK, "target", "bus")) == Some("usb");
    }
    if is(&INPUT) {
        let bus = attribute!(INPUT, "bus");
        let is_tablet = device.get(attribute!(INPUT, "type")) == Some("tablet");
        let is_implied = is_tablet && check.is_x86() == Some(true) && lacks(device, bus);
        return has(bus, "usb") || is_implied;
    }
    (is(&HOSTDEV) && has(attribute!(HOSTDEV, "type"), "usb"))
        || (is(&REDIRDEV) && has(attribute!(REDIRDEV, "bus"), "usb"))
        || (is(&HUB) && has(attribute!(HUB, "type"), "usb"))
        || (is(&SOUND) && has(attribute!(SOUND, "model"), "usb"))
        || (is(&CONTROLLER) && has(attribute!(CONTROLLER, "type"), "ccid"))
        || (is(&SERIAL) && at(device, below!(SERIAL, "target", "type")) == Some("usb-serial"))
        || (is(&INTERFACE) && at(device, below!(INTERFACE, "model", "type")) == Some("usb-net"))
}

/// The bus that a device names, and the way to its port. The outer nothing: it cannot be read.
fn address(device: &Node<'_>) -> Option<Option<(u64, Vec<u64>)>> {
    let Some(address) = child(device, child_name!(DISK, "address")) else { return Some(None) };
    match address.get(attribute!(ADDRESS, "type")) {
        Some("usb") => {}
        Some(_) => return Some(None),
        None => return None,
    }
    let bus = match address.attribute(attribute!(ADDRESS, "bus")) {
        None => 0,
        Some(bus) => parse_number(&bus.value.text)?,
    };
    let port = match address.attribute(attribute!(ADDRESS, "port")) {
        None => Vec::new(),
        Some(port) => port.value.text.split('.').map(parse_number).collect::<Option<_>>()?,
    };
    // Without a first port, libvirt picks one.
    Some(Some((bus, if port.first() == Some(&0) { Vec::new() } else { port })))
}

struct Plan<'c> {
    /// How many ports the bus, or the hub at a port, has.
    hubs: BTreeMap<(u64, Vec<u64>), u64>,
    used: BTreeMap<(u64, Vec<u64>), &'c Node<'c>>,
    faults: Vec<UsbFault<'c>>,
}

impl<'c> Plan<'c> {
    fn fault(&mut self, device: &'c Node<'c>, what: UsbFaultKind<'c>) {
        self.faults.push(UsbFault { device, what });
    }

    /// Puts hubs, then devices on the ports that they name.
    fn all(&mut self, check: &Check<'c, '_>) -> Option<()> {
        let (hubs, devices): (Vec<_>, Vec<_>) = check
            .devices()
            .filter(|device| is_usb(check, device))
            .partition(|device| std::ptr::eq(device.element, &HUB));
        for device in hubs.into_iter().chain(devices) {
            let is_hub = std::ptr::eq(device.element, &HUB);
            match address(device)? {
                Some((bus, port)) if !port.is_empty() => self.put(device, bus, port, is_hub),
                Some((bus, _)) if !self.hubs.contains_key(&(bus, Vec::new())) => {
                    self.fault(device, UsbFaultKind::NoBus { bus });
                }
                _ => {}
            }
        }
        Some(())
    }

    fn put(&mut self, device: &'c Node<'c>, bus: u64, port: Vec<u64>, is_hub: bool) {
        let written = || port.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
        if !self.hubs.contains_key(&(bus, Vec::new())) {
            return self.fault(device, UsbFaultKind::NoBus { bus });
        }
        for depth in 0..port.len() {
            match self.hubs.get(&(bus, port[..depth].to_vec())) {
                None => return self.fault(device, UsbFaultKind::NoHub { bus, port: written() }),
                Some(count) if port[depth] > *count => {
                    return self.fault(device, UsbFaultKind::NoPort { bus, port: written() });
                }
                Some(_) => {}
            }
        }
        let key = (bus, port.clone());
        if let Some(other) = self.used.get(&key).copied() {
            return self.fault(device, UsbFaultKind::Twice { bus, port: written(), other });
        }
        if is_hub {
            self.hubs.insert(key.clone(), HUB_PORTS);
        }
        self.used.insert(key, device);
    }
}
