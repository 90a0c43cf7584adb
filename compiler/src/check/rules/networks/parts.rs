//! The parts of a network that its mode does not allow: addresses, VLANs, and what libvirt serves.

use nixvirt_schema::network::dns::DNS;
use nixvirt_schema::network::{BRIDGE, NETWORK, PORTGROUP};
use nixvirt_schema::shared::virtualport::VIRTUALPORT;
use nixvirt_schema::{Version, Versions, attribute, child_name};

use crate::check::rules::code::refused;
use crate::check::rules::networks::mode::{CONNECTED, forward};
use crate::check::{Holds, Rule, child, lacks, repeats};
use crate::document::Node;

pub(super) static NETWORK_MAC_IN_MODE: Rule = Rule {
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
    with: &[child_name!(NETWORK, "mac")],
    versions: Versions::ALL,
    check: |check| {
        let Some((_, mode)) = forward(check) else { return };
        let mac = child(check.root(), child_name!(NETWORK, "mac"));
        if let (Some(mac), true) = (mac, CONNECTED.contains(&mode)) {
            let message = format!("a network with `forward.mode` = `{mode}` has no MAC address");
            check.rule_problem(mac, None, message).help("leave out `mac`").add();
        }
    },
};

pub(super) static NETWORK_ADDRESS_IN_MODE: Rule = Rule {
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
    with: &[child_name!(NETWORK, "forward")],
    versions: Versions::ALL,
    check: |check| {
        let Some((_, mode)) = forward(check).filter(|(_, mode)| CONNECTED.contains(mode)) else { return };
        if let Some(ip) = child(check.root(), child_name!(NETWORK, "ip")) {
            let message = format!("a network with `forward.mode` = `{mode}` has no address");
            check.rule_problem(ip, None, message).help("leave out `ip`").add();
        }
    },
};

pub(super) static PORTGROUP_TWICE: Rule = Rule {
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
    with: &[child_name!(NETWORK, "portgroup")],
    versions: Versions::ALL,
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

/// Since this version, a plain bridge of the host can have VLANs (release notes of libvirt).
const PLAIN_BRIDGES: Version = Version::new(11, 0, 0);

pub(super) static VLAN_ON_NETWORK: Rule = Rule {
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
    with: &[child_name!(NETWORK, "vlan")],
    versions: Versions::ALL,
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
            ("bridge", (has_port, is_open)) => is_open || !has_port && check.libvirt() >= PLAIN_BRIDGES,
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

pub(super) static NETWORK_PART_IN_MODE: Rule = Rule {
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
    with: &[child_name!(NETWORK, "forward")],
    versions: Versions::ALL,
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
