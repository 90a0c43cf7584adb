//! PCI addresses, and what can be wrong with them.

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
