//! The protocols of a rule that look at IP packets: TCP, UDP, ICMP and their kin, over IPv4 and over IPv6.
//!
//! <https://libvirt.org/formatnwfilter.html#supported-protocols>; nwfilter.rng; the tables `tcpAttributes` to
//! `allipv6Attributes` in `src/conf/nwfilter_conf.c` have the printing order.
//!
//! Over IPv6, libvirt's parser takes connection limits, states and sets of addresses as over IPv4; its schema does not.

use super::link::{COMMENT, IPV4_ADDRESSES, IPV6_ADDRESSES, MATCH, PORTS, SOURCE_MAC};
use super::values::{DSCP, IPSET, IPSET_FLAGS, IPV4, IPV6, STATES, TCP_FLAGS, UINT8, UINT16};
use crate::{Attribute, Element, Relation, RelationRule, attr, attributes, element, rule};

const DSCP_ATTRIBUTE: Attribute = attr("dscp", DSCP, "The Differentiated Services code point.");

/// The attributes of all protocols over IPv4 (`srcmac-attribute` and both parts of `common-ip-attributes`). libvirt's
/// parser takes a limit of connections in decimal only, and sorts the states as it prints them.
const OVER_IPV4: &[Attribute] = attributes![
    &[MATCH, SOURCE_MAC],
    IPV4_ADDRESSES,
    &[
        attr("srcipfrom", IPV4, "The first source address."),
        attr("srcipto", IPV4, "The last source address."),
        attr("dstipfrom", IPV4, "The first destination address."),
        attr("dstipto", IPV4, "The last destination address."),
        DSCP_ATTRIBUTE,
        attr("connlimit-above", UINT16, "The number of connections above which the rule matches."),
        attr("state", STATES, "The states of the connection."),
        attr("ipset", IPSET, "The name of a set of addresses that is kept outside libvirt."),
        attr("ipsetflags", IPSET_FLAGS, "What of a packet is looked up in the set."),
    ]
];
/// libvirt's parser takes a set without flags and looks up the source then. With flags, as its schema wants it, it
/// forgets the set in silence, except in `all` (`virNWFilterRuleDefFixupIPSet`).
const SET_WITH_FLAGS: &[RelationRule] = &[rule(Relation::TogetherBySchema(&["@ipset", "@ipsetflags"]))];

/// The attributes of all protocols over IPv6 (`srcmac-attribute` and both parts of `common-ipv6-attributes`). For the
/// last of a range of destinations, libvirt's parser wants an IPv4 address.
const OVER_IPV6: &[Attribute] = attributes![
    &[MATCH, SOURCE_MAC],
    IPV6_ADDRESSES,
    &[
        attr("srcipfrom", IPV6, "The first source address."),
        attr("srcipto", IPV6, "The last source address."),
        attr("dstipfrom", IPV6, "The first destination address."),
        attr("dstipto", IPV6, "The last destination address."),
        DSCP_ATTRIBUTE,
    ]
];

/// The flags of TCP. Over IPv6 libvirt's parser does not look at them.
const FLAGS: Attribute =
    attr("flags", TCP_FLAGS, "The flags that are looked at, and those of them that are set.");
/// The type and code of ICMP (`icmp-attributes`).
const ICMP_ATTRIBUTES: &[Attribute] =
    &[attr("type", UINT8, "The ICMP type."), attr("code", UINT8, "The ICMP code.")];

/// A protocol over IPv4.
const fn over_ipv4(
    name: &'static str,
    doc: &'static str,
    page: &'static str,
    attributes: &'static [Attribute],
) -> Element {
    element(name, doc).page(page).attributes(attributes).rules(SET_WITH_FLAGS)
}

/// A protocol over IPv6.
const fn over_ipv6(
    name: &'static str,
    doc: &'static str,
    page: &'static str,
    attributes: &'static [Attribute],
) -> Element {
    element(name, doc).page(page).attributes(attributes)
}

/// The attributes of protocols without any of their own.
const PLAIN_IPV4: &[Attribute] = attributes![OVER_IPV4, &[COMMENT]];
/// The attributes of protocols with ports.
const PORTS_IPV4: &[Attribute] = attributes![OVER_IPV4, PORTS, &[COMMENT]];
/// The attributes of protocols without any of their own.
const PLAIN_IPV6: &[Attribute] = attributes![OVER_IPV6, &[COMMENT]];
/// The attributes of protocols with ports.
const PORTS_IPV6: &[Attribute] = attributes![OVER_IPV6, PORTS, &[COMMENT]];

