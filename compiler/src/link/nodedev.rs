//! Node devices that are declared: libvirt defines mediated devices only.

use nixvirt_schema::nodedev::{CAPABILITY, NODE_DEVICE};
use nixvirt_schema::{attribute, child_name};

use crate::document::KnownValue;
use crate::link::at::At;
use crate::link::codes;
use crate::link::facts::{Facts, OfKind};
use crate::link::parts::NodeDevice;
use crate::link::problem::{HostObjects, LinkProblems, spot};

/// The type of a device that libvirt defines (`nodeDeviceDefineXML` in `src/node_device/node_device_driver.c`).
const MEDIATED: &str = "mdev";

/// Gathers the facts of a node device.
pub(super) fn gather(root: &At<'_, '_, '_>, facts: &mut Facts) {
    let capability = child_name!(NODE_DEVICE, "capability");
    let kind = attribute!(CAPABILITY, "type");
    let at = &[capability, kind];
    let other = match root.known(at) {
        KnownValue::Is(kind) if kind != MEDIATED => Some(kind.to_owned()),
        _ => None,
    };
    facts.of_kind = OfKind::NodeDevice(NodeDevice { other, place: root.place(at) });
}

/// Says which devices cannot be declared.
pub(super) fn check(host: &HostObjects, link_problems: &mut LinkProblems<'_>) {
    for (object, device) in host.of_kind("nodedev") {
        let OfKind::NodeDevice(NodeDevice { other: Some(kind), place }) = &device.facts.of_kind else {
            continue;
        };
        link_problems.add(
            &codes::NODE_DEVICE_NOT_MEDIATED,
            format!("a node device of type `{kind}` cannot be declared"),
            Some(format!(
                "libvirt finds such devices by itself; only mediated ones are made: `type = \"{MEDIATED}\"`"
            )),
            spot(object, place),
            Vec::new(),
        );
    }
}
