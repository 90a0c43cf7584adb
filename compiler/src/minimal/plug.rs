//! Devices as the PCI buses see them: when one gets its address, and which kind of slot it wants.
//!
//! It mirrors `qemuDomainAssignDevicePCISlots` and `qemuDomainDeviceCalculatePCIConnectFlags` in `src/qemu/qemu_domain_address.c`.

use nixvirt_schema::domain::devices::chardev::SERIAL;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::crypto::CRYPTO;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::domain::devices::filesystem::FILESYSTEM;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::input::INPUT;
use nixvirt_schema::domain::devices::interface::INTERFACE;
use nixvirt_schema::domain::devices::iommu::IOMMU;
use nixvirt_schema::domain::devices::memballoon::MEMBALLOON;
use nixvirt_schema::domain::devices::memory::MEMORY;
use nixvirt_schema::domain::devices::panic::PANIC;
use nixvirt_schema::domain::devices::pstore::PSTORE;
use nixvirt_schema::domain::devices::rng::RNG;
use nixvirt_schema::domain::devices::shmem::SHMEM;
use nixvirt_schema::domain::devices::sound::SOUND;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::domain::devices::vsock::VSOCK;
use nixvirt_schema::domain::devices::watchdog::WATCHDOG;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::pci::bus;
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Element, attribute, below, child_name, parse_number};

use super::slots::{Place, Wants};
use crate::check::{at, child, pci_numbers};
use crate::document::Node;

/// The order in which libvirt gives addresses (`qemuDomainAssignDevicePCISlots`). PCI's own controllers come first of all, and network
/// cards that are passed through with the other host devices.
const ORDER: &[&Element] = &[
    &FILESYSTEM,
    &INTERFACE,
    &SOUND,
    &CONTROLLER,
    &DISK,
    &HOSTDEV,
    &MEMBALLOON,
    &RNG,
    &WATCHDOG,
    &VIDEO,
    &SHMEM,
    &INPUT,
    &SERIAL,
    &IOMMU,
    &VSOCK,
    &MEMORY,
    &CRYPTO,
    &PANIC,
    &PSTORE,
];

/// The parts that a chipset has a fixed or usual place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChipsetPart {
    Other,
    /// The first SATA controller of q35.
    Sata,
    /// The first IDE controller of the PC.
    Ide,
    /// The USB controller of the PC.
    Piix3,
    /// A USB 2 controller or companion: the number that its controllers share, and its function.
    Usb2(u64, u64),
    DmiBridge,
    FirstVideo,
    Ich9Sound,
}

/// The PCI address of a device.
pub(super) fn pci_address<'d>(device: &'d Node<'d>) -> Option<&'d Node<'d>> {
    let address = child(device, child_name!(DISK, "address"))?;
    (address.get(attribute!(ADDRESS, "type")) == Some("pci")).then_some(address)
}

/// The place that an address names, in the PCI domain 0.
pub(super) fn place(address: &Node<'_>) -> Option<Place> {
    let [domain, place @ ..] = pci_numbers(address)?;
    (domain == 0).then_some(place)
}

/// When a device gets its address, among the others.
pub(super) fn stage(device: &Node<'_>) -> Option<usize> {
    let element = match device.get(attribute!(INTERFACE, "type")) {
        Some("pci") if std::ptr::eq(device.element, &CONTROLLER) => return Some(0),
        Some("hostdev") if std::ptr::eq(device.element, &INTERFACE) => &HOSTDEV,
        _ => device.element,
    };
    ORDER.iter().position(|other| std::ptr::eq(*other, element)).map(|at| at + 1)
}

