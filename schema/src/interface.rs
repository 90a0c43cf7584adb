//! The interface format: a network device of the host. Only hosts with netcf let libvirt change them; nobody declares them
//! here.
//!
//! <https://libvirt.org/format.html>; interface.rng; `virInterfaceDefFormat` in `src/conf/interface_conf.c`.

use crate::Format::{Choice, Ipv4, OnOff, Pattern, YesNo};
use crate::shared::values::{DEVICE_NAME, IP, IP_PREFIX, UNSIGNED_INT};
use crate::shared::words::FAMILIES;
use crate::{Attribute, Child, Element, Format, Relation, Words, attr, child, element, flag, rule, words};

/// A MAC address, which a host's device may have in any form (`macAddr`).
const ANY_MAC: Format = Format::Mac { unicast: false };

static START: Element = element("start", "When the device is set up.").attributes(&[attr(
    "mode",
    Choice(&["onboot", "none", "hotplug"]),
    "When.",
)
.words(&[
    ("onboot", "when the host starts"),
    ("none", "when somebody asks for it"),
    ("hotplug", "when the device appears"),
])
.required()]);
static MAC: Element =
    element("mac", "The MAC address.").attributes(&[attr("address", ANY_MAC, "The address.").required()]);
/// The link of a network device (`link-speed-state`).
pub(crate) static LINK: Element = element("link", "The state of the link.").attributes(&[
    attr("speed", UNSIGNED_INT, "The speed in Mbit a second."),
    attr(
        "state",
        Choice(&["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"]),
        "Whether there is a link.",
    )
    .words(&[
        ("unknown", "the driver does not say"),
        ("notpresent", "parts of the device are missing"),
        ("down", "there is none"),
        ("lowerlayerdown", "there is none, as the device below has none"),
        ("testing", "the device tests itself"),
        ("dormant", "there is one that waits for something, e.g. a login"),
        ("up", "there is one"),
    ]),
]);
static MTU: Element = element("mtu", "The greatest size of a packet.").attributes(&[attr(
    "size",
    UNSIGNED_INT,
    "The size in bytes.",
)
.required()]);

static AUTOCONF: Element = flag("autoconf", "The address is configured by the network.");
static DHCP: Element = element("dhcp", "The address is given by a DHCP server.").attributes(&[attr(
    "peerdns",
    YesNo,
    "Whether the server says which DNS servers are used.",
)]);
static ADDRESS: Element = element("ip", "An address of the device.").attributes(&[
    attr("address", IP, "The address.").required(),
    attr("prefix", IP_PREFIX, "The length of the network's prefix in bits."),
]);
static ROUTE: Element =
    element("route", "The default route.").attributes(&[attr("gateway", IP, "The gateway.").required()]);
static PROTOCOL: Element = element("protocol", "The addresses of one protocol.")
    .attributes(&[attr("family", Choice(&["ipv4", "ipv6"]), "The protocol.").words(FAMILIES).required()])
    .children(&[
        child(&AUTOCONF).when("family", &["ipv6"]),
        child(&DHCP),
        child(&ADDRESS).many(),
        child(&ROUTE),
    ]);

static VLAN_DEVICE: Element = element("interface", "The device that the VLAN is on.").attributes(&[attr(
    "name",
    DEVICE_NAME,
    "The name of the device.",
)
.required()]);
static VLAN: Element = element("vlan", "The VLAN.")
    .attributes(&[attr("tag", Format::Integer { min: 0, max: 4095 }, "The number of the VLAN.").required()])
    .children(&[child(&VLAN_DEVICE).required()]);

