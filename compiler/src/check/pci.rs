//! The PCI buses of a machine as libvirt sees them: those that are written, those that it adds, and what is plugged in where.
//!
//! It mirrors `qemuDomainAssignPCIAddresses` in `src/qemu/qemu_domain_address.c`, as far as the definition alone decides:
//! addresses that are given. Addresses that libvirt picks never break anything.

use std::collections::BTreeMap;

use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::chardev::CONSOLE;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::iommu::IOMMU;
use nixvirt_schema::domain::devices::memballoon::MEMBALLOON;
use nixvirt_schema::domain::devices::panic::PANIC;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::pci::{Bus, Plug, RootBus, bus, root};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{attribute, below, child_name};

use super::{Check, at, child, lacks};
use crate::document::Node;

/// Domain, bus, slot and function.
pub(crate) type PciAddress = [u64; 4];

/// A place as libvirt writes it.
pub(crate) fn shown([domain, bus, slot, function]: PciAddress) -> String {
    format!("{domain:04x}:{bus:02x}:{slot:02x}.{function}")
}

/// Something that is wrong with the buses or with a place on them.
pub(crate) struct PciFault<'c> {
    /// The device or controller at fault.
    pub device: &'c Node<'c>,
    /// The fault, with its details.
    pub what: PciFaultKind<'c>,
}

/// A kind of fault of PCI addresses.
pub(crate) enum PciFaultKind<'c> {
    /// The machine has no PCI bus at all.
    NoBus,
    /// The address is of a PCI domain other than 0.
    Domain,
    /// The bus does not take what is plugged in.
    NotTaken { index: u64, model: &'static str },
    /// The device is part of the root bus, and its address is on another one.
    NotOnRoot,
    /// The bus has other slots.
    Slot { index: u64, model: &'static str, slots: (u64, u64) },
    /// The place is in use: by another device, or by a part of the machine itself.
    Twice { place: PciAddress, other: Option<&'c Node<'c>> },
    /// A part of the machine has a fixed place, and the definition gives it another one.
    Fixed { place: PciAddress },
    /// There is no bus that takes the controller, and libvirt adds none.
    NowhereToPlug,
    /// The index of a bridge is not larger than that of the bus that it is plugged into.
    BehindItself { index: u64, bus: u64 },
}

struct Buses<'c> {
    /// The controllers by index; nothing where it is not known which one it is.
    all: Vec<Option<&'static Bus>>,
    used: BTreeMap<PciAddress, Option<&'c Node<'c>>>,
    faults: Vec<PciFault<'c>>,
}

/// The faults of the PCI addresses of a machine; nothing where too little is known of it.
pub(crate) fn faults<'c>(check: &Check<'c, '_>) -> Option<Vec<PciFault<'c>>> {
    let (arch, machine) = (check.arch()?, check.machine()?);
    let family = check.family();
    if check.may_have_device(child_name!(DEVICES, "controller")) {
        return None;
    }
    let controllers = check.controllers("pci")?;
    let placed = placed(check)?;
    // Without controllers and addresses, there is nothing to check.
    if controllers.is_empty() && placed.is_empty() {
        return Some(Vec::new());
    }
    let mut all: Vec<Option<&'static Bus>> = Vec::new();
    for (index, controller) in &controllers {
        let model = bus(controller.get(attribute!(CONTROLLER, "model"))?)?;
        let index = usize::try_from(*index).ok().filter(|index| *index < 256)?;
        all.resize(all.len().max(index + 1), None);
        all[index] = Some(model);
    }
    match (root(arch, machine), all.first()) {
        (RootBus::Unknown, _) => return None,
        (RootBus::Model(model), Some(Some(first))) if first.model != model => return None,
        (RootBus::Model(model), None) => all.push(bus(model)),
        (RootBus::Model(model), Some(None)) => all[0] = bus(model),
        (RootBus::None, Some(None)) => all[0] = bus("pci-root"),
        _ => {}
    }
    let has_express = all.iter().flatten().any(|bus| bus.model == "pcie-root");
    let usual = match family {
        Some(Family::Pseries) => "pci-root",
        _ if has_express => "pcie-root-port",
        _ => "pci-bridge",
    };
    all.iter_mut().for_each(|known| *known = known.or_else(|| bus(usual)));
    let mut buses = Buses { all, used: BTreeMap::new(), faults: Vec::new() };
    buses.grow(&placed, has_express, usual);
    for (place, device) in placed {
        match is_built_in(check, family, device, place) {
            false => buses.plug(device, place),
            // A part of the PC's chipset is on a conventional bus.
            true if buses.all.first().copied().flatten().is_some_and(|root| root.model == "pcie-root") => {
                buses.fault(device, PciFaultKind::NotTaken { index: 0, model: "pcie-root" });
            }
            true => {}
        }
    }
    for (_, controller) in &controllers {
        buses.find_room(controller);
    }
    buses.built_in(check, family)?;
    buses.companions(check, family)?;
    buses.root_ports(&controllers);
    for (index, controller) in controllers {
        if let (Some("pci-bridge"), Some(Some([_, bus, ..]))) =
            (controller.get(attribute!(CONTROLLER, "model")), place(controller))
            && index <= bus
        {
            buses
                .faults
                .push(PciFault { device: controller, what: PciFaultKind::BehindItself { index, bus } });
        }
    }
    Some(buses.faults)
}

