//! The addresses of a network, and its claims on its host.

use std::net::IpAddr;

use nixvirt_schema::network::NETWORK;
use nixvirt_schema::network::ip::{DHCP, HOST, IP, RANGE};
use nixvirt_schema::{attribute, child_name, way};

use crate::document::KnownValue;
use crate::link::at::At;
use crate::link::facts::{Facts, OfKind, Resource};
use crate::link::parts::{AddressRange, Addresses, Reservation, Subnet};

/// Gathers the facts of a network.
pub(super) fn gather(root: &At<'_, '_, '_>, facts: &mut Facts) {
    let bridge = way!(NETWORK, "bridge", "name");
    if let (true, Some(name)) = (makes_bridge(root), root.value(bridge).filter(|name| !name.contains("%d"))) {
        facts.claim(Resource::Bridge, name, root.place(bridge));
    }
    let subnets = root.children(child_name!(NETWORK, "ip")).filter_map(|ip| subnet(&ip)).collect();
    facts.of_kind = OfKind::Network(Addresses { subnets });
}

/// Whether libvirt makes the bridge of a network (`networkValidate` in `src/network/bridge_driver.c`).
fn makes_bridge(root: &At<'_, '_, '_>) -> bool {
    // Without a `forward` it does; with one that says no mode, `nat` is meant.
    match root.known(way!(NETWORK, "forward", "mode")) {
        KnownValue::Missing => true,
        KnownValue::Is(mode) => matches!(mode, "nat" | "route" | "open"),
        KnownValue::Unclear => false,
    }
}

fn subnet(ip: &At<'_, '_, '_>) -> Option<Subnet> {
    let address = attribute!(IP, "address");
    let own: IpAddr = ip.value(&[address])?.parse().ok()?;
    let prefix = match (ip.value(&[attribute!(IP, "prefix")]), ip.value(&[attribute!(IP, "netmask")])) {
        (Some(prefix), _) => prefix.parse().ok()?,
        (None, Some(mask)) => mask.parse::<std::net::Ipv4Addr>().ok()?.to_bits().leading_ones(),
        // libvirt then derives the prefix from the class of the address.
        (None, None) => return None,
    };
    let span = AddressRange::subnet(own, prefix)?;
    let (mut ranges, mut reservations) = (Vec::new(), Vec::new());
    for dhcp in ip.children(child_name!(IP, "dhcp")) {
        for range in dhcp.children(child_name!(DHCP, "range")) {
            let end = |name| range.value(&[name]).and_then(|text| text.parse().ok()).map(AddressRange::of);
            let ends = end(attribute!(RANGE, "start")).zip(end(attribute!(RANGE, "end")));
            if let Some((first, last)) = ends.filter(|(first, last)| first.six == last.six) {
                ranges.push((AddressRange { last: last.first, ..first }, range.place(&[])));
            }
        }
        for host in dhcp.children(child_name!(DHCP, "host")) {
            let address = host.value(&[attribute!(HOST, "ip")]).and_then(|text| text.parse().ok());
            let Some(address) = address else { continue };
            let mac = host.value(&[attribute!(HOST, "mac")]).map(str::to_ascii_lowercase);
            reservations.push(Reservation { mac, address, place: host.place(&[]) });
        }
    }
    Some(Subnet { span, prefix, own, place: ip.place(&[address]), ranges, reservations })
}
