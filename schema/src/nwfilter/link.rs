//! The protocols of a rule that look at Ethernet frames: MAC, VLAN, STP, ARP, RARP, IPv4 and IPv6.
//!
//! <https://libvirt.org/formatnwfilter.html#supported-protocols>; nwfilter.rng; the tables `macAttributes` to
//! `ipv6Attributes` in `src/conf/nwfilter_conf.c` have the printing order.

use super::values::{
    ARP_OPCODE, BOOLEAN, DSCP, ETHER_TYPE, IP_PROTOCOL, IPV4, IPV4_MASK, IPV6, IPV6_MASK, MAC as MAC_VALUE,
    UINT8, UINT16, UINT32, VLAN_ID,
};
use crate::Format::{Text, YesNo};
use crate::nwfilter::values::ARP_OPERATIONS;
use crate::nwfilter::values::TRUTHS;
use crate::{Attribute, Element, Words, attr, attributes, element};

/// Whether the rule is for what matches. libvirt prints only `no`.
pub(super) const MATCH: Attribute =
    attr("match", YesNo, "Whether the packets are those that match or those that do not.");
/// The sender's MAC address (`srcmacaddr`).
pub(super) const SOURCE_MAC: Attribute = attr("srcmacaddr", MAC_VALUE, "The sender's MAC address.");
/// A remark. libvirt keeps 256 characters of it.
pub(super) const COMMENT: Attribute = attr("comment", Text, "A remark, up to 256 characters.");

/// The attributes that all protocols of Ethernet begin with (`srcmacandmask-attributes`).
const SENDER: &[Attribute] =
    &[MATCH, SOURCE_MAC, attr("srcmacmask", MAC_VALUE, "Which bits of the sender's MAC address count.")];
/// The attributes that most protocols of Ethernet begin with (`common-l2-attributes`).
const FRAME: &[Attribute] = attributes![
    SENDER,
    &[
        attr("dstmacaddr", MAC_VALUE, "The receiver's MAC address."),
        attr("dstmacmask", MAC_VALUE, "Which bits of the receiver's MAC address count."),
    ]
];

/// The port ranges of sender and receiver (`common-port-attributes`).
pub(super) const PORTS: &[Attribute] = &[
    attr("srcportstart", UINT16, "The first source port."),
    attr("srcportend", UINT16, "The last source port."),
    attr("dstportstart", UINT16, "The first destination port."),
    attr("dstportend", UINT16, "The last destination port."),
];
/// The addresses of IPv4 (`common-ip-attributes-p1`).
pub(super) const IPV4_ADDRESSES: &[Attribute] = &[
    attr("srcipaddr", IPV4, "The source address."),
    attr("srcipmask", IPV4_MASK, "The mask of the source address."),
    attr("dstipaddr", IPV4, "The destination address."),
    attr("dstipmask", IPV4_MASK, "The mask of the destination address."),
];
/// The addresses of IPv6 (`common-ipv6-attributes-p1`).
pub(super) const IPV6_ADDRESSES: &[Attribute] = &[
    attr("srcipaddr", IPV6, "The source address."),
    attr("srcipmask", IPV6_MASK, "The mask of the source address."),
    attr("dstipaddr", IPV6, "The destination address."),
    attr("dstipmask", IPV6_MASK, "The mask of the destination address."),
];

/// The protocols above IP that have names.
const IP_PROTOCOLS: Words = &[
    ("tcp", "connections (6)"),
    ("udp", "packets without a connection (17)"),
    ("udplite", "UDP whose packets may be damaged in part (136)"),
    ("esp", "encrypted packets of IPsec (50)"),
    ("ah", "signed packets of IPsec (51)"),
    ("icmp", "messages about the network (1)"),
    ("igmp", "who listens to a multicast (2)"),
    ("sctp", "connections of several streams (132)"),
    ("icmpv6", "messages about the network, of IPv6 (58)"),
];

/// The protocol above IP. libvirt's parser takes ports only with one that has them: TCP, UDP, DCCP or SCTP.
const PROTOCOL: Attribute = attr("protocol", IP_PROTOCOL, "The protocol above IP.").words(IP_PROTOCOLS);

/// The protocols above Ethernet that have names.
const ETHERNET_PROTOCOLS: Words = &[
    ("arp", "which hardware address has an IP address (0x0806)"),
    ("rarp", "which IP address has a hardware address (0x8035)"),
    ("ipv4", "packets of IPv4 (0x0800)"),
    ("ipv6", "packets of IPv6 (0x86dd)"),
    ("vlan", "packets with a tag (0x8100)"),
];

/// `mac`: Ethernet frames of any protocol.
pub(super) static MAC: Element =
    element("mac", "Ethernet frames.").page("formatnwfilter.html#mac-ethernet").attributes(attributes![
        FRAME,
        &[attr("protocolid", ETHER_TYPE, "The protocol above Ethernet.").words(ETHERNET_PROTOCOLS), COMMENT]
    ]);

