//! Addresses on networks: subnets that overlap, and what is given out of them.

use crate::check::repeats;
use crate::link::codes;
use crate::link::facts::{OfKind, Resource};
use crate::link::lookup::Lookup;
use crate::link::parts::{AddressRange, Addresses, Reservation, Subnet};
use crate::link::problem::{HostObjects, LinkProblems, spot};

/// Says what is wrong with the addresses of networks.
pub(super) fn check(host: &HostObjects, link_problems: &mut LinkProblems<'_>) {
    subnets(host, link_problems);
    let machines = machines(host);
    for (object, network) in host.of_kind("network") {
        let OfKind::Network(addresses) = &network.facts.of_kind else { continue };
        for subnet in &addresses.subnets {
            ranges(object, subnet, link_problems);
            within(object, subnet, link_problems);
        }
        twice(object, addresses, link_problems);
        if let (Some(machines), Some(name)) = (&machines, &network.facts.name) {
            strangers(object, name, addresses, machines, link_problems);
        }
    }
}

/// Spans in their order, each with whatever was found before it and ends last, if the two overlap.
fn overlaps<T: Copy>(mut spans: Vec<(AddressRange, T)>) -> Vec<(T, T)> {
    spans.sort_by_key(|(span, _)| *span);
    let mut found = Vec::new();
    let mut last: Option<(AddressRange, T)> = None;
    for (span, item) in spans {
        match last {
            Some((before, other)) if before.six == span.six && span.first <= before.last => {
                found.push((item, other));
                if span.last > before.last {
                    last = Some((span, item));
                }
            }
            _ => last = Some((span, item)),
        }
    }
    found
}

/// Networks with addresses in common: the host has one route to an address, so that libvirt starts only one of them
/// (`networkCheckRouteCollision`).
fn subnets(host: &HostObjects, link_problems: &mut LinkProblems<'_>) {
    let mut all = Vec::new();
    for (object, network) in host.of_kind("network").filter(|(_, network)| network.active != Some(false)) {
        if let OfKind::Network(addresses) = &network.facts.of_kind {
            all.extend(addresses.subnets.iter().map(|subnet| (subnet.span, (object, subnet))));
        }
    }
    for ((object, subnet), (other, before)) in overlaps(all) {
        if object == other {
            continue;
        }
        // The later of the two in the bundle is the one to change.
        let [(first, before), (object, subnet)] = if other < object {
            [(other, before), (object, subnet)]
        } else {
            [(object, subnet), (other, before)]
        };
        let title = host.objects[first].facts.title();
        let message = format!(
            "the subnet {}/{} overlaps {}/{} of {title}",
            subnet.own, subnet.prefix, before.own, before.prefix
        );
        let help = "give each network a subnet of its own".to_owned();
        let related = (spot(first, &before.place), format!("{title} has it here"));
        link_problems.add(
            &codes::SUBNETS_OVERLAP,
            message,
            Some(help),
            spot(object, &subnet.place),
            vec![related],
        );
    }
}

/// Ranges that overlap, or hold the host's own address.
fn ranges(object: usize, subnet: &Subnet, link_problems: &mut LinkProblems<'_>) {
    let ranges = subnet.ranges.iter().map(|(span, place)| (*span, place)).collect();
    for (place, other) in overlaps(ranges) {
        let related = (spot(object, other), "the other range is here".to_owned());
        let help = "put the two into one range, or separate them".to_owned();
        let message = "two ranges have addresses in common".to_owned();
        link_problems.add(&codes::DHCP_RANGES, message, Some(help), spot(object, place), vec![related]);
    }
    for (_, place) in subnet.ranges.iter().filter(|(span, _)| span.holds(AddressRange::of(subnet.own))) {
        let related = (spot(object, &subnet.place), "the host's address is here".to_owned());
        let message = format!("the range holds the host's own address {}", subnet.own);
        let help = "let the range begin after it".to_owned();
        link_problems.add(&codes::DHCP_RANGES, message, Some(help), spot(object, place), vec![related]);
    }
}

/// Reservations that are no addresses of their subnet.
fn within(object: usize, subnet: &Subnet, link_problems: &mut LinkProblems<'_>) {
    for Reservation { address, place, .. } in &subnet.reservations {
        if !subnet.span.holds(AddressRange::of(*address)) {
            let message = format!("{address} is not within the subnet {}/{}", subnet.own, subnet.prefix);
            let help = "nobody ever gets this address: reserve one of the subnet".to_owned();
            let related = (spot(object, &subnet.place), "the subnet is here".to_owned());
            link_problems.add(
                &codes::RESERVATION_OUTSIDE,
                message,
                Some(help),
                spot(object, place),
                vec![related],
            );
        }
    }
}

/// Addresses that are reserved twice, and MAC addresses that have two of one family.
fn twice(object: usize, addresses: &Addresses, link_problems: &mut LinkProblems<'_>) {
    let reserved = || addresses.subnets.iter().flat_map(|subnet| &subnet.reservations);
    let by_address = reserved().map(|it| (it.address, it));
    let by_mac = reserved().filter_map(|it| Some(((it.mac.as_deref()?, it.address.is_ipv6()), it)));
    let mut say = |message: String, it: &Reservation, other: &Reservation| {
        let related = (spot(object, &other.place), "the other reservation is here".to_owned());
        link_problems.add(&codes::RESERVATION_TWICE, message, None, spot(object, &it.place), vec![related]);
    };
    for (address, it, other) in repeats(by_address) {
        say(format!("{address} is reserved twice"), it, other);
    }
    for ((mac, _), it, other) in repeats(by_mac) {
        say(format!("two addresses are reserved for {mac}"), it, other);
    }
}

/// The MAC addresses of all domains, and the networks that they are on.
struct Machines<'h> {
    macs: Lookup<&'h str, ()>,
    networks: Lookup<&'h str, ()>,
}

/// The machines of a host; nothing where not all of them is known.
fn machines(host: &HostObjects) -> Option<Machines<'_>> {
    let facts = || host.of_kind("domain").map(|(_, object)| &object.facts);
    let macs = facts().flat_map(|facts| &facts.claims).filter(|claim| claim.what == Resource::Mac);
    let networks = facts().flat_map(|facts| &facts.references).filter(|it| it.kind == "network");
    host.knows_all("domain").then(|| Machines {
        macs: Lookup::new(macs.map(|claim| (&*claim.key, ()))),
        networks: Lookup::new(networks.map(|reference| (&*reference.value, ()))),
    })
}

/// Reservations for machines that are not declared, on networks that declared ones are on.
fn strangers(
    object: usize,
    name: &str,
    addresses: &Addresses,
    machines: &Machines<'_>,
    link_problems: &mut LinkProblems<'_>,
) {
    if machines.networks.get(&name).is_none() {
        return;
    }
    let reserved = addresses.subnets.iter().flat_map(|subnet| &subnet.reservations);
    for Reservation { mac, address, place } in reserved {
        let Some(mac) = mac.as_deref().filter(|mac| machines.macs.get(mac).is_none()) else { continue };
        let message = format!("{address} is reserved for {mac}, which no declared domain has");
        let help = "write the `mac.address` of an interface, or give the interface this one".to_owned();
        link_problems.add(
            &codes::RESERVATION_OF_NOBODY,
            message,
            Some(help),
            spot(object, place),
            Vec::new(),
        );
    }
}
