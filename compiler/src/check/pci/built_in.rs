//! The parts of a PC's chipset that have fixed PCI addresses.

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::machine::Family;
use nixvirt_schema::{attribute, below, child_name};

use crate::check::pci::buses::Buses;
use crate::check::pci::devices::place;
use crate::check::pci::fault::{PciAddress, PciFaultKind};
use crate::check::{Check, at, child};
use crate::document::Node;

/// Whether a controller is the first IDE or USB controller of a PC, on its place in the chipset: it is looked at later.
pub(super) fn is_built_in(
    check: &Check<'_, '_>,
    family: Option<Family>,
    device: &Node<'_>,
    place: PciAddress,
) -> bool {
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
    /// Takes the places of what is built into a machine.
    pub(super) fn built_in(&mut self, check: &Check<'c, '_>, family: Option<Family>) -> Option<()> {
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
    pub(super) fn companions(&mut self, check: &Check<'c, '_>, family: Option<Family>) -> Option<()> {
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
