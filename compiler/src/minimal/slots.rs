//! The slots of a machine's PCI buses while libvirt hands them out.
//!
//! It mirrors `virDomainPCIAddressGetNextAddr` and `virDomainPCIAddressSetGrow` in `src/conf/domain_addr.c`.

use nixvirt_schema::machine::pci::{Bus, Plug, bus};

/// Bus, slot and function in the PCI domain 0.
pub(super) type Place = [u64; 3];

/// The kind of slot that libvirt looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// One on a conventional bus.
    Conventional,
    /// One of PCI Express.
    Express,
    /// One on the root bus, whichever that is.
    Root,
    /// The connector of a bridge or port.
    Controller(Plug),
}

/// A bus, with the functions of each slot that are taken.
#[derive(Clone, Debug)]
struct Lane {
    bus: &'static Bus,
    /// It was added for a bridge, and takes nothing else.
    for_bridge: bool,
    functions: [u8; 32],
    /// Slots whose functions root ports share.
    shared: [bool; 32],
}

/// The buses of a machine, by their indices.
#[derive(Clone, Debug)]
pub(super) struct Board {
    lanes: Vec<Lane>,
    /// Whether buses are added where there is no room.
    grows: bool,
}

const LAST_FUNCTION: u64 = 7;

impl Board {
    pub(super) fn new(buses: &[&'static Bus], grows: bool) -> Board {
        let mut board = Board { lanes: Vec::new(), grows };
        buses.iter().for_each(|bus| board.add(bus, false));
        board
    }

    pub(super) fn buses(&self) -> Vec<&'static Bus> {
        self.lanes.iter().map(|lane| lane.bus).collect()
    }

    fn add(&mut self, bus: &'static Bus, for_bridge: bool) {
        self.lanes.push(Lane { bus, for_bridge, functions: [0; 32], shared: [false; 32] });
    }

    /// Takes a place. Nothing where there is none, or it is taken.
    pub(super) fn reserve(&mut self, [bus, slot, function]: Place, wants: Wants) -> Option<()> {
        let lane = self.lanes.get_mut(usize::try_from(bus).ok()?)?;
        let slot = usize::try_from(slot).ok()?;
        let taken = lane.functions.get_mut(slot)?;
        if function > LAST_FUNCTION || *taken & (1 << function) != 0 {
            return None;
        }
        if *taken == 0 && wants == Wants::Controller(Plug::RootPort) {
            lane.shared[slot] = true;
        }
        *taken |= 1 << function;
        Some(())
    }

    pub(super) fn is_in_use(&self, bus: u64, slot: u64) -> bool {
        let lane = usize::try_from(bus).ok().and_then(|bus| self.lanes.get(bus));
        let slot = usize::try_from(slot).unwrap_or(usize::MAX);
        lane.is_none_or(|lane| lane.functions.get(slot).is_none_or(|functions| *functions != 0))
    }

    /// Takes the first place that fits: this function of a free slot, or the first one. Nothing where there is none.
    pub(super) fn take(&mut self, wants: Wants, function: Option<u64>) -> Option<Place> {
        let shares = wants == Wants::Controller(Plug::RootPort);
        let mut found = None;
        'lanes: for (index, lane) in
            self.lanes.iter().enumerate().filter(|(index, lane)| lane.takes(wants, *index))
        {
            for slot in lane.bus.slots.0..=lane.bus.slots.1 {
                let at = usize::try_from(slot).ok()?;
                let free = match lane.functions[at] {
                    0 => Some(function.unwrap_or(0)),
                    taken if shares && lane.shared[at] => {
                        (0..=LAST_FUNCTION).find(|function| taken & (1 << function) == 0)
                    }
                    _ => None,
                };
                if let Some(function) = free {
                    found = Some([index as u64, slot, function]);
                    break 'lanes;
                }
            }
        }
        let place = match found {
            Some(place) => place,
            None => self.grow(wants)?,
        };
        self.reserve(place, wants)?;
        Some(place)
    }

    /// Adds a bus for what wants a slot. Gives the first place on it.
    fn grow(&mut self, wants: Wants) -> Option<Place> {
        if !self.grows {
            return None;
        }
        match wants {
            Wants::Express | Wants::Controller(Plug::Upstream) => self.add(bus("pcie-root-port")?, false),
            Wants::Conventional if self.lanes.iter().any(|lane| lane.bus.takes.contains(&Plug::Bridge)) => {
                self.add(bus("pci-bridge")?, false);
            }
            Wants::Conventional => {
                self.add(bus("pcie-root-port")?, true);
                self.add(bus("pcie-to-pci-bridge")?, false);
            }
            Wants::Root | Wants::Controller(_) => return None,
        }
        let (index, lane) = self.lanes.iter().enumerate().next_back()?;
        Some([index as u64, lane.bus.slots.0, 0])
    }
}

impl Lane {
    fn takes(&self, wants: Wants, index: usize) -> bool {
        let takes = self.bus.takes;
        // libvirt puts nothing on a root bus of PCI Express or on a `dmi-to-pci-bridge` by itself.
        let by_itself = takes.contains(&Plug::Endpoint) && self.bus.model != "dmi-to-pci-bridge";
        match wants {
            Wants::Controller(Plug::PcieToPci) if self.for_bridge => true,
            _ if self.for_bridge => false,
            Wants::Conventional => by_itself && takes.contains(&Plug::Bridge),
            Wants::Express => by_itself && takes.contains(&Plug::Upstream),
            Wants::Root => index == 0,
            Wants::Controller(plug) => takes.contains(&plug),
        }
    }
}
