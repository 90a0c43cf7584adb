//! Ports of virtual switches: their profiles, and their isolation from one another.
//!
//! <https://libvirt.org/formatnetwork.html#portgroups>; `virtualPortProfile` and `portOptions` in networkcommon.rng;
//! `virNetDevVPortProfileFormat` in `src/conf/netdev_vport_profile_conf.c`, `virNetworkPortOptionsFormat` in
//! `src/conf/domain_conf.c`.

use super::values::{UINT8, UINT24};
use crate::Format::{self, Chars, Choice, Uuid, YesNo};
use crate::{Element, attr, child, element};

/// The name of a profile (`virtualPortProfileID`).
const PROFILE_ID: Format =
    Chars { what: "a profile name of at most 39 characters", set: "^", min: 0, max: 39 };

/// The parameters of a virtual port by its type; all of them without a type, as libvirt then finds it out. libvirt's
/// parser demands the numbers and the `instanceid` of 802.1Qbg and the `profileid` of 802.1Qbh.
static PARAMETERS: Element = element("parameters", "What the switch is told.").attributes(&[
    attr("managerid", UINT8, "The number of the manager of the port's types and instances.").unless_up(
        1,
        "type",
        &["802.1Qbh", "openvswitch", "midonet"],
    ),
    attr("typeid", UINT24, "The number of the port's type.").unless_up(
        1,
        "type",
        &["802.1Qbh", "openvswitch", "midonet"],
    ),
    attr("typeidversion", UINT8, "The version of the port's type.").unless_up(
        1,
        "type",
        &["802.1Qbh", "openvswitch", "midonet"],
    ),
    attr("instanceid", Uuid, "The instance of the port's type; libvirt makes one up for a domain.")
        .default_in_words(
            "a UUID that libvirt makes up",
            "virNetDevVPortProfileParse in src/conf/netdev_vport_profile_conf.c",
        )
        .unless_up(1, "type", &["802.1Qbh", "openvswitch", "midonet"]),
    attr("interfaceid", Uuid, "The port's identifier; libvirt makes one up for Open vSwitch.")
        .default_in_words(
            "a UUID that libvirt makes up, for Open vSwitch",
            "virNetDevVPortProfileParse in src/conf/netdev_vport_profile_conf.c",
        )
        .unless_up(1, "type", &["802.1Qbg", "802.1Qbh", "midonet"]),
    attr("interfaceid", Uuid, "The port's identifier.").required().when_up(1, "type", &["midonet"]),
    attr("profileid", PROFILE_ID, "The name of the port's profile.").unless_up(
        1,
        "type",
        &["802.1Qbg", "midonet"],
    ),
]);

/// The profile of a port. libvirt's parser does without the type only in an interface that is on a network.
pub static VIRTUALPORT: Element = element("virtualport", "The profile of the port on the virtual switch.")
    .page("formatnetwork.html#portgroups")
    .attributes(&[attr(
        "type",
        Choice(&["802.1Qbg", "802.1Qbh", "openvswitch", "midonet"]),
        "The kind of switch.",
    )
    .words(&[
        ("802.1Qbg", "one that knows virtual machines by VDP (VEPA)"),
        ("802.1Qbh", "Cisco's VN-Link with port profiles"),
        ("openvswitch", "Open vSwitch"),
        ("midonet", "MidoNet's overlay network"),
    ])])
    .children(&[
        child(&PARAMETERS).unless("type", &["midonet"]),
        child(&PARAMETERS).required().when("type", &["midonet"]),
    ]);

/// The options of a port. libvirt's parser takes it only where the ports are on a Linux bridge.
pub static PORT: Element = element("port", "The options of the port on the bridge.")
    .page("formatnetwork.html#isolating-ports-from-one-another")
    .attributes(&[attr("isolated", YesNo, "Whether it is kept from other isolated ports.")]);