/// The PCI address of a device, if it has one that libvirt does not have to pick. The outer nothing: it cannot be read.
pub(crate) fn place(device: &Node<'_>) -> Option<Option<PciAddress>> {
    let Some(address) = child(device, child_name!(DISK, "address")) else { return Some(None) };
    match address.get(attribute!(ADDRESS, "type")) {
        Some("pci") => {}
        Some(_) => return Some(None),
        None => return None,
    }
    let names = [
        attribute!(ADDRESS, "domain"),
        attribute!(ADDRESS, "bus"),
        attribute!(ADDRESS, "slot"),
        attribute!(ADDRESS, "function"),
    ];
    let place = super::numbers(address, names)?;
    // Without a domain, a bus and a slot, an address asks for one.
    Some((place[..3] != [0; 3]).then_some(place))
}

/// Whether a device is only said not to be there, as `<memballoon model='none'/>`: what stands in it takes no place.
fn is_absent(device: &Node<'_>) -> bool {
    let of = |element| std::ptr::eq(device.element, element);
    let model = device.get(attribute!(MEMBALLOON, "model"));
    let is_none = (of(&MEMBALLOON) || of(&CONTROLLER)) && model == Some("none");
    is_none || of(&VIDEO) && at(device, below!(VIDEO, "model", "type")) == Some("none")
}