const PORTS_PAGE: &str = "formatnwfilter.html#tcp-udp-sctp";
const PLAIN_PAGE: &str = "formatnwfilter.html#igmp-esp-ah-udplite-all";
const PORTS_IPV6_PAGE: &str = "formatnwfilter.html#tcp-udp-sctp-over-ipv6";
const PLAIN_IPV6_PAGE: &str = "formatnwfilter.html#esp-ah-udplite-all-over-ipv6";

/// `tcp`: TCP over IPv4, with the flags of its segments.
pub(super) static TCP: Element =
    over_ipv4("tcp", "TCP over IPv4.", PORTS_PAGE, attributes![OVER_IPV4, PORTS, &[FLAGS, COMMENT]]);
/// `udp`: UDP over IPv4, with port ranges.
pub(super) static UDP: Element = over_ipv4("udp", "UDP over IPv4.", PORTS_PAGE, PORTS_IPV4);
/// `sctp`: SCTP over IPv4, with port ranges.
pub(super) static SCTP: Element = over_ipv4("sctp", "SCTP over IPv4.", PORTS_PAGE, PORTS_IPV4);
/// `icmp`: ICMP over IPv4, with type and code.
pub(super) static ICMP: Element = over_ipv4(
    "icmp",
    "ICMP packets.",
    "formatnwfilter.html#icmp",
    attributes![OVER_IPV4, ICMP_ATTRIBUTES, &[COMMENT]],
);
/// `igmp`: IGMP packets, without ports.
pub(super) static IGMP: Element = over_ipv4("igmp", "IGMP packets.", PLAIN_PAGE, PLAIN_IPV4);
/// Any protocol over IPv4.
pub(super) static ALL: Element = over_ipv4("all", "Any protocol over IPv4.", PLAIN_PAGE, PLAIN_IPV4);
/// `esp`: encrypted packets of IPsec over IPv4.
pub(super) static ESP: Element =
    over_ipv4("esp", "ESP (encrypted packets) over IPv4.", PLAIN_PAGE, PLAIN_IPV4);
/// `ah`: authenticated packets of IPsec over IPv4.
pub(super) static AH: Element =
    over_ipv4("ah", "AH (authenticated packets) over IPv4.", PLAIN_PAGE, PLAIN_IPV4);
/// `udplite`: UDP-Lite over IPv4, without ports.
pub(super) static UDPLITE: Element = over_ipv4("udplite", "UDP-Lite over IPv4.", PLAIN_PAGE, PLAIN_IPV4);

/// `tcp-ipv6`: TCP over IPv6, with the flags of its segments.
pub(super) static TCP_IPV6: Element = over_ipv6(
    "tcp-ipv6",
    "TCP over IPv6.",
    PORTS_IPV6_PAGE,
    attributes![OVER_IPV6, PORTS, &[FLAGS, COMMENT]],
);
/// `udp-ipv6`: UDP over IPv6, with port ranges.
pub(super) static UDP_IPV6: Element = over_ipv6("udp-ipv6", "UDP over IPv6.", PORTS_IPV6_PAGE, PORTS_IPV6);
/// `sctp-ipv6`: SCTP over IPv6, with port ranges.
pub(super) static SCTP_IPV6: Element = over_ipv6("sctp-ipv6", "SCTP over IPv6.", PORTS_IPV6_PAGE, PORTS_IPV6);
/// `icmpv6`: ICMP over IPv6, with type and code.
pub(super) static ICMPV6: Element = over_ipv6(
    "icmpv6",
    "ICMPv6 packets.",
    "formatnwfilter.html#icmpv6",
    attributes![OVER_IPV6, ICMP_ATTRIBUTES, &[COMMENT]],
);
/// Any protocol over IPv6.
pub(super) static ALL_IPV6: Element =
    over_ipv6("all-ipv6", "Any protocol over IPv6.", PLAIN_IPV6_PAGE, PLAIN_IPV6);
/// `esp-ipv6`: encrypted packets of IPsec over IPv6.
pub(super) static ESP_IPV6: Element =
    over_ipv6("esp-ipv6", "ESP (encrypted packets) over IPv6.", PLAIN_IPV6_PAGE, PLAIN_IPV6);
/// `ah-ipv6`: authenticated packets of IPsec over IPv6.
pub(super) static AH_IPV6: Element =
    over_ipv6("ah-ipv6", "AH (authenticated packets) over IPv6.", PLAIN_IPV6_PAGE, PLAIN_IPV6);
/// `udplite-ipv6`: UDP-Lite over IPv6, without ports.
pub(super) static UDPLITE_IPV6: Element =
    over_ipv6("udplite-ipv6", "UDP-Lite over IPv6.", PLAIN_IPV6_PAGE, PLAIN_IPV6);
