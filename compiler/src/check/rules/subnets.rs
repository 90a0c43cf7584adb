//! Networks: which addresses, ranges and routes fit.

use std::net::{IpAddr, Ipv4Addr};

use nixvirt_schema::network::NETWORK;
use nixvirt_schema::network::ip::IP;
use nixvirt_schema::shared::ip::ROUTE as ROUTE_ELEMENT;
use nixvirt_schema::{Versions, attribute, child_name};

use super::code::refused;
use crate::check::{Holds, Rule, child, lacks};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[&DHCP_TWICE, &IP_FAMILY, &RANGE_OUTSIDE, &ROUTE];

/// The IPv4 address of an `ip` and the length of its prefix.
fn subnet(ip: &Node<'_>) -> Option<(Ipv4Addr, u32)> {
    let address: Ipv4Addr = ip.get(attribute!(IP, "address"))?.parse().ok()?;
    let prefix = match (ip.get(attribute!(IP, "prefix")), ip.get(attribute!(IP, "netmask"))) {
        (Some(prefix), _) => prefix.parse().ok()?,
        (None, Some(mask)) => mask.parse::<Ipv4Addr>().ok()?.to_bits().leading_ones(),
        (None, None) => return None,
    };
    (prefix <= 32).then_some((address, prefix))
}

