//! Which changes a running object can be given without a restart.

use nixvirt_compiler::{Change, Node, Unit};

use super::{network, tune};
use crate::discs::is_ignition;
use crate::document::child;
use crate::kind::ObjectKind;
use crate::names;

/// When what is defined is what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// At once, while it runs.
    Live,
    /// At the next start, for which nothing is stopped: it is another path to what is there already.
    NextStart,
    /// At a restart, which a run may make.
    Restart,
}

/// The attributes that decide who may see a screen.
pub(super) const LOGIN: &[&str] = &["passwd", "passwdValidTo", "connected"];

/// When a change of a part of an active object is in force.
pub fn effect(kind: ObjectKind, unit: &Unit<'_, '_>) -> Effect {
    let live = match kind {
        ObjectKind::Secret | ObjectKind::Nwfilter => true,
        ObjectKind::Pool | ObjectKind::NodeDevice => false,
        ObjectKind::Network => network::is_live(unit),
        ObjectKind::Domain
            if unit.name == names::EMULATOR || is_firmware_path(unit) || is_of_ignition(unit) =>
        {
            return Effect::NextStart;
        }
        ObjectKind::Domain if unit.device => device_is_live(unit),
        ObjectKind::Domain => match unit.name {
            names::TITLE | names::DESCRIPTION | names::METADATA | names::CURRENT_MEMORY => true,
            names::VCPU => only(unit, &[names::CURRENT]),
            names::CPUTUNE => only(unit, tune::PINS),
            names::IOTHREADS => true,
            // A thread as a whole comes and goes; its settings stay.
            names::IOTHREADIDS => {
                unit.changes.iter().all(|one| one.path.0.last().is_some_and(|step| step.key == "id"))
            }
            name => tune::LIFECYCLE.iter().any(|(of, _)| *of == name),
        },
    };
    if live { Effect::Live } else { Effect::Restart }
}

/// Whether nothing but the paths of the firmware changes, as with every update of its package.
fn is_firmware_path(unit: &Unit<'_, '_>) -> bool {
    let is_path = |change: &Change| {
        let keys: Vec<&str> = change.path.0.iter().skip(1).map(|step| &*step.key).collect();
        change.old.is_some()
            && change.new.is_some()
            && matches!(*keys, [names::LOADER, names::PATH] | [names::NVRAM, "template"])
    };
    unit.name == names::OS && unit.changes.iter().all(is_path)
}

/// Whether nothing but the configuration for Ignition changes, which a guest reads at its first boot only.
fn is_of_ignition(unit: &Unit<'_, '_>) -> bool {
    unit.name == names::SYSINFO && unit.new.into_iter().chain(unit.old).all(is_ignition)
}

/// Whether every change is below one of the keys.
pub(super) fn only(unit: &Unit<'_, '_>, keys: &[&str]) -> bool {
    let depth = if unit.device { 2 } else { 1 };
    unit.changes.iter().all(|change| {
        change
            .path
            .0
            .get(depth)
            .is_some_and(|step| keys.contains(&&*step.key) || is_placement(unit, &step.key))
    })
}

/// Where libvirt puts a device on a bus follows from the other devices. A running one stays where it is.
fn is_placement(unit: &Unit<'_, '_>, key: &str) -> bool {
    unit.device && key == names::ADDRESS
}

fn device_is_live(unit: &Unit<'_, '_>) -> bool {
    let get = |node: &Node<'_>, name: &str| node.get(name).unwrap_or_default().to_owned();
    let Some(node) = unit.new.or(unit.old) else { return false };
    let whole = unit.new.is_none() || unit.old.is_none();
    let bus = || child(node, names::TARGET).map(|target| get(target, "bus")).unwrap_or_default();
    match unit.name {
        names::DISK if whole => {
            matches!(&*bus(), "virtio" | "scsi" | "usb") && !matches!(&*get(node, names::DEVICE), "floppy")
        }
        names::DISK => {
            let removable = matches!(&*get(node, names::DEVICE), "cdrom" | "floppy");
            let media: &[&str] =
                if removable { &[names::SOURCE, names::TYPE, names::DRIVER, names::READONLY] } else { &[] };
            // libvirt takes no disk out of a group of limits.
            let of_group =
                |change: &Change| change.path.0.last().is_some_and(|step| step.key == names::GROUP_NAME);
            only(unit, &[media, &[names::IOTUNE]].concat()) && !unit.changes.iter().any(of_group)
        }
        names::INTERFACE if whole => true,
        names::INTERFACE => only(unit, &[names::LINK, names::BANDWIDTH, names::FILTERREF, names::SOURCE]),
        names::GRAPHICS => !whole && only(unit, LOGIN),
        names::MEMBALLOON => !whole && only(unit, &[names::STATS]),
        names::HOSTDEV
        | names::REDIRDEV
        | names::RNG
        | names::SHMEM
        | names::MEMORY
        | names::VSOCK
        | names::CHANNEL => whole,
        names::INPUT => whole && matches!(&*get(node, "bus"), "usb" | "virtio"),
        // Controllers that libvirt adds for other devices come with them, or are there at the next start.
        names::CONTROLLER => {
            whole && matches!(&*get(node, names::TYPE), "pci" | "usb" | "virtio-serial" | "scsi")
        }
        _ => false,
    }
}
