//! The network format: a virtual network.
//!
//! <https://libvirt.org/formatnetwork.html>; network.rng; `virNetworkDefFormatBuf` in `src/conf/network_conf.c`.

pub mod dns;
pub mod forward;
pub mod ip;

use crate::Format::{Chars, OnOff, Text, Uuid, YesNo};
use crate::shared::bandwidth::BANDWIDTH;
use crate::shared::ip::{MTU, ROUTE};
use crate::shared::metadata::{DESCRIPTION, METADATA, TITLE};
use crate::shared::values::{DEVICE_NAME, MAC_TABLE_MANAGER, UNICAST_MAC, UNSIGNED_INT, UNSIGNED_LONG};
use crate::shared::virtualport::{PORT, VIRTUALPORT};
use crate::shared::vlan::VLAN;
use crate::shared::words::MAC_TABLE;
use crate::{
    Derived, Element, Format, Guard, Identity, Namespace, Subject, Test, attr, child, element, leaf,
};

/// The namespace of what is handed to dnsmasq as it is.
pub static DNSMASQ: Namespace =
    Namespace { prefix: "dnsmasq", uri: "http://libvirt.org/schemas/network/dnsmasq/1.0" };

/// A firewall zone (`zoneName`).
const ZONE_NAME: Format = Chars {
    what: "a zone name of letters, digits, `_` and `-`",
    set: "a-zA-Z0-9_-",
    min: 1,
    max: usize::MAX,
};

// libvirt's parser refuses an empty name and one with a slash.
static NAME: Element = leaf("name", Text, "The name of the network.").required_text();
static UUID: Element = leaf("uuid", Uuid, "The UUID of the network.");

/// The bridge of a network.
pub static BRIDGE: Element = element("bridge", "The host's bridge that the network is on.")
    .page("formatnetwork.html#connectivity")
    .attributes(&[
        attr("name", DEVICE_NAME, "The name of the bridge.").default_in_words(
            "virbr and the next free number",
            "networkValidate in src/network/bridge_driver.c",
        ),
        attr("zone", ZONE_NAME, "The firewalld zone that the bridge is put into."),
        attr("stp", OnOff, "Whether the bridge uses the Spanning Tree Protocol.")
            .default("on", "virNetworkDefParseXML in src/conf/network_conf.c"),
        attr("delay", UNSIGNED_LONG, "How many seconds a port waits before it forwards.")
            .default("0", "virNetworkDefParseXML in src/conf/network_conf.c"),
        attr("macTableManager", MAC_TABLE_MANAGER, "Who keeps the bridge's table of MAC addresses.")
            .words(MAC_TABLE),
    ]);

static MAC: Element = element("mac", "The MAC address of the bridge.")
    .page("formatnetwork.html#addressing")
    .attributes(&[attr("address", UNICAST_MAC, "The address.").by_schema()]);

/// A group of ports. libvirt prints one without children as a start and an end tag.
pub static PORTGROUP: Element = element("portgroup", "A named class of connections to the network.")
    .identity(Identity::First(&["name"]))
    .end_tag()
    .page("formatnetwork.html#portgroups")
    .attributes(&[
        attr("name", DEVICE_NAME, "The name of the group.").required(),
        attr("default", YesNo, "Whether interfaces are in the group that name none."),
        attr(
            "trustGuestRxFilters",
            YesNo,
            "Whether the host follows changes of the guest's MAC address and filters.",
        ),
    ])
    .children(&[child(&VLAN), child(&VIRTUALPORT), child(&BANDWIDTH)]);

static DNSMASQ_OPTION: Element = element("option", "A line of dnsmasq's configuration file.")
    .namespace(&DNSMASQ)
    .attributes(&[attr("value", Text, "The line.").required()]);
static DNSMASQ_OPTIONS: Element = element("options", "What dnsmasq is told beyond libvirt's own settings.")
    .namespace(&DNSMASQ)
    .page("formatnetwork.html#network-namespaces")
    .children(&[child(&DNSMASQ_OPTION).many().also("dnsmasq:option")]);

/// The network has a bridge that libvirt makes and gives an address.
const OWN_BRIDGE: Guard = Guard::of(
    Subject::ChildAttribute("forward", "mode"),
    Test::NotIn(&["open", "bridge", "private", "vepa", "passthrough", "hostdev"]),
);

/// The root of a virtual network (`network` in network.rng).
pub static NETWORK: Element = element("network", "A virtual network.")
    .page("formatnetwork.html#general-metadata")
    .attributes(&[
        attr("connections", UNSIGNED_INT, "How many interfaces are on the network.").live(),
        attr(
            "ipv6",
            YesNo,
            "Whether guests reach one another by IPv6 though the network has no such address.",
        ),
        attr(
            "trustGuestRxFilters",
            YesNo,
            "Whether the host follows changes of the guest's MAC address and filters.",
        ),
    ])
    .children(&[
        child(&NAME).required(),
        child(&UUID).filled_by_libvirt().derived(Derived::Uuid),
        child(&TITLE).since("9.7.0"),
        child(&DESCRIPTION).since("9.7.0"),
        child(&METADATA),
        child(&forward::FORWARD).filled_by_libvirt(),
        child(&BRIDGE).filled_by_libvirt(),
        child(&MTU),
        child(&MAC).filled_by_libvirt().derived_where(Derived::Mac, &OWN_BRIDGE),
        child(&dns::DOMAIN),
        child(&dns::DNS),
        child(&VLAN),
        child(&BANDWIDTH),
        child(&PORT),
        child(&ip::IP).many(),
        child(&ROUTE).many(),
        child(&VIRTUALPORT),
        child(&PORTGROUP).many(),
        child(&DNSMASQ_OPTIONS).also("dnsmasq:options"),
    ]);
