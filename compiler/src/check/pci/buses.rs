//! The buses of a machine, and what takes the places on them.

use std::collections::BTreeMap;

use nixvirt_schema::below;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::machine::pci::{Bus, Plug, bus};

use crate::check::at;
use crate::check::pci::devices::{is_express, place, plug};
use crate::check::pci::fault::{PciAddress, PciFault, PciFaultKind};
use crate::document::Node;

pub(super) struct Buses<'c> {
    /// The controllers by index; nothing where it is not known which one it is.
    pub(super) all: Vec<Option<&'static Bus>>,
    pub(super) used: BTreeMap<PciAddress, Option<&'c Node<'c>>>,
    pub(super) faults: Vec<PciFault<'c>>,
}

impl<'c> Buses<'c> {
    /// Adds the buses that libvirt adds for addresses beyond those that there are.
    pub(super) fn grow(
        &mut self,
        placed: &[(PciAddress, &'c Node<'c>)],
        has_express: bool,
        usual: &'static str,
    ) {
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

    pub(super) fn fault(&mut self, device: &'c Node<'c>, what: PciFaultKind<'c>) {
        self.faults.push(PciFault { device, what });
    }

    /// Plugs a device in at the place that it names.
    pub(super) fn plug(&mut self, device: &'c Node<'c>, place: PciAddress) {
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
    pub(super) fn reserve(&mut self, place: PciAddress, device: Option<&'c Node<'c>>) {
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
    pub(super) fn find_room(&mut self, controller: &'c Node<'c>) {
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
    pub(super) fn root_ports(&mut self, controllers: &[(u64, &'c Node<'c>)]) {
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
}
