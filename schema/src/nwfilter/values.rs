//! The value formats of network filters, after the type library of nwfilter.rng.
//!
//! Nearly every value may be a variable instead. libvirt keeps of a number whether it was decimal or hexadecimal. Where
//! it prints another spelling than it read, [`Spelling`] says which: `01` for `1` in a MAC address, a mask as the number of its bits,
//! a variable without its spaces and `[@0]`. A protocol that has a name and is given by its number stays a number here.

use crate::Format::{self, AnyOf, Choice, Integer, Pattern};
use crate::{Notation, Print, Spelling, Words};

/// The place of a rule or chain among others (`priority-type`).
pub(super) const PRIORITY: Format = Integer { min: -1000, max: 1000 };

/// A variable, or an element of one that is a list (`variable-name-type`). libvirt's parser takes no spaces next to
/// the name.
pub(super) const VARIABLE: Format = Format::Spelt {
    format: &Pattern {
        what: "a variable",
        pattern: r"$[ ]*[a-zA-Z0-9_]+(\[[ ]*@?[0-9]+[ ]*\])?[ ]*",
        example: "$IP",
    },
    spelling: Spelling::Variable,
};

/// A hexadecimal number after `0x`, which libvirt prints as such.
const fn hex(max: u64) -> Format {
    Format::Number { max, print: Print::Hex(0), notation: Notation::Hex }
}

/// An 8-bit number, without variables (`uint8`). libvirt's parser takes variables here as well.
pub(super) const UINT8: Format = AnyOf(&[Integer { min: 0, max: 0xff }, hex(0xff)]);
/// A 16-bit number (`uint16range`).
pub(super) const UINT16: Format = AnyOf(&[Integer { min: 0, max: 0xffff }, hex(0xffff), VARIABLE]);
/// A 32-bit number (`uint32range`).
pub(super) const UINT32: Format = AnyOf(&[Integer { min: 0, max: 0xffff_ffff }, hex(0xffff_ffff), VARIABLE]);
/// A Differentiated Services code point (`sixbitrange`).
pub(super) const DSCP: Format = AnyOf(&[Integer { min: 0, max: 63 }, hex(63), VARIABLE]);
/// The number of a VLAN (`vlan-vlanid`).
pub(super) const VLAN_ID: Format = AnyOf(&[Integer { min: 0, max: 4095 }, hex(4095), VARIABLE]);

/// A MAC address or mask, in one or two digits each (`addrMAC`). libvirt's parser takes only masks whose ones come
/// first.
pub(super) const MAC: Format = AnyOf(&[
    Format::Spelt {
        format: &Pattern {
            what: "a MAC address",
            pattern: "([a-fA-F0-9]{1,2}:){5}[a-fA-F0-9]{1,2}",
            example: "52:54:00:12:34:56",
        },
        spelling: Spelling::Mac,
    },
    VARIABLE,
]);

/// An IPv4 address (`addrIP`). libvirt's parser refuses numbers above 255, its schema only above 299.
pub(super) const IPV4: Format = AnyOf(&[IPV4_PATTERN, VARIABLE]);
/// A mask of an IPv4 address (`addrMask`).
pub(super) const IPV4_MASK: Format = AnyOf(&[
    Integer { min: 0, max: 32 },
    Format::Spelt { format: &IPV4_PATTERN, spelling: Spelling::PrefixLength },
    VARIABLE,
]);
const IPV4_PATTERN: Format = Pattern {
    what: "an IPv4 address",
    pattern: r"([0-2]?[0-9]?[0-9]\.){3}[0-2]?[0-9]?[0-9]",
    example: "10.1.2.3",
};

/// An IPv6 address (`addrIPv6`); the schema takes much that libvirt's parser does not.
pub(super) const IPV6: Format = AnyOf(&[
    Pattern {
        what: "an IPv6 address",
        pattern: r"([a-fA-F0-9]{0,4}:){2,7}[a-fA-F0-9]*(([0-2]?[0-9]?[0-9]\.){3}[0-2]?[0-9]?[0-9])?",
        example: "fe80::1",
    },
    VARIABLE,
]);
/// A mask of an IPv6 address (`addrMaskv6`).
pub(super) const IPV6_MASK: Format = AnyOf(&[
    Integer { min: 0, max: 128 },
    Format::Spelt {
        format: &Pattern {
            what: "an IPv6 address",
            pattern: "([a-fA-F0-9]{0,4}:){2,7}[a-fA-F0-9]*",
            example: "ffff:ffff::",
        },
        spelling: Spelling::PrefixLength,
    },
    VARIABLE,
]);

