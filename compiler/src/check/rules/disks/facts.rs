//! Facts of a disk that several rules ask for: its kind, its bus, and whether it is empty.

use nixvirt_schema::domain::devices::disk::DISK;
use nixvirt_schema::{attribute, below, child_name};

use crate::check::{Check, at, child, lacks};
use crate::document::{AttributeNode, Node};

/// The beginnings of target names by which libvirt picks a bus (`virDomainDiskDefParseXML`).
const BUS_BY_NAME: &[(&str, &str)] =
    &[("hd", "ide"), ("sd", "scsi"), ("vd", "virtio"), ("xvd", "xen"), ("ubd", "uml")];

/// The kind of drive that a disk is.
pub(super) fn kind<'n>(disk: &'n Node<'_>) -> Option<&'n str> {
    match disk.attribute(attribute!(DISK, "device")) {
        Some(_) => disk.get(attribute!(DISK, "device")),
        None => lacks(disk, attribute!(DISK, "device")).then_some("disk"),
    }
}

/// The bus of a disk, given or implied by its target's name.
pub(in crate::check::rules) fn bus<'n>(disk: &'n Node<'_>) -> Option<&'n str> {
    let target = child(disk, child_name!(DISK, "target"))?;
    let name = below!(DISK, "target", "bus").1;
    match target.attribute(name) {
        Some(_) => target.get(name),
        None if !lacks(target, name) => None,
        None if kind(disk)? == "floppy" => Some("fdc"),
        None => {
            let dev = at(disk, below!(DISK, "target", "dev"))?;
            BUS_BY_NAME.iter().find(|(begin, _)| dev.starts_with(begin)).map(|(_, bus)| *bus)
        }
    }
}

pub(super) fn disks<'c, 'a>(check: &Check<'c, 'a>) -> impl Iterator<Item = &'c Node<'a>> + use<'c, 'a> {
    check.devices_of(&DISK)
}

/// Whether a disk certainly has no medium (`virStorageSourceIsEmpty`).
pub(super) fn is_empty(disk: &Node<'_>) -> bool {
    let kind = match disk.attribute(attribute!(DISK, "type")) {
        None => lacks(disk, attribute!(DISK, "type")).then_some("file"),
        Some(_) => disk.get(attribute!(DISK, "type")),
    };
    let Some(source) = child(disk, child_name!(DISK, "source")) else {
        return lacks(disk, child_name!(DISK, "source")) && matches!(kind, Some("file" | "block" | "dir"));
    };
    let name = match kind {
        Some("file") => below!(DISK, "source", "file").1,
        Some("block") => below!(DISK, "source", "dev").1,
        Some("dir") => below!(DISK, "source", "dir").1,
        _ => return false,
    };
    // libvirt takes an empty path for none.
    source.get(name) == Some("")
        || (lacks(source, name) && !source.attributes.iter().any(|it| names_medium(source, it)))
}

/// Whether an attribute of a source names a medium, if only one of another type of disk.
fn names_medium(source: &Node<'_>, attribute: &AttributeNode<'_>) -> bool {
    !matches!(source.attribute_entry(attribute).name, "startupPolicy" | "index" | "fdgroup")
}
