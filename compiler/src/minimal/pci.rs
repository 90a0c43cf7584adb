//! The PCI addresses that libvirt gives the devices of a machine that name none.
//!
//! It mirrors `qemuDomainAssignPCIAddresses` in `src/qemu/qemu_domain_address.c` for machines with one root bus: PCs, and `virt`.

use std::collections::{BTreeMap, BTreeSet};

use nixvirt_schema::domain::devices::controller::CONTROLLER;
use nixvirt_schema::domain::devices::hostdev::HOSTDEV;
use nixvirt_schema::domain::devices::video::VIDEO;
use nixvirt_schema::machine::Family;
use nixvirt_schema::machine::pci::{Bus, RootBus, bus, root};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{attribute, parse_number};

use super::machine::QemuMachine;
use super::plug::{ChipsetPart, part, pci_address, place, stage, wants};
use super::slots::{Board, Place, Wants};
use crate::document::Node;

/// So many devices that stay where they are are found one by one, any more together.
const ONE_BY_ONE: usize = 64;

/// A device on a PCI bus.
#[derive(Clone, Debug)]
struct Plugged<'d> {
    node: &'d Node<'d>,
    /// Where it stands in the definition.
    address: Option<&'d Node<'d>>,
    stage: usize,
    wants: Wants,
    part: ChipsetPart,
    /// The place that the definition has.
    given: Place,
    /// The place that it has while addresses are handed out.
    place: Option<Place>,
}

/// The buses and devices of a machine, as the definition has them.
pub(super) struct Pci<'d> {
    buses: Vec<&'static Bus>,
    plugged: Vec<Plugged<'d>>,
    family: Option<Family>,
    root: &'static str,
}

/// The addresses and bridges that can be left out.
pub(super) struct Again<'d> {
    /// The devices whose address libvirt gives them again.
    pub(super) devices: Vec<&'d Node<'d>>,
    /// Those that it would give another one.
    pub(super) elsewhere: Vec<&'d Node<'d>>,
    /// Whether it adds the bridges and ports again, too.
    pub(super) bridges: bool,
}

