//! The network filter format: which packets of a machine's interface may pass.
//!
//! <https://libvirt.org/formatnwfilter.html>; nwfilter.rng and nwfilter_params.rng; `virNWFilterDefFormat` in
//! `src/conf/nwfilter_conf.c`, `virNWFilterFormatParamAttributes` in `src/conf/nwfilter_params.c`.

mod link;
mod transport;
mod values;

use self::values::PRIORITY;
use crate::Format::{self, AnyOf, Choice, Pattern, Uuid};
use crate::shared::filterref::{NC_NAME, PARAMETER};
use crate::{Derived, Element, Relation, Spelling, attr, child, element, leaf, rule};

/// A name of a chain: a protocol's, or one that begins with it. libvirt's parser takes up to 12 characters.
const CHAIN: Format = AnyOf(&[
    Choice(&["root", "mac", "stp", "vlan", "arp", "rarp", "ipv4", "ipv6"]),
    Pattern {
        what: "up to 12 letters, digits, `_`, `.`, `:` and `-` that begin with such a protocol",
        pattern: "(mac|stp|arp)[a-zA-Z0-9_.:-]{0,9}|(vlan|rarp|ipv4|ipv6)[a-zA-Z0-9_.:-]{0,8}",
        example: "arp-reply",
    },
]);

/// The word that switches the tracking of connections off. libvirt's parser takes any other word for the default.
const STATE_MATCH: Format = AnyOf(&[
    Format::Spelt { format: &Choice(&["false", "0"]), spelling: Spelling::Words(&[("0", "false")]) },
    Format::Spelt {
        format: &Pattern { what: "`false`", pattern: "[Ff][Aa][Ll][Ss][Ee]", example: "FALSE" },
        spelling: Spelling::Lower,
    },
]);

static UUID: Element = leaf("uuid", Uuid, "The UUID; libvirt makes one up where it is missing.");

/// A reference to a filter (`filterref-node-attributes`). libvirt prints the parameters sorted by name.
pub static FILTERREF: Element = element("filterref", "Another filter whose rules hold as well.")
    .page("formatnwfilter.html#references-to-other-filters")
    .attributes(&[attr("filter", NC_NAME, "The name of the filter.").required().names("nwfilter")])
    .children(&[child(&PARAMETER).many()]);

/// A rule. libvirt's parser takes several elements of the first one's protocol and merges them, its schema only one.
static RULE: Element = element("rule", "What happens to certain packets.")
    .page("formatnwfilter.html#filter-rules")
    .attributes(&[
        attr("action", Choice(&["drop", "accept", "reject", "return", "continue"]), "What happens to them.")
            .words(&[
                ("drop", "they vanish"),
                ("accept", "they pass"),
                ("reject", "they vanish, and the sender is told"),
                ("return", "the rest of this filter is left out"),
                ("continue", "the next rule decides"),
            ])
            .required(),
        attr("direction", Choice(&["in", "out", "inout"]), "Which way they go, as the machine sees it.")
            .words(&[("in", "to the machine"), ("out", "from the machine"), ("inout", "either way")])
            .required(),
        attr("priority", PRIORITY, "The rule's place among the rules; lower comes first, 500 by default.")
            .default("500", "virNWFilterRuleParse in src/conf/nwfilter_conf.c"),
        attr("statematch", STATE_MATCH, "That connections are not tracked.")
            .words(&[("false", "they are not tracked"), ("0", "the same")]),
    ])
    .children(&[
        child(&link::ARP),
        child(&link::RARP),
        child(&link::MAC),
        child(&link::VLAN),
        child(&link::STP),
        child(&link::IP),
        child(&link::IPV6_ELEMENT),
        child(&transport::TCP),
        child(&transport::UDP),
        child(&transport::UDPLITE),
        child(&transport::ESP),
        child(&transport::AH),
        child(&transport::SCTP),
        child(&transport::ICMP),
        child(&transport::ALL),
        child(&transport::IGMP),
        child(&transport::TCP_IPV6),
        child(&transport::UDP_IPV6),
        child(&transport::UDPLITE_IPV6),
        child(&transport::ESP_IPV6),
        child(&transport::AH_IPV6),
        child(&transport::SCTP_IPV6),
        child(&transport::ICMPV6),
        child(&transport::ALL_IPV6),
    ])
    .rules(&[rule(Relation::AtMostOne(&[
        "arp",
        "rarp",
        "mac",
        "vlan",
        "stp",
        "ip",
        "ipv6",
        "tcp",
        "udp",
        "udplite",
        "esp",
        "ah",
        "sctp",
        "icmp",
        "all",
        "igmp",
        "tcp-ipv6",
        "udp-ipv6",
        "udplite-ipv6",
        "esp-ipv6",
        "ah-ipv6",
        "sctp-ipv6",
        "icmpv6",
        "all-ipv6",
    ]))]);

/// The root of a network filter (`filter` in nwfilter.rng).
pub static FILTER: Element = element("filter", "Which packets of a machine's interface may pass.")
    .page("formatnwfilter.html#element-and-attribute-overview")
    .attributes(&[
        attr("name", NC_NAME, "The name of the filter, unique on its host.").required(),
        attr("chain", CHAIN, "The chain that the rules are in, `root` by default.")
            .default("root", "virNWFilterDefParseXML in src/conf/nwfilter_conf.c")
            .words(&[
                ("root", "where every packet begins"),
                ("mac", "packets by their hardware addresses"),
                ("stp", "the spanning tree protocol between bridges"),
                ("vlan", "packets with a tag"),
                ("arp", "ARP, which asks for hardware addresses"),
                ("rarp", "RARP, which asks for IP addresses"),
                ("ipv4", "packets of IPv4"),
                ("ipv6", "packets of IPv6"),
            ]),
        attr("priority", PRIORITY, "The chain's place among the chains; lower comes first."),
    ])
    .children(&[
        child(&UUID).filled_by_libvirt().derived(Derived::Uuid),
        child(&RULE).many(),
        child(&FILTERREF).many().interleaved(),
    ]);
