//! Networks: what each forward mode allows, and which addresses fit.

use std::net::Ipv4Addr;

use nixvirt_schema::network::NETWORK;
use nixvirt_schema::network::forward::FORWARD;
use nixvirt_schema::network::ip::IP;
use nixvirt_schema::{attribute, child_name};

use super::refused;
use crate::check::{Check, Holds, Rule, child, lacks, may_have};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &DHCP_TWICE,
    &FORWARD_BRIDGE_AND_DEV,
    &FORWARD_DEV,
    &FORWARD_WITHOUT_ADDRESS,
    &NAT_IN_MODE,
    &NETWORK_ADDRESS_IN_MODE,
    &NETWORK_MAC_IN_MODE,
    &RANGE_OUTSIDE,
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
            check.finding(nat, None, message).help("write `forward.mode = \"nat\"`, or leave out `nat`").add();
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
            check.finding(forward, Some("dev"), message).help("leave out `forward.dev`").add();
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
                .finding(forward, None, message)
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
            check.finding(mac, None, message).help("leave out `mac`").add();
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
            check.finding(ip, None, message).help("leave out `ip`").add();
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
            check.finding(forward, None, message).help(help).add();
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
                check.finding(other, Some("dhcp"), message).with(related).add();
            }
        }
    },
};