/// The devices that have a PCI address. A console has none of its own.
fn placed<'c>(check: &Check<'c, '_>) -> Option<Vec<(PciAddress, &'c Node<'c>)>> {
    let mut found = Vec::new();
    let has_own = |device: &Node<'_>| !std::ptr::eq(device.element, &CONSOLE) && !is_absent(device);
    for device in check.devices().filter(|device| has_own(device)) {
        found.extend(place(device)?.map(|place| (place, device as &Node<'_>)));
    }
    Some(found)
}

/// The connector of a device, and whether the device is part of the root bus.
fn plug(device: &Node<'_>) -> (Plug, bool) {
    let is = |element| std::ptr::eq(device.element, element);
    if is(&CONTROLLER) && device.get(attribute!(CONTROLLER, "type")) == Some("pci") {
        let model = device.get(attribute!(CONTROLLER, "model")).and_then(bus);
        return (model.and_then(|bus| bus.plug).unwrap_or(Plug::Endpoint), false);
    }
    let is_part = match device.get(attribute!(PANIC, "model")) {
        Some("virtio") => is(&IOMMU),
        Some("pvpanic") => is(&PANIC),
        _ => false,
    };
    (Plug::Endpoint, is_part)
}

/// Whether a device is certainly one of PCI Express in a machine that has it.
fn is_express(device: &Node<'_>) -> bool {
    let is = |element| std::ptr::eq(device.element, element);
    is(&HOSTDEV)
        || (is(&DISK) && at(device, below!(DISK, "target", "bus")) == Some("virtio"))
            && lacks(device, attribute!(DISK, "model"))
        || (is(&INTERFACE) && at(device, below!(INTERFACE, "model", "type")) == Some("virtio"))
}

/// Whether a controller is the first IDE or USB controller of a PC, on its place in the chipset: it is looked at later.
fn is_built_in(check: &Check<'_, '_>, family: Option<Family>, device: &Node<'_>, place: PciAddress) -> bool {
    let function = match place {
        [0, 0, 1, function] if std::ptr::eq(device.element, &CONTROLLER) => function,
        _ => return false,
    };
    let is_first = check.index_of(device) == Some(0);
    match device.get(attribute!(CONTROLLER, "type")) {
        Some("ide") => is_first && function == 1,
        Some("usb") => is_first && function == 2 && is_piix3(family, device),
        _ => false,
    }
}

/// Whether a USB controller is, or may be, the one of the PC's chipset.
fn is_piix3(family: Option<Family>, controller: &Node<'_>) -> bool {
    match controller.get(attribute!(CONTROLLER, "model")) {
        Some(model) => model == "piix3-uhci",
        // libvirt gives the others a model of their own.
        None => matches!(family, Some(Family::I440fx | Family::Q35) | None),
    }
}

/// Whether a controller is a USB 2 controller or a companion of one.
fn is_usb2(controller: &Node<'_>) -> bool {
    controller.get(attribute!(CONTROLLER, "model")).is_some_and(|model| model.starts_with("ich9-"))
}

impl<'c> Buses<'c> {
    /// Adds the buses that libvirt adds for addresses beyond those that there are.
    fn grow(&mut self, placed: &[(PciAddress, &'c Node<'c>)], has_express: bool, usual: &'static str) {
        if self.all.is_empty() {
            return;
        }
        let beyond = |place: &PciAddress| place[0] == 0 && place[1] >= self.all.len() as u64;
        let needing: Vec<_> = placed.iter().filter(|(place, _)| beyond(place)).collect();
        let Some(last) = needing.iter().map(|(place, _)| place[1]).max() else { return };
        // Which buses are added for conventional devices depends on which of them comes first.
        let known = !has_express || needing.iter().all(|(_, device)| is_express(device));
        let added = if known { bus(usual) } else { None };
        let last = usize::try_from(last).unwrap_or(usize::MAX).min(255);
        self.all.resize(last + 1, added);
    }

    fn fault(&mut self, device: &'c Node<'c>, what: PciFaultKind<'c>) {
        self.faults.push(PciFault { device, what });
    }

    /// Plugs a device in at the place that it names.
    fn plug(&mut self, device: &'c Node<'c>, place: PciAddress) {
        let [domain, index, slot, _] = place;
        let (plug, is_part) = plug(device);
        let bus = usize::try_from(index).ok().and_then(|index| self.all.get(index)).copied();
        match bus {
            _ if self.all.is_empty() => return self.fault(device, PciFaultKind::NoBus),
            _ if domain != 0 => return self.fault(device, PciFaultKind::Domain),
            _ if is_part && index != 0 => return self.fault(device, PciFaultKind::NotOnRoot),
            Some(Some(bus)) => {
                let model = bus.model;
                if !is_part && !bus.takes(plug) {
                    return self.fault(device, PciFaultKind::NotTaken { index, model });
                }
                if slot < bus.slots.0 || slot > bus.slots.1 {
                    return self.fault(device, PciFaultKind::Slot { index, model, slots: bus.slots });
                }
            }
            _ => {}
        }
        self.reserve(place, Some(device));
    }

    /// Takes a place for a device, or for a part of the machine that is no device of the definition.
    fn reserve(&mut self, place: PciAddress, device: Option<&'c Node<'c>>) {
        if let Some(other) = self.used.get(&place).copied() {
            match (device, other) {
                (Some(device), other) => self.fault(device, PciFaultKind::Twice { place, other }),
                (None, Some(other)) => self.fault(other, PciFaultKind::Twice { place, other: None }),
                (None, None) => {}
            }
        } else {
            self.used.insert(place, device);
        }
    }

    /// Looks for a bus that takes a controller without an address.
    fn find_room(&mut self, controller: &'c Node<'c>) {
        let (plug, _) = plug(controller);
        let wants_one = place(controller) == Some(None)
            && !matches!(at(controller, below!(DISK, "address", "type")), Some(other) if other != "pci");
        // libvirt adds buses for endpoints and for upstream ports only.
        let adds = matches!(plug, Plug::Endpoint | Plug::Upstream);
        let is_taken = |bus: &Option<&Bus>| bus.is_none_or(|bus| bus.takes.contains(&plug));
        if wants_one && !adds && !self.all.iter().any(is_taken) {
            self.fault(controller, PciFaultKind::NowhereToPlug);
        }
    }

    /// Looks whether there is room for all root ports without an address. They share slots among themselves, eight to a slot, and with
    /// nothing else (`virDomainPCIAddressFindUnusedFunctionOnBus`).
    fn root_ports(&mut self, controllers: &[(u64, &'c Node<'c>)]) {
        const FUNCTIONS: usize = 8;
        let mut takers = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, bus)| bus.is_none_or(|bus| bus.takes.contains(&Plug::RootPort)));
        let (Some((0, Some(root))), None) = (takers.next(), takers.next()) else { return };
        let is_port = |device: &Node<'_>| plug(device).0 == Plug::RootPort;
        let free = |slot| {
            let used: Vec<_> =
                self.used.range([0, 0, slot, 0]..=[0, 0, slot, 7]).map(|(_, device)| *device).collect();
            let shared = used.iter().all(|device| device.is_some_and(is_port));
            if shared { FUNCTIONS - used.len() } else { 0 }
        };
        let room: usize = (root.slots.0..=root.slots.1).map(free).sum();
        let wanting = controllers.iter().filter(|(_, port)| is_port(port) && place(port) == Some(None));
        let beyond: Vec<_> = wanting.skip(room).map(|(_, port)| *port).collect();
        for port in beyond {
            self.fault(port, PciFaultKind::NowhereToPlug);
        }
    }

    /// Takes the places of what is built into a machine.
    fn built_in(&mut self, check: &Check<'c, '_>, family: Option<Family>) -> Option<()> {
        match family {
            Some(Family::I440fx) => self.piix3(check, family),
            Some(Family::Q35) => self.ich9(check),
            _ => Some(()),
        }
    }

    /// The fixed slots of an i440FX machine (`qemuDomainValidateDevicePCISlotsPIIX3`).
    fn piix3(&mut self, check: &Check<'c, '_>, family: Option<Family>) -> Option<()> {
        let usb = check.controllers("usb")?;
        let first = |controllers: Vec<(u64, &'c Node<'c>)>| {
            controllers.into_iter().filter(|(index, _)| *index == 0).map(|(_, controller)| controller)
        };
        let has_first_usb = usb.iter().any(|(index, _)| *index == 0);
        let fixed = first(check.controllers("ide")?)
            .map(|controller| (controller, [0, 0, 1, 1]))
            .chain(first(usb).filter(|it| is_piix3(family, it)).map(|controller| (controller, [0, 0, 1, 2])));
        for (controller, fixed) in fixed {
            match place(controller)? {
                Some(given) if given != fixed => self.fault(controller, PciFaultKind::Fixed { place: fixed }),
                _ => self.reserve(fixed, Some(controller)),
            }
        }
        if !has_first_usb {
            self.reserve([0, 0, 1, 2], None);
        }
        let is_ide = |disk: &Node<'_>| at(disk, below!(DISK, "target", "bus")) == Some("ide");
        if check.controllers("ide")?.is_empty() && check.devices_of(&DISK).any(is_ide) {
            self.reserve([0, 0, 1, 1], None);
        }
        self.reserve([0, 0, 1, 0], None);
        self.reserve([0, 0, 1, 3], None);
        Some(())
    }

    /// The companions of a USB 2 controller that have no address: they are functions of its slot
    /// (`qemuDomainAssignDevicePCISlots`).
    fn companions(&mut self, check: &Check<'c, '_>, family: Option<Family>) -> Option<()> {
        let controllers = check.controllers("usb")?;
        let function = |controller: &Node<'_>| match controller.get(attribute!(CONTROLLER, "model")) {
            Some("ich9-ehci1") => Some(7),
            Some("ich9-uhci1") => Some(0),
            Some("ich9-uhci2") => Some(1),
            Some("ich9-uhci3") => Some(2),
            _ => None,
        };
        for (before, (index, controller)) in controllers.iter().enumerate() {
            let Some(function) = function(controller)
                .filter(|_| child(controller, child_name!(CONTROLLER, "address")).is_none())
            else {
                continue;
            };
            // On q35, the first companion has slots of its own, if they are free.
            if function == 0 && family == Some(Family::Q35) {
                continue;
            }
            // Only those that stand before it are looked at.
            let mut of_index =
                controllers[..before].iter().filter(|(other, it)| other == index && is_usb2(it));
            let placed = of_index.find_map(|(_, other)| place(other).flatten());
            if let Some([domain, bus, slot, _]) = placed {
                self.reserve([domain, bus, slot, function], Some(controller));
            }
        }
        Some(())
    }

    /// The fixed slots of a Q35 machine (`qemuDomainValidateDevicePCISlotsQ35`).
    fn ich9(&mut self, check: &Check<'c, '_>) -> Option<()> {
        let sata = [0, 0, 0x1f, 2];
        let mut has_first = false;
        for (index, controller) in check.controllers("sata")? {
            if index == 0 {
                has_first = true;
                match place(controller)? {
                    Some(given) if given != sata => {
                        self.fault(controller, PciFaultKind::Fixed { place: sata })
                    }
                    Some(_) => {}
                    None => self.reserve(sata, Some(controller)),
                }
            }
        }
        if !has_first {
            self.reserve(sata, None);
        }
        self.reserve([0, 0, 0x1f, 0], None);
        self.reserve([0, 0, 0x1f, 3], None);
        Some(())
    }
}
