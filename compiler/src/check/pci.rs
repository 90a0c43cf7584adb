//! The PCI buses of a machine as libvirt sees them: those that are written, those that it adds, and what is plugged in where.
//!
//! It mirrors `qemuDomainAssignPCIAddresses` in `src/qemu/qemu_domain_address.c`, as far as the definition alone decides:
//! addresses that are given. Addresses that libvirt picks never break anything.

mod built_in;
mod buses;
mod devices;
mod fault;

use std::collections::BTreeMap;

use nixvirt_schema::domain::devices::DEVICES;
use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::pci::{Bus, RootBus, bus, root};
use nixvirt_schema::{attribute, child_name};

use super::Check;
use crate::check::pci::built_in::is_built_in;
use crate::check::pci::buses::Buses;
use crate::check::pci::devices::placed;

pub(crate) use self::devices::{numbers_of, place};
pub(crate) use self::fault::{PciFault, PciFaultKind, shown};

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
