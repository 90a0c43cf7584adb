//! Networks: what each forward mode allows.

use nixvirt_schema::network::dns::DNS;
use nixvirt_schema::network::forward::{FORWARD, INTERFACE};
use nixvirt_schema::network::{BRIDGE, NETWORK, PORTGROUP};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::shared::virtualport::VIRTUALPORT;
use nixvirt_schema::{Version, Versions, attribute, child_name};

use super::refused;
use crate::check::{Check, Holds, Rule, child, lacks, may_have, numbers, repeats};
use crate::document::Node;

pub(super) const RULES: &[&Rule] = &[
    &FORWARD_BRIDGE_AND_DEV,
    &FORWARD_DEV,
    &FORWARD_DEVICES,
    &FORWARD_WITHOUT_ADDRESS,
    &NAT_IN_MODE,
    &NETWORK_ADDRESS_IN_MODE,
    &NETWORK_MAC_IN_MODE,
    &NETWORK_PART_IN_MODE,
    &PORTGROUP_TWICE,
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
    with: &[child_name!(FORWARD, "nat")],
    versions: Versions::ALL,
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
    with: &[attribute!(FORWARD, "dev")],
    versions: Versions::ALL,
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
    with: &[child_name!(NETWORK, "forward")],
    versions: Versions::ALL,
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
    with: &[child_name!(NETWORK, "forward")],
    versions: Versions::ALL,
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
    with: &[child_name!(NETWORK, "forward")],
    versions: Versions::ALL,
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
