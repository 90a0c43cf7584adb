//! Names on a network: its domain and its DNS server.
//!
//! <https://libvirt.org/formatnetwork.html#addressing>; `domain` and `dns` in network.rng; `virNetworkDNSDefFormat` in
//! `src/conf/network_conf.c`.

use super::forward::PORT;
use crate::Format::{Choice, Text, YesNo};
use crate::shared::values::{DNS_NAME, IP, UNSIGNED_SHORT};
use crate::{Element, Identity, attr, child, element, leaf};

const PAGE: &str = "formatnetwork.html#addressing";

/// The domain of the network.
pub static DOMAIN: Element = element("domain", "The DNS domain of the network.")
    .page("formatnetwork.html#connectivity")
    .attributes(&[
        attr("name", DNS_NAME, "The name of the domain.").by_schema(),
        attr("localOnly", YesNo, "Whether queries for names in the domain stay on the network."),
        attr("register", YesNo, "Whether the host resolves the names of guests; it needs `localOnly`.")
            .since("10.1.0"),
    ]);

/// Where queries are forwarded to. libvirt's parser refuses one with neither attribute.
static FORWARDER: Element = element("forwarder", "A server that queries are forwarded to.").attributes(&[
    attr("domain", DNS_NAME, "The domain whose queries it gets; otherwise all."),
    attr("addr", IP, "The address of the server; without one, queries for the domain are not answered."),
    attr("port", PORT, "The port of the server.").since("12.0.0"),
]);

static TXT: Element = element("txt", "A TXT record.").identity(Identity::First(&["name"])).attributes(&[
    attr("name", DNS_NAME, "The name that it is for.").required(),
    attr("value", Text, "The text.").required(),
]);

/// A service. libvirt's parser refuses `port`, `priority` and `weight` without a `target`, and a port of 0.
static SRV: Element = element("srv", "An SRV record.").attributes(&[
    attr("service", Text, "The service.").required(),
    attr("protocol", Choice(&["tcp", "udp"]), "The protocol by which it is reached.")
        .words(&[("tcp", "connections"), ("udp", "packets without a connection")])
        .required(),
    attr("domain", DNS_NAME, "The domain that it is for."),
    attr("target", Text, "The host that offers it."),
    attr("port", UNSIGNED_SHORT, "The port of the target."),
    attr("priority", UNSIGNED_SHORT, "The priority of the target; the least is tried first."),
    attr("weight", UNSIGNED_SHORT, "The share of the target among those of the same priority."),
]);

static HOSTNAME: Element = leaf("hostname", DNS_NAME, "A name of the host.").required_text();
static HOST: Element = element("host", "A host whose name the server knows.")
    .identity(Identity::First(&["ip"]))
    .attributes(&[attr("ip", IP, "The address of the host.").required()])
    .children(&[child(&HOSTNAME).many().required()]);

/// The DNS server of the network. libvirt's parser refuses children where it is not enabled.
pub static DNS: Element = element("dns", "The network's DNS server.")
    .page(PAGE)
    .attributes(&[
        attr("enable", YesNo, "Whether there is one."),
        attr("forwardPlainNames", YesNo, "Whether queries for names without a dot are forwarded."),
    ])
    .children(&[child(&FORWARDER).many(), child(&TXT).many(), child(&SRV).many(), child(&HOST).many()]);
