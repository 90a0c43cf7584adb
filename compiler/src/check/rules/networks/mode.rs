//! The forward mode of a network.

use nixvirt_schema::network::NETWORK;
use nixvirt_schema::network::forward::FORWARD;
use nixvirt_schema::{attribute, child_name};

use crate::check::{Check, child, may_have};
use crate::document::Node;

/// The forward of a network and its mode, `nat` where it has none.
pub(super) fn forward<'c, 'a>(check: &Check<'c, 'a>) -> Option<(&'c Node<'a>, &'c str)> {
    let forward = child(check.root(), child_name!(NETWORK, "forward"))?;
    let mode = attribute!(FORWARD, "mode");
    match forward.attribute(mode) {
        Some(_) => Some((forward, forward.get(mode)?)),
        None => (!may_have(forward, mode)).then_some((forward, "nat")),
    }
}

/// The modes in which a network is connected to a bridge or to devices of the host, so that libvirt makes no bridge of its
/// own (`networkValidate`).
pub(super) const CONNECTED: &[&str] = &["bridge", "private", "vepa", "passthrough", "hostdev"];
