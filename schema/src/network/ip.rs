//! Addresses on a network: the host's own, and those that its DHCP server gives out.
//!
//! <https://libvirt.org/formatnetwork.html#addressing>; `ip` in network.rng; `virNetworkIPDefFormat` in
//! `src/conf/network_conf.c`.

use crate::Format::{self, Choice, Ipv4, Pattern, Text, YesNo};
use crate::shared::values::{
    ADDRESS_FAMILY, DNS_NAME, FILE_PATH, IP as IP_ADDRESS, IP_PREFIX, UNICAST_MAC, UNSIGNED_LONG,
};
use crate::shared::words::FAMILIES;
use crate::{Element, Identity, Relation, attr, child, element, rule};

/// A DHCP unique identifier (`DUID`): of the types link-layer plus time, enterprise, link-layer and UUID.
const DUID: Format = Pattern {
    what: "a DHCP unique identifier",
    pattern: "[0]{1,2}:[0]{0,1}[1]:[0]{1,2}:[0]{0,1}[a-fA-F1-9](:[a-fA-F0-9]{1,2}){4}(:[a-fA-F0-9]{1,2}){6,8}\
        |[0]{1,2}:[0]{0,1}[2](:[a-fA-F0-9]{1,2}){4}(:[a-fA-F0-9]{1,2}){1,124}\
        |[0]{1,2}:[0]{0,1}[3]:[0]{1,2}:[0]{0,1}[a-fA-F1-9](:[a-fA-F0-9]{1,2}){6,8}\
        |[0]{1,2}:[0]{0,1}[4](:[a-fA-F0-9]{1,2}){16}",
    example: "0:3:0:1:0:16:3e:11:22:33",
};

static TFTP: Element = element("tftp", "The network's TFTP server.").attributes(&[attr(
    "root",
    Text,
    "The directory that it offers.",
)
.by_schema()]);

static LEASE: Element = element("lease", "How long an address is given out for.").attributes(&[
    attr("expiry", UNSIGNED_LONG, "The time; 0 for ever.").by_schema(),
    attr("unit", Choice(&["seconds", "minutes", "hours"]), "The unit of the time; otherwise minutes.")
        .default("minutes", "virNetworkDHCPLeaseTimeDefParseXML in src/conf/network_conf.c")
        .words(&[
            ("seconds", "as it is said"),
            ("minutes", "60 seconds each"),
            ("hours", "3600 seconds each"),
        ]),
]);

/// A range of addresses.
pub static RANGE: Element = element("range", "Addresses that are given out.")
    .attributes(&[
        attr("start", IP_ADDRESS, "The first address.").required(),
        attr("end", IP_ADDRESS, "The last address.").required(),
    ])
    .children(&[child(&LEASE)]);

/// `host` in `dhcp`: a reservation, by MAC address, name or client id.
pub static HOST: Element = element("host", "A host that always gets the same address.")
    .identity(Identity::First(&["mac", "ip", "name"]))
    .attributes(&[
        attr("mac", UNICAST_MAC, "The host's MAC address."),
        attr("id", DUID, "The host's DHCP unique identifier, for IPv6."),
        attr("name", Text, "The host's name."),
        attr("ip", IP_ADDRESS, "The address that it gets.").required(),
    ])
    .children(&[child(&LEASE)])
    .rules(&[
        rule(Relation::AtMostOne(&["@mac", "@id"])),
        rule(Relation::AtLeastOne(&["@mac", "@id", "@name"])),
    ]);

static BOOTP: Element = element("bootp", "What hosts boot from the network.").attributes(&[
    attr("file", FILE_PATH, "The boot image.").required(),
    attr("server", DNS_NAME, "The server that has it; otherwise the network's own."),
]);

/// `dhcp`: the ranges and reservations of the network's DHCP server.
pub static DHCP: Element = element("dhcp", "The network's DHCP server.").children(&[
    child(&RANGE).many(),
    child(&HOST).many(),
    child(&BOOTP),
]);

/// An address of the host on the network. libvirt's parser refuses one without `address`, and an IPv6 address without
/// `family`; it prints one without children as a start and an end tag.
pub static IP: Element = element("ip", "The host's address on the network, and what is served there.")
    // 11.3 prints one, 12.8 does not.
    .end_tag_until("12.8.0")
    .page("formatnetwork.html#addressing")
    .attributes(&[
        attr("family", ADDRESS_FAMILY, "Whether it is an IPv4 or an IPv6 address.").words(FAMILIES),
        attr("address", IP_ADDRESS, "The host's address.").by_parser(),
        attr("netmask", Ipv4, "The network's mask."),
        attr("prefix", IP_PREFIX, "The length of the network's prefix in bits."),
        attr("localPtr", YesNo, "Whether reverse queries for the network's addresses stay on it."),
    ])
    .children(&[child(&TFTP), child(&DHCP)])
    .rules(&[rule(Relation::AtMostOne(&["@netmask", "@prefix"]))]);