/// Frames of a VLAN.
pub(super) static VLAN: Element = element("vlan", "Frames with a VLAN tag.")
    .page("formatnwfilter.html#vlan-802-1q-since-0-9-8")
    .attributes(attributes![
        FRAME,
        &[
            attr("vlanid", VLAN_ID, "The number of the VLAN."),
            attr("encap-protocol", ETHER_TYPE, "The protocol within the VLAN.").words(ETHERNET_PROTOCOLS),
            COMMENT,
        ]
    ]);

/// Frames of the spanning tree protocol.
pub(super) static STP: Element = element("stp", "Frames of the spanning tree protocol.")
    .page("formatnwfilter.html#stp-spanning-tree-protocol-since-0-9-8")
    .attributes(attributes![
        SENDER,
        &[
            attr("type", UINT8, "The type of bridge protocol data unit."),
            attr("flags", UINT8, "The flags of the bridge protocol data unit."),
            attr("root-priority", UINT16, "The root's priority, or the least one."),
            attr("root-priority-hi", UINT16, "The root's greatest priority."),
            attr("root-address", MAC_VALUE, "The root's MAC address."),
            attr("root-address-mask", MAC_VALUE, "Which bits of the root's MAC address count."),
            attr("root-cost", UINT32, "The cost of the path to the root, or the least one."),
            attr("root-cost-hi", UINT32, "The greatest cost of the path to the root."),
            attr("sender-priority", UINT16, "The sender's priority, or the least one."),
            attr("sender-priority-hi", UINT16, "The sender's greatest priority."),
            attr("sender-address", MAC_VALUE, "The sending bridge's MAC address."),
            attr("sender-address-mask", MAC_VALUE, "Which bits of the sending bridge's MAC address count."),
            attr("port", UINT16, "The port identifier, or the least one."),
            attr("port-hi", UINT16, "The greatest port identifier."),
            attr("age", UINT16, "The message's age, or the least one."),
            attr("age-hi", UINT16, "The message's greatest age."),
            attr("max-age", UINT16, "The time after which a message expires, or the least one."),
            attr("max-age-hi", UINT16, "The greatest time after which a message expires."),
            attr("hello-time", UINT16, "The time between messages, or the least one."),
            attr("hello-time-hi", UINT16, "The greatest time between messages."),
            attr("forward-delay", UINT16, "The delay before forwarding, or the least one."),
            attr("forward-delay-hi", UINT16, "The greatest delay before forwarding."),
            COMMENT,
        ]
    ]);

/// The attributes that ARP and RARP share (`arp-attributes`). libvirt's parser knows two more, `arpsrcipmask` and
/// `arpdstipmask`, which its schema does not.
const ARP_ATTRIBUTES: &[Attribute] = attributes![
    FRAME,
    &[
        attr("hwtype", UINT16, "The type of hardware address."),
        attr("protocoltype", UINT16, "The type of protocol address."),
        attr("opcode", ARP_OPCODE, "The operation.").words(ARP_OPERATIONS),
        attr("arpsrcmacaddr", MAC_VALUE, "The MAC address of the sender, as the packet says."),
        attr("arpdstmacaddr", MAC_VALUE, "The MAC address of the target, as the packet says."),
        attr("arpsrcipaddr", IPV4, "The IP address of the sender, as the packet says."),
        attr("arpdstipaddr", IPV4, "The IP address of the target, as the packet says."),
        attr("gratuitous", BOOLEAN, "Whether the packet answers no question.").words(TRUTHS),
        COMMENT,
    ]
];

/// `arp`: ARP packets, which ask for the MAC address of an IPv4 address.
pub(super) static ARP: Element =
    element("arp", "ARP packets.").page("formatnwfilter.html#arp-rarp").attributes(ARP_ATTRIBUTES);
/// `rarp`: RARP packets, which ask for the IPv4 address of a MAC address.
pub(super) static RARP: Element =
    element("rarp", "RARP packets.").page("formatnwfilter.html#arp-rarp").attributes(ARP_ATTRIBUTES);

/// IPv4 packets, looked at as frames.
pub(super) static IP: Element =
    element("ip", "IPv4 packets.").page("formatnwfilter.html#ipv4").attributes(attributes![
        FRAME,
        IPV4_ADDRESSES,
        &[PROTOCOL],
        PORTS,
        &[attr("dscp", DSCP, "The Differentiated Services code point."), COMMENT]
    ]);

/// IPv6 packets, looked at as frames.
pub(super) static IPV6_ELEMENT: Element =
    element("ipv6", "IPv6 packets.").page("formatnwfilter.html#ipv6").attributes(attributes![
        FRAME,
        IPV6_ADDRESSES,
        &[PROTOCOL],
        PORTS,
        &[
            attr("type", UINT8, "The ICMPv6 type, or the first one."),
            attr("typeend", UINT8, "The last ICMPv6 type."),
            attr("code", UINT8, "The ICMPv6 code, or the first one."),
            attr("codeend", UINT8, "The last ICMPv6 code."),
            COMMENT,
        ]
    ]);
