//! Addresses that a network keeps for domains of the same host, by their names: `reservations` of its entry. Each becomes
//! `host` of the network's `dhcp`, with the MAC address that the domain has on it.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::document::path::PathStep;
use crate::link::codes;
use crate::link::facts::{Facts, ObjectPlace, OfKind};
use crate::link::near::Near;
use crate::link::parts::{AddressRange, Addresses, Card, Subnet};
use crate::link::problem::{HostObjects, LinkProblems, Object, ReservedAddress, spot};

/// A reservation as the network has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpHost {
    /// Where the network has the address of its subnet.
    pub subnet: Vec<PathStep>,
    /// The MAC address of the domain's card.
    pub mac: String,
    /// The name of the domain, where a host can be called so.
    pub name: Option<String>,
    /// The address that is reserved.
    pub address: Ipv4Addr,
}

/// Says what is wrong with the addresses that networks keep for domains.
pub(super) fn check(host: &HostObjects, link_problems: &mut LinkProblems<'_>) {
    for (object, found) in all(host) {
        for (reserved, found) in found {
            if let Err(Wrong { code, message, help }) = found {
                let place = ObjectPlace::of_entry(host.objects[object].facts.kind.root, &reserved.way);
                link_problems.add(code, message, help, spot(object, &place), Vec::new());
            }
        }
    }
}

/// The reservations for domains of each network that has some, with its position; those of which something is wrong or not known
/// are left out.
pub fn dhcp_hosts(host: &HostObjects) -> Vec<(usize, Vec<DhcpHost>)> {
    let of_network = |found: Vec<(_, Resolved)>| found.into_iter().filter_map(|(_, found)| found.ok()?);
    all(host).into_iter().map(|(object, found)| (object, of_network(found).collect())).collect()
}

/// The domains of a host, and their cards by the networks that they are on.
struct Domains<'h> {
    by_name: BTreeMap<&'h str, &'h Facts>,
    cards: BTreeMap<(&'h str, &'h str), &'h Card>,
    /// The names; put together when one is not found.
    near: OnceCell<Near<'h>>,
    /// Whether there are no others than these.
    complete: bool,
}

impl<'h> Domains<'h> {
    fn of(host: &'h HostObjects) -> Domains<'h> {
        let (mut by_name, mut cards) = (BTreeMap::new(), BTreeMap::new());
        for (_, Object { facts, .. }) in host.of_kind("domain") {
            let (Some(name), OfKind::Domain(machine)) = (facts.name.as_deref(), &facts.of_kind) else {
                continue;
            };
            by_name.insert(name, facts);
            for card in &machine.cards {
                cards.entry((name, &*card.network)).or_insert(card);
            }
        }
        Domains { by_name, cards, near: OnceCell::new(), complete: host.knows_names("domain") }
    }

    fn meant(&self, name: &str) -> Option<&'h str> {
        let near = self.near.get_or_init(|| {
            let mut near = Near::default();
            self.by_name.keys().for_each(|name| near.add(name));
            near
        });
        near.meant(name)
    }
}

/// A mistake in a reservation.
struct Wrong {
    code: &'static crate::diagnostics::codes::Code,
    message: String,
    help: Option<String>,
}

/// The result of a reservation; nothing where that cannot be known.
type Resolved = Result<Option<DhcpHost>, Wrong>;

/// The results of the reservations of each network that has some, with its position.
fn all(host: &HostObjects) -> Vec<(usize, Vec<(&ReservedAddress, Resolved)>)> {
    let networks = host.objects.iter().enumerate().filter(|(_, object)| !object.reserved.is_empty());
    let networks: Vec<(usize, &Object)> = networks.collect();
    if networks.is_empty() {
        return Vec::new();
    }
    let domains = Domains::of(host);
    networks.into_iter().map(|(position, network)| (position, resolved(network, &domains))).collect()
}

