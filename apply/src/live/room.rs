//! The room of a running domain for new devices: QEMU reports a lack of it only when a device is plugged in.

use std::collections::BTreeSet;

use nixvirt_compiler::{Document, Node, Unit, bytes_of_unit};

use crate::document::child;
use crate::names;

/// The free slots of a running domain, and the devices that decide what can be plugged in.
#[derive(Debug, Default)]
pub struct Room {
    /// The slots for devices on PCI; nothing where its machine has no PCI.
    slots: Option<usize>,
    /// The memory that it was started with, in bytes.
    memory: Option<u128>,
    /// Whether it has a slot of conventional PCI, which some devices need: on PCI Express there is none without a bridge.
    has_conventional: bool,
    has_balloon: bool,
    has_serial: bool,
    /// Whether a device runs on a thread of its own for I/O.
    uses_iothreads: bool,
}

impl Room {
    /// Reads the room from the description of a running domain.
    pub fn of(running: &Document<'_>) -> Room {
        let devices =
            child(&running.root, names::DEVICES).map(|devices| &*devices.children).unwrap_or_default();
        let controllers = || devices.iter().filter(|device| device.element.name == names::CONTROLLER);
        let of_type =
            |kind: &'static str| controllers().filter(move |one| one.get(names::TYPE) == Some(kind));
        let addresses = devices.iter().filter_map(|device| child(device, names::ADDRESS));
        let on_pci = addresses.filter(|address| address.get(names::TYPE) == Some("pci"));
        let taken: BTreeSet<(u64, u64)> = on_pci
            .filter_map(|address| Some((number(address.get("bus")?)?, number(address.get("slot")?)?)))
            .collect();
        let (mut slots, mut has_conventional) = (None, false);
        for bus in of_type("pci") {
            let Some(index) = bus.get("index").and_then(number) else { continue };
            let used = taken.iter().filter(|(bus, _)| *bus == index).count();
            let all = match bus.get(names::MODEL) {
                // Nothing can be plugged into the root of PCI Express itself.
                Some("pcie-root") => 0,
                Some("pcie-root-port" | "pcie-switch-downstream-port") => 1,
                Some("pci-root" | "pci-bridge" | "pcie-to-pci-bridge") => 31,
                _ => continue,
            };
            has_conventional |= all > used.max(1);
            *slots.get_or_insert(0) += usize::saturating_sub(all, used);
        }
        let has_balloon = devices.iter().any(|device| {
            device.element.name == names::MEMBALLOON && device.get(names::MODEL) != Some("none")
        });
        let memory = child(&running.root, names::MEMORY).and_then(bytes);
        let has_serial = of_type("virtio-serial").next().is_some();
        let uses_iothreads = devices.iter().any(|device| {
            child(device, names::DRIVER).is_some_and(|driver| {
                driver.get(names::IOTHREAD).is_some() || child(driver, names::IOTHREADS).is_some()
            })
        });
        Room { slots, memory, has_conventional, has_balloon, has_serial, uses_iothreads }
    }

    /// Takes the room for a change; gives the message where there is none.
    pub fn take(&mut self, unit: &Unit<'_, '_>) -> Option<&'static str> {
        match (unit.name, unit.old, unit.new) {
            (names::CURRENT_MEMORY, ..) if !self.has_balloon => {
                Some("it has no balloon to give memory back with")
            }
            (names::CURRENT_MEMORY, _, Some(new)) if self.memory < bytes(new) => {
                Some("it is more than it was started with")
            }
            (names::IOTHREADS | names::IOTHREADIDS, Some(old), new)
                if self.uses_iothreads && new.is_none_or(|new| threads(new) < threads(old)) =>
            {
                Some("a device may be on one of its I/O threads")
            }
            (names::CHANNEL, None, Some(_)) if !self.has_serial => {
                Some("it has no controller for virtio's serial ports, which cannot be added while it runs")
            }
            (names::SHMEM, None, Some(_)) if self.slots.is_some() && !self.has_conventional => Some(
                "it has no free slot of conventional PCI; a `pcie-to-pci-bridge` makes some at the next start",
            ),
            (_, None, Some(new)) if unit.device && is_on_pci(new) => match &mut self.slots {
                Some(0) => {
                    Some("it has no free PCI slot; a further `pcie-root-port` makes one at the next start")
                }
                Some(slots) => {
                    *slots -= 1;
                    None
                }
                None => None,
            },
            // A removed device makes room. Where the guest does not let go of it, the new device is refused, and waits.
            (_, Some(old), None) if unit.device && is_on_pci(old) => {
                self.slots = self.slots.map(|slots| slots + 1);
                None
            }
            _ => None,
        }
    }
}

/// How many threads a part asks for.
fn threads(node: &Node<'_>) -> usize {
    node.text.as_ref().and_then(|text| text.text.parse().ok()).unwrap_or(node.children.len())
}

/// Whether a device takes a slot on PCI.
fn is_on_pci(device: &Node<'_>) -> bool {
    let bus = || child(device, names::TARGET).and_then(|target| target.get("bus"));
    match device.element.name {
        names::DISK => bus() == Some("virtio"),
        names::INTERFACE | names::RNG | names::SHMEM | names::VSOCK => true,
        names::HOSTDEV => device.get(names::TYPE) == Some("pci"),
        names::INPUT => device.get("bus") == Some("virtio"),
        names::CONTROLLER => device.get(names::TYPE) == Some("scsi"),
        _ => false,
    }
}

/// An amount of memory.
fn bytes(node: &Node<'_>) -> Option<u128> {
    let count: u128 = node.text.as_ref()?.text.parse().ok()?;
    count.checked_mul(bytes_of_unit(node.get("unit").unwrap_or("KiB"))?)
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
