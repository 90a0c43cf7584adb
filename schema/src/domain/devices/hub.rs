//! Hubs: more ports on a bus.
//!
//! <https://libvirt.org/formatdomain.html#hub-devices>; `hub` in domaincommon.rng; `virDomainHubDefFormat` in
//! `src/conf/domain_conf.c`.

use crate::Format::Choice;
use crate::shared::address::{ADDRESS_CHILD, ALIAS_CHILD};
use crate::{Element, attr, element};

/// `hub`: a USB hub.
pub static HUB: Element = element("hub", "More ports on a bus.")
    .page("formatdomain.html#hub-devices")
    .attributes(&[attr("type", Choice(&["usb"]), "The kind of bus.")
        .words(&[("usb", "more ports for USB devices")])
        .required()])
    .children(&[ALIAS_CHILD, ADDRESS_CHILD]);