pub(super) fn part(device: &Node<'_>, family: Option<Family>) -> ChipsetPart {
    if std::ptr::eq(device.element, &SOUND) && device.get(attribute!(SOUND, "model")) == Some("ich9") {
        return ChipsetPart::Ich9Sound;
    }
    if !std::ptr::eq(device.element, &CONTROLLER) {
        return ChipsetPart::Other;
    }
    let number = device.get(attribute!(CONTROLLER, "index")).and_then(parse_number);
    let model = device.get(attribute!(CONTROLLER, "model"));
    match (device.get(attribute!(CONTROLLER, "type")), model, number, family) {
        (Some("sata"), _, Some(0), Some(Family::Q35)) => ChipsetPart::Sata,
        (Some("ide"), _, Some(0), Some(Family::I440fx)) => ChipsetPart::Ide,
        (Some("usb"), Some("piix3-uhci"), Some(0), Some(Family::I440fx)) => ChipsetPart::Piix3,
        (Some("usb"), Some("ich9-ehci1"), Some(number), _) => ChipsetPart::Usb2(number, 7),
        (Some("usb"), Some("ich9-uhci1"), Some(number), _) => ChipsetPart::Usb2(number, 0),
        (Some("usb"), Some("ich9-uhci2"), Some(number), _) => ChipsetPart::Usb2(number, 1),
        (Some("usb"), Some("ich9-uhci3"), Some(number), _) => ChipsetPart::Usb2(number, 2),
        (Some("pci"), Some("dmi-to-pci-bridge"), _, Some(Family::Q35)) => ChipsetPart::DmiBridge,
        _ => ChipsetPart::Other,
    }
}

/// The slot that libvirt looks for (`qemuDomainDeviceCalculatePCIConnectFlags`). Nothing for what is on no PCI bus.
pub(super) fn wants(device: &Node<'_>, express: bool) -> Option<Wants> {
    let is = |element: &Element| std::ptr::eq(device.element, element);
    let model = device.get(attribute!(DISK, "model"));
    let kind = device.get(attribute!(DISK, "type"));
    let virtio = virtio(model);
    let wants = match kind {
        Some("pci") if is(&CONTROLLER) => Wants::Controller(bus(model?)?.plug?),
        Some("usb") if is(&CONTROLLER) && matches!(model, Some("qemu-xhci" | "nec-xhci")) => Wants::Express,
        Some("scsi")
            if is(&CONTROLLER) && matches!(model, Some("virtio-scsi" | "virtio-non-transitional")) =>
        {
            Wants::Express
        }
        Some("virtio-serial") if is(&CONTROLLER) => virtio,
        Some("usb" | "scsi" | "sata" | "ide") if is(&CONTROLLER) => Wants::Conventional,
        Some("hostdev") if is(&INTERFACE) => Wants::Express,
        Some("pci" | "mdev") if is(&HOSTDEV) => Wants::Express,
        Some("scsi_host") if is(&HOSTDEV) => virtio,
        _ if is(&CONTROLLER) || is(&HOSTDEV) => return None,
        _ if is(&INTERFACE) => match at(device, below!(INTERFACE, "model", "type")) {
            // The network hands out host devices.
            None | Some("e1000e" | "igb") => Wants::Express,
            Some("usb-net") => return None,
            Some(name) if name.starts_with("virtio") => self::virtio(Some(name)),
            Some(_) => Wants::Conventional,
        },
        _ if is(&VIDEO) => match at(device, below!(VIDEO, "model", "type"))? {
            "virtio" | "bochs" => Wants::Express,
            "none" | "ramfb" => return None,
            _ => Wants::Conventional,
        },
        _ if is(&SOUND) && model == Some("virtio") => Wants::Express,
        _ if is(&IOMMU) || is(&PANIC) => Wants::Root,
        _ if [&FILESYSTEM, &DISK, &MEMBALLOON, &RNG, &VSOCK, &INPUT, &MEMORY].into_iter().any(is) => virtio,
        _ => Wants::Conventional,
    };
    Some(match wants {
        Wants::Express if !express => Wants::Conventional,
        wants => wants,
    })
}

/// The slot of a virtio device: those that old guests know, too, are conventional.
fn virtio(model: Option<&str>) -> Wants {
    match model {
        Some("virtio-transitional") => Wants::Conventional,
        _ => Wants::Express,
    }
}
