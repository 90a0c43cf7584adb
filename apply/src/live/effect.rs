//! Which changes a running object can be given without a restart.

use nixvirt_compiler::{Change, Node, Unit};

use super::{network, tune};
use crate::declared::child;
use crate::object::Kind;

/// When what is defined is what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// At once.
    Live,
    /// At the next start, for which nothing is stopped: it is another path to what is there already.
    NextStart,
    /// At a restart.
    Restart,
}

/// What says who may see a screen.
pub(super) const LOGIN: &[&str] = &["passwd", "passwdValidTo", "connected"];

/// When a change of a part of an active object is in force.
pub fn effect(kind: Kind, unit: &Unit<'_, '_>) -> Effect {
    let live = match kind {
        Kind::Secret | Kind::Nwfilter => true,
        Kind::Pool => false,
        Kind::Network => network::is_live(unit),
        Kind::Domain if unit.name == "emulator" || is_firmware_path(unit) => return Effect::NextStart,
        Kind::Domain if unit.device => device_is_live(unit),
        Kind::Domain => match unit.name {
            "title" | "description" | "metadata" | "currentMemory" => true,
            "vcpu" => only(unit, &["current"]),
            "cputune" => only(unit, tune::PINS),
            "iothreads" => true,
            // A thread as a whole comes and goes; its settings stay.
            "iothreadids" => {
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
            && matches!(*keys, ["loader", "path"] | ["nvram", "template"])
    };
    unit.name == "os" && unit.changes.iter().all(is_path)
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
    unit.device && key == "address"
}

fn device_is_live(unit: &Unit<'_, '_>) -> bool {
    let get = |node: &Node<'_>, name: &str| node.get(name).unwrap_or_default().to_owned();
    let Some(node) = unit.new.or(unit.old) else { return false };
    let whole = unit.new.is_none() || unit.old.is_none();
    let bus = || child(node, "target").map(|target| get(target, "bus")).unwrap_or_default();
    match unit.name {
        "disk" if whole => {
            matches!(&*bus(), "virtio" | "scsi" | "usb") && !matches!(&*get(node, "device"), "floppy")
        }
        "disk" => {
            let removable = matches!(&*get(node, "device"), "cdrom" | "floppy");
            let media: &[&str] = if removable { &["source", "type", "driver", "readonly"] } else { &[] };
            // libvirt takes no disk out of a group of limits.
            let of_group =
                |change: &Change| change.path.0.last().is_some_and(|step| step.key == "group_name");
            only(unit, &[media, &["iotune"]].concat()) && !unit.changes.iter().any(of_group)
        }
        "interface" if whole => true,
        "interface" => only(unit, &["link", "bandwidth", "filterref", "source"]),
        "graphics" => !whole && only(unit, LOGIN),
        "memballoon" => !whole && only(unit, &["stats"]),
        "hostdev" | "redirdev" | "rng" | "shmem" | "memory" | "vsock" | "channel" => whole,
        "input" => whole && matches!(&*get(node, "bus"), "usb" | "virtio"),
        // What libvirt adds beside other devices comes with them, or is there at the next start.
        "controller" => whole && matches!(&*get(node, "type"), "pci" | "usb" | "virtio-serial" | "scsi"),
        _ => false,
    }
}
