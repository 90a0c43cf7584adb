//! VLAN tags.
//!
//! <https://libvirt.org/formatnetwork.html#setting-vlan-tag-on-supported-network-types-only>; `vlan` in
//! networkcommon.rng; `virNetDevVlanFormat` in `src/conf/netdev_vlan_conf.c`.

use crate::Format::{Choice, Integer};
use crate::{Element, attr, child, element};

static TAG: Element = element("tag", "A VLAN tag.").attributes(&[
    attr("id", Integer { min: 0, max: 4095 }, "The number of the VLAN.").required(),
    attr("nativeMode", Choice(&["tagged", "untagged"]), "How the native VLAN's traffic is marked.")
        .words(&[("tagged", "with the tag, as other VLANs"), ("untagged", "without a tag")]),
]);

/// The VLANs that traffic is in.
pub static VLAN: Element = element("vlan", "The VLANs that the traffic is in.")
    .page("formatnetwork.html#setting-vlan-tag-on-supported-network-types-only")
    .attributes(&[attr("trunk", Choice(&["yes"]), "Whether there are several; with two tags it is implied.")
        .default_in_words(
            "yes, where there are two tags or more",
            "virNetDevVlanParse in src/conf/netdev_vlan_conf.c",
        )
        .words(&[("yes", "packets of all the tags pass")])])
    .children(&[child(&TAG).many().required()]);