static MIIMON: Element = element("miimon", "How links are watched.").attributes(&[
    attr("freq", UNSIGNED_INT, "How often they are looked at, in milliseconds.").required(),
    attr("downdelay", UNSIGNED_INT, "After how many milliseconds a link counts as down."),
    attr("updelay", UNSIGNED_INT, "After how many milliseconds a link counts as up."),
    attr("carrier", Choice(&["ioctl", "netif"]), "How the link is asked for.")
        .words(&[("ioctl", "by requests to the driver"), ("netif", "by what the kernel knows already")]),
]);
static ARPMON: Element = element("arpmon", "How a target is watched by ARP.").attributes(&[
    attr("interval", UNSIGNED_INT, "How often it is asked, in milliseconds.").required(),
    attr("target", Ipv4, "The address of the target.").required(),
    attr("validate", Choice(&["none", "active", "backup", "all"]), "Which answers count.").words(&[
        ("none", "every packet counts as a sign of life"),
        ("active", "ARP's answers count, on the device that works"),
        ("backup", "ARP's answers count, on the devices that stand by"),
        ("all", "ARP's answers count, on every device"),
    ]),
]);
static BOND: Element = element("bond", "What the bond is made of.")
    .attributes(&[attr(
        "mode",
        Choice(&[
            "balance-rr",
            "active-backup",
            "balance-xor",
            "broadcast",
            "802.3ad",
            "balance-tlb",
            "balance-alb",
        ]),
        "How traffic is spread over the devices.",
    )
    .words(&[
        ("balance-rr", "by packets, in turns"),
        ("active-backup", "not at all: one device works, the others stand by"),
        ("balance-xor", "by a hash of the addresses"),
        ("broadcast", "every packet goes by every device"),
        ("802.3ad", "by agreement with the switch (LACP)"),
        ("balance-tlb", "what is sent, by load"),
        ("balance-alb", "what is sent and what is received, by load"),
    ])])
    .children(&[child(&MIIMON), child(&ARPMON), child(&PART).many().by_schema()])
    .rules(&[rule(Relation::AtMostOne(&["miimon", "arpmon"]))]);

/// A number of seconds (`timeval`).
const SECONDS: Format =
    Pattern { what: "a number of seconds", pattern: r"[0-9]+(\.[0-9]*)?", example: "1.5" };

static BRIDGE: Element = element("bridge", "What the bridge is made of.")
    .attributes(&[
        attr("stp", OnOff, "Whether the bridge uses the Spanning Tree Protocol."),
        attr("delay", SECONDS, "How many seconds a port waits before it forwards."),
    ])
    .children(&[child(&PART).many()]);

/// The kinds of a device that is part of a bridge or bond.
const PART_TYPES: Words = &[
    ("ethernet", "a network card"),
    ("bond", "several cards as one"),
    ("vlan", "the packets of one tag of another device"),
];

const fn kind(types: &'static [&'static str], words: Words) -> Attribute {
    attr("type", Choice(types), "The kind of device.").words(words).required()
}

const DEVICE: Attribute = attr("name", DEVICE_NAME, "The name of the device.").by_schema();
const VLAN_NAME: Attribute = attr("name", DEVICE_NAME, "The name of the device, e.g. `eth0.42`.");

const MAC_CHILD: Child = child(&MAC).when("type", &["ethernet"]);

/// A device that is part of a bridge or bond.
static PART: Element = element("interface", "A device that is part of it.")
    .end_tag()
    .attributes(&[
        kind(&["ethernet", "bond", "vlan"], PART_TYPES),
        DEVICE.unless("type", &["vlan"]),
        VLAN_NAME.when("type", &["vlan"]),
    ])
    .children(&[
        MAC_CHILD,
        child(&LINK),
        child(&BOND).required().when("type", &["bond"]),
        child(&VLAN).required().when("type", &["vlan"]),
    ]);

/// A network device of the host.
pub static INTERFACE: Element = element("interface", "A network device of the host.")
    .page("format.html")
    .attributes(&[
        kind(
            &["ethernet", "bridge", "bond", "vlan"],
            words![PART_TYPES, &[("bridge", "a switch of Linux's")]],
        ),
        DEVICE.unless("type", &["vlan"]),
        VLAN_NAME.when("type", &["vlan"]),
    ])
    .children(&[
        child(&START),
        MAC_CHILD,
        child(&LINK).unless("type", &["bridge"]),
        child(&MTU),
        child(&PROTOCOL).many(),
        child(&BOND).required().when("type", &["bond"]),
        child(&BRIDGE).required().when("type", &["bridge"]),
        child(&VLAN).required().when("type", &["vlan"]),
    ]);
