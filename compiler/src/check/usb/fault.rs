//! The USB buses of a machine, and what can be wrong with the ports on them.

use crate::document::Node;

/// Something that is wrong with the buses or with a port on them.
pub(crate) struct UsbFault<'c> {
    /// The controller or device.
    pub device: &'c Node<'c>,
    /// The fault, with its details.
    pub what: UsbFaultKind<'c>,
}

/// A kind of fault of USB addresses.
pub(crate) enum UsbFaultKind<'c> {
    /// Two controllers that have ports have one index.
    ControllerTwice { index: u64, other: &'c Node<'c> },
    /// There is no controller with the number of the bus.
    NoBus { bus: u64 },
    /// The bus or the hub has fewer ports.
    NoPort { bus: u64, port: String },
    /// There is no hub on the way to the port.
    NoHub { bus: u64, port: String },
    /// The port is in use.
    Twice { bus: u64, port: String, other: &'c Node<'c> },
}

/// The USB buses of a machine.
pub(crate) struct Usb<'c> {
    /// Whether it has a USB bus at all.
    pub is_there: bool,
    /// The faults of its USB addresses.
    pub faults: Vec<UsbFault<'c>>,
}
