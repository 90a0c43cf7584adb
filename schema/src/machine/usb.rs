//! USB: the ports of each controller.
//!
//! Source: `virDomainUSBAddressControllerModelToPorts` in `src/conf/domain_addr.c`, libvirt 11.3.

use crate::parse_number;

/// The ports of a hub.
pub const HUB_PORTS: u64 = 8;

/// The most ports that an xHCI controller can have (`QEMU_USB_XHCI_MAXPORTS`).
pub const MOST_XHCI_PORTS: u64 = 15;

/// How many ports a controller of a model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// This number, whatever the controller says.
    Fixed(u64),
    /// The number of `ports` in the controller, or this number where it has none.
    Given(u64),
}

impl Ports {
    /// The number of ports of a controller with this value of `ports`, if it has one. Nothing where that is no number.
    pub fn count(self, given: Option<&str>) -> Option<u64> {
        match (self, given) {
            (Ports::Given(_), Some(given)) => parse_number(given),
            (Ports::Fixed(count), _) | (Ports::Given(count), None) => Some(count),
        }
    }
}

const PORTS: &[(&str, Ports)] = &[
    ("piix3-uhci", Ports::Fixed(2)),
    ("piix4-uhci", Ports::Fixed(2)),
    ("vt82c686b-uhci", Ports::Fixed(2)),
    ("ehci", Ports::Fixed(6)),
    ("ich9-ehci1", Ports::Fixed(6)),
    // The companions of ich9-ehci1, whose ports are the same.
    ("ich9-uhci1", Ports::Fixed(0)),
    ("ich9-uhci2", Ports::Fixed(0)),
    ("ich9-uhci3", Ports::Fixed(0)),
    ("pci-ohci", Ports::Fixed(3)),
    ("nec-xhci", Ports::Given(4)),
    ("qemu-xhci", Ports::Given(4)),
    ("qusb1", Ports::Given(8)),
    ("qusb2", Ports::Given(8)),
    ("none", Ports::Fixed(0)),
];

/// The ports of a controller of a model.
pub fn ports(model: &str) -> Option<Ports> {
    PORTS.iter().find(|(name, _)| *name == model).map(|(_, ports)| *ports)
}