impl<'d> Pci<'d> {
    /// Nothing where the machine has other buses than those that are worked out here.
    pub(super) fn of(machine: &QemuMachine<'d, 'd>) -> Option<Pci<'d>> {
        let known = matches!(machine.family, Some(Family::Q35 | Family::I440fx | Family::Virt));
        let RootBus::Model(root) = root(machine.arch, machine.name) else { return None };
        let mut buses: BTreeMap<u64, &'static Bus> = BTreeMap::new();
        for controller in machine.of_element(&CONTROLLER).filter(|it| is_pci(it)) {
            let index = parse_number(controller.get(attribute!(CONTROLLER, "index"))?)?;
            buses.insert(index, bus(controller.get(attribute!(CONTROLLER, "model"))?)?);
        }
        let in_order = buses.keys().copied().eq(0..buses.len() as u64);
        if !known || !in_order || buses.get(&0)?.model != root {
            return None;
        }
        let express = root == "pcie-root";
        let videos = machine.of_element(&VIDEO).next();
        let mut plugged = Vec::new();
        for node in machine.devices.iter().copied() {
            let Some(address) = pci_address(node) else { continue };
            let wants = wants(node, express)?;
            let given = place(address)?;
            let first = videos.is_some_and(|video| std::ptr::eq(video, node));
            let part = if first { ChipsetPart::FirstVideo } else { part(node, machine.family) };
            let stage = stage(node)?;
            plugged.push(Plugged { node, address: Some(address), stage, wants, part, given, place: None });
        }
        plugged.sort_by_key(|device| (device.stage, std::ptr::eq(device.node.element, &HOSTDEV)));
        Some(Pci { buses: buses.into_values().collect(), plugged, family: machine.family, root })
    }

    /// The addresses, bridges and ports that libvirt makes again where they are left out. `plain` says of which bridges
    /// nothing is to be kept, `free` of which devices the address can be left out.
    pub(super) fn again(
        &self,
        plain: &dyn Fn(&Node<'_>) -> bool,
        free: &dyn Fn(&Node<'_>) -> bool,
    ) -> Option<Again<'d>> {
        let may_go = |device: &Plugged<'_>| self.is_usual(device) && device.address.is_some_and(free);
        let all_plain =
            self.plugged.iter().filter(|device| is_bridge(device)).all(|device| plain(device.node));
        if all_plain && self.plugged.iter().all(may_go) && self.bridges_come_back() == Some(true) {
            let devices = self.plugged.iter().map(|device| device.node).collect();
            return Some(Again { devices, elsewhere: Vec::new(), bridges: true });
        }
        let mut kept: BTreeSet<usize> =
            (0..self.plugged.len()).filter(|at| !may_go(&self.plugged[*at])).collect();
        let mut elsewhere = Vec::new();
        loop {
            let mut plugged = self.plugged.clone();
            for (at, device) in plugged.iter_mut().enumerate() {
                device.place = kept.contains(&at).then_some(device.given);
            }
            // libvirt looks first whether it has to add buses.
            let first = self.assign(&mut plugged.clone(), &self.buses, true)?;
            if first.buses().len() != self.buses.len() {
                return None;
            }
            self.assign(&mut plugged, &self.buses, false)?;
            let others: Vec<usize> =
                (0..plugged.len()).filter(|at| plugged[*at].place != Some(plugged[*at].given)).collect();
            if others.is_empty() {
                let gone = (0..plugged.len()).filter(|at| !kept.contains(at));
                let devices = gone.map(|at| plugged[at].node).collect();
                return Some(Again { devices, elsewhere, bridges: false });
            }
            // One that stays makes room for those behind it.
            let staying = if elsewhere.len() < ONE_BY_ONE { 1 } else { others.len() };
            elsewhere.extend(others.iter().take(staying).map(|at| plugged[*at].node));
            kept.extend(others.into_iter().take(staying));
        }
    }

    /// Whether libvirt adds the very bridges and ports that the definition has, and gives everything the address that it has.
    fn bridges_come_back(&self) -> Option<bool> {
        let mut others: Vec<Plugged<'d>> =
            self.plugged.iter().filter(|device| !is_bridge(device)).cloned().collect();
        let mut first = self.assign(&mut others, &self.buses[..1], true)?;
        // One port is for what is plugged in later.
        if self.root == "pcie-root" && first.buses().len() > 1 {
            first.take(Wants::Express, None)?;
        }
        let models = |buses: &[&'static Bus]| buses.iter().map(|bus| bus.model).collect::<Vec<_>>();
        if models(&first.buses()) != models(&self.buses) {
            return Some(false);
        }
        let mut plugged = self.plugged.clone();
        self.assign(&mut plugged, &self.buses, false)?;
        Some(plugged.iter().all(|device| device.place == Some(device.given)))
    }

    /// Whether the address says no more than a place that libvirt could have given.
    fn is_usual(&self, device: &Plugged<'d>) -> bool {
        let Some(address) = device.address else { return false };
        let [bus, slot, function] = device.given;
        let beside = |other: &&Plugged<'d>| other.given[..2] == [bus, slot] && other.given[2] != 0;
        let shares = function == 0
            && (matches!(device.part, ChipsetPart::Usb2(_, 0)) || self.plugged.iter().find(beside).is_some());
        let said = address.get(attribute!(ADDRESS, "multifunction"));
        address.children.is_empty() && said == shares.then_some("on")
    }

    /// Gives a place to each device that has none.
    fn assign(&self, plugged: &mut [Plugged<'d>], buses: &[&'static Bus], grows: bool) -> Option<Board> {
        let mut board = Board::new(buses, grows);
        for device in plugged.iter() {
            if let (Some(place), false) =
                (device.place, matches!(device.part, ChipsetPart::Ide | ChipsetPart::Piix3))
            {
                board.reserve(place, device.wants)?;
            }
        }
        match self.family {
            Some(Family::I440fx) => piix3(plugged, &mut board)?,
            Some(Family::Q35) => ich9(plugged, &mut board)?,
            _ => {}
        }
        if grows && self.root == "pci-root" {
            board.take(Wants::Conventional, None)?;
        }
        for at in 0..plugged.len() {
            if plugged[at].place.is_some() {
                continue;
            }
            let wants = plugged[at].wants;
            let place = match plugged[at].part {
                ChipsetPart::Usb2(number, function) => {
                    let of_number =
                        |other: &&Plugged<'d>| matches!(other.part, ChipsetPart::Usb2(it, _) if it == number);
                    match plugged.iter().filter(of_number).find_map(|other| other.place) {
                        Some([bus, slot, _]) => {
                            board.reserve([bus, slot, function], wants)?;
                            [bus, slot, function]
                        }
                        None => board.take(wants, Some(function))?,
                    }
                }
                _ => board.take(wants, None)?,
            };
            plugged[at].place = Some(place);
        }
        Some(board)
    }
}

/// The fixed places of an i440FX machine (`qemuDomainValidateDevicePCISlotsPIIX3`).
fn piix3(plugged: &mut [Plugged<'_>], board: &mut Board) -> Option<()> {
    for device in plugged.iter_mut() {
        let fixed = match device.part {
            ChipsetPart::Ide => [0, 1, 1],
            ChipsetPart::Piix3 => [0, 1, 2],
            _ => continue,
        };
        board.reserve(fixed, device.wants)?;
        device.place = Some(fixed);
    }
    board.reserve([0, 1, 0], Wants::Conventional)?;
    board.reserve([0, 1, 3], Wants::Conventional)?;
    first_video(plugged, board, 2)
}

/// The fixed and usual places of a q35 machine (`qemuDomainValidateDevicePCISlotsQ35`).
fn ich9(plugged: &mut [Plugged<'_>], board: &mut Board) -> Option<()> {
    for device in plugged.iter_mut().filter(|device| device.place.is_none()) {
        let usual: &[Place] = match device.part {
            ChipsetPart::Sata => &[[0, 0x1f, 2]],
            ChipsetPart::Usb2(_, 0) => &[[0, 0x1d, 0], [0, 0x1a, 0]],
            ChipsetPart::DmiBridge => &[[0, 0x1e, 0]],
            _ => continue,
        };
        device.place = usual.iter().copied().find(|[bus, slot, _]| !board.is_in_use(*bus, *slot));
        if let Some(place) = device.place {
            board.reserve(place, device.wants)?;
        }
    }
    board.reserve([0, 0x1f, 0], Wants::Express)?;
    board.reserve([0, 0x1f, 3], Wants::Express)?;
    first_video(plugged, board, 1)?;
    let mut sounds = plugged.iter_mut().filter(|device| device.place.is_none());
    if !board.is_in_use(0, 0x1b)
        && let Some(sound) = sounds.find(|device| device.part == ChipsetPart::Ich9Sound)
    {
        sound.place = Some([0, 0x1b, 0]);
        board.reserve([0, 0x1b, 0], sound.wants)?;
    }
    Some(())
}

/// The first video device is in the first slot after the chipset.
fn first_video(plugged: &mut [Plugged<'_>], board: &mut Board, slot: u64) -> Option<()> {
    let mut wanting = plugged.iter_mut().filter(|device| device.place.is_none());
    let Some(video) = wanting.find(|device| device.part == ChipsetPart::FirstVideo) else { return Some(()) };
    let place = match board.is_in_use(0, slot) {
        true => board.take(video.wants, None)?,
        false => {
            board.reserve([0, slot, 0], video.wants)?;
            [0, slot, 0]
        }
    };
    video.place = Some(place);
    Some(())
}

fn is_pci(controller: &Node<'_>) -> bool {
    controller.get(attribute!(CONTROLLER, "type")) == Some("pci")
}

fn is_bridge(device: &Plugged<'_>) -> bool {
    matches!(device.wants, Wants::Controller(_))
}
