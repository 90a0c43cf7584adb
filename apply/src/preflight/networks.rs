//! The needs of a network on its host: a name that the kernel takes, existing cards, and free addresses.

use std::fs;
use std::net::Ipv4Addr;

use nixvirt_compiler::{Document, Policy, Report};

use crate::document::{child, child_text, read_document};
use crate::host::Host;
use crate::kind::ObjectKind;
use crate::names;
use crate::object::Handle;

/// The longest name of a network interface (`IFNAMSIZ` of the kernel, without the zero that ends it).
const LONGEST: usize = 15;

/// Why the kernel refuses a name of an interface.
pub(super) fn long_name(name: &str, place: &str) -> Option<String> {
    (name.len() > LONGEST).then(|| {
        format!(
            "the name `{name}` is too long for a network interface (`{place}`); the kernel takes {LONGEST} bytes at most"
        )
    })
}

/// The network interfaces of the host; nothing where they cannot be seen from here.
pub(super) fn interfaces(host: &Host) -> Option<Vec<String>> {
    let text = host.shares_network().then(|| fs::read_to_string("/proc/self/net/dev").ok())??;
    let name = |line: &str| Some(line.split_once(':')?.0.trim().to_owned());
    Some(text.lines().filter_map(name).collect())
}

/// The obstacles to starting a network.
pub(super) fn obstacles(host: &Host, document: &Document<'_>) -> Vec<String> {
    let root = &document.root;
    let mut found = Vec::new();
    let bridge = child(root, names::BRIDGE).and_then(|bridge| bridge.get(names::NAME));
    found.extend(bridge.and_then(|name| long_name(name, "bridge.name")));
    let cards = interfaces(host);
    let is_missing = |name: &str| cards.as_ref().is_some_and(|cards| !cards.iter().any(|one| one == name));
    let forward = child(root, names::FORWARD);
    if let Some(dev) = forward.and_then(|forward| forward.get("dev")).filter(|dev| is_missing(dev)) {
        found.push(format!(
            "the network card `{dev}` does not exist on the host (`forward.dev`); name another one"
        ));
    }
    if let Some(bridge) = bridge
        && forward.and_then(|forward| forward.get(names::MODE)) == Some("bridge")
        && is_missing(bridge)
    {
        found.push(format!(
            "the bridge `{bridge}` does not exist on the host (`bridge.name`); make it, or name another one"
        ));
    }
    let own = subnets(document);
    let name = child_text(root, names::NAME).unwrap_or_default();
    for subnet in &own {
        for (holder, other) in taken(host, name) {
            if subnet.overlaps(&other) {
                found.push(format!(
                    "its subnet {subnet} is in use by {holder} ({other}) (`ip`); choose another one, or stop what has it"
                ));
            }
        }
        let own_bridge = |route: &Route| bridge.is_some_and(|bridge| route.interface == bridge);
        for route in routes(host).iter().filter(|route| !own_bridge(route)) {
            if subnet.overlaps(&route.subnet) {
                found.push(format!(
                    "its subnet {subnet} is in use on the host by the interface `{}` (`ip`); choose another one",
                    route.interface
                ));
            }
        }
    }
    found
}

/// A subnet of IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Subnet {
    address: u32,
    mask: u32,
}

impl Subnet {
    fn overlaps(&self, other: &Subnet) -> bool {
        let mask = self.mask & other.mask;
        self.address & mask == other.address & mask
    }
}

impl std::fmt::Display for Subnet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", Ipv4Addr::from(self.address & self.mask), self.mask.count_ones())
    }
}

/// The subnets of a network.
fn subnets(document: &Document<'_>) -> Vec<Subnet> {
    let of = |ip: &nixvirt_compiler::Node<'_>| {
        let address: Ipv4Addr = ip.get(names::ADDRESS)?.parse().ok()?;
        let mask = match (ip.get("prefix"), ip.get("netmask")) {
            (Some(prefix), _) => u32::MAX.checked_shl(32u32.checked_sub(prefix.parse().ok()?)?).unwrap_or(0),
            (None, Some(mask)) => mask.parse::<Ipv4Addr>().ok()?.into(),
            (None, None) => return None,
        };
        Some(Subnet { address: address.into(), mask })
    };
    document.root.children_named(names::IP).filter_map(of).collect()
}

/// Whether two networks cannot be active beside each other: they have one bridge, or addresses in common.
pub fn share_a_network(one: &str, other: &str) -> bool {
    let read = |text| read_document(ObjectKind::Network, text, &mut Report::new(Policy::Lenient)).ok();
    let (Some(one), Some(other)) = (read(one), read(other)) else { return true };
    let bridge =
        |document: &Document<'_>| child(&document.root, names::BRIDGE)?.get(names::NAME).map(str::to_owned);
    let same_bridge = bridge(&one).is_some_and(|name| bridge(&other) == Some(name));
    same_bridge || subnets(&one).iter().any(|one| subnets(&other).iter().any(|other| one.overlaps(other)))
}

/// The subnets of the other active networks of the host.
fn taken(host: &Host, own: &str) -> Vec<(String, Subnet)> {
    let active = Host::list_flags(ObjectKind::Network).active.unwrap_or_default();
    let all = host.list(ObjectKind::Network, active).unwrap_or_default();
    let mut found = Vec::new();
    for network in all.iter().filter(|network| network.name() != own) {
        let Ok(xml) = Handle::running_xml(network) else { continue };
        let Ok(document) = read_document(ObjectKind::Network, &xml, &mut Report::new(Policy::Lenient)) else {
            continue;
        };
        let holder = format!("the network `{}`", network.name());
        found.extend(subnets(&document).into_iter().map(|subnet| (holder.clone(), subnet)));
    }
    found
}

/// A way that the host sends packets.
struct Route {
    interface: String,
    subnet: Subnet,
}

/// The routes of the host, without the default one; none where they cannot be seen from here.
fn routes(host: &Host) -> Vec<Route> {
    let Some(text) = host.shares_network().then(|| fs::read_to_string("/proc/self/net/route").ok()).flatten()
    else {
        return Vec::new();
    };
    let hex = |text: &str| u32::from_str_radix(text, 16).ok().map(u32::from_be);
    let route = |line: &str| {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let subnet = Subnet { address: hex(parts.get(1)?)?, mask: hex(parts.get(7)?)? };
        Some(Route { interface: (*parts.first()?).to_owned(), subnet }).filter(|route| route.subnet.mask != 0)
    };
    text.lines().skip(1).filter_map(route).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_overlap_where_one_holds_the_other() {
        let subnet = |address: [u8; 4], length: u32| Subnet {
            address: Ipv4Addr::from(address).into(),
            mask: u32::MAX << (32 - length),
        };
        assert!(subnet([10, 0, 0, 1], 8).overlaps(&subnet([10, 1, 2, 3], 24)));
        assert!(subnet([10, 1, 2, 3], 24).overlaps(&subnet([10, 0, 0, 1], 8)));
        assert!(!subnet([10, 1, 2, 3], 24).overlaps(&subnet([10, 1, 3, 3], 24)));
        assert_eq!(subnet([10, 1, 2, 3], 24).to_string(), "10.1.2.0/24");
        assert_eq!(long_name("virbr0123456789", "bridge.name"), None);
        assert!(long_name("virbr01234567890", "bridge.name").is_some());
    }
}