static RANGE_OUTSIDE: Rule = Rule {
    code: refused(
        "dhcp-range",
        "A range of DHCP addresses is reversed, or not within its network.",
        "`start` comes before `end`, and both are addresses of the network that `ip` gives.",
        "{ kind = \"network\"; name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
  dhcp.range = { start = \"10.0.1.10\"; end = \"10.0.1.20\"; }; }; }",
        "{ kind = \"network\"; name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24;
  dhcp.range = { start = \"10.0.0.10\"; end = \"10.0.0.20\"; }; }; }",
    ),
    kind: "network",
    mirrors: "virSocketAddrGetRange in src/util/virsocketaddr.c",
    holds: Holds::Always,
    with: &[child_name!(NETWORK, "ip")],
    versions: Versions::ALL,
    check: |check| {
        for ip in check.root().children_named(child_name!(NETWORK, "ip")) {
            let ranges = || {
                let dhcp = ip.children_named(child_name!(IP, "dhcp"));
                dhcp.flat_map(|dhcp| dhcp.children_named("range"))
            };
            for range in ranges() {
                let end = |name| range.get(name).and_then(|text| text.parse::<IpAddr>().ok());
                if let (Some(first), Some(last)) = (end("start"), end("end"))
                    && first.is_ipv4() != last.is_ipv4()
                {
                    let message = format!("{first} and {last} are not of one family");
                    check.say(range, None, message);
                }
            }
            let Some((address, prefix)) = subnet(ip) else { continue };
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            let within = |other: Ipv4Addr| other.to_bits() & mask == address.to_bits() & mask;
            for range in ranges() {
                let end = |name| range.get(name).and_then(|text| text.parse::<Ipv4Addr>().ok());
                let (Some(first), Some(last)) = (end("start"), end("end")) else { continue };
                if first > last {
                    let message = format!("the range ends at {last}, before it begins at {first}");
                    check.say(range, None, message);
                } else if !within(first) || !within(last) {
                    let message = format!("{first} to {last} is not within the network {address}/{prefix}");
                    check.say(range, None, message);
                }
            }
        }
    },
};

static DHCP_TWICE: Rule = Rule {
    code: refused(
        "dhcp-twice",
        "A network gives out IPv4 addresses of two subnets.",
        "libvirt serves DHCP for one IPv4 address of a network, and for one IPv6 address.",
        "{ kind = \"network\"; name = \"lan\"; ip = [
  { address = \"10.0.0.1\"; prefix = 24; dhcp.range = { start = \"10.0.0.10\"; end = \"10.0.0.20\"; }; }
  { address = \"10.0.1.1\"; prefix = 24; dhcp.range = { start = \"10.0.1.10\"; end = \"10.0.1.20\"; }; }
]; }",
        "{ kind = \"network\"; name = \"lan\"; ip = [
  { address = \"10.0.0.1\"; prefix = 24; dhcp.range = { start = \"10.0.0.10\"; end = \"10.0.0.20\"; }; }
  { address = \"10.0.1.1\"; prefix = 24; }
]; }",
    ),
    kind: "network",
    mirrors: "networkValidate in src/network/bridge_driver.c",
    holds: Holds::Always,
    with: &[child_name!(NETWORK, "ip")],
    versions: Versions::ALL,
    check: |check| {
        let serves = |ip: &&Node<'_>| {
            let dhcp = child(ip, child_name!(IP, "dhcp"));
            let gives = dhcp.is_some_and(|dhcp| !dhcp.children.is_empty());
            let address = ip.get(attribute!(IP, "address"));
            gives && address.is_some_and(|address| address.parse::<Ipv4Addr>().is_ok())
        };
        let found: Vec<_> = check.root().children_named(child_name!(NETWORK, "ip")).collect();
        let found: Vec<&Node<'_>> = found.into_iter().filter(|ip| serves(&&**ip)).collect();
        if let [first, others @ ..] = &found[..] {
            for other in others {
                let related = check.related(first, "the first one is here");
                let message = "a network serves DHCP for one IPv4 address only".to_owned();
                check.rule_problem(other, Some("dhcp"), message).with(related).add();
            }
        }
    },
};

/// Whether an address is one of IPv6; nothing for text that is no address.
fn is_ipv6(address: &str) -> Option<bool> {
    address.parse::<IpAddr>().ok().map(|address| address.is_ipv6())
}

/// The message where an address and the family, prefix or mask beside it do not agree.
fn family_fault(node: &Node<'_>, address: &str) -> Option<String> {
    let is_ipv6 = is_ipv6(address)?;
    let family = match node.attribute(attribute!(IP, "family")) {
        None => lacks(node, attribute!(IP, "family")).then_some("ipv4")?,
        Some(_) => node.get(attribute!(IP, "family"))?,
    };
    let prefix = node.get(attribute!(IP, "prefix")).and_then(|prefix| prefix.parse::<u32>().ok());
    let has_mask = node.attribute(attribute!(IP, "netmask")).is_some();
    match (is_ipv6, family) {
        (true, "ipv4") => Some(format!("`{address}` is an IPv6 address: write `family = \"ipv6\"`")),
        (false, "ipv6") => Some(format!("`{address}` is an IPv4 address, and `family` is `ipv6`")),
        (true, _) if has_mask => Some("an IPv6 address has a `prefix`, not a `netmask`".to_owned()),
        (false, _) if prefix.is_some_and(|prefix| prefix > 32) => {
            Some("an IPv4 prefix is 32 at most".to_owned())
        }
        (true, _) if prefix.is_some_and(|prefix| prefix > 128) => {
            Some("an IPv6 prefix is 128 at most".to_owned())
        }
        _ => None,
    }
}

static IP_FAMILY: Rule = Rule {
    code: refused(
        "ip-family",
        "An address is of another family than its `family` says.",
        "Without `family`, an address is one of IPv4. An IPv6 address has `family = \"ipv6\"` and a `prefix`, no `netmask`, and \
         serves no TFTP.",
        "{ kind = \"network\"; name = \"lan\"; ip = { address = \"2001:db8::1\"; prefix = 64; }; }",
        "{ kind = \"network\"; name = \"lan\"; ip = { family = \"ipv6\"; address = \"2001:db8::1\"; prefix = 64; }; }",
    ),
    kind: "network",
    mirrors: "virNetworkIPDefParseXML in src/conf/network_conf.c",
    holds: Holds::Always,
    with: &[child_name!(NETWORK, "ip")],
    versions: Versions::ALL,
    check: |check| {
        for ip in check.root().children_named(child_name!(NETWORK, "ip")) {
            let Some(address) = ip.get(attribute!(IP, "address")) else { continue };
            if let Some(fault) = family_fault(ip, address) {
                check.say(ip, Some("address"), fault);
            } else if let (Some(true), Some(tftp)) = (is_ipv6(address), child(ip, child_name!(IP, "tftp"))) {
                check.say(tftp, None, "an IPv6 address serves no TFTP".to_owned());
            }
        }
    },
};

/// The first `prefix` bits of an address.
fn network(address: IpAddr, prefix: u32) -> u128 {
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    bits.checked_shr(width - prefix.min(width)).unwrap_or(0)
}

static ROUTE: Rule = Rule {
    code: refused(
        "network-route",
        "A route of a network leads nowhere.",
        "`gateway` is an address of one of the network's own subnets. `address` is that of a whole network, with nothing beyond its \
         `prefix` or `netmask`, and of the same family.",
        "{ kind = \"network\"; name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24; };
  route = { address = \"10.1.0.0\"; prefix = 24; gateway = \"10.9.0.2\"; }; }",
        "{ kind = \"network\"; name = \"lan\"; ip = { address = \"10.0.0.1\"; prefix = 24; };
  route = { address = \"10.1.0.0\"; prefix = 24; gateway = \"10.0.0.2\"; }; }",
    ),
    kind: "network",
    mirrors: "virNetDevIPRouteCreate in src/conf/networkcommon_conf.c; virNetworkDefParseXML",
    holds: Holds::Always,
    with: &[child_name!(NETWORK, "route")],
    versions: Versions::ALL,
    check: |check| {
        let subnets: Vec<_> = check.root().children_named(child_name!(NETWORK, "ip")).map(prefixed).collect();
        for route in check.root().children_named(child_name!(NETWORK, "route")) {
            let Some(text) = route.get(attribute!(IP, "address")) else { continue };
            if let Some(fault) = family_fault(route, text) {
                check.say(route, Some("address"), fault);
                continue;
            }
            let gateway = route
                .get(attribute!(ROUTE_ELEMENT, "gateway"))
                .and_then(|gateway| gateway.parse::<IpAddr>().ok());
            let (Some((address, prefix)), Some(gateway)) = (prefixed(route), gateway) else { continue };
            let width = if address.is_ipv4() { 32 } else { 128 };
            if gateway.is_ipv4() != address.is_ipv4() {
                let message = format!("the gateway {gateway} is of another family than {address}");
                check.say(route, Some("gateway"), message);
            } else if network(address, prefix).checked_shl(width - prefix).unwrap_or(0)
                != network(address, width)
            {
                let message = format!("{address}/{prefix} is not the address of a network");
                check.say(route, Some("address"), message);
            } else if subnets.iter().all(|subnet| {
                subnet.is_some_and(|(own, prefix)| {
                    own.is_ipv4() != gateway.is_ipv4() || network(own, prefix) != network(gateway, prefix)
                })
            }) {
                let message = format!("the gateway {gateway} is in none of the network's subnets");
                check.say(route, Some("gateway"), message);
            }
        }
    },
};

/// An address and the length of its prefix; the usual one of its class where none is given is not known here.
fn prefixed(node: &Node<'_>) -> Option<(IpAddr, u32)> {
    let address: IpAddr = node.get(attribute!(IP, "address"))?.parse().ok()?;
    let prefix = match (node.get(attribute!(IP, "prefix")), node.get(attribute!(IP, "netmask"))) {
        (Some(prefix), _) => prefix.parse().ok()?,
        (None, Some(mask)) => mask.parse::<Ipv4Addr>().ok()?.to_bits().leading_ones(),
        (None, None) => return None,
    };
    (prefix <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, prefix))
}
