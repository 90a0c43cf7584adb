//! Networks: what each forward mode allows, and which addresses fit.

use std::net::{IpAddr, Ipv4Addr};

use nixvirt_schema::network::dns::DNS;
use nixvirt_schema::network::forward::{FORWARD, INTERFACE};
use nixvirt_schema::network::ip::IP;
use nixvirt_schema::network::{BRIDGE, NETWORK, PORTGROUP};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::shared::ip::ROUTE as ROUTE_ELEMENT;
use nixvirt_schema::shared::virtualport::VIRTUALPORT;
use nixvirt_schema::{attribute, child_name};

use super::refused;
use crate::check::{Check, Holds, Rule, child, lacks, may_have, numbers, repeats};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &DHCP_TWICE,
    &FORWARD_BRIDGE_AND_DEV,
    &FORWARD_DEV,
    &FORWARD_DEVICES,
    &FORWARD_WITHOUT_ADDRESS,
    &IP_FAMILY,
    &NAT_IN_MODE,
    &NETWORK_ADDRESS_IN_MODE,
    &NETWORK_MAC_IN_MODE,
    &NETWORK_PART_IN_MODE,
    &PORTGROUP_TWICE,
    &RANGE_OUTSIDE,
    &ROUTE,
    &VLAN_ON_NETWORK,
];

/// The forward of a network and its mode, `nat` where it has none.
fn forward<'c, 'a>(check: &Check<'c, 'a>) -> Option<(&'c Node<'a>, &'c str)> {
    let forward = child(check.root(), child_name!(NETWORK, "forward"))?;
    let mode = attribute!(FORWARD, "mode");
    match forward.attribute(mode) {
        Some(_) => Some((forward, forward.get(mode)?)),
        None => (!may_have(forward, mode)).then_some((forward, "nat")),
    }
}

