//! How a network forwards: the devices and addresses that its mode needs or excludes.

use nixvirt_schema::network::NETWORK;
use nixvirt_schema::network::forward::{FORWARD, INTERFACE};
use nixvirt_schema::shared::address::ADDRESS;
use nixvirt_schema::{Versions, attribute, child_name};

use crate::check::rules::code::refused;
use crate::check::rules::networks::mode::forward;
use crate::check::{Holds, Rule, child, lacks, numbers, repeats};
use crate::document::Node;

pub(super) static NAT_IN_MODE: Rule = Rule {
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

pub(super) static FORWARD_DEV: Rule = Rule {
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

pub(super) static FORWARD_BRIDGE_AND_DEV: Rule = Rule {
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

pub(super) static FORWARD_WITHOUT_ADDRESS: Rule = Rule {
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

pub(super) static FORWARD_DEVICES: Rule = Rule {
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
