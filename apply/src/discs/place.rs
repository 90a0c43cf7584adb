//! Places for cdroms that no disk of a machine has.
//!
//! A kernel for clouds has few drivers: Debian's has none for SATA. So a seed for cloud-init is on virtio-scsi where the machine
//! has no IDE. Installers of Windows have no driver for virtio: other discs are on the bus of the machine.

use std::collections::BTreeSet;

use nixvirt_compiler::{Document, Node};

use crate::document::child;
use crate::names;

/// The places of a machine that cdroms can have.
pub(super) struct CdromPlaces<'d> {
    /// The disks that the machine has already.
    disks: Vec<&'d Node<'d>>,
    /// The names of these disks, and of the cdroms that got a place.
    targets: BTreeSet<String>,
    /// The bus that its machine brings along.
    own: &'static Bus,
    /// The bus for seeds.
    of_seeds: &'static Bus,
    /// The controller that the machine needs for cdroms on the bus for seeds, as XML.
    controller: Option<&'static str>,
    /// The controller, once a cdrom needs it.
    pub added: &'static str,
}

/// A bus, with the letters that the names of its disks begin with, and how many disks one controller of it has.
struct Bus {
    name: &'static str,
    prefix: &'static str,
    per_controller: usize,
}

/// i440FX has one controller of two channels with two disks each.
static IDE: Bus = Bus { name: "ide", prefix: "hd", per_controller: 4 };
static SATA: Bus = Bus { name: "sata", prefix: "sd", per_controller: 6 };
static SCSI: Bus = Bus { name: "scsi", prefix: "sd", per_controller: 7 };

/// The controller of SCSI that kernels for clouds have a driver for.
const VIRTIO_SCSI: &str = "virtio-scsi";

impl<'d> CdromPlaces<'d> {
    /// The places of a domain.
    pub(super) fn of(document: &'d Document<'d>) -> CdromPlaces<'d> {
        let os = child(&document.root, names::OS);
        let machine = os.and_then(|os| child(os, names::TYPE)).and_then(|kind| kind.get(names::MACHINE));
        let own = match machine.unwrap_or("pc") {
            machine if machine.contains("q35") => &SATA,
            "pc" => &IDE,
            machine if machine.starts_with("pc-") || machine.starts_with("rhel6") => &IDE,
            _ => &SCSI,
        };
        let devices = child(&document.root, names::DEVICES);
        let all =
            |name: &'static str| devices.into_iter().flat_map(move |devices| devices.children_named(name));
        let disks: Vec<&Node<'_>> = all(names::DISK).collect();
        let of_disks =
            |name: &'static str| disks.iter().filter_map(move |disk| child(disk, names::TARGET)?.get(name));
        let targets = of_disks(names::DEV).map(str::to_owned).collect();
        let first = all(names::CONTROLLER).find(|controller| {
            controller.get(names::TYPE) == Some(SCSI.name)
                && matches!(controller.get(names::INDEX), None | Some("0"))
        });
        let has_disks = of_disks(names::BUS).any(|bus| bus == SCSI.name);
        let (of_seeds, controller) = match first.map(|controller| controller.get(names::MODEL)) {
            _ if own.name == IDE.name => (own, None),
            Some(Some(VIRTIO_SCSI)) => (&SCSI, None),
            Some(_) => (own, None),
            // libvirt chooses their controller: another one would be other hardware for them.
            None if has_disks => (own, None),
            None => (&SCSI, Some("<controller type='scsi' index='0' model='virtio-scsi'/>")),
        };
        CdromPlaces { disks, targets, own, of_seeds, controller, added: "" }
    }

    /// The next free place for a seed or another disc: the name of the disk there, and its bus. The last one of a controller comes
    /// first, for people begin at the first.
    pub(super) fn next(&mut self, of_seed: bool) -> Option<(String, &'static str)> {
        let bus = if of_seed || self.own.name == SCSI.name { self.of_seeds } else { self.own };
        let addressed: BTreeSet<usize> = self.disks.iter().filter_map(|disk| unit(disk, bus)).collect();
        let free =
            (0..bus.per_controller).rev().filter(|unit| !addressed.contains(unit)).find_map(|unit| {
                let letter = char::from(b'a' + u8::try_from(unit).ok()?);
                Some(format!("{}{letter}", bus.prefix)).filter(|name| !self.targets.contains(name))
            })?;
        if bus.name == SCSI.name {
            self.added = self.controller.unwrap_or_default();
        }
        self.targets.insert(free.clone());
        Some((free, bus.name))
    }
}

/// The place on the first controller of a bus that a disk has by its own address, as libvirt counts the places of its names.
fn unit(disk: &Node<'_>, bus: &Bus) -> Option<usize> {
    if child(disk, names::TARGET)?.get(names::BUS) != Some(bus.name) {
        return None;
    }
    let address = child(disk, names::ADDRESS)?;
    let number = |name| address.get(name).map_or(Some(0), |text| text.parse::<usize>().ok());
    let (controller, channel, unit) = (number(names::CONTROLLER)?, number(names::BUS)?, number(names::UNIT)?);
    (controller == 0).then(|| channel.saturating_mul(2).saturating_add(unit))
}