static NAT_IN_MODE: Rule = Rule {
    code: refused(
        "nat-in-mode",
        "A network that does not translate addresses says how it does.",
        "`forward.nat` goes with `forward.mode = \"nat\"`.",
        "{ kind = \"network\"; name = \"lan\"; forward = { mode = \"route\"; nat.port = { start = 1024; end = 65535; }; };
  ip = { address = \"10.0.0.1\"; prefix = 24; }; }",
        "{ kind = \"network\"; name = \"lan\"; forward = { mode = \"nat\"; nat.port = { start = 1024; end = 65535; }; };
  ip = { address = \"10.0.0.1\"; prefix = 24; }; }",
    ),
    kind: "network",
    mirrors: "virNetworkForwardDefParseXML in src/conf/network_conf.c",
    holds: Holds::Always,
    check: |check| {
        let Some((forward, mode)) = forward(check).filter(|(_, mode)| *mode != "nat") else { return };
        if let Some(nat) = child(forward, child_name!(FORWARD, "nat")) {
            let message = format!("a network with `forward.mode` = `{mode}` translates no addresses");
            check.rule_problem(nat, None, message).help("write `forward.mode = \"nat\"`, or leave out `nat`").add();
        }
    },
};

static FORWARD_DEV: Rule = Rule {
    code: refused(
        "forward-dev",
        "An open network names a device that traffic goes through.",
        "libvirt makes no firewall rules for a network with `forward.mode = \"open\"`, so that a device means nothing \
         there.",
        "{ kind = \"network\"; name = \"lan\"; forward = { mode = \"open\"; dev = \"eth0\"; };
  ip = { address = \"10.0.0.1\"; prefix = 24; }; }",
        "{ kind = \"network\"; name = \"lan\"; forward = { mode = \"nat\"; dev = \"eth0\"; };
  ip = { address = \"10.0.0.1\"; prefix = 24; }; }",
    ),
    kind: "network",
    mirrors: "virNetworkDefParseXML in src/conf/network_conf.c",
    holds: Holds::Always,
    check: |check| {
        let Some((forward, "open")) = forward(check) else { return };
        if forward.attribute(attribute!(FORWARD, "dev")).is_some() {
            let message = "an open network goes through no device".to_owned();
            check.rule_problem(forward, Some("dev"), message).help("leave out `forward.dev`").add();
        }
    },
};

static FORWARD_BRIDGE_AND_DEV: Rule = Rule {
    code: refused(
        "forward-bridge-and-dev",
        "A bridged network names a bridge and a device.",
        "With `forward.mode = \"bridge\"`, a network is either on a bridge of the host (`bridge.name`) or, by macvtap, on a \
         device (`forward.dev`).",
        "{ kind = \"network\"; name = \"lan\"; forward = { mode = \"bridge\"; dev = \"eth0\"; }; bridge.name = \"br0\"; }",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"bridge\"; bridge.name = \"br0\"; }",
    ),
    kind: "network",
    mirrors: "virNetworkDefParseXML in src/conf/network_conf.c",
    holds: Holds::Always,
    check: |check| {
        let Some((forward, "bridge")) = forward(check) else { return };
        let bridge = child(check.root(), child_name!(NETWORK, "bridge"));
        let named = bridge.filter(|bridge| bridge.attributes.iter().any(|it| it.entry == 0));
        let dev = forward.attribute(attribute!(FORWARD, "dev")).is_some()
            || child(forward, child_name!(FORWARD, "interface")).is_some();
        if let (Some(bridge), true) = (named, dev) {
            let related = check.related(bridge, "the bridge is named here");
            let message = "a bridged network is on a bridge or on a device, not on both".to_owned();
            check
                .rule_problem(forward, None, message)
                .help("leave out `forward.dev`, or `bridge`")
                .with(related)
                .add();
        }
    },
};

static NETWORK_MAC_IN_MODE: Rule = Rule {
    code: refused(
        "network-mac-in-mode",
        "A network whose bridge libvirt does not make has a MAC address.",
        "`mac` is the address of the bridge that libvirt makes. A network that is connected to a bridge or device of the \
         host has none.",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"bridge\"; bridge.name = \"br0\"; mac.address = \"52:54:00:00:00:01\"; }",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"bridge\"; bridge.name = \"br0\"; }",
    ),
    kind: "network",
    mirrors: "networkValidate in src/network/bridge_driver.c",
    holds: Holds::Always,
    check: |check| {
        let Some((_, mode)) = forward(check) else { return };
        let mac = child(check.root(), child_name!(NETWORK, "mac"));
        if let (Some(mac), true) = (mac, CONNECTED.contains(&mode)) {
            let message = format!("a network with `forward.mode` = `{mode}` has no MAC address");
            check.rule_problem(mac, None, message).help("leave out `mac`").add();
        }
    },
};

/// The modes in which a network is connected to a bridge or to devices of the host, so that libvirt makes no bridge of its
/// own (`networkValidate`).
const CONNECTED: &[&str] = &["bridge", "private", "vepa", "passthrough", "hostdev"];

static NETWORK_ADDRESS_IN_MODE: Rule = Rule {
    code: refused(
        "network-address-in-mode",
        "A network whose bridge libvirt does not make has an address.",
        "`ip` is the address of the bridge that libvirt makes, and what it serves there. A network that is connected to a \
         bridge or device of the host has none: its machines get their addresses from the network out there.",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"bridge\"; bridge.name = \"br0\"; ip = { address = \"10.0.0.1\"; prefix = 24; }; }",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"bridge\"; bridge.name = \"br0\"; }",
    ),
    kind: "network",
    mirrors: "networkValidate in src/network/bridge_driver.c",
    holds: Holds::Always,
    check: |check| {
        let Some((_, mode)) = forward(check).filter(|(_, mode)| CONNECTED.contains(mode)) else { return };
        if let Some(ip) = child(check.root(), child_name!(NETWORK, "ip")) {
            let message = format!("a network with `forward.mode` = `{mode}` has no address");
            check.rule_problem(ip, None, message).help("leave out `ip`").add();
        }
    },
};

static FORWARD_WITHOUT_ADDRESS: Rule = Rule {
    code: refused(
        "forward-without-address",
        "A network that forwards has no address.",
        "With the modes `nat` and `route` the host forwards between the network and its own, so that the network needs an \
         `ip`. Without a mode, `nat` is meant.",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"nat\"; }",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"nat\"; ip = { address = \"10.0.0.1\"; prefix = 24; }; }",
    ),
    kind: "network",
    mirrors: "virNetworkDefParseXML in src/conf/network_conf.c",
    holds: Holds::Always,
    check: |check| {
        let Some((forward, mode)) = forward(check).filter(|(_, mode)| matches!(*mode, "nat" | "route"))
        else {
            return;
        };
        if lacks(check.root(), child_name!(NETWORK, "ip")) {
            let message = format!("a network with `forward.mode` = `{mode}` needs an address");
            let help = "write `ip = { address = \"10.0.0.1\"; prefix = 24; }`";
            check.rule_problem(forward, None, message).help(help).add();
        }
    },
};

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
    check: |check| {
        let found: Vec<_> = check.root().children_named(child_name!(NETWORK, "ip")).collect();
        for ip in found {
            let Some((address, prefix)) = subnet(ip) else { continue };
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            let within = |other: Ipv4Addr| other.to_bits() & mask == address.to_bits() & mask;
            let dhcp = ip.children_named(child_name!(IP, "dhcp"));
            for range in dhcp.flat_map(|dhcp| dhcp.children_named("range")) {
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

/// The devices that a forward names, each with its name.
fn devices<'n>(forward: &'n Node<'_>) -> Vec<(&'n str, &'n Node<'n>)> {
    let named = |interface: &'n Node<'_>| {
        Some((interface.get(attribute!(INTERFACE, "dev"))?, interface as &Node<'_>))
    };
    forward.children_named(child_name!(FORWARD, "interface")).filter_map(named).collect()
}

static FORWARD_DEVICES: Rule = Rule {
    code: refused(
        "forward-devices",
        "The devices that a network is connected to contradict each other.",
        "`forward.dev` is the first of `forward.interface`, and each device stands once. A network with the mode `nat` or `route` \
         goes through one device. A `hostdev` network names PCI addresses, every other one names of devices; `dev` does not stand \
         beside `pf` or `address`.",
        "{ kind = \"network\"; name = \"lan\"; forward = { mode = \"bridge\"; dev = \"eth0\"; interface.dev = \"eth1\"; }; }",
        "{ kind = \"network\"; name = \"lan\"; forward = { mode = \"bridge\"; dev = \"eth0\"; interface.dev = \"eth0\"; }; }",
    ),
    kind: "network",
    mirrors: "virNetworkForwardDefParseXML in src/conf/network_conf.c; networkValidate",
    holds: Holds::Always,
    check: |check| {
        let Some((forward, mode)) = forward(check) else { return };
        let devices = devices(forward);
        let dev = forward.get(attribute!(FORWARD, "dev"));
        let address = child(forward, child_name!(FORWARD, "address"));
        if let (Some(dev), Some((first, interface))) = (dev, devices.first())
            && dev != *first
        {
            let message = format!("the first `interface` is `{first}`, and `dev` is `{dev}`");
            check.say(interface, Some("dev"), message);
        }
        for (name, interface, other) in repeats(devices.iter().copied()) {
            let related = check.related(other, "the other one is here");
            check.rule_problem(interface, Some("dev"), format!("`{name}` stands twice")).with(related).add();
        }
        if let (true, "nat" | "route") = (devices.len() > 1, mode) {
            let message = format!("a network with `forward.mode` = `{mode}` goes through one device");
            check.say(devices[1].1, None, message);
        }
        if let (Some(_), Some(other)) = (dev, address.or(child(forward, child_name!(FORWARD, "pf")))) {
            check.say(other, None, "`forward.dev` does not stand beside this".to_owned());
        }
        if let (Some((_, interface)), "hostdev") = (devices.first(), mode) {
            check.say(interface, None, "a `hostdev` network names devices by PCI address".to_owned());
        }
        if let (Some(address), true) = (address, mode != "hostdev") {
            check.say(address, None, "only a `hostdev` network names devices by PCI address".to_owned());
        }
        let names = [
            attribute!(ADDRESS, "domain"),
            attribute!(ADDRESS, "bus"),
            attribute!(ADDRESS, "slot"),
            attribute!(ADDRESS, "function"),
        ];
        let places = forward.children_named(child_name!(FORWARD, "address"));
        let places: Vec<_> = places.filter_map(|it| Some((numbers(it, names)?, it))).collect();
        for (_, address, other) in repeats(places) {
            let related = check.related(other, "the other one is here");
            check.rule_problem(address, None, "the device stands twice".to_owned()).with(related).add();
        }
    },
};

/// Whether an address is one of IPv6; nothing for text that is no address.
fn is_ipv6(address: &str) -> Option<bool> {
    address.parse::<IpAddr>().ok().map(|address| address.is_ipv6())
}

/// What is wrong with the family of an address, and the prefix and mask beside it.
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
    check: |check| {
        let found: Vec<_> = check.root().children_named(child_name!(NETWORK, "ip")).collect();
        for ip in found {
            let Some(address) = ip.get(attribute!(IP, "address")) else { continue };
            if let Some(fault) = family_fault(ip, address) {
                check.say(ip, Some("address"), fault);
            } else if let (Some(true), Some(tftp)) = (is_ipv6(address), child(ip, child_name!(IP, "tftp"))) {
                check.say(tftp, None, "an IPv6 address serves no TFTP".to_owned());
            }
        }
    },
};

/// The first so many bits of an address.
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
    check: |check| {
        let subnets: Vec<_> = check.root().children_named(child_name!(NETWORK, "ip")).map(prefixed).collect();
        let found: Vec<_> = check.root().children_named(child_name!(NETWORK, "route")).collect();
        for route in found {
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

static PORTGROUP_TWICE: Rule = Rule {
    code: refused(
        "portgroup-twice",
        "Two port groups have the same name, or two are the usual one.",
        "Interfaces name a port group; one of them may be for those that name none (`default`).",
        "{ kind = \"network\"; name = \"lan\"; portgroup = [ { name = \"a\"; } { name = \"a\"; } ]; }",
        "{ kind = \"network\"; name = \"lan\"; portgroup = [ { name = \"a\"; } { name = \"b\"; } ]; }",
    ),
    kind: "network",
    mirrors: "networkValidate in src/network/bridge_driver.c",
    holds: Holds::Always,
    check: |check| {
        let groups: Vec<_> = check.root().children_named(child_name!(NETWORK, "portgroup")).collect();
        let named =
            groups.iter().filter_map(|group| Some((group.get(attribute!(PORTGROUP, "name"))?, *group)));
        let usual = groups.iter().filter(|group| group.get(attribute!(PORTGROUP, "default")) == Some("yes"));
        let mut found: Vec<_> = repeats(named)
            .into_iter()
            .map(|(name, group, other)| (format!("two port groups are called `{name}`"), group, other))
            .collect();
        found.extend(
            repeats(usual.map(|group| ((), *group)))
                .into_iter()
                .map(|((), group, other)| ("two port groups are the usual one".to_owned(), group, other)),
        );
        for (message, group, other) in found {
            let related = check.related(other, "the other one is here");
            check.rule_problem(group, None, message).with(related).add();
        }
    },
};

static VLAN_ON_NETWORK: Rule = Rule {
    code: refused(
        "vlan-on-network",
        "A network has VLANs, and is of a kind that cannot have any.",
        "VLANs are there for `hostdev` and `passthrough` networks, and for those on a bridge of the host: a plain one, or one of \
         Open vSwitch (`virtualport.type = \"openvswitch\"`).",
        "{ kind = \"network\"; name = \"lan\"; vlan.tag.id = 42; forward.mode = \"nat\"; ip = { address = \"10.0.0.1\"; prefix = 24; }; }",
        "{ kind = \"network\"; name = \"lan\"; vlan.tag.id = 42; forward.mode = \"bridge\"; bridge.name = \"br0\"; }",
    ),
    kind: "network",
    mirrors: "networkValidate in src/network/bridge_driver.c",
    holds: Holds::Always,
    check: |check| {
        let root = check.root();
        let mode = match child(root, child_name!(NETWORK, "forward")) {
            Some(_) => match forward(check) {
                Some((_, mode)) => mode,
                None => return,
            },
            None if lacks(root, child_name!(NETWORK, "forward")) => "",
            None => return,
        };
        // Whether there is a port of a switch, and whether it is one of Open vSwitch.
        let port = |node: &Node<'_>| {
            let port = child(node, child_name!(NETWORK, "virtualport"));
            (
                port.is_some(),
                port.and_then(|port| port.get(attribute!(VIRTUALPORT, "type"))) == Some("openvswitch"),
            )
        };
        let allowed = match (mode, port(root)) {
            ("hostdev" | "passthrough", _) => true,
            ("bridge", (has_port, is_open)) => is_open || !has_port,
            _ => false,
        };
        let vlan = child(root, child_name!(NETWORK, "vlan"));
        let groups: Vec<_> = root.children_named(child_name!(NETWORK, "portgroup")).collect();
        let has_usual = groups.iter().any(|group| group.get(attribute!(PORTGROUP, "default")) == Some("yes"));
        let message = "this kind of network cannot have VLANs";
        for group in groups {
            let own = child(group, child_name!(PORTGROUP, "vlan"));
            let fits = match port(group) {
                (true, is_open) => mode == "bridge" && is_open,
                (false, _) => allowed,
            };
            if let (Some(vlan), false) = (own.or(vlan), fits) {
                return check.say(vlan, None, message.to_owned());
            }
        }
        if let (Some(vlan), false, false) = (vlan, allowed, has_usual) {
            check.say(vlan, None, message.to_owned());
        }
    },
};

static NETWORK_PART_IN_MODE: Rule = Rule {
    code: refused(
        "network-part-in-mode",
        "A network has a part that its mode does not allow.",
        "What libvirt serves on a bridge of its own has no place in a network that is connected to a bridge or device of the host: \
         `dns`, `domain`, `mtu`, and what a bridge is set up with. A macvtap or `hostdev` network has no bridge at all, and no \
         bandwidth.",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"bridge\"; bridge.name = \"br0\"; domain.name = \"lan\"; }",
        "{ kind = \"network\"; name = \"lan\"; forward.mode = \"bridge\"; bridge.name = \"br0\"; }",
    ),
    kind: "network",
    mirrors: "networkValidate in src/network/bridge_driver.c; virNetworkDefParseXML in src/conf/network_conf.c",
    holds: Holds::Always,
    check: |check| {
        let root = check.root();
        let Some((_, mode)) = forward(check).filter(|(_, mode)| CONNECTED.contains(mode)) else { return };
        let mut wrong: Vec<&Node<'_>> = Vec::new();
        wrong.extend(child(root, child_name!(NETWORK, "domain")));
        wrong.extend(child(root, child_name!(NETWORK, "mtu")));
        let dns = child(root, child_name!(NETWORK, "dns"));
        let records = [child_name!(DNS, "txt"), child_name!(DNS, "host"), child_name!(DNS, "srv")];
        let serves = |dns: &&Node<'_>| dns.children.iter().any(|it| records.contains(&it.element.name));
        wrong.extend(dns.filter(serves));
        let bridge = child(root, child_name!(NETWORK, "bridge"));
        let is_named = bridge.is_some_and(|bridge| bridge.attribute(attribute!(BRIDGE, "name")).is_some());
        let set_up = [attribute!(BRIDGE, "stp"), attribute!(BRIDGE, "delay"), attribute!(BRIDGE, "zone")];
        if let Some(bridge) = bridge {
            let is_set_up = set_up.iter().any(|name| match bridge.attribute(name) {
                Some(value) if *name == "delay" => value.value.text != "0",
                given => given.is_some(),
            });
            let of_no_bridge = is_named || bridge.attribute(attribute!(BRIDGE, "macTableManager")).is_some();
            if is_set_up || (mode != "bridge" && of_no_bridge) {
                wrong.push(bridge);
            }
        }
        if mode != "bridge" || !is_named {
            wrong.extend(child(root, child_name!(NETWORK, "bandwidth")));
        }
        for part in wrong {
            let name = part.element.name;
            let message = format!("a network with `forward.mode` = `{mode}` does not have this `{name}`");
            check.say(part, None, message);
        }
    },
};
