//! IP addresses and routes of an interface's two sides, and the MTU.
//!
//! <https://libvirt.org/formatdomain.html#ip-configuration>; `interface-ip-info` in domaincommon.rng, `route` and
//! `mtu` in networkcommon.rng; `virDomainNetIPInfoFormat` in `src/conf/domain_conf.c`, `virNetDevIPRouteFormat` in
//! `src/conf/networkcommon_conf.c`.

use super::values::{ADDRESS_FAMILY, IP, IP_PREFIX, UNSIGNED_INT, UNSIGNED_SHORT};
use crate::Format::Ipv4;
use crate::shared::words::FAMILIES;
use crate::{Child, Element, Relation, attr, child, element, rule};

static IP_ELEMENT: Element = element("ip", "An IP address of the interface.")
    .page("formatdomain.html#ip-configuration")
    .attributes(&[
        attr("address", IP, "The address.").required(),
        attr("family", ADDRESS_FAMILY, "Whether it is an IPv4 or an IPv6 address.")
            .default_in_words("that of the address", "virDomainNetIPParseXML in src/conf/domain_conf.c")
            .words(FAMILIES),
        attr("prefix", IP_PREFIX, "The length of the network's prefix in bits."),
        attr("peer", IP, "The address at the other end of a point-to-point connection."),
    ]);

/// A static route. libvirt's parser takes an address with bits beyond its prefix for no network address, and refuses
/// a metric of 0.
pub static ROUTE: Element = element("route", "A static route.")
    .page("formatnetwork.html#static-routes")
    .attributes(&[
        attr("family", ADDRESS_FAMILY, "Whether it is a route of IPv4 or of IPv6.").words(FAMILIES),
        attr("address", IP, "The network that the route leads to.").required().until("12.8.0"),
        attr("address", IP, "The network that the route leads to; without it, all others.").since("12.8.0"),
        attr("netmask", Ipv4, "The mask of that network."),
        attr("prefix", IP_PREFIX, "The length of that network's prefix in bits."),
        attr("gateway", IP, "The address of the gateway.").required(),
        attr("metric", UNSIGNED_INT, "The cost of the route; the least wins."),
    ])
    .rules(&[rule(Relation::AtMostOne(&["@netmask", "@prefix"]))]);

/// An IP address of one side of an interface.
pub const IP_CHILD: Child = child(&IP_ELEMENT).many();
/// A route of one side of an interface.
pub const ROUTE_CHILD: Child = child(&ROUTE).many();

/// The greatest size of a packet (`mtu`).
pub static MTU: Element = element("mtu", "The greatest size of a packet.")
    .page("formatdomain.html#mtu-configuration")
    .attributes(&[attr("size", UNSIGNED_SHORT, "The size in bytes; 0 leaves it to the host.").by_schema()]);
