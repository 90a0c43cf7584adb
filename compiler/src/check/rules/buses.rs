//! PCI and USB: which controllers there can be, and what can be plugged into them.

mod pci;
mod usb;

use crate::check::Rule;

pub(super) const RULES: &[&Rule] = &[
    &pci::PCI_BUS,
    &pci::PCI_CONTROLLER_OPTION,
    &pci::PCI_CONTROLLER_PLACE,
    &pci::PCI_FIXED_ADDRESS,
    &pci::PCI_ROOT_INDEX,
    &pci::PCI_SLOT,
    &usb::USB_CONTROLLER_TWICE,
    &usb::USB_MASTER,
    &usb::USB_PORT,
    &usb::USB_PORTS_MOST,
];