fn resolved<'n>(network: &'n Object, domains: &Domains<'_>) -> Vec<(&'n ReservedAddress, Resolved)> {
    let (OfKind::Network(addresses), Some(name)) = (&network.facts.of_kind, &network.facts.name) else {
        return Vec::new();
    };
    let own = addresses.subnets.iter().flat_map(|subnet| &subnet.reservations);
    let own: BTreeMap<IpAddr, Option<&str>> =
        own.map(|reservation| (reservation.address, reservation.mac.as_deref())).collect();
    let mut given: BTreeMap<Ipv4Addr, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for reserved in &network.reserved {
        let subnet = subnet(reserved, addresses, network.facts.known).and_then(|subnet| {
            let Some((address, _)) = subnet else { return Ok(subnet) };
            if let Some(mac) = own.get(&IpAddr::V4(address)) {
                let whose = mac.map(|mac| format!(" for {mac}")).unwrap_or_default();
                let message = format!("`dhcp.host` of the network reserves {address}{whose} already");
                let help = Some("take it out there, or keep another one".to_owned());
                return Err(Wrong { code: &codes::RESERVED_ADDRESS, message, help });
            }
            match given.insert(address, &reserved.domain) {
                Some(other) => Err(Wrong {
                    code: &codes::RESERVED_ADDRESS,
                    message: format!("{address} is kept for `{other}` already"),
                    help: Some("give each an address of its own".to_owned()),
                }),
                None => Ok(subnet),
            }
        });
        let mac = mac(reserved, name, domains);
        let whole = match (subnet, mac) {
            (Err(wrong), _) | (_, Err(wrong)) => Err(wrong),
            (Ok(Some((address, subnet))), Ok(Some(mac))) => Ok(Some(DhcpHost {
                subnet: subnet.place.path().0,
                mac,
                name: Some(reserved.domain.clone()).filter(|name| is_host_name(name)),
                address,
            })),
            (Ok(_), Ok(_)) => Ok(None),
        };
        found.push((reserved, whole));
    }
    found
}

/// The subnet that an address is of; nothing where the network's are not known.
fn subnet<'a>(
    reserved: &ReservedAddress,
    addresses: &'a Addresses,
    known: bool,
) -> Result<Option<(Ipv4Addr, &'a Subnet)>, Wrong> {
    let wrong =
        |message: String, help: String| Wrong { code: &codes::RESERVED_ADDRESS, message, help: Some(help) };
    let address = match reserved.address.parse() {
        Ok(IpAddr::V4(address)) => address,
        Ok(IpAddr::V6(address)) => {
            let help = "IPv6 knows a machine by an identifier that it makes up itself: write `dhcp.host` with its `id`";
            return Err(wrong(format!("{address} is an address of IPv6"), help.to_owned()));
        }
        Err(_) => {
            let message = format!("expected an IPv4 address, not `{}`", reserved.address);
            return Err(wrong(message, "write it as in \"192.168.74.10\"".to_owned()));
        }
    };
    let four: Vec<&Subnet> = addresses.subnets.iter().filter(|subnet| subnet.own.is_ipv4()).collect();
    let range = AddressRange::of(address.into());
    let Some(subnet) = four.iter().find(|subnet| subnet.span.holds(range)) else {
        if !known {
            return Ok(None);
        }
        let have: Vec<String> =
            four.iter().map(|subnet| format!("{}/{}", subnet.own, subnet.prefix)).collect();
        return Err(match have.is_empty() {
            true => wrong(
                "the network gives out no IPv4 addresses".to_owned(),
                "write `ip` with `address` and `prefix`".to_owned(),
            ),
            false => wrong(
                format!("{address} is not within the network's {}", have.join(", ")),
                "keep an address of the network".to_owned(),
            ),
        });
    };
    let ends = [subnet.span.first, subnet.span.last];
    if subnet.own == IpAddr::V4(address) {
        return Err(wrong(format!("{address} is the host's own address"), "keep another one".to_owned()));
    }
    if subnet.prefix < 31 && ends.contains(&range.first) {
        let message = format!("{address} is no machine's: it stands for the subnet, or for all in it");
        return Err(wrong(message, "keep another one".to_owned()));
    }
    Ok(Some((address, subnet)))
}

/// The MAC address of a domain on a network; nothing where that cannot be known.
fn mac(reserved: &ReservedAddress, network: &str, domains: &Domains<'_>) -> Result<Option<String>, Wrong> {
    let name = &reserved.domain;
    let wrong =
        |message: String, help: String| Wrong { code: &codes::RESERVED_FOR, message, help: Some(help) };
    let Some(facts) = domains.by_name.get(&**name) else {
        if !domains.complete {
            return Ok(None);
        }
        let help = match domains.meant(name) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                "its MAC address is derived from its declaration; for another machine, write `dhcp.host` with its `mac`"
                    .to_owned()
            }
        };
        return Err(wrong(format!("no domain `{name}` is declared"), help));
    };
    let OfKind::Domain(machine) = &facts.of_kind else { return Ok(None) };
    match domains.cards.get(&(&**name, network)) {
        Some(card) => Ok(card.mac.clone()),
        None if !facts.known => Ok(None),
        None => {
            let others: Vec<String> =
                machine.cards.iter().map(|card| format!("`{}`", card.network)).collect();
            let on = match others.is_empty() {
                true => String::new(),
                false => format!(" (it is on {})", others.join(", ")),
            };
            Err(wrong(
                format!("the domain `{name}` has no interface on the network `{network}`{on}"),
                format!("give it one: `{{ type = \"network\"; source.network = \"{network}\"; }}`"),
            ))
        }
    }
}

/// Whether a host can be called so, by the rules of DNS: letters, digits and hyphens between dots.
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}