/// A protocol above Ethernet (`mac-protocolid`). Hexadecimal numbers below 0x600 are refused by libvirt's parser, and
/// by the schema where they have three digits.
pub(super) const ETHER_TYPE: Format = AnyOf(&[
    Choice(&["arp", "rarp", "ipv4", "ipv6", "vlan"]),
    Integer { min: 0x600, max: 0xffff },
    Pattern {
        what: "a hexadecimal number from 0x600 to 0xffff",
        pattern: "0x([6-9a-fA-F][0-9a-fA-F]{2}|[0-9a-fA-F]{4})",
        example: "0x88cc",
    },
    VARIABLE,
]);
/// A protocol above IP (`ipProtocolType`).
pub(super) const IP_PROTOCOL: Format = AnyOf(&[
    Choice(&["tcp", "udp", "udplite", "esp", "ah", "icmp", "igmp", "sctp", "icmpv6"]),
    Integer { min: 0, max: 0xff },
    hex(0xff),
    VARIABLE,
]);

/// The operations that have a name, which libvirt prints for their number.
const ARP_NUMBERS: &[(&str, &str)] = &[
    ("1", "Request"),
    ("2", "Reply"),
    ("3", "Request_Reverse"),
    ("4", "Reply_Reverse"),
    ("5", "DRARP_Request"),
    ("6", "DRARP_Reply"),
    ("7", "DRARP_Error"),
    ("8", "InARP_Request"),
    ("9", "ARP_NAK"),
];

/// An operation of ARP (`arpOpcodeType`). libvirt's parser takes any case, and hexadecimal numbers.
pub(super) const ARP_OPCODE: Format = AnyOf(&[
    Choice(&[
        "Request",
        "Reply",
        "Request_Reverse",
        "Reply_Reverse",
        "DRARP_Request",
        "DRARP_Reply",
        "DRARP_Error",
        "InARP_Request",
        "ARP_NAK",
    ]),
    Format::Spelt { format: &Integer { min: 0, max: 0xffff }, spelling: Spelling::Words(ARP_NUMBERS) },
    Pattern {
        what: "one of these words with a small initial",
        pattern: "(reply|request)(_[Rr]everse)?|Reply_reverse|Request_reverse|DRARP_(request|reply|error)|InARP_request",
        example: "reply",
    },
    VARIABLE,
]);

/// A boolean in any of C's notations (`boolean`). libvirt prints `true` or `false`; its parser takes any other word for
/// `false`.
pub(super) const BOOLEAN: Format = Format::Spelt {
    format: &Choice(&["true", "false", "yes", "no", "1", "0"]),
    spelling: Spelling::Words(&[("yes", "true"), ("1", "true"), ("no", "false"), ("0", "false")]),
};

/// States of connections (`stateflags-type`).
pub(super) const STATES: Format = Pattern {
    what: "`NONE`, or `NEW`, `ESTABLISHED`, `RELATED` and `INVALID` joined by commas",
    pattern: "(NEW|ESTABLISHED|RELATED|INVALID)(,(NEW|ESTABLISHED|RELATED|INVALID))*|NONE",
    example: "ESTABLISHED,RELATED",
};
/// Flags of TCP, those looked at and those set (`tcpflags-type`).
pub(super) const TCP_FLAGS: Format = Pattern {
    what: "two lists joined by a slash, each `ALL`, `NONE`, or SYN, ACK, URG, PSH, FIN and RST joined by commas",
    pattern: concat!(
        "((SYN|ACK|URG|PSH|FIN|RST)(,(SYN|ACK|URG|PSH|FIN|RST))*|ALL|NONE)",
        "/((SYN|ACK|URG|PSH|FIN|RST)(,(SYN|ACK|URG|PSH|FIN|RST))*|ALL|NONE)",
    ),
    example: "SYN,ACK/SYN",
};
/// The name of a set of addresses (`ipset-name-type`).
pub(super) const IPSET: Format = AnyOf(&[
    Format::Chars {
        what: "the name of an IP set of up to 31 characters",
        set: "a-zA-Z0-9_.:+ -",
        min: 1,
        max: 31,
    },
    VARIABLE,
]);
/// The fields of a packet that are looked up in the set (`ipset-flags-type`).
pub(super) const IPSET_FLAGS: Format = Format::Spelt {
    format: &Pattern {
        what: "up to six of `src` and `dst` joined by commas",
        pattern: "([Ss][Rr][Cc]|[Dd][Ss][Tt])(,([Ss][Rr][Cc]|[Dd][Ss][Tt])){0,5}",
        example: "src,dst",
    },
    spelling: Spelling::Lower,
};

/// The operations of ARP.
pub(super) const ARP_OPERATIONS: Words = &[
    ("Request", "who has this IP address?"),
    ("Reply", "the hardware address that has it"),
    ("Request_Reverse", "which IP address has this hardware address?"),
    ("Reply_Reverse", "the IP address that it has"),
    ("DRARP_Request", "dynamic RARP: which IP address may this hardware address have?"),
    ("DRARP_Reply", "dynamic RARP: the IP address that it may have"),
    ("DRARP_Error", "dynamic RARP: there is none"),
    ("InARP_Request", "inverse ARP: which IP address is at the other end?"),
    ("ARP_NAK", "that cannot be answered"),
];

/// The words for true and false.
pub(super) const TRUTHS: Words = &[
    ("true", "nobody has asked"),
    ("false", "it answers a question"),
    ("yes", "the same as true"),
    ("no", "the same as false"),
    ("1", "the same as true"),
    ("0", "the same as false"),
];
